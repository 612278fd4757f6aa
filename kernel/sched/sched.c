// SPDX-License-Identifier: ISC
/*
 * The core of the scheduler: who runs next, and the switch to it. Which CPU a thread runs on is
 * sched/balance.c's.
 *
 * The switch, argued. schedule() takes the run queue's lock, decides, and calls context_switch with
 * the lock still held. context_switch saves the callee-saved registers on the old thread's kernel
 * stack, loads the stack pointer of the next thread, and returns: into the schedule() that the next
 * thread once called, or into its first function. Whoever runs then releases the lock that the
 * previous thread took. So as long as a thread is not wholly off its stack, its run queue is locked;
 * thread_wake takes that lock first, and can therefore never hand a thread to another CPU while its
 * registers are still being saved.
 *
 * A thread is in the ready set of its class or runs or waits, never two of these. On its way from one
 * CPU's queue to another's it is READY and in neither: whoever took it out has set .cpu to where it
 * goes, under the lock of the queue that it left, and queue_deliver puts it in. So two run queues are
 * never locked at once, and .cpu always names the lock that guards the thread.
 */
#include "sched/sched.h"
#include "lib/string.h"
#include "mm/heap.h"
#include "sched/queue.h"
#include "sched/timer.h"
#include "sched/trace.h"
#include "x86/clock.h"
#include "x86/smp.h"

DEFINE_PER_CPU(struct run_queue, run_queue);
void (*sched_space_hook)(struct thread *from, struct thread *to);

static const struct sched_class *const classes[] = {&sched_rr};
const struct sched_class *sched_normal = &sched_rr;

/* That of the idle threads, which are never in a queue: below all others, and of no account. */
static const struct sched_class class_idle = {.name = "idle", .rank = -1};

// --- one run queue; its lock is held in all of these ----------------------------------------------

void queue_add(struct run_queue *rq, struct thread *t, enum queue_reason why)
{
    t->state = THREAD_READY;
    t->on_queue = true;
    rq->ready++;
    t->class->enqueue(rq, t, why);
}

void queue_remove(struct run_queue *rq, struct thread *t)
{
    t->class->dequeue(rq, t);
    t->on_queue = false;
    rq->ready--;
}

void queue_forget(struct run_queue *rq, struct thread *t)
{
    if (t->class->block)
        t->class->block(rq, t);
}

static struct thread *pick(struct run_queue *rq)
{
    if (!rq->ready)
        return rq->idle;
    struct thread *t = sched_realtime.pick(rq);
    if (!t && unlikely(rq->now >= rq->background.due))
        t = sched_background.pick(rq);
    if (!t)
        t = sched_normal->pick(rq);
    if (!t)
        t = sched_background.pick(rq);
    t->on_queue = false;
    rq->ready--;
    return t;
}

struct thread *queue_movable(struct run_queue *rq, unsigned cpu, unsigned max_weight)
{
    struct thread *t = sched_realtime.movable(rq, cpu, max_weight);
    if (!t)
        t = sched_normal->movable(rq, cpu, max_weight);
    return t ? t : sched_background.movable(rq, cpu, max_weight);
}

/* Does `t`, which has just become ready, take the CPU from the running thread? */
static bool preempts_running(struct run_queue *rq, struct thread *t)
{
    struct thread *r = rq->running;
    if (t->class != r->class)
        return t->class->rank > r->class->rank;
    return t->class->preempts(t, r);
}

/* Whoever finds the bit set relies on who set it. */
void queue_ask(struct run_queue *rq)
{
    bool asked = atomic_fetch_or(&rq->running->work, WORK_RESCHEDULE) & WORK_RESCHEDULE;
    if (!asked && rq->cpu != this_cpu(cpu_number))
        cpu_send(rq->cpu, VECTOR_RESCHEDULE);
}

static void queue_and_ask(struct run_queue *rq, struct thread *t, enum queue_reason why)
{
    rq->load += t->weight;
    queue_add(rq, t, why);
    if (preempts_running(rq, t))
        queue_ask(rq);
    else
        sched_has_to_wait(rq, t);
}

static void charge(struct run_queue *rq, uint64_t now)
{
    struct thread *t = rq->running;
    uint64_t ns = now - t->run_started;
    t->run_ns += ns;
    t->run_started = rq->now = now;
    if (t->class->charge)
        t->class->charge(rq, t, ns);
}

