// SPDX-License-Identifier: ISC
/*
 * Every way into the kernel and out of it, and the switch between two threads.
 *
 * All entries build the same struct trap_frame. On entry from user mode it lies at the very top of
 * the thread's kernel stack (TSS.rsp0 and the system-call entry use the same word for that).
 *
 * GS: in user mode GS belongs to the program, which may set any base (FSGSBASE); the kernel's base
 * waits in MSR_KERNEL_GS_BASE. SWAPGS exchanges them on every entry from and exit to user mode,
 * decided by the privilege bits of the saved CS. Four vectors can strike between an entry's first
 * instruction and its SWAPGS, when CS is the kernel's already but GS still the program's: NMI, #DB,
 * #DF and #MC. They run on stacks of their own (IST), whose top word holds this CPU's base, and put
 * back what they found.
 *
 * docs/invariants.md lists what holds at each point. SDM vol. 3A 6.14, vol. 2B SYSCALL, SYSRET.
 */
#include "x86/asm.h"

        .text

.macro PUSH_REGISTERS
        pushq %rdi
        pushq %rsi
        pushq %rdx
        pushq %rcx
        pushq %rax
        pushq %r8
        pushq %r9
        pushq %r10
        pushq %r11
        pushq %rbx
        pushq %rbp
        pushq %r12
        pushq %r13
        pushq %r14
        pushq %r15
.endm

/* Leaves the stack pointer at the frame's vector. */
.macro POP_REGISTERS
        popq %r15
        popq %r14
        popq %r13
        popq %r12
        popq %rbp
        popq %rbx
        popq %r11
        popq %r10
        popq %r9
        popq %r8
        popq %rax
        popq %rcx
        popq %rdx
        popq %rsi
        popq %rdi
.endm

/*
 * System call. RCX = return address, R11 = flags, interrupts off and AC, DF, TF, NT clear (SFMASK).
 * Numbers that the table does not have, and all of them while calls are traced (syscall_count is 0
 * then), go to syscall_other.
 */
FUNCTION syscall_entry
        swapgs
        movq %rsp, %gs:syscall_user_rsp
        movq %gs:cpu_tss + TSS_RSP0, %rsp
        pushq $USER_SS
        pushq %gs:syscall_user_rsp
        pushq %r11
        pushq $USER_CS
        pushq %rcx
        pushq $0
        movl %eax, %eax
        pushq %rax
        orl $FRAME_IS_SYSCALL, (%rsp)
        PUSH_REGISTERS
        incq %gs:syscalls_served
        sti
        cmpl syscall_count(%rip), %eax
        jae 2f
        movq syscall_table(%rip), %r11
        movq (%r11,%rax,8), %rax
        testq %rax, %rax
        jz 2f
        movq %r10, %rcx
        xorl %ebp, %ebp                 // a backtrace ends here
        call *%rax
1:      movq %rax, FRAME_RAX(%rsp)

        // The short way back, if there is nothing to do and the frame is but for RAX as we made it:
        // who changes more of it (exec, sigreturn) takes FRAME_IS_SYSCALL away. SYSRET takes RIP from
        // RCX and flags from R11, which is where SYSCALL left them, and cannot fault: a program does
        // not run in the last page below 2^47, so RIP is canonical. A single step goes by IRET, after
        // which the CPU executes one instruction before it traps.
        cli
        movq %gs:current_thread, %rax
        cmpl $0, THREAD_WORK(%rax)
        jne return_to_user
        testb $FRAME_IS_SYSCALL >> 16, FRAME_VECTOR + 2(%rsp)
        jz return_to_user
        testl $RFLAGS_TF, FRAME_RFLAGS(%rsp)
        jnz return_to_user
        movq FRAME_RBP(%rsp), %rbp      // C code has preserved the others up to RBX
        addq $FRAME_R11, %rsp
        popq %r11
        popq %r10
        popq %r9
        popq %r8
        popq %rax
        popq %rcx
        popq %rdx
        popq %rsi
        popq %rdi
        movq (FRAME_RSP - FRAME_VECTOR)(%rsp), %rsp
        swapgs
        sysretq

2:      movq %rsp, %rdi
        xorl %ebp, %ebp
        call syscall_other
        jmp 1b

/*
 * The full way back to user mode, also the first way there: the stack pointer is at the frame.
 * Work is done with interrupts on and looked for again with interrupts off, so that none is missed.
 * IRET faults in ring 0 if RIP is not canonical or the selectors are not those of a program; a frame
 * like that is treated as a general protection fault of the program instead.
 */
