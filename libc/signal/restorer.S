// SPDX-License-Identifier: ISC
// A handler returns here: rt_sigreturn finds the frame at the stack pointer and goes back to where
// the signal interrupted the program. The debugger knows a signal frame by this exact code.
    .text
    nop                         // an unwinder looks at the byte before a return address
    .globl signal_restorer
    .type signal_restorer, @function
signal_restorer:
    movq $15, %rax
    syscall
    .size signal_restorer, . - signal_restorer

    .section .note.GNU-stack, "", @progbits