uint64_t queue_run_ns(struct run_queue *rq, struct thread *t)
{
    if (t == rq->running)
        charge(rq, clock_ns());
    return t->run_ns;
}

// --- finding the queue ----------------------------------------------------------------------------

struct run_queue *queue_lock_of(struct thread *t)
{
    for (;;) {
        unsigned cpu = __atomic_load_n(&t->cpu, __ATOMIC_RELAXED);
        struct run_queue *rq = &per_cpu(run_queue, cpu);
        spin_lock(&rq->lock);
        if (t->cpu == cpu)
            return rq;
        spin_unlock(&rq->lock);
    }
}

void queue_deliver(struct thread *t, enum queue_reason why)
{
    struct run_queue *rq = queue_lock_of(t);
    while (!sched_allowed(t, rq->cpu)) { // its affinity was changed on the way
        t->cpu = sched_place(t);
        spin_unlock(&rq->lock);
        rq = queue_lock_of(t);
    }
    queue_and_ask(rq, t, why);
    spin_unlock(&rq->lock);
}

// --- the switch -----------------------------------------------------------------------------------

/* The other half of a switch, on the new thread's stack. */
static void switch_finish(void)
{
    struct run_queue *rq = this_cpu_ptr(run_queue);
    struct thread *previous = rq->previous, *leaving = rq->leaving;
    bool dead = previous->state == THREAD_DEAD;
    rq->leaving = NULL;
    spin_unlock(&rq->lock);
    if (dead)
        thread_reap(previous);
    if (leaving)
        queue_deliver(leaving, QUEUE_MOVED);
}

void sched_first_run(void)
{
    switch_finish();
}

static void switch_to(struct run_queue *rq, struct thread *next)
{
    struct thread *prev = rq->running;
    rq->running = next;
    rq->previous = prev;
    rq->switches++;
    if (prev == rq->idle)
        sched_not_idle(rq->cpu);
    trace_switch(prev, next);
    if (sched_space_hook)
        sched_space_hook(prev, next);
    this_cpu(current_thread) = next;
    this_cpu(heap_fail_nth) = &next->fail_nth;
    context_switch(&prev->context, &next->context);
    switch_finish();
}

/* The running thread goes on later, here or, where its affinity was changed, elsewhere. */
static void keep_ready(struct run_queue *rq, struct thread *t, enum queue_reason why)
{
    t->switches_forced++;
    if (likely(sched_allowed(t, rq->cpu))) {
        queue_add(rq, t, why);
        return;
    }
    queue_forget(rq, t);
    rq->load -= t->weight;
    t->state = THREAD_READY;
    t->cpu = sched_place(t);
    rq->leaving = t; // delivered when it has left its stack
}

static void reschedule(enum queue_reason why)
{
    uint64_t irq = irq_save();
    struct run_queue *rq = this_cpu_ptr(run_queue);
    assert(may_sleep());
    spin_lock(&rq->lock);
    uint64_t now = clock_ns();
    struct thread *prev = rq->running;
    charge(rq, now);
    thread_clear_work(prev, WORK_RESCHEDULE);
    if (prev->state != THREAD_RUNNING) {
        prev->switches_voluntary++;
        queue_forget(rq, prev);
        rq->load -= prev->weight;
    } else if (prev != rq->idle) {
        keep_ready(rq, prev, why);
    }
    struct thread *next = pick(rq);
    next->state = THREAD_RUNNING;
    next->run_started = now;
    rq->level = next->effective.rt_priority;
    if (next != rq->idle) {
        next->slice_end = now + next->class->slice(rq, next);
        timer_program(next->slice_end);
    }
    if (next == prev)
        spin_unlock(&rq->lock);
    else
        switch_to(rq, next);
    irq_restore(irq);
}

void schedule(void)
{
    reschedule(QUEUE_AGAIN);
}

void sched_yield(void)
{
    if (this_cpu(run_queue.ready)) // else there is nobody to give the CPU to; who comes next asks by himself
        reschedule(QUEUE_YIELDED);
}

// --- waking ---------------------------------------------------------------------------------------

static bool is_waiting(const struct thread *t)
{
    return t->state == THREAD_BLOCKED || t->state == THREAD_SLEEPING || t->state == THREAD_STOPPED ||
           t->state == THREAD_NEW;
}

