// SPDX-License-Identifier: ISC
/* Locks that sleep: a mutex with an owner, and a counting semaphore, both on one wait queue each. */
#pragma once

#include "lib/base.h"
#include "sched/wait.h"

/*
 * `owner` is the owning thread's address, 0 when free. MUTEX_WAITED in it says that threads wait:
 * then it changes only under the lock. Without that bit one compare-and-exchange takes or frees it.
 */
#define MUTEX_WAITED 1ul

struct mutex {
    _Atomic uintptr_t owner;
    struct spinlock lock;
    struct wait_queue free; // [lock]
    const char *name;
};

void mutex_init(struct mutex *m, const char *name);
void mutex_lock(struct mutex *m); // may sleep; panics when the caller owns it
int must_check mutex_lock_interruptible(struct mutex *m); // 0 or -EINTR
bool mutex_trylock(struct mutex *m);
void mutex_unlock(struct mutex *m); // panics unless the caller owns it
bool mutex_is_mine(const struct mutex *m);

/* Dijkstra's counting semaphore: P is down, V is up. */
struct semaphore {
    struct spinlock lock;
    int count;                  // [lock]
    struct wait_queue positive; // [lock]
};

void semaphore_init(struct semaphore *s, int count);
void semaphore_down(struct semaphore *s); // may sleep
int must_check semaphore_down_interruptible(struct semaphore *s, uint64_t deadline); // 0 -EINTR -ETIMEDOUT
void semaphore_up(struct semaphore *s);   // any context

/* Happens once: many may wait for it. */
struct completion {
    struct spinlock lock;
    bool done;
    struct wait_queue waiters;
};

void completion_init(struct completion *c);
void completion_signal(struct completion *c);
void completion_wait(struct completion *c);
int must_check completion_wait_interruptible(struct completion *c);
