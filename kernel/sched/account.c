// SPDX-License-Identifier: ISC
/* Who used how much CPU time, and how many threads there are to run. */
#include "sched/queue.h"

uint64_t thread_cpu_ns(struct thread *t)
{
    struct run_queue *rq = queue_lock_of(t);
    uint64_t ns = queue_run_ns(rq, t);
    spin_unlock(&rq->lock);
    return ns;
}

void thread_times(struct thread *t, uint64_t *user_ns, uint64_t *kernel_ns)
{
    struct run_queue *rq = queue_lock_of(t);
    uint64_t total = queue_run_ns(rq, t), ticks = (uint64_t)t->ticks_user + t->ticks_kernel;
    uint64_t kernel = ticks ? (unsigned __int128)total * t->ticks_kernel / ticks : 0;
    kernel = MIN(MAX(kernel, t->told_kernel_ns), total - t->told_user_ns);
    t->told_kernel_ns = *kernel_ns = kernel;
    t->told_user_ns = *user_ns = total - kernel;
    spin_unlock(&rq->lock);
}

uint64_t sched_switch_count(void)
{
    uint64_t n = 0;
    for (unsigned i = 0; i < cpu_count; i++)
        n += per_cpu(run_queue, i).switches;
    return n;
}

uint64_t sched_idle_ns(void)
{
    uint64_t n = 0;
    for (unsigned i = 0; i < cpu_count; i++)
        n += thread_cpu_ns(per_cpu(run_queue, i).idle);
    return n;
}

unsigned sched_ready_count(void)
{
    unsigned n = 0;
    for (unsigned i = 0; i < cpu_count; i++) {
        struct run_queue *rq = &per_cpu(run_queue, i);
        n += rq->ready + (rq->running != rq->idle);
    }
    return n;
}
