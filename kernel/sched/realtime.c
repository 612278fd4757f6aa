// SPDX-License-Identifier: ISC
/*
 * SCHED_FIFO and SCHED_RR: the ready list is ordered by priority, the highest first and first come
 * first served within one. A FIFO thread runs until it blocks or a higher one comes. POSIX.1-2017,
 * System Interfaces 2.8.4.
 */
#include "abi/sched.h"
#include "sched/sched.h"

#define RR_SLICE (100 * 1000000ull)

static void realtime_init(struct run_queue *rq)
{
    list_init(&rq->realtime);
}

static void realtime_enqueue(struct run_queue *rq, struct thread *t)
{
    struct thread *other;
    list_for_each(other, &rq->realtime, run_link)
        if (other->rt_priority < t->rt_priority)
            break;
    list_push_back(&other->run_link, &t->run_link); // before `other`, or at the end
}

static void realtime_dequeue(struct run_queue *rq, struct thread *t)
{
    (void)rq;
    list_remove(&t->run_link);
}

static struct thread *realtime_pick(struct run_queue *rq)
{
    if (list_empty(&rq->realtime))
        return NULL;
    struct thread *t = list_first(&rq->realtime, struct thread, run_link);
    list_remove(&t->run_link);
    return t;
}

static struct thread *realtime_movable(struct run_queue *rq, unsigned cpu)
{
    struct thread *t;
    list_for_each(t, &rq->realtime, run_link)
        if (t->cpu_mask >> cpu & 1)
            return t;
    return NULL;
}

static uint64_t realtime_slice(struct thread *t)
{
    return t->policy == SCHED_RR ? RR_SLICE : NEVER / 2;
}

static bool realtime_preempts(struct thread *woken, struct thread *running)
{
    return woken->rt_priority > running->rt_priority;
}

const struct sched_class sched_realtime = {
    .name = "realtime",
    .init = realtime_init,
    .enqueue = realtime_enqueue,
    .dequeue = realtime_dequeue,
    .pick = realtime_pick,
    .movable = realtime_movable,
    .slice = realtime_slice,
    .preempts = realtime_preempts,
};
