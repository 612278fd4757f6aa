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

/*
 * The state is set before the queue's lock goes, and interrupts stay off from there to schedule().
 * A waker that holds the queue's lock therefore finds the waiter with its state set. A sender of a
 * signal does not hold that lock: it sets `work`, then looks at the state; we set the state, then
 * look at `work`; with both orders sequentially consistent, one of the two sees the other.
 */
static int block(struct wait_queue *q, enum wait_mode mode, uint64_t deadline)
{
    struct thread *t = current;
    struct wait_timer timeout = {.thread = t};
    bool irq = this_cpu_ptr(cpu_locks)->irq_was_enabled;
    bool timed = deadline != NEVER;
    int why = 0;

    __atomic_store_n(&t->state, mode == WAIT_SIGNALS ? THREAD_SLEEPING : THREAD_BLOCKED, __ATOMIC_SEQ_CST);
    spin_unlock_irq_off(q->lock);
    if (timed) {
        timer_init(&timeout.timer, wait_timer_fires);
        timer_set(&timeout.timer, deadline);
    }
    if (mode == WAIT_SIGNALS && t->work & WORK_ENDS_WAIT)
        thread_wake(t);
    else
        schedule();
    if (timed && !timer_cancel(&timeout.timer))
        why = -ETIMEDOUT;
    if (mode == WAIT_SIGNALS && t->work & WORK_ENDS_WAIT)
        why = -EINTR;
    if (irq)
        irq_enable();
    spin_lock(q->lock);
    return why;
}

int wait_on(struct wait_queue *q, enum wait_mode mode, uint64_t deadline, const char *reason)
{
    assert(spin_is_mine(q->lock));
    assert(this_cpu(cpu_locks.depth) == 1);
    if (deadline != NEVER && deadline <= clock_ns())
        return -ETIMEDOUT;
    struct waiter w = {.thread = current, .exclusive = true, .queue = q};
    list_push_back(&q->waiters, &w.link);
    current->wait_reason = reason;
    int why = block(q, mode, deadline);
    current->wait_reason = NULL;
    if (w.woken)
        return 0;
    list_remove(&w.link);
    return why;
}

/* Lock held. True when the waiter was exclusive. */
static bool wake_waiter(struct waiter *w)
{
    if (w->callback) {
        w->callback(w, NULL);
        return false;
    }
    bool exclusive = w->exclusive; // w is gone once its thread runs, which the lock still prevents
    list_remove(&w->link);
    w->woken = true;
    thread_wake(w->thread);
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
        spin_lock(e->waiter.queue->lock);
        list_remove(&e->waiter.link);
        spin_unlock(e->waiter.queue->lock);
        list_remove(&e->link);
        slab_free(&poll_entry_cache, e);
    }
}
