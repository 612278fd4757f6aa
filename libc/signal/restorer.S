// SPDX-License-Identifier: ISC
// A handler returns here: rt_sigreturn finds the frame at the stack pointer and goes back to where
// the signal interrupted the program. The debugger knows a signal frame by this exact code.
    .text
    nop                         // an unwinder looks at the byte before a return address
    .globl __signal_restorer
    .type __signal_restorer, @function
__signal_restorer:
    movq $15, %rax
    syscall
    .size __signal_restorer, . - __signal_restorer

    .section .note.GNU-stack, "", @progbits
