// SPDX-License-Identifier: ISC
// vfork: the child runs on this very stack and will overwrite the return address, so the parent
// must find it elsewhere: in rdx, which the kernel keeps.
    .text
    .globl vfork
    .type vfork, @function
vfork:
    .cfi_startproc
    popq %rdx
    .cfi_adjust_cfa_offset -8
    .cfi_register rip, rdx
    movl $58, %eax
    syscall
    pushq %rdx
    .cfi_adjust_cfa_offset 8
    .cfi_rel_offset rip, 0
    movq %rax, %rdi
    jmp __syscall_ret
    .cfi_endproc
    .size vfork, . - vfork

    .section .note.GNU-stack, "", @progbits
