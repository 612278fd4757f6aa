// SPDX-License-Identifier: ISC
/*
 * The spinlock. Taking one turns interrupts off on this CPU until the last one is released, so a
 * holder is neither interrupted nor preempted, and an interrupt handler may use any spinlock.
 * Never sleep or touch user memory with one held (asserted). Order: docs/locking.md.
 */
#pragma once

#include "lib/base.h"
#include "lib/log.h"
#include "x86/cpu.h"

struct spinlock {
    _Atomic uint32_t held;
    const char *name;
    struct cpu_lock_state *holder; // which CPU holds it, for assertions
};

struct cpu_lock_state {
    uint32_t depth;       // spinlocks held by this CPU
    bool irq_was_enabled; // before the first of them
};
DECLARE_PER_CPU(struct cpu_lock_state, cpu_locks);

#define SPINLOCK(n) {.name = (n)}

static inline void spin_init(struct spinlock *l, const char *name)
{
    atomic_init(&l->held, 0);
    l->name = name;
    l->holder = NULL;
}

void noreturn spin_misuse(struct spinlock *l, const char *what);
void spin_lock_slow(struct spinlock *l);

static inline bool spin_is_mine(const struct spinlock *l)
{
    return atomic_load_explicit(&l->held, memory_order_relaxed) && l->holder == this_cpu_ptr(cpu_locks);
}

static inline void spin_lock(struct spinlock *l)
{
    uint64_t flags = irq_save();
    struct cpu_lock_state *cpu = this_cpu_ptr(cpu_locks);
    if (cpu->depth++ == 0)
        cpu->irq_was_enabled = flags & RFLAGS_IF;
    uint32_t free = 0;
    if (unlikely(!atomic_compare_exchange_strong_explicit(&l->held, &free, 1, memory_order_acquire,
                                                          memory_order_relaxed)))
        spin_lock_slow(l); // panics when this CPU holds it already
    l->holder = cpu;
}

static inline void spin_unlock(struct spinlock *l)
{
    struct cpu_lock_state *cpu = this_cpu_ptr(cpu_locks);
    if (unlikely(l->holder != cpu))
        spin_misuse(l, "released by a CPU that does not hold it");
    l->holder = NULL;
    atomic_store_explicit(&l->held, 0, memory_order_release);
    if (--cpu->depth == 0 && cpu->irq_was_enabled)
        irq_enable();
}

/* True when this CPU holds no spinlock: sleeping and user copies are allowed. */
static inline bool may_sleep(void)
{
    return this_cpu(cpu_locks.depth) == 0;
}

/* For the scheduler: releases the only lock this CPU holds and leaves interrupts off. */
static inline void spin_unlock_irq_off(struct spinlock *l)
{
    this_cpu_ptr(cpu_locks)->irq_was_enabled = false;
    spin_unlock(l);
}