/* t waits (or is new): makes it ready. Releases rq->lock, which is that of t's queue. */
static void make_ready(struct run_queue *rq, struct thread *t)
{
    if (t == rq->running) { // it is on its way into schedule() and has not left yet
        t->state = THREAD_RUNNING;
        spin_unlock(&rq->lock);
        return;
    }
    t->state = THREAD_READY;
    t->cpu = sched_place(t);
    trace_wake(t);
    if (t->cpu != rq->cpu) {
        spin_unlock(&rq->lock);
        queue_deliver(t, QUEUE_WOKEN);
        return;
    }
    queue_and_ask(rq, t, QUEUE_WOKEN);
    spin_unlock(&rq->lock);
}

bool thread_wake(struct thread *t)
{
    struct run_queue *rq = queue_lock_of(t);
    bool waits = is_waiting(t);
    if (waits)
        make_ready(rq, t);
    else
        spin_unlock(&rq->lock);
    return waits;
}

/* A thread in user mode on another CPU sees the bit only when something brings it into the kernel. */
void thread_interrupt(struct thread *t, uint32_t work)
{
    thread_set_work(t, work);
    struct run_queue *rq = queue_lock_of(t);
    if (t->state == THREAD_SLEEPING) {
        make_ready(rq, t);
        return;
    }
    if (t == rq->running && rq->cpu != this_cpu(cpu_number))
        cpu_send(rq->cpu, VECTOR_RESCHEDULE);
    spin_unlock(&rq->lock);
}

void thread_stop_here(struct spinlock *lock)
{
    current->state = THREAD_STOPPED;
    current->wait_reason = "stopped";
    bool irq = this_cpu_ptr(cpu_locks)->irq_was_enabled;
    spin_unlock_irq_off(lock);
    schedule();
    if (irq)
        irq_enable();
    spin_lock(lock);
}

// --- preemption -----------------------------------------------------------------------------------

void sched_preempt(void)
{
    if (current->work & WORK_RESCHEDULE && !current->preempt_off)
        schedule();
}

uint64_t sched_tick(uint64_t now)
{
    struct run_queue *rq = this_cpu_ptr(run_queue);
    spin_lock(&rq->lock);
    struct thread *t = rq->running;
    charge(rq, now);
    uint64_t next = NEVER;
    if (t != rq->idle) {
        bool user = frame_from_user(this_cpu(irq_frame));
        t->ticks_user += user;
        t->ticks_kernel += !user;
        rq->ticks_user += user;
        rq->ticks_kernel += !user;
        if (now < t->slice_end)
            next = t->slice_end;
        else if (rq->ready)
            thread_set_work(t, WORK_RESCHEDULE);
        else
            next = t->slice_end = now + t->class->slice(rq, t);
    }
    spin_unlock(&rq->lock);
    if (t == rq->idle)
        return next;
    sched_balance(rq, now);
    return MIN(next, sched_offer(rq, now));
}

void sched_set_affinity(struct thread *t, uint64_t mask)
{
    struct run_queue *rq = queue_lock_of(t);
    t->cpu_mask = mask;
    bool moves = t->on_queue && !sched_allowed(t, rq->cpu);
    if (moves) {
        queue_remove(rq, t);
        rq->load -= t->weight;
        t->cpu = sched_place(t);
    } else if (t == rq->running && !sched_allowed(t, rq->cpu)) {
        queue_ask(rq);
    }
    spin_unlock(&rq->lock);
    if (moves)
        queue_deliver(t, QUEUE_MOVED);
}

// --- start ----------------------------------------------------------------------------------------

void queue_init(unsigned cpu, struct thread *idle)
{
    struct run_queue *rq = &per_cpu(run_queue, cpu);
    spin_init(&rq->lock, "run queue");
    rq->cpu = cpu;
    rq->idle = rq->running = idle;
    idle->class = &class_idle;
    sched_realtime.init(rq);
    sched_normal->init(rq);
    sched_background.init(rq);
    per_cpu(current_thread, cpu) = idle;
}

void sched_init(const char *class_name)
{
    bool known = !*class_name;
    for (unsigned i = 0; i < ARRAY_SIZE(classes); i++) {
        if (strcmp(class_name, classes[i]->name))
            continue;
        sched_normal = classes[i];
        known = true;
    }
    if (!known)
        log_warn("sched=%s: no such scheduler, %s is used", class_name, sched_normal->name);
    thread_init();
    trace_init();
    trap_hooks.preempt = sched_preempt;
}
