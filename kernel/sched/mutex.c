// SPDX-License-Identifier: ISC
/* Mutex, counting semaphore and completion: each a few lines on a wait queue. */
#include "sched/mutex.h"
#include "abi/errno.h"
#include "sched/thread.h"
#include "sched/trace.h"

void mutex_init(struct mutex *m, const char *name)
{
    atomic_init(&m->owner, 0);
    spin_init(&m->lock, name);
    m->name = name;
    wait_queue_init(&m->free, &m->lock);
}

static struct thread *owner_of(uintptr_t owner)
{
    return (struct thread *)(owner & ~MUTEX_WAITED);
}

/*
 * Somebody has it, or threads wait for it. Before it sleeps, a thread sees to it that the bit is set,
 * so the owner comes to the slow path when it frees the mutex; who takes it while others still wait
 * sets the bit for them.
 */
static int take_slowly(struct mutex *m, enum wait_mode mode)
{
    int err = 0;
    spin_lock(&m->lock);
    for (;;) {
        uintptr_t old = atomic_load(&m->owner);
        if (owner_of(old) == current)
            panic("mutex %s taken twice by thread %d (%s)", m->name, current->id, current->name);
        if (!old) {
            uintptr_t mine = (uintptr_t)current | (wait_queue_empty(&m->free) ? 0 : MUTEX_WAITED);
            if (!atomic_compare_exchange_strong(&m->owner, &old, mine))
                continue;
            err = 0;
            break;
        }
        if (err)
            break;
        if (!(old & MUTEX_WAITED) &&
            !atomic_compare_exchange_strong(&m->owner, &old, old | MUTEX_WAITED))
            continue;
        TRACE(TRACE_LOCK, m->name, owner_of(old)->id, 0, 0);
        err = wait_on(&m->free, mode, NEVER, m->name);
    }
    spin_unlock(&m->lock);
    return err;
}

static inline int mutex_take(struct mutex *m, enum wait_mode mode)
{
    assert(may_sleep());
    uintptr_t free = 0;
    if (likely(atomic_compare_exchange_strong_explicit(
            &m->owner, &free, (uintptr_t)current, memory_order_acquire, memory_order_relaxed)))
        return 0;
    return take_slowly(m, mode);
}

void mutex_lock(struct mutex *m)
{
    mutex_take(m, WAIT_ALWAYS);
}

int mutex_lock_interruptible(struct mutex *m)
{
    return mutex_take(m, WAIT_SIGNALS);
}

bool mutex_trylock(struct mutex *m)
{
    uintptr_t free = 0;
    return atomic_compare_exchange_strong(&m->owner, &free, (uintptr_t)current);
}

void mutex_unlock(struct mutex *m)
{
    uintptr_t mine = (uintptr_t)current;
    if (likely(atomic_compare_exchange_strong_explicit(&m->owner, &mine, 0, memory_order_release,
                                                       memory_order_relaxed)))
        return;
    if (owner_of(mine) != current)
        panic("mutex %s released by thread %d (%s), which does not own it", m->name, current->id,
              current->name);
    spin_lock(&m->lock);
    atomic_store(&m->owner, 0);
    wake_one(&m->free);
    spin_unlock(&m->lock);
}

bool mutex_is_mine(const struct mutex *m)
{
    return owner_of(atomic_load_explicit(&m->owner, memory_order_relaxed)) == current;
}

void semaphore_init(struct semaphore *s, int count)
{
    spin_init(&s->lock, "semaphore");
    s->count = count;
    wait_queue_init(&s->positive, &s->lock);
}

static int semaphore_take(struct semaphore *s, enum wait_mode mode, uint64_t deadline)
{
    int err = 0;
    spin_lock(&s->lock);
    while (s->count <= 0 && !err)
        err = wait_on(&s->positive, mode, deadline, "semaphore");
    if (s->count > 0) {
        s->count--;
        err = 0;
    }
    spin_unlock(&s->lock);
    return err;
}

void semaphore_down(struct semaphore *s)
{
    semaphore_take(s, WAIT_ALWAYS, NEVER);
}

int semaphore_down_interruptible(struct semaphore *s, uint64_t deadline)
{
    return semaphore_take(s, WAIT_SIGNALS, deadline);
}

void semaphore_up(struct semaphore *s)
{
    spin_lock(&s->lock);
    s->count++;
    wake_one(&s->positive);
    spin_unlock(&s->lock);
}

void completion_init(struct completion *c)
{
    spin_init(&c->lock, "completion");
    c->done = false;
    wait_queue_init(&c->waiters, &c->lock);
}

void completion_signal(struct completion *c)
{
    spin_lock(&c->lock);
    c->done = true;
    wake_all(&c->waiters);
    spin_unlock(&c->lock);
}

static int completion_wait_mode(struct completion *c, enum wait_mode mode)
{
    int err = 0;
    spin_lock(&c->lock);
    while (!c->done && !err)
        err = wait_on(&c->waiters, mode, NEVER, "completion");
    if (c->done)
        err = 0;
    spin_unlock(&c->lock);
    return err;
}

void completion_wait(struct completion *c)
{
    completion_wait_mode(c, WAIT_ALWAYS);
}

int completion_wait_interruptible(struct completion *c)
{
    return completion_wait_mode(c, WAIT_SIGNALS);
}
