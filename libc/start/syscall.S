// SPDX-License-Identifier: ISC
// syscall(): the number and up to six arguments of a C call, moved to where the kernel wants them.
    .text
    .globl syscall
    .type syscall, @function
syscall:
    .cfi_startproc
    movq %rdi, %rax
    movq %rsi, %rdi
    movq %rdx, %rsi
    movq %rcx, %rdx
    movq %r8, %r10
    movq %r9, %r8
    movq 8(%rsp), %r9
    syscall
    movq %rax, %rdi
    jmp __syscall_ret
    .cfi_endproc
    .size syscall, . - syscall

    .section .note.GNU-stack, "", @progbits
