// SPDX-License-Identifier: ISC
// clone(run, stack, flags, arg, ptid, tls, ctid): the child starts on its own stack, on which the
// parent has laid what it is to call; its result is the exit status of that thread.
    .text
    .globl clone
    .type clone, @function
clone:
    .cfi_startproc
    testq %rdi, %rdi
    jz 2f
    andq $-16, %rsi
    jz 2f
    subq $16, %rsi
    movq %rdi, (%rsi)           // run
    movq %rcx, 8(%rsi)          // arg
    movl %edx, %edi             // flags, without a sign
    movq %r8, %rdx              // ptid
    movq %r9, %r8               // tls
    movq 8(%rsp), %r10          // ctid
    movl $56, %eax
    syscall
    testq %rax, %rax
    jz 1f
    movq %rax, %rdi
    jmp __syscall_ret
2:  movq $-22, %rdi             // EINVAL
    jmp __syscall_ret
    .cfi_endproc

1:  .cfi_startproc
    .cfi_undefined rip          // a backtrace of the child ends here
    xorl %ebp, %ebp
    popq %rax
    popq %rdi
    call *%rax
    movl %eax, %edi
    movl $60, %eax
    syscall
    hlt
    .cfi_endproc
    .size clone, . - clone

// __thread_unmap_exit(map, size): frees the stack that it runs on and ends the thread; between the
// two calls nothing may touch memory.
    .globl __thread_unmap_exit
    .type __thread_unmap_exit, @function
__thread_unmap_exit:
    movl $11, %eax
    syscall
    xorl %edi, %edi
    movl $60, %eax
    syscall
    hlt
    .size __thread_unmap_exit, . - __thread_unmap_exit

    .section .note.GNU-stack, "", @progbits
