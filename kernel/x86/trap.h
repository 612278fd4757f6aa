// SPDX-License-Identifier: ISC
/*
 * Entries into the kernel: exceptions, interrupts, system calls. Every entry leaves one trap frame
 * on the kernel stack; the one made on entry from user mode lies at the very top of the thread's
 * kernel stack. Upper floors register what is called. SDM vol. 3A ch. 6; AMD64 APM vol. 2 ch. 8.
 */
#pragma once

#include "lib/base.h"
#include "x86/asm.h"
#include "x86/cpu.h"

struct trap_frame {
    uint64_t r15, r14, r13, r12, rbp, rbx;          // callee-saved
    uint64_t r11, r10, r9, r8, rax, rcx, rdx, rsi, rdi;
    uint64_t vector_or_call; // vector of a trap; number of a system call; FRAME_NO_RESTART once handled
    uint64_t error;          // error code of the trap, or 0
    uint64_t rip, cs, rflags, rsp, ss;
};

/*
 * vector_or_call of a call whose interruption is dealt with, or whose frame was changed: that one
 * leaves by IRET.
 */
#define FRAME_NO_RESTART   0xfffful
#define TRAP_DIVIDE        0
#define TRAP_DEBUG         1
#define TRAP_NMI           2
#define TRAP_BREAKPOINT    3
#define TRAP_OVERFLOW      4
#define TRAP_BOUND         5
#define TRAP_INVALID       6
#define TRAP_NO_DEVICE     7
#define TRAP_DOUBLE_FAULT  8
#define TRAP_TSS           10
#define TRAP_SEGMENT       11
#define TRAP_STACK         12
#define TRAP_PROTECTION    13
#define TRAP_PAGE_FAULT    14
#define TRAP_FPU           16
#define TRAP_ALIGNMENT     17
#define TRAP_MACHINE_CHECK 18
#define TRAP_SIMD          19

#define VECTOR_IRQ_BASE   0x20 // legacy interrupts 0..15 through the I/O APIC
#define VECTOR_TIMER      0x40
#define VECTOR_RESCHEDULE 0x41
#define VECTOR_CALL       0x42 // cpus_call
#define VECTOR_HALT       0x43
#define VECTOR_SPURIOUS   0xff

static inline bool frame_from_user(const struct trap_frame *f)
{
    return f->cs & 3;
}

/*
 * What upper floors plug in, once, at start-up. All are called with interrupts off on entry unless
 * said otherwise.
 */
struct trap_hooks {
    /*
     * Page fault at `addr` with the CPU's error code (bit 0 present, 1 write, 2 user, 4 fetch).
     * Interrupts are enabled if they were at the fault. May sleep. Returns 0 when the access may be
     * repeated, else a negative errno: -EFAULT (no such mapping or not allowed), -ENOMEM, -EIO
     * (past the end of a mapped file). In kernel mode a failure goes to the fix-up table.
     */
    int (*page_fault)(struct trap_frame *f, uaddr_t addr, uint64_t error);
    /* A trap from user mode that ends in a signal; `addr` is CR2, `fault` page_fault's errno or 0. Interrupts on. */
    void (*user_trap)(struct trap_frame *f, uaddr_t addr, int fault);
    /*
     * On the way back to user mode when thread->work is not 0: preemption, signals. Interrupts on
     * on entry; the entry code calls it again until thread->work is 0 with interrupts off.
     */
    void (*user_work)(struct trap_frame *f);
    /* At the end of an interrupt that found the kernel preemptible (no spinlock held). Interrupts off. */
    void (*preempt)(void);
};
extern struct trap_hooks trap_hooks;

#define ISA_LINES 16

typedef void (*irq_handler)(void *arg);
/* Routes legacy line `irq` (ISA numbering, I/O APIC overrides applied) to the boot CPU and unmasks it. -EBUSY, -ENODEV. */
int irq_register(unsigned irq, const char *name, irq_handler handler, void *arg);
const char *irq_name(unsigned irq); // NULL: nobody registered
uint64_t irq_count(unsigned cpu, unsigned vector); // interrupts so far
/* A handler for a local vector (VECTOR_TIMER ...). */
void vector_register(unsigned vector, irq_handler handler, void *arg);

/*
 * The system-call table: entry i is called with the six arguments as C arguments; its return value
 * goes to rax. Numbers from `count` up and empty entries return -ENOSYS. `trace` (or NULL) is called
 * instead of the table when set: the strace=1 word.
 */
typedef long (*syscall_fn)(uint64_t, uint64_t, uint64_t, uint64_t, uint64_t, uint64_t);
void syscall_register(const syscall_fn *table, unsigned count);
void syscall_set_trace(long (*trace)(struct trap_frame *f));
long syscall_run(struct trap_frame *f); // the call that the frame describes, by the table
uint64_t syscall_total(void); // calls served so far, on all CPUs

/* The frame of the interrupt that this CPU handles, for accounting: did it come from user mode? */
DECLARE_PER_CPU(struct trap_frame *, irq_frame);

/* Name of an exception ("page fault"). */
const char *trap_name(unsigned vector);
