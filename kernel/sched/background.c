// SPDX-License-Identifier: ISC
/*
 * SCHED_IDLE: what runs when nothing else wants the CPU. One list, first come first served, a slice
 * each; nice values do not count.
 *
 * A thread that gets no CPU at all can still hold what others wait for, a lock of its program, say. So
 * the class is owed a turn of 1 ms every 300 ms although others are ready: a third of a percent of the
 * CPU, as much as Linux gives to a thread of this policy beside one of nice 0. A thread of another
 * class that wakes takes the CPU away at once also during such a turn, and the rest of the turn comes
 * when that one waits or its slice ends.
 *
 * What starves: all of this class, behind real-time threads that do not wait. Nothing else.
 */
#include "sched/sched.h"

#define TURN   1000000ull
#define PERIOD (300 * TURN)

static void background_init(struct run_queue *rq)
{
    list_init(&rq->background.ready);
    rq->background.due = NEVER;
}

static void background_enqueue(struct run_queue *rq, struct thread *t, enum queue_reason why)
{
    struct background_queue *q = &rq->background;
    if (q->due == NEVER)
        q->due = rq->now + PERIOD;
    if (why == QUEUE_AGAIN && t->slice_left)
        list_push_front(&q->ready, &t->run_link);
    else
        list_push_back(&q->ready, &t->run_link);
}

static void background_dequeue(struct run_queue *rq, struct thread *t)
{
    (void)rq;
    list_remove(&t->run_link);
}

static struct thread *background_pick(struct run_queue *rq)
{
    if (list_empty(&rq->background.ready)) {
        rq->background.due = NEVER;
        return NULL;
    }
    struct thread *t = list_first(&rq->background.ready, struct thread, run_link);
    list_remove(&t->run_link);
    return t;
}

static void background_charge(struct run_queue *rq, struct thread *t, uint64_t ns)
{
    struct background_queue *q = &rq->background;
    t->slice_left -= MIN(ns, t->slice_left);
    q->used += ns;
    if (q->used >= TURN) {
        q->used = 0;
        q->due = rq->now + PERIOD;
    }
}

static uint64_t background_slice(struct run_queue *rq, struct thread *t)
{
    (void)rq;
    if (!t->slice_left)
        t->slice_left = TURN;
    return t->slice_left;
}

static bool background_preempts(struct thread *woken, struct thread *running)
{
    (void)woken;
    (void)running;
    return false;
}

static struct thread *background_movable(struct run_queue *rq, unsigned cpu, unsigned max_weight)
{
    struct thread *t;
    if (max_weight >= WEIGHT_IDLE)
        list_for_each(t, &rq->background.ready, run_link)
            if (t->cpu_mask >> cpu & 1)
                return t;
    return NULL;
}

static unsigned background_weight(int nice)
{
    (void)nice;
    return WEIGHT_IDLE;
}

const struct sched_class sched_background = {
    .name = "background",
    .rank = 0,
    .init = background_init,
    .enqueue = background_enqueue,
    .dequeue = background_dequeue,
    .pick = background_pick,
    .charge = background_charge,
    .slice = background_slice,
    .preempts = background_preempts,
    .movable = background_movable,
    .weight = background_weight,
};
