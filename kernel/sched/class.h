// SPDX-License-Identifier: ISC
/*
 * Scheduler classes: what a class is, and what each keeps for a thread and for a run queue.
 *
 * A class orders the ready threads of one CPU that belong to it, and says how long the first of them
 * may run. All else is sched/sched.c: states, the switch, time; and sched/balance.c: which CPU. Three
 * classes exist at a time, and whatever is ready in an earlier one runs first:
 *
 *   sched_realtime    SCHED_FIFO, SCHED_RR                          realtime.c
 *   normal_class      SCHED_OTHER, SCHED_BATCH; word sched=NAME     fair.c, rr.c, mlfq.c, stride.c
 *   sched_background  SCHED_IDLE                                    background.c
 *
 * The life of a thread in a class, as the operations see it:
 *
 *                  pick                      block
 *    ready set ------------>  running  ---------------->  waits, or has ended
 *       ^  ^   enqueue AGAIN  |                               |
 *       |  +-- or YIELDED ----+                               |
 *       +-------------------- enqueue WOKEN ------------------+
 *
 *   dequeue, then enqueue MOVED on another CPU: it is moved while ready.
 *   dequeue or block, then enqueue WOKEN or AGAIN: its priority has changed.
 *
 * A thread that waits is in nobody's hands: what the class needs when it comes back, perhaps on another
 * CPU, perhaps after years in another class, is in the thread. All data begin as zeros.
 *
 * To add a class: docs/scheduling.md.
 */
#pragma once

#include "lib/base.h"
#include "lib/list.h"
#include "lib/rbtree.h"

struct thread;
struct run_queue;

enum queue_reason {
    QUEUE_WOKEN,   // it waited, is new, or had another priority
    QUEUE_MOVED,   // it was ready on another CPU
    QUEUE_AGAIN,   // it ran here until now: a better one came, or its slice is over
    QUEUE_YIELDED, // it ran here until now and gives the CPU away
};

/* All operations are called with rq->lock held, rq->now up to date with the charge. */
struct sched_class {
    const char *name;
    int rank; // threads of a class with a higher rank run first
    void (*init)(struct run_queue *rq);
    void (*enqueue)(struct run_queue *rq, struct thread *t, enum queue_reason why); // t becomes ready
    void (*dequeue)(struct run_queue *rq, struct thread *t); // t, which is ready, leaves without running
    struct thread *(*pick)(struct run_queue *rq); // takes out who runs next; NULL: nobody is ready
    /* t, which was picked last, is ready no more. May come twice. NULL: the class does not count such threads. */
    void (*block)(struct run_queue *rq, struct thread *t);
    /* t, which runs, has used the CPU for ns since the last time. NULL: of no interest. */
    void (*charge)(struct run_queue *rq, struct thread *t, uint64_t ns);
    /* Nanoseconds that t, which was picked or goes on, may run before others of its class get their turn. */
    uint64_t (*slice)(struct run_queue *rq, struct thread *t);
    /* Does `woken`, which was just enqueued, take the CPU from `running` at once? Both of this class. */
    bool (*preempts)(struct thread *woken, struct thread *running);
    /* A ready thread, left in, that may run on `cpu` and has at most this weight; or NULL. */
    struct thread *(*movable)(struct run_queue *rq, unsigned cpu, unsigned max_weight);
    unsigned (*weight)(int nice); // the share of a thread, in comparison; NULL: all are alike
};
extern const struct sched_class sched_realtime, sched_background; // always there
extern const struct sched_class sched_rr;                         // by sched=

unsigned nice_weight(int nice); // for .weight: 1024 at nice 0, 1.25 times as much a step

#define WEIGHT_NORMAL   1024u // of nice 0, or of all in classes without weights
#define WEIGHT_REALTIME (1u << 17)
#define WEIGHT_IDLE     3u

/* --- what classes keep for a thread; [rq] --- */

union class_thread {
    uint64_t unused;
};

/* --- what classes keep for a run queue; [rq] --- */

#define RT_LEVELS 100 // 1 to 99

struct realtime_queue {
    uint64_t busy[2];             // a bit for each list that is not empty
    struct list level[RT_LEVELS];
};

struct background_queue {
    struct list ready;
    uint64_t due;  // when the class is owed a turn although others are ready; NEVER
    uint64_t used; // of that turn, ns
};

union class_queue {
    struct list rr;
};
