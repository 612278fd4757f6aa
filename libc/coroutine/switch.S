// SPDX-License-Identifier: ISC
// The switch from one stack to another.
//
// void *co_switch(void **save, void *to, void *value)
//
// To whoever called it, co_switch is an ordinary function that returns late; so only what the ABI
// makes a callee keep has to be kept: rbx, rbp, r12 to r15, and the control words of SSE and x87
// (psABI 3.2.1, 3.2.3). They are pushed on the old stack, the stack pointer is stored in *save,
// and the same words are popped from the stack `to`, which an earlier co_switch left just so (or
// co_prepare made so). `value` is what the other one's co_switch returns.
//
// The control words are almost always equal, and loading them is slow: they are loaded only where
// a control bit differs (the low six bits of mxcsr are flags, which calls may change). Each word
// is compared in the width in which it was stored: a wider load would have to wait for both stores.
//
// The end is a pop and a jmp, not a ret: the processor predicts a ret from its own record of
// calls, in which this stack's caller is not the last.
    .text
    .globl co_switch
    .type co_switch, @function
co_switch:
    .cfi_startproc
    pushq %rbp
    .cfi_adjust_cfa_offset 8
    .cfi_rel_offset rbp, 0
    pushq %rbx
    .cfi_adjust_cfa_offset 8
    .cfi_rel_offset rbx, 0
    pushq %r12
    .cfi_adjust_cfa_offset 8
    .cfi_rel_offset r12, 0
    pushq %r13
    .cfi_adjust_cfa_offset 8
    .cfi_rel_offset r13, 0
    pushq %r14
    .cfi_adjust_cfa_offset 8
    .cfi_rel_offset r14, 0
    pushq %r15
    .cfi_adjust_cfa_offset 8
    .cfi_rel_offset r15, 0
    subq $8, %rsp
    .cfi_adjust_cfa_offset 8
    stmxcsr (%rsp)
    fnstcw 4(%rsp)
    movl (%rsp), %eax
    movzwl 4(%rsp), %ecx

    movq %rsp, (%rdi)
    movq %rsi, %rsp             // both stacks look the same here, so the notes above stay true

    xorl (%rsp), %eax
    testl $0xffc0, %eax
    jnz 3f
1:  cmpw 4(%rsp), %cx
    jne 4f
2:  addq $8, %rsp
    .cfi_adjust_cfa_offset -8
    popq %r15
    .cfi_adjust_cfa_offset -8
    .cfi_restore r15
    popq %r14
    .cfi_adjust_cfa_offset -8
    .cfi_restore r14
    popq %r13
    .cfi_adjust_cfa_offset -8
    .cfi_restore r13
    popq %r12
    .cfi_adjust_cfa_offset -8
    .cfi_restore r12
    popq %rbx
    .cfi_adjust_cfa_offset -8
    .cfi_restore rbx
    popq %rbp
    .cfi_adjust_cfa_offset -8
    .cfi_restore rbp
    movq %rdx, %rax
    popq %rcx
    .cfi_adjust_cfa_offset -8
    .cfi_register rip, rcx
    jmp *%rcx

    .cfi_adjust_cfa_offset 64
    .cfi_restore rip
    .cfi_rel_offset r15, 8
    .cfi_rel_offset r14, 16
    .cfi_rel_offset r13, 24
    .cfi_rel_offset r12, 32
    .cfi_rel_offset rbx, 40
    .cfi_rel_offset rbp, 48
3:  ldmxcsr (%rsp)
    jmp 1b
4:  fldcw 4(%rsp)
    jmp 2b
    .cfi_endproc
    .size co_switch, . - co_switch

// Where the first switch to a new coroutine arrives; co_prepare put the coroutine into r12. There
// is no caller: a backtrace ends here.
    .globl co_entry
    .type co_entry, @function
co_entry:
    .cfi_startproc
    .cfi_undefined rip
    xorl %ebp, %ebp
    movq %r12, %rdi
    call co_main                // does not return
    ud2
    .cfi_endproc
    .size co_entry, . - co_entry

    .section .note.GNU-stack, "", @progbits
