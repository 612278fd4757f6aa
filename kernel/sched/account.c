// SPDX-License-Identifier: ISC
/* Who used how much CPU time, and how many threads there are to run. */
#include "sched/queue.h"
#include "x86/clock.h"

uint64_t thread_cpu_ns(struct thread *t)
{
    struct run_queue *rq = queue_lock_of(t);
    uint64_t ns = queue_run_ns(rq, t);
    spin_unlock(&rq->lock);
    return ns;
}

/* The kernel's part of `total` as ticks found it; with the rest it is what was told last, or more. */
static uint64_t kernel_part(uint64_t total, uint64_t ticks_user, uint64_t ticks_kernel, uint64_t told_user,
                            uint64_t told_kernel)
{
    uint64_t ticks = ticks_user + ticks_kernel;
    uint64_t kernel = ticks ? (unsigned __int128)total * ticks_kernel / ticks : 0;
    return MIN(MAX(kernel, told_kernel), total - told_user);
}

void thread_times(struct thread *t, uint64_t *user_ns, uint64_t *kernel_ns)
{
    struct run_queue *rq = queue_lock_of(t);
    uint64_t total = queue_run_ns(rq, t);
    *kernel_ns = t->told_kernel_ns =
        kernel_part(total, t->ticks_user, t->ticks_kernel, t->told_user_ns, t->told_kernel_ns);
    *user_ns = t->told_user_ns = total - *kernel_ns;
    spin_unlock(&rq->lock);
}

struct cpu_times sched_cpu_times(unsigned cpu)
{
    struct run_queue *rq = &per_cpu(run_queue, cpu);
    struct cpu_times c;
    spin_lock(&rq->lock);
    uint64_t told = rq->told_user_ns + rq->told_kernel_ns, now = clock_ns();
    c.idle_ns = queue_run_ns(rq, rq->idle);
    uint64_t busy = MAX(now - MIN(now, c.idle_ns), told);
    c.kernel_ns = rq->told_kernel_ns =
        kernel_part(busy, rq->ticks_user, rq->ticks_kernel, rq->told_user_ns, rq->told_kernel_ns);
    c.user_ns = rq->told_user_ns = busy - c.kernel_ns;
    spin_unlock(&rq->lock);
    return c;
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