FUNCTION return_to_user
        cli
        movq %gs:current_thread, %rax
        cmpl $0, THREAD_WORK(%rax)
        jne 3f
        movq FRAME_RIP(%rsp), %rax
        shrq $47, %rax
        jnz 4f
        cmpl $USER_CS, FRAME_CS(%rsp)
        jne 4f
        cmpl $USER_SS, FRAME_SS(%rsp)
        jne 4f
        POP_REGISTERS
        swapgs
        addq $16, %rsp
        iretq
3:      movq %rsp, %rdi
        xorl %ebp, %ebp
        call trap_user_work
        jmp return_to_user
4:      movq %rsp, %rdi
        xorl %ebp, %ebp
        call trap_bad_frame
        jmp return_to_user

/* Exceptions and interrupts on the thread's (or the kernel's current) stack. */
trap_entry:
        testb $3, (FRAME_CS - FRAME_VECTOR)(%rsp)
        jz trap_from_kernel
        swapgs
trap_from_user:
        CLOSE_USER
        cld
        PUSH_REGISTERS
        xorl %ebp, %ebp
        movq %rsp, %rdi
        call trap_dispatch
        jmp return_to_user

trap_from_kernel:
        CLOSE_USER                      // IRET restores AC where a user copy was interrupted
        cld
        PUSH_REGISTERS
        movq %rsp, %rdi
        movq %rsp, %r12
        andq $-16, %rsp                 // the interrupted code may have had any alignment
        call trap_dispatch
        movq %r12, %rsp
        POP_REGISTERS
        addq $16, %rsp
        iretq

/* NMI, #DB, #DF, #MC: on an IST stack. What came from user mode moves to the thread's stack. */
trap_entry_ist:
        testb $3, (FRAME_CS - FRAME_VECTOR)(%rsp)
        jz 1f
        swapgs
        pushq %rdi
        movq %rsp, %rdi
        movq %gs:cpu_tss + TSS_RSP0, %rsp
        pushq 56(%rdi)                  // ss
        pushq 48(%rdi)                  // rsp
        pushq 40(%rdi)                  // rflags
        pushq 32(%rdi)                  // cs
        pushq 24(%rdi)                  // rip
        pushq 16(%rdi)                  // error
        pushq 8(%rdi)                   // vector
        movq (%rdi), %rdi
        jmp trap_from_user

1:      CLOSE_USER
        cld
        PUSH_REGISTERS
        movl $MSR_GS_BASE, %ecx
        rdmsr
        movl %eax, %r13d                // what the interrupted code had there
        movl %edx, %r14d
        movl FRAME_SIZE(%rsp), %eax     // the top word of the stack: this CPU's base
        movl FRAME_SIZE + 4(%rsp), %edx
        wrmsr
        movq %rsp, %rdi
        call trap_dispatch_ist
        movl $MSR_GS_BASE, %ecx
        movl %r13d, %eax
        movl %r14d, %edx
        wrmsr
        POP_REGISTERS
        addq $16, %rsp
        iretq

/*
 * 256 stubs of 16 bytes. The CPU pushes an error code for some exceptions; the others push 0, so
 * that all frames are alike.
 */
        .globl trap_stubs
        .balign 16
trap_stubs:
        .set vector, 0
        .rept 256
        .balign 16
        .if !(vector == 8 || (vector >= 10 && vector <= 14) || vector == 17 || vector == 21 || \
              vector == 29 || vector == 30)
        pushq $0
        .endif
        pushq $vector
        .if vector == 1 || vector == 2 || vector == 8 || vector == 18
        jmp trap_entry_ist
        .else
        jmp trap_entry
        .endif
        .set vector, vector + 1
        .endr

/*
 * void context_swap(struct context *from, struct context *to)
 *
 * The heart of a thread switch. A thread that does not run is just a stack: the registers that a C
 * function must preserve lie on it, below the return address of the call that left it. Storing our
 * stack pointer and taking the other's makes this function return in the other thread, at the place
 * where that one once called it. The caller-saved registers need no care: the compiler assumes
 * them lost at any call.
 */
FUNCTION context_swap
        pushq %rbp
        pushq %rbx
        pushq %r12
        pushq %r13
        pushq %r14
        pushq %r15
        movq %rsp, CONTEXT_RSP(%rdi)
        movq CONTEXT_RSP(%rsi), %rsp
        popq %r15
        popq %r14
        popq %r13
        popq %r12
        popq %rbx
        popq %rbp
        ret

/* Where new threads begin: context_swap "returns" here with what context_init_* left in R12, RBX. */
FUNCTION context_start_kernel
        movq %rbx, %rdi
        xorl %ebp, %ebp
        call *%r12
        ud2

FUNCTION context_start_user
        xorl %ebp, %ebp
        call *%r12
        jmp return_to_user

/* void noreturn context_enter_frame(struct trap_frame *): the frame is at the top of this stack. */
FUNCTION context_enter_frame
        movq %rdi, %rsp
        jmp return_to_user

        .section .note.GNU-stack, "", @progbits
