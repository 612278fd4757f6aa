// SPDX-License-Identifier: ISC
/* Waiting and waking (the idea is argued in sched/wait.h), and waiting on many queues at once. */
#include "sched/wait.h"
#include "abi/errno.h"
#include "mm/heap.h"
#include "sched/sched.h"
#include "sched/timer.h"
#include "x86/clock.h"

#define WORK_ENDS_WAIT (WORK_SIGNAL | WORK_DIE | WORK_STOP)

struct wait_timer {
    struct timer timer;
    struct thread *thread;
};

static void wait_timer_fires(struct timer *t)
{
    thread_wake(container_of(t, struct wait_timer, timer)->thread);
}

/* Unless there is a reason already not to sleep: state first, then the look (see block). */
static void sleep_here(struct thread *t, enum wait_mode mode)
{
    if (mode == WAIT_SIGNALS && t->work & WORK_ENDS_WAIT)
        thread_wake(t);
    else
        schedule();
}

/* True when the deadline ended it. */
static bool sleep_here_until(struct thread *t, enum wait_mode mode, uint64_t deadline)
{
    struct wait_timer timeout = {.thread = t};
    timer_init(&timeout.timer, wait_timer_fires);
    timer_set(&timeout.timer, deadline);
    sleep_here(t, mode);
    return !timer_cancel(&timeout.timer);
}

/*
 * The state is set before the queue's lock goes, and interrupts stay off from there to schedule().
 * A waker that holds the queue's lock therefore finds the waiter with its state set. A sender of a
 * signal does not hold that lock: it sets `work`, then looks at the state; we set the state, then
 * look at `work`; with both orders sequentially consistent, one of the two sees the other.
 *
 * Releases the lock. The result is why the wait ended if no waker ended it.
 */
static int block(struct spinlock *lock, enum wait_mode mode, uint64_t deadline, const char *reason)
{
    struct thread *t = current;
    bool irq = this_cpu_ptr(cpu_locks)->irq_was_enabled;
    bool timed = deadline != NEVER, passed = false;

    assert(spin_is_mine(lock));
    assert(this_cpu(cpu_locks.depth) == 1);
    if (timed && deadline <= clock_ns()) {
        spin_unlock(lock);
        return -ETIMEDOUT;
    }
    t->wait_reason = reason;
    __atomic_store_n(&t->state, mode == WAIT_SIGNALS ? THREAD_SLEEPING : THREAD_BLOCKED, __ATOMIC_SEQ_CST);
    spin_unlock_irq_off(lock);
    if (timed)
        passed = sleep_here_until(t, mode, deadline);
    else
        sleep_here(t, mode);
    t->wait_reason = NULL;
    if (irq)
        irq_enable();
    if (mode == WAIT_SIGNALS && t->work & WORK_ENDS_WAIT)
        return -EINTR;
    return passed ? -ETIMEDOUT : 0;
}

void waiter_enter(struct waiter *w, struct wait_queue *q)
{
    *w = (struct waiter){.thread = current, .exclusive = true, .queue = q};
    list_push_back(&q->waiters, &w->link);
}

void waiter_move(struct waiter *w, struct wait_queue *q)
{
    list_remove(&w->link);
    list_push_back(&q->waiters, &w->link);
    w->queue = q;
}

/* Locks the queue where w is now. */
static struct wait_queue *waiter_lock_queue(struct waiter *w)
{
    for (;;) {
        struct wait_queue *q = w->queue;
        spin_lock(q->lock);
        if (w->queue == q)
            return q;
        spin_unlock(q->lock);
    }
}

int waiter_sleep(struct waiter *w, enum wait_mode mode, uint64_t deadline, const char *reason)
{
    int why = block(w->queue->lock, mode, deadline, reason);
    if (atomic_load_explicit(&w->woken, memory_order_acquire))
        return 0;
    // Nobody wakes us, or somebody is about to: then he holds the lock.
    struct wait_queue *q = waiter_lock_queue(w);
    bool woken = w->woken;
    if (!woken)
        list_remove(&w->link);
    spin_unlock(q->lock);
    return woken ? 0 : why;
}

int wait_on(struct wait_queue *q, enum wait_mode mode, uint64_t deadline, const char *reason)
{
    struct waiter w;
    waiter_enter(&w, q);
    int why = block(q->lock, mode, deadline, reason);
    spin_lock(q->lock);
    if (w.woken)
        return 0;
    list_remove(&w.link);
    return why;
}

/* `woken` comes last: a waiter that sees it may be gone at once, without having taken the lock. */
void waiter_wake(struct waiter *w)
{
    list_remove(&w->link);
    thread_wake(w->thread);
    atomic_store_explicit(&w->woken, true, memory_order_release);
}

/* Lock held. True when the waiter was exclusive. */
static bool wake_waiter(struct waiter *w)
{
    if (w->callback) {
        w->callback(w, NULL);
        return false;
    }
    bool exclusive = w->exclusive;
    waiter_wake(w);
    return exclusive;
}

void wake_one(struct wait_queue *q)
{
    assert(spin_is_mine(q->lock));
    struct waiter *w;
    bool done = false;
    list_for_each_safe(w, &q->waiters, link)
        if (!(done && w->exclusive))
            done |= wake_waiter(w);
}

void wake_all(struct wait_queue *q)
{
    assert(spin_is_mine(q->lock));
    struct waiter *w;
    list_for_each_safe(w, &q->waiters, link) wake_waiter(w);
}

/* --- many queues: an entry a queue, whose callback marks the table and wakes its owner --- */

struct poll_entry {
    struct waiter waiter;
    struct poll_table *table;
    struct list link;
};
static SLAB_CACHE(poll_entry_cache, struct poll_entry);

static void poll_entry_woken(struct waiter *w, void *key)
{
    (void)key;
    struct poll_table *t = container_of(w, struct poll_entry, waiter)->table;
    spin_lock(&t->lock);
    t->triggered = true;
    wake_all(&t->wake);
    spin_unlock(&t->lock);
}

void poll_table_init(struct poll_table *t)
{
    spin_init(&t->lock, "poll table");
    t->thread = current;
    t->triggered = false;
    t->error = 0;
    wait_queue_init(&t->wake, &t->lock);
    list_init(&t->entries);
}

void poll_wait(struct poll_table *t, struct wait_queue *q)
{
    if (!t)
        return;
    struct poll_entry *e = slab_alloc(&poll_entry_cache);
    if (!e) {
        t->error = -ENOMEM;
        return;
    }
    *e = (struct poll_entry){.table = t, .waiter = {.callback = poll_entry_woken, .queue = q}};
    list_push_back(&t->entries, &e->link);
    spin_lock(q->lock);
    list_push_back(&q->waiters, &e->waiter.link);
    spin_unlock(q->lock);
}

int poll_table_sleep(struct poll_table *t, uint64_t deadline, const char *reason)
{
    int err = 0;
    spin_lock(&t->lock);
    while (!t->triggered && !err)
        err = wait_on(&t->wake, WAIT_SIGNALS, deadline, reason);
    t->triggered = false;
    spin_unlock(&t->lock);
    return err;
}

void poll_table_done(struct poll_table *t)
{
    struct poll_entry *e;
    list_for_each_safe(e, &t->entries, link) {
        struct spinlock *lock = e->waiter.queue->lock;
        spin_lock(lock);
        list_remove(&e->waiter.link);
        spin_unlock(lock);
        list_remove(&e->link);
        slab_free(&poll_entry_cache, e);
    }
}
