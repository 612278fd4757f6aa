// SPDX-License-Identifier: ISC
/*
 * Switching between threads: what belongs to a thread's machine state beside its stack, and how a
 * new thread's stack looks so that the first switch to it works like every other.
 */
#include "x86/context.h"
#include "x86/cpu.h"
#include "x86/entry.h"
#include "x86/mmu.h"
#include "x86/msr.h"
#include "lib/log.h"

static_assert(offsetof(struct context, rsp) == CONTEXT_RSP, "asm.h");
static_assert(offsetof(struct context, stack_top) == CONTEXT_STACK_TOP, "asm.h");
static_assert(sizeof(struct context) == CONTEXT_SIZE, "asm.h");

/* What context_swap pops. */
struct switch_frame {
    uint64_t r15, r14, r13, r12, rbx, rbp;
    void (*ret)(void);
};

// --- fs and gs bases ----------------------------------------------------------------------------

uint64_t fs_base_read(void)
{
    uint64_t v;

    if (!cpu_features.fsgsbase)
        return msr_read(MSR_FS_BASE);
    asm volatile("rdfsbase %0" : "=r"(v));
    return v;
}

void fs_base_write(uint64_t v)
{
    if (cpu_features.fsgsbase)
        asm volatile("wrfsbase %0" ::"r"(v));
    else
        msr_write(MSR_FS_BASE, v);
}

/*
 * In the kernel the user's GS base is the one that SWAPGS would bring. Between the two SWAPGS the
 * kernel's per-CPU data is out of reach: interrupts are off, and the vectors that come all the same
 * set GS themselves (entry.S).
 */
uint64_t user_gs_base_read(void)
{
    if (!cpu_features.fsgsbase)
        return msr_read(MSR_KERNEL_GS_BASE);
    uint64_t v, flags = irq_save();
    asm volatile("swapgs; rdgsbase %0; swapgs" : "=r"(v)::"memory");
    irq_restore(flags);
    return v;
}

void user_gs_base_write(uint64_t v)
{
    if (!cpu_features.fsgsbase) {
        msr_write(MSR_KERNEL_GS_BASE, v);
        return;
    }
    uint64_t flags = irq_save();
    asm volatile("swapgs; wrgsbase %0; swapgs" ::"r"(v) : "memory");
    irq_restore(flags);
}

void context_save_bases(struct context *c)
{
    c->fs_base = fs_base_read();
    c->gs_base = user_gs_base_read();
}

// --- the switch ---------------------------------------------------------------------------------

void fpu_switch_out(struct fpu_state *into);

/*
 * A kernel thread has no FPU area and no bases. The caller has made `to` the current thread and
 * loaded its page tables.
 */
void context_switch(struct context *from, struct context *to)
{
    if (from->fpu) {
        fpu_switch_out(from->fpu);
        context_save_bases(from);
    }
    if (to->fpu) {
        fpu_load_current(to->fpu);
        fs_base_write(to->fs_base);
        user_gs_base_write(to->gs_base);
    }
    cpu_set_kernel_stack(to->stack_top);
    context_swap(from, to);
}

static void first_switch(struct context *c, uintptr_t below, void (*start)(void), uint64_t r12,
                         uint64_t rbx)
{
    struct switch_frame *s = (struct switch_frame *)below - 1;

    *s = (struct switch_frame){.r12 = r12, .rbx = rbx, .ret = start};
    c->rsp = (uintptr_t)s;
}

void context_init_kernel(struct context *c, void *stack_top, void noreturn (*entry)(void *),
                         void *arg)
{
    assert((uintptr_t)stack_top % 16 == 0);
    c->stack_top = stack_top;
    // Below the place of a user frame: the thread may become a program's (context_enter_user).
    first_switch(c, (uintptr_t)context_user_frame(c), context_start_kernel, (uintptr_t)entry,
                 (uintptr_t)arg);
}

void context_init_user(struct context *c, void *stack_top, void (*first)(void))
{
    assert((uintptr_t)stack_top % 16 == 0);
    c->stack_top = stack_top;
    first_switch(c, (uintptr_t)context_user_frame(c), context_start_user, (uintptr_t)first, 0);
}

/* struct thread begins with its struct context. */
void context_enter_user(void)
{
    irq_disable();
    context_enter_frame(context_user_frame((struct context *)current));
}
