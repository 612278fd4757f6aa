// SPDX-License-Identifier: ISC
/*
 * A bare spinlock for the two places below the checked locks of sched/: the log and the kernel's
 * own page tables. Interrupts are off while it is held. Everything else uses sched/lock.h.
 */
#pragma once

#include "x86/cpu.h"

struct rawlock {
    atomic_bool held;
};

static inline bool rawlock_try(struct rawlock *l)
{
    return !atomic_exchange_explicit(&l->held, true, memory_order_acquire);
}

static inline uint64_t rawlock_acquire(struct rawlock *l)
{
    uint64_t flags = irq_save();

    while (!rawlock_try(l))
        cpu_relax();
    return flags;
}

static inline void rawlock_release(struct rawlock *l, uint64_t flags)
{
    atomic_store_explicit(&l->held, false, memory_order_release);
    irq_restore(flags);
}
