// SPDX-License-Identifier: ISC
/*
 * Numbers that assembly and C share. Offsets into structs are checked against the compiler's by
 * static assertions in trap.c and context.c (and, for struct thread, beside that struct).
 */
#pragma once

/* Selectors. The order is what SYSCALL and SYSRET want; the values are those programs know from Linux. */
#define KERNEL_CS 0x10
#define KERNEL_SS 0x18
#define USER_SS   0x2b
#define USER_CS   0x33
#define TSS_SEL   0x40

/* struct trap_frame */
#define FRAME_R15    0
#define FRAME_R14    8
#define FRAME_R13    16
#define FRAME_R12    24
#define FRAME_RBP    32
#define FRAME_RBX    40
#define FRAME_R11    48
#define FRAME_R10    56
#define FRAME_R9     64
#define FRAME_R8     72
#define FRAME_RAX    80
#define FRAME_RCX    88
#define FRAME_RDX    96
#define FRAME_RSI    104
#define FRAME_RDI    112
#define FRAME_VECTOR 120
#define FRAME_ERROR  128
#define FRAME_RIP    136
#define FRAME_CS     144
#define FRAME_RFLAGS 152
#define FRAME_RSP    160
#define FRAME_SS     168
#define FRAME_SIZE   176

/* Or'ed into a frame's vector_or_call by the system-call entry: the call's number is below. */
#define FRAME_IS_SYSCALL 0x10000

/* struct context, and the two words that struct thread has behind it */
#define CONTEXT_RSP         0
#define CONTEXT_STACK_TOP   8
#define CONTEXT_SIZE        40
#define THREAD_WORK         40
#define THREAD_PREEMPT_OFF  44

/* struct ap_start in smp.c: what boot/ap.S takes */
#define AP_ROOT   0
#define AP_GS     8
#define AP_STACK  16
#define AP_ENTRY  24
#define AP_EFER   32
#define AP_NUMBER 36

/* struct tss: the stack pointer that is loaded on entry from user mode */
#define TSS_RSP0 4

#define MSR_GS_BASE        0xc0000101
#define MSR_KERNEL_GS_BASE 0xc0000102

#define RFLAGS_TF   0x100

#ifdef __ASSEMBLER__
/* Places of the three-byte STAC and CLAC: no-ops until start-up finds SMAP (patch_smap in cpu.c). */
.macro PATCHED opcode3
771:    .byte 0x0f, 0x1f, 0x00
        .pushsection .patch, "a"
        .quad 771b
        .long \opcode3, 0
        .popsection
.endm
#define OPEN_USER  PATCHED 0xcb010f     // stac
#define CLOSE_USER PATCHED 0xca010f     // clac

/* A kernel fault at `from` goes on at `to` (trap.c). */
.macro FIXUP from, to
        .pushsection .ex_table, "a"
        .quad \from, \to
        .popsection
.endm

.macro FUNCTION name
        .globl \name
        .type \name, @function
        .balign 16
\name:
.endm
#endif
