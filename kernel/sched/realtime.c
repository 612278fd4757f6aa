// SPDX-License-Identifier: ISC
/*
 * SCHED_FIFO and SCHED_RR: 99 priorities. The highest that is ready runs; among equals the first that
 * came. A FIFO thread runs until it waits, yields, or a higher one comes; an RR thread also until its
 * slice is over, and then goes behind its equals. One that was preempted keeps its place in front of
 * them, and the rest of its slice. POSIX.1-2017, System Interfaces, 2.8.4.
 *
 * Finding the highest takes the same few steps whatever their number: a list a priority, and a bit for
 * each list that is not empty.
 *
 * What starves: everything below a real-time thread that does not wait. That is the contract of these
 * policies, and there is no share set aside for others: a thread of the highest priority keeps its CPU
 * for as long as it likes, and whoever wants a way out runs a shell at a higher priority. (Linux takes
 * 5 % of each second back by default, sched_rt_runtime_us. That breaks the promise that the highest
 * priority runs, in order to protect kernel threads that the system needs. Here those that free memory
 * and run deferred work are few, nobody but the superuser or who has an RLIMIT_RTPRIO comes here, and
 * mutexes lend their waiters' priority.)
 */
#include "abi/sched.h"
#include "sched/sched.h"

#define RR_SLICE (100 * 1000000ull)

static void realtime_init(struct run_queue *rq)
{
    for (unsigned i = 0; i < RT_LEVELS; i++)
        list_init(&rq->realtime.level[i]);
}

static void realtime_enqueue(struct run_queue *rq, struct thread *t, enum queue_reason why)
{
    struct realtime_queue *q = &rq->realtime;
    unsigned level = t->effective.rt_priority;
    bool slice_over = t->effective.policy == SCHED_RR && !t->slice_left;
    if (why == QUEUE_AGAIN && !slice_over)
        list_push_front(&q->level[level], &t->run_link);
    else
        list_push_back(&q->level[level], &t->run_link);
    q->busy[level / 64] |= 1ul << level % 64;
}

static void realtime_dequeue(struct run_queue *rq, struct thread *t)
{
    struct realtime_queue *q = &rq->realtime;
    unsigned level = t->effective.rt_priority;
    list_remove(&t->run_link);
    if (list_empty(&q->level[level]))
        q->busy[level / 64] &= ~(1ul << level % 64);
}

static struct thread *realtime_pick(struct run_queue *rq)
{
    struct realtime_queue *q = &rq->realtime;
    unsigned half = q->busy[1] ? 1 : 0;
    if (likely(!q->busy[half]))
        return NULL;
    unsigned level = half * 64 + 63 - __builtin_clzl(q->busy[half]);
    struct thread *t = list_first(&q->level[level], struct thread, run_link);
    realtime_dequeue(rq, t);
    return t;
}

static void realtime_charge(struct run_queue *rq, struct thread *t, uint64_t ns)
{
    (void)rq;
    t->slice_left -= MIN(ns, t->slice_left);
}

static uint64_t realtime_slice(struct run_queue *rq, struct thread *t)
{
    (void)rq;
    if (t->effective.policy == SCHED_FIFO)
        return NEVER / 2;
    if (!t->slice_left)
        t->slice_left = RR_SLICE;
    return t->slice_left;
}

static bool realtime_preempts(struct thread *woken, struct thread *running)
{
    return woken->effective.rt_priority > running->effective.rt_priority;
}

/* The best that may go. */
static struct thread *realtime_movable(struct run_queue *rq, unsigned cpu, unsigned max_weight)
{
    struct thread *t;
    if (max_weight < WEIGHT_REALTIME || !(rq->realtime.busy[0] | rq->realtime.busy[1]))
        return NULL;
    for (unsigned level = RT_LEVELS - 1; level; level--)
        list_for_each(t, &rq->realtime.level[level], run_link)
            if (t->cpu_mask >> cpu & 1)
                return t;
    return NULL;
}

static unsigned realtime_weight(int nice)
{
    (void)nice;
    return WEIGHT_REALTIME;
}

const struct sched_class sched_realtime = {
    .name = "realtime",
    .rank = 2,
    .init = realtime_init,
    .enqueue = realtime_enqueue,
    .dequeue = realtime_dequeue,
    .pick = realtime_pick,
    .charge = realtime_charge,
    .slice = realtime_slice,
    .preempts = realtime_preempts,
    .movable = realtime_movable,
    .weight = realtime_weight,
};
