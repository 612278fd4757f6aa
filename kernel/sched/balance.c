// SPDX-License-Identifier: ISC
/*
 * Which CPU a thread runs on.
 *
 * When it wakes: where its waker runs, if the two seem to take turns; else where it ran last, if that
 * CPU is idle; else on any idle one; else where fewest wait. When a CPU becomes idle it fetches a
 * waiting thread from another. And now and then a busy CPU takes a thread from one with a longer
 * queue, also if it is longer by one only, so that three threads on two CPUs get the same in the long
 * run.
 *
 * Taking turns. Who wakes another often waits next: for the answer, for the child's end. To wake a
 * sleeping CPU for that costs more than the wait. So a thread first waits in its waker's queue, if it
 * is the only one there; only when the waker still runs after OFFER_DELAY is it offered to the idle
 * CPUs. A thread that was fetched then goes to idle CPUs at once the next FAR_WAKEUPS times.
 *
 * idle_cpus has a bit for each CPU that has nothing to do and nobody has chosen yet: who clears it may
 * send that CPU a thread, and two wakers never choose the same.
 *
 * No thread waits for long beside a CPU that sleeps. A waker queues the thread and then looks at
 * idle_cpus; a CPU sets its bit and then looks at the queues: with both orders sequentially consistent
 * one sees the other.
 *
 * Lengths of queues are read without their locks: a wrong guess costs time, nothing else.
 */
#include "sched/queue.h"
#include "sched/timer.h"
#include "x86/clock.h"
#include "x86/smp.h"

#define BALANCE_INTERVAL (50 * 1000000ull)
#define OFFER_DELAY      200000ull
#define FAR_WAKEUPS      16

static _Atomic uint64_t idle_cpus;

static struct run_queue *queue_of(unsigned cpu)
{
    return &per_cpu(run_queue, cpu);
}

/* Takes one of the idle CPUs of the set, `first` if possible. False: there is none. */
static bool take_idle(uint64_t allowed, unsigned first, unsigned *cpu)
{
    uint64_t idle;
    while ((idle = atomic_load(&idle_cpus) & allowed)) {
        *cpu = idle >> first & 1 ? first : (unsigned)__builtin_ctzl(idle);
        if (atomic_fetch_and(&idle_cpus, ~(1ul << *cpu)) >> *cpu & 1)
            return true;
    }
    return false;
}

/* What t would have to wait for on this CPU. */
static unsigned load_for(const struct thread *t, unsigned cpu)
{
    struct run_queue *rq = queue_of(cpu);
    return t->effective.rt_priority > rq->level ? 0 : rq->load + 1;
}

/* Is t to wait until its waker, on this CPU, waits itself? */
static bool takes_turns(struct thread *t, unsigned me)
{
    if (t->far_wakeups) {
        t->far_wakeups--;
        return false;
    }
    struct run_queue *rq = queue_of(me);
    return !t->effective.rt_priority && sched_allowed(t, me) && !rq->ready && rq->running != rq->idle;
}

unsigned sched_place(struct thread *t)
{
    if (cpu_count == 1)
        return 0;
    uint64_t allowed = t->cpu_mask & cpus_running(), idle = atomic_load(&idle_cpus) & allowed;
    unsigned last = t->cpu, me = this_cpu(cpu_number), best = last;
    if (idle && takes_turns(t, me))
        return me;
    if (idle && take_idle(allowed, idle >> last & 1 ? last : me, &best))
        return best;
    if (!sched_allowed(t, last))
        best = __builtin_ctzl(allowed);
    for (uint64_t left = allowed; left; left &= left - 1) {
        unsigned cpu = __builtin_ctzl(left);
        if (load_for(t, cpu) < load_for(t, best))
            best = cpu;
    }
    return best;
}

void sched_has_to_wait(struct run_queue *rq, const struct thread *t)
{
    unsigned me = this_cpu(cpu_number), cpu;
    if (cpu_count == 1)
        return;
    atomic_thread_fence(memory_order_seq_cst); // queued first, then looked
    if (!(atomic_load(&idle_cpus) & t->cpu_mask))
        return; // whoever becomes idle from here on fetches it
    if (rq->cpu == me && rq->ready == 1) {
        rq->offer_at = clock_ns() + OFFER_DELAY;
        timer_program(rq->offer_at);
    } else if (take_idle(t->cpu_mask, me, &cpu)) {
        cpu_send(cpu, VECTOR_RESCHEDULE);
    }
}

uint64_t sched_offer(struct run_queue *rq, uint64_t now)
{
    unsigned cpu;
    if (!rq->ready || rq->offer_at == NEVER)
        return NEVER;
    if (now < rq->offer_at)
        return rq->offer_at;
    rq->offer_at = NEVER;
    if (take_idle(~0ul, rq->cpu, &cpu))
        cpu_send(cpu, VECTOR_RESCHEDULE);
    return NEVER;
}

void sched_not_idle(unsigned cpu)
{
    if (atomic_load(&idle_cpus) >> cpu & 1)
        atomic_fetch_and(&idle_cpus, ~(1ul << cpu));
}

/* Moves one ready thread of at most this weight from another CPU to this one. */
static bool fetch_from(struct run_queue *other, unsigned cpu, unsigned max_weight)
{
    spin_lock(&other->lock);
    struct thread *t = queue_movable(other, cpu, max_weight);
    if (t) {
        queue_remove(other, t);
        other->load -= t->weight;
        t->cpu = cpu;
        t->far_wakeups = FAR_WAKEUPS;
    }
    spin_unlock(&other->lock);
    if (t)
        queue_deliver(t, QUEUE_MOVED);
    return t;
}

static bool fetch_from_any(unsigned cpu)
{
    for (unsigned i = 1; i < cpu_count; i++) {
        struct run_queue *other = queue_of((cpu + i) % cpu_count);
        if (other->ready && fetch_from(other, cpu, ~0u))
            return true;
    }
    return false;
}

void sched_balance(struct run_queue *rq, uint64_t now)
{
    if (cpu_count == 1 || now < rq->balance_at)
        return;
    rq->balance_at = now + BALANCE_INTERVAL;
    struct run_queue *busiest = rq;
    for (unsigned i = 0; i < cpu_count; i++)
        if (queue_of(i)->ready && queue_of(i)->load > busiest->load)
            busiest = queue_of(i);
    if (busiest != rq) // never so much that this CPU has more afterwards than that one has now
        fetch_from(busiest, rq->cpu, busiest->load - rq->load);
}

/* The idle thread of every CPU: sleeps until there is something to run. It takes no tick. */
void noreturn sched_idle(void)
{
    irq_enable();
    for (;;) {
        irq_disable();
        struct run_queue *rq = this_cpu_ptr(run_queue);
        thread_clear_work(current, WORK_RESCHEDULE); // whoever sets it from here on sends an interrupt
        atomic_fetch_or(&idle_cpus, 1ul << rq->cpu);
        if (*(volatile unsigned *)&rq->ready || fetch_from_any(rq->cpu))
            schedule();
        else
            cpu_idle();
    }
}
