// SPDX-License-Identifier: ISC
/*
 * Between the files of kernel/x86 alone: what entry.S offers and calls, and the steps of start-up.
 */
#pragma once

#include "x86/asm.h"
#include "x86/context.h"
#include "x86/trap.h"

/*
 * The running thread keeps its CPU while this count of its own is not 0, though interrupts are
 * served: the word behind `work` in struct thread.
 */
static inline volatile uint32_t *preempt_count(void)
{
    return (volatile uint32_t *)((char *)current + THREAD_PREEMPT_OFF);
}

/* entry.S */
void syscall_entry(void);
extern const uint8_t trap_stubs[256][16];
void context_swap(struct context *from, struct context *to);
void context_start_kernel(void);
void context_start_user(void);
void noreturn context_enter_frame(struct trap_frame *f);

/* cpu.c, in this order on the boot CPU before cpu_init */
void cpu_detect(void);
void cpu_enable_nx(void);
void cpu_patch_smap(void);
void cpu_set_kernel_stack(void *top); // where the next entry from user mode puts its frame

/* fpu.c */
void fpu_detect(void);
void fpu_init(void);

/* trap.c: `ist` once the task state with the extra stacks is loaded */
void trap_load_idt(bool ist);

/* irq.c */
void irq_dispatch(struct trap_frame *f);
/* apic.c: routes a global interrupt to the boot CPU. -ENODEV when no I/O APIC has it. */
int apic_route(unsigned irq, unsigned vector);
/* mmu.c: memory below this may be taken by early_frame; boot.c skips what was taken */
bool early_taken(unsigned index, uint64_t *start, uint64_t *end);
