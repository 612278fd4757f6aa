// SPDX-License-Identifier: ISC
/*
 * Round robin: one queue, first come first served, a slice each. A thread that blocked and wakes
 * goes to the end like any other and does not push the running one aside.
 */
#include "sched/sched.h"

#define SLICE (10 * 1000000ull)

static void rr_init(struct run_queue *rq)
{
    list_init(&rq->ready_list);
}

static void rr_enqueue(struct run_queue *rq, struct thread *t)
{
    list_push_back(&rq->ready_list, &t->run_link);
}

static void rr_dequeue(struct run_queue *rq, struct thread *t)
{
    (void)rq;
    list_remove(&t->run_link);
}

static struct thread *rr_pick(struct run_queue *rq)
{
    if (list_empty(&rq->ready_list))
        return NULL;
    struct thread *t = list_first(&rq->ready_list, struct thread, run_link);
    list_remove(&t->run_link);
    return t;
}

static struct thread *rr_movable(struct run_queue *rq, unsigned cpu)
{
    struct thread *t;
    list_for_each(t, &rq->ready_list, run_link)
        if (t->cpu_mask >> cpu & 1)
            return t;
    return NULL;
}

static uint64_t rr_slice(struct thread *t)
{
    (void)t;
    return SLICE;
}

static bool rr_preempts(struct thread *woken, struct thread *running)
{
    (void)woken;
    (void)running;
    return false;
}

const struct sched_class sched_rr = {
    .name = "rr",
    .init = rr_init,
    .enqueue = rr_enqueue,
    .dequeue = rr_dequeue,
    .pick = rr_pick,
    .movable = rr_movable,
    .slice = rr_slice,
    .preempts = rr_preempts,
};
