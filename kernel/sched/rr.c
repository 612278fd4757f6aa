// SPDX-License-Identifier: ISC
/*
 * Round robin: one list, first come first served, a slice of 10 ms each. The simplest class that
 * shares a CPU, and the one to read first.
 *
 * A thread that waited and wakes goes to the end like any other and does not push the running one
 * aside. One that was preempted by a real-time thread stays in front and keeps the rest of its slice.
 *
 * What it gets wrong: with n busy threads, one that wakes for a keystroke waits n * 10 ms; nice values
 * do not count; and who often waits gets less than who never does, since a slice that is not used up
 * is lost. What starves: nothing; everyone is at the front after everyone else has had one slice.
 */
#include "sched/sched.h"

#define SLICE (10 * 1000000ull)

static void rr_init(struct run_queue *rq)
{
    list_init(&rq->normal.rr);
}

static void rr_enqueue(struct run_queue *rq, struct thread *t, enum queue_reason why)
{
    if (why == QUEUE_AGAIN && t->slice_left) {
        list_push_front(&rq->normal.rr, &t->run_link);
        return;
    }
    t->slice_left = 0;
    list_push_back(&rq->normal.rr, &t->run_link);
}

static void rr_dequeue(struct run_queue *rq, struct thread *t)
{
    (void)rq;
    list_remove(&t->run_link);
}

static struct thread *rr_pick(struct run_queue *rq)
{
    if (list_empty(&rq->normal.rr))
        return NULL;
    struct thread *t = list_first(&rq->normal.rr, struct thread, run_link);
    list_remove(&t->run_link);
    return t;
}

static void rr_charge(struct run_queue *rq, struct thread *t, uint64_t ns)
{
    (void)rq;
    t->slice_left -= MIN(ns, t->slice_left);
}

static uint64_t rr_slice(struct run_queue *rq, struct thread *t)
{
    (void)rq;
    if (!t->slice_left)
        t->slice_left = SLICE;
    return t->slice_left;
}

static bool rr_preempts(struct thread *woken, struct thread *running)
{
    (void)woken;
    (void)running;
    return false;
}

static struct thread *rr_movable(struct run_queue *rq, unsigned cpu, unsigned max_weight)
{
    struct thread *t;
    if (max_weight >= WEIGHT_NORMAL)
        list_for_each(t, &rq->normal.rr, run_link)
            if (t->cpu_mask >> cpu & 1)
                return t;
    return NULL;
}

const struct sched_class sched_rr = {
    .name = "rr",
    .rank = 1,
    .init = rr_init,
    .enqueue = rr_enqueue,
    .dequeue = rr_dequeue,
    .pick = rr_pick,
    .charge = rr_charge,
    .slice = rr_slice,
    .preempts = rr_preempts,
    .movable = rr_movable,
};
