// SPDX-License-Identifier: ISC
// Where the kernel starts a program: the stack holds argc, argv, a null pointer, the environment, a
// null pointer and the auxiliary vector (System V ABI, x86-64, section 3.4.1).
    .text
    .globl _start
    .type _start, @function
_start:
    .cfi_startproc
    .cfi_undefined rip          // a backtrace ends here
    xorl %ebp, %ebp
    movq %rsp, %rdi
    andq $-16, %rsp
    call __libc_start
    hlt
    .cfi_endproc
    .size _start, . - _start

    .section .note.GNU-stack, "", @progbits
