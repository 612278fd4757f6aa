// SPDX-License-Identifier: ISC
/*
 * The one mechanism for waiting: a queue of threads beside the object whose condition they wait
 * for, guarded by that object's spinlock. A wait is a loop on a predicate:
 *
 *     spin_lock(&p->lock);
 *     while (pipe_is_empty(p)) {
 *         err = wait_on(&p->readable, WAIT_SIGNALS, NEVER, "pipe read"); // releases and retakes p->lock
 *         if (err)
 *             break;
 *     }
 *
 * Why no wake-up is lost: the waiter is queued and its state says so before the lock is released;
 * a waker changes the condition and wakes under the same lock, so it either comes before the test
 * of the predicate or finds the waiter in the queue.
 */
#pragma once

#include "lib/base.h"
#include "lib/list.h"
#include "x86/spinlock.h"

struct thread;

struct wait_queue {
    struct spinlock *lock; // the owner's lock: held by every caller below
    struct list waiters;
};

struct waiter {
    struct list link;
    struct wait_queue *_Atomic queue; // changes under both queues' locks: waiter_move
    struct thread *thread;
    _Atomic bool woken; // a waker took it off the queue; from then on nobody touches it
    bool exclusive;     // wake_one counts it; a poll's waiter is not exclusive
    void (*callback)(struct waiter *w, void *key); // instead of waking the thread (epoll); lock held
};

enum wait_mode {
    WAIT_ALWAYS,  // only the event or the deadline ends it
    WAIT_SIGNALS, // a deliverable signal, stop or death ends it with -EINTR
};

static inline void wait_queue_init(struct wait_queue *q, struct spinlock *lock)
{
    q->lock = lock;
    list_init(&q->waiters);
}

/*
 * Waits until woken. The queue's lock is held on entry and on return, released in between; no other
 * spinlock may be held. Returns 0 (woken: test the predicate again), -EINTR, or -ETIMEDOUT when
 * `deadline` (clock_ns time; NEVER) passed. A wake-up that came first wins over both.
 */
int wait_on(struct wait_queue *q, enum wait_mode mode, uint64_t deadline, const char *reason);

/*
 * The same in two steps, for who keeps more beside a waiter (a futex its key). waiter_enter puts the
 * caller into the queue; waiter_sleep waits until waiter_wake and returns WITHOUT the lock, and the
 * waiter is in no queue then. Between the two the lock is held all the time.
 */
void waiter_enter(struct waiter *w, struct wait_queue *q);
int waiter_sleep(struct waiter *w, enum wait_mode mode, uint64_t deadline, const char *reason);
void waiter_wake(struct waiter *w);                       // its queue's lock held
void waiter_move(struct waiter *w, struct wait_queue *q); // both queues' locks held

void wake_one(struct wait_queue *q); // the longest exclusive waiter, and every non-exclusive one
void wake_all(struct wait_queue *q);

static inline bool wait_queue_empty(const struct wait_queue *q)
{
    return list_empty(&q->waiters);
}

/*
 * Waiting on many queues (poll): each file's poll operation calls poll_wait for the queues that
 * could make it ready; table NULL means "only ask". After a wake-up the caller asks all again.
 */
struct poll_table {
    struct thread *thread;
    struct spinlock lock;
    bool triggered;          // [lock] a queue was woken since the last poll_table_reset
    struct wait_queue wake;  // guarded by .lock
    struct list entries;     // struct poll_entry
    int error;               // -ENOMEM when an entry could not be made
};

void poll_table_init(struct poll_table *t);
/* Takes q->lock itself: the caller must not hold it. */
void poll_wait(struct poll_table *t, struct wait_queue *q);
/* Sleeps until a queue was woken, deadline, or a signal: 0, -ETIMEDOUT, -EINTR. */
int poll_table_sleep(struct poll_table *t, uint64_t deadline, const char *reason);
void poll_table_done(struct poll_table *t); // takes all entries off their queues
