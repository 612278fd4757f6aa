// SPDX-License-Identifier: ISC
/*
 * Priorities of threads: what is set, what is lent, and which class and weight follow from the better
 * of the two.
 */
#include "abi/sched.h"
#include "sched/queue.h"

unsigned priority_rank(struct priority p)
{
    if (p.rt_priority)
        return 99 - p.rt_priority;
    return p.policy == SCHED_IDLE ? 140 : 120 + p.nice;
}

static const struct sched_class *class_of(struct priority p)
{
    if (p.rt_priority)
        return &sched_realtime;
    return p.policy == SCHED_IDLE ? &sched_background : sched_normal;
}

/*
 * A step of nice is about 10 % of the CPU between two threads: a factor of 1.25. The numbers are those
 * that Linux uses, so that shares are the same there (sched_prio_to_weight).
 */
unsigned nice_weight(int nice)
{
    static const unsigned weights[40] = {
        88761, 71755, 56483, 46273, 36291, 29154, 23254, 18705, 14949, 11916, // from -20
        9548,  7620,  6100,  4904,  3906,  3121,  2501,  1991,  1586,  1277,  // from -10
        1024,  820,   655,   526,   423,   335,   272,   215,   172,   137,   // from 0
        110,   87,    70,    56,    45,    36,    29,    23,    18,    15,    // from 10
    };
    return weights[nice + 20];
}

static void apply(struct thread *t)
{
    bool lent = priority_rank(t->lent) < priority_rank(t->own);
    t->effective = lent ? t->lent : t->own;
    t->rank = priority_rank(t->effective);
    const struct sched_class *c = class_of(t->effective);
    if (c != t->class)
        t->slice_left = 0;
    t->class = c;
    t->weight = c->weight ? c->weight(t->effective.nice) : WEIGHT_NORMAL;
}

void priority_init(struct thread *t, struct priority own)
{
    t->own = own;
    t->lent = PRIORITY_NONE;
    apply(t);
}

/* Its own or lent priority has changed: puts it where it belongs now. Queue locked. True: that is elsewhere. */
static bool requeue(struct run_queue *rq, struct thread *t)
{
    bool queued = t->on_queue, running = t == rq->running;
    unsigned before = t->rank, weight_before = t->weight;
    queue_run_ns(rq, t); // what it has used so far counts for the old class
    if (queued)
        queue_remove(rq, t);
    else if (running)
        queue_forget(rq, t);
    apply(t);
    if (queued) // one that sinks comes before its new equals, one that rises behind them, as on Linux
        queue_add(rq, t, t->rank > before ? QUEUE_AGAIN : QUEUE_WOKEN);
    else if (running)
        rq->level = t->effective.rt_priority;
    if (queued || running) {
        rq->load += t->weight - weight_before;
        queue_ask(rq); // who is best may have changed
    }
    return t->rank != before;
}

void sched_set_priority(struct thread *t, struct priority own)
{
    struct run_queue *rq = queue_lock_of(t);
    t->own = own;
    requeue(rq, t);
    spin_unlock(&rq->lock);
}

bool sched_inherit(struct thread *holder, struct priority lent)
{
    struct run_queue *rq = queue_lock_of(holder);
    bool changed = false;
    if (priority_rank(lent) != priority_rank(holder->lent) || lent.policy != holder->lent.policy) {
        holder->lent = lent;
        changed = requeue(rq, holder);
    }
    spin_unlock(&rq->lock);
    return changed;
}

/* What is lent is not handed on. */
void sched_fork(struct thread *t)
{
    struct priority own = current->own;
    t->cpu_mask = current->cpu_mask;
    if (current->reset_on_fork) {
        bool realtime = own.rt_priority;
        own.policy = realtime ? SCHED_OTHER : own.policy;
        own.nice = realtime ? 0 : MAX(own.nice, 0);
        own.rt_priority = 0;
    }
    sched_set_priority(t, own);
}
