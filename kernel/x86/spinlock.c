// SPDX-License-Identifier: ISC
/*
 * The slow path of the spinlock, and what happens on misuse. It stands on the ground floor, not with
 * the sleeping locks, because the frame allocator and the log need it too.
 */
#include "x86/spinlock.h"
#include "lib/trace.h"

DEFINE_PER_CPU(struct cpu_lock_state, cpu_locks);

void noreturn spin_misuse(struct spinlock *l, const char *what)
{
    l->held = 1;
    panic("spinlock %s %s (called from %p)", l->name, what, __builtin_return_address(0));
}

void spin_lock_slow(struct spinlock *l)
{
    if (l->holder == this_cpu_ptr(cpu_locks))
        spin_misuse(l, "taken twice by one CPU");
    uint64_t since = trace_spin_begin();
    uint32_t free;
    do {
        while (atomic_load_explicit(&l->held, memory_order_relaxed))
            cpu_relax();
        free = 0;
    } while (!atomic_compare_exchange_weak_explicit(&l->held, &free, 1, memory_order_acquire,
                                                    memory_order_relaxed));
    trace_spin(l->name, since);
}
