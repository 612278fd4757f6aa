// SPDX-License-Identifier: ISC
// setjmp and longjmp: rbx, rbp, r12 to r15, rsp and rip; sigsetjmp keeps the signal mask too.
    .text
    .globl setjmp, _setjmp
    .type setjmp, @function
setjmp:
_setjmp:
    .cfi_startproc
    xorl %esi, %esi
    jmp sigsetjmp
    .cfi_endproc
    .size setjmp, . - setjmp

    .globl sigsetjmp, __sigsetjmp
    .type sigsetjmp, @function
sigsetjmp:
__sigsetjmp:
    .cfi_startproc
    movq %rbx, (%rdi)
    movq %rbp, 8(%rdi)
    movq %r12, 16(%rdi)
    movq %r13, 24(%rdi)
    movq %r14, 32(%rdi)
    movq %r15, 40(%rdi)
    leaq 8(%rsp), %rax          // as it will be after the return
    movq %rax, 48(%rdi)
    movq (%rsp), %rax
    movq %rax, 56(%rdi)
    movslq %esi, %rax
    movq %rax, 64(%rdi)
    testl %esi, %esi
    jnz __sigsetjmp_save          // stores the mask at 72 and returns 0 for us
    xorl %eax, %eax
    ret
    .cfi_endproc
    .size sigsetjmp, . - sigsetjmp

    .globl __setjmp_jump
    .type __setjmp_jump, @function
__setjmp_jump:                    // (env, value), value not 0
    .cfi_startproc
    movl %esi, %eax
    movq (%rdi), %rbx
    movq 8(%rdi), %rbp
    movq 16(%rdi), %r12
    movq 24(%rdi), %r13
    movq 32(%rdi), %r14
    movq 40(%rdi), %r15
    movq 48(%rdi), %rsp
    jmpq *56(%rdi)
    .cfi_endproc
    .size __setjmp_jump, . - __setjmp_jump

    .section .note.GNU-stack, "", @progbits
