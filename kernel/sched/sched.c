// SPDX-License-Identifier: ISC
/*
 * The core of the scheduler: who runs next, and the switch to it.
 *
 * The switch, argued. schedule() takes the run queue's lock, decides, and calls context_switch with
 * the lock still held. context_switch saves the callee-saved registers on the old thread's kernel
 * stack, loads the stack pointer of the next thread, and returns: into the schedule() that the next
 * thread once called, or into its first function. Whoever runs then releases the lock that the
 * previous thread took. So as long as a thread is not wholly off its stack, its run queue is locked;
 * thread_wake takes that lock first, and can therefore never hand a thread to another CPU while its
 * registers are still being saved.
 *
 * A thread is in the ready set of its class or runs or waits, never two of these.
 */
#include "sched/sched.h"
#include "abi/sched.h"
#include "lib/string.h"
#include "mm/heap.h"
#include "sched/timer.h"
#include "x86/clock.h"

DEFINE_PER_CPU(struct run_queue, run_queue);
void (*sched_space_hook)(struct thread *from, struct thread *to);

static const struct sched_class *const classes[] = {&sched_rr};
static const struct sched_class *normal_class = &sched_rr;

static const struct sched_class *class_of(const struct thread *t)
{
    return t->rt_priority ? &sched_realtime : normal_class;
}

static void enqueue(struct run_queue *rq, struct thread *t)
{
    t->state = THREAD_READY;
    t->on_queue = true;
    rq->ready++;
    class_of(t)->enqueue(rq, t);
}

static struct thread *pick(struct run_queue *rq)
{
    struct thread *t = sched_realtime.pick(rq);
    if (!t)
        t = normal_class->pick(rq);
    if (!t)
        return rq->idle;
    t->on_queue = false;
    rq->ready--;
    return t;
}

/* Does `t`, which has just become ready, take the CPU from the running thread? Lock held. */
static bool preempts_running(struct run_queue *rq, struct thread *t)
{
    struct thread *r = rq->running;
    if (r == rq->idle)
        return true;
    if (class_of(t) != class_of(r))
        return class_of(t) == &sched_realtime;
    return class_of(t)->preempts(t, r);
}

static void charge(struct run_queue *rq, uint64_t now)
{
    rq->running->run_ns += now - rq->running->run_started;
    rq->running->run_started = now;
}

/* The other half of a switch, on the new thread's stack. */
static void switch_finish(void)
{
    struct run_queue *rq = this_cpu_ptr(run_queue);
    struct thread *previous = rq->previous;
    bool dead = previous->state == THREAD_DEAD;
    spin_unlock(&rq->lock);
    if (dead)
        thread_reap(previous);
}

void sched_first_run(void)
{
    switch_finish();
}

static void switch_to(struct run_queue *rq, struct thread *next, uint64_t now)
{
    struct thread *prev = rq->running;
    next->run_started = now;
    rq->running = next;
    rq->previous = prev;
    rq->switches++;
    if (sched_space_hook)
        sched_space_hook(prev, next);
    this_cpu(current_thread) = next;
    this_cpu(heap_fail_nth) = &next->fail_nth;
    context_switch(&prev->context, &next->context);
    switch_finish();
}

void schedule(void)
{
    uint64_t irq = irq_save();
    struct run_queue *rq = this_cpu_ptr(run_queue);
    assert(may_sleep());
    spin_lock(&rq->lock);
    uint64_t now = clock_ns();
    struct thread *prev = rq->running;
    charge(rq, now);
    thread_clear_work(prev, WORK_RESCHEDULE);
    if (prev->state == THREAD_RUNNING) {
        prev->switches_forced++;
        if (prev != rq->idle)
            enqueue(rq, prev);
    } else {
        prev->switches_voluntary++;
    }
    struct thread *next = pick(rq);
    next->state = THREAD_RUNNING;
    if (next != rq->idle) {
        next->slice_end = now + class_of(next)->slice(next);
        timer_program(next->slice_end);
    }
    if (next == prev)
        spin_unlock(&rq->lock);
    else
        switch_to(rq, next, now);
    irq_restore(irq);
}

/* Locks the run queue that t belongs to; it may move while we look. */
static struct run_queue *lock_queue_of(struct thread *t)
{
    for (;;) {
        unsigned cpu = t->cpu;
        struct run_queue *rq = &per_cpu(run_queue, cpu);
        spin_lock(&rq->lock);
        if (t->cpu == cpu)
            return rq;
        spin_unlock(&rq->lock);
    }
}

/* t waits (or is new): makes it ready. Lock held. */
static void make_ready(struct run_queue *rq, struct thread *t)
{
    if (t == rq->running) {
        t->state = THREAD_RUNNING; // it is on its way into schedule() and has not left yet
        return;
    }
    enqueue(rq, t);
    if (preempts_running(rq, t))
        thread_set_work(rq->running, WORK_RESCHEDULE);
}

bool thread_wake(struct thread *t)
{
    struct run_queue *rq = lock_queue_of(t);
    bool waits = t->state == THREAD_BLOCKED || t->state == THREAD_SLEEPING ||
                 t->state == THREAD_STOPPED || t->state == THREAD_NEW;
    if (waits)
        make_ready(rq, t);
    spin_unlock(&rq->lock);
    return waits;
}

void thread_interrupt(struct thread *t, uint32_t work)
{
    thread_set_work(t, work);
    struct run_queue *rq = lock_queue_of(t);
    if (t->state == THREAD_SLEEPING)
        make_ready(rq, t);
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
        if (frame_from_user(this_cpu(irq_frame)))
            t->ticks_user++;
        else
            t->ticks_kernel++;
        if (now >= t->slice_end) {
            t->slice_end = now + class_of(t)->slice(t);
            if (rq->ready)
                thread_set_work(t, WORK_RESCHEDULE);
        }
        next = t->slice_end;
    }
    spin_unlock(&rq->lock);
    return next;
}

void sched_set_priority(struct thread *t, unsigned policy, unsigned rt_priority, int nice)
{
    struct run_queue *rq = lock_queue_of(t);
    if (t->on_queue) {
        class_of(t)->dequeue(rq, t);
        rq->ready--;
    }
    t->policy = policy;
    t->rt_priority = rt_priority;
    t->nice = nice;
    if (t->on_queue)
        enqueue(rq, t);
    thread_set_work(rq->running, WORK_RESCHEDULE); // who is best may have changed
    spin_unlock(&rq->lock);
}

/* run_ns up to now. The run queue of t is locked. */
static uint64_t run_ns_now(struct run_queue *rq, struct thread *t)
{
    if (t == rq->running)
        charge(rq, clock_ns());
    return t->run_ns;
}

uint64_t thread_cpu_ns(struct thread *t)
{
    struct run_queue *rq = lock_queue_of(t);
    uint64_t ns = run_ns_now(rq, t);
    spin_unlock(&rq->lock);
    return ns;
}

void thread_times(struct thread *t, uint64_t *user_ns, uint64_t *kernel_ns)
{
    struct run_queue *rq = lock_queue_of(t);
    uint64_t total = run_ns_now(rq, t), ticks = (uint64_t)t->ticks_user + t->ticks_kernel;
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

void sched_init(const char *class_name)
{
    bool known = !*class_name;
    for (unsigned i = 0; i < ARRAY_SIZE(classes); i++) {
        if (strcmp(class_name, classes[i]->name))
            continue;
        normal_class = classes[i];
        known = true;
    }
    if (!known)
        log_warn("sched=%s: no such scheduler, %s is used", class_name, normal_class->name);
    struct run_queue *rq = this_cpu_ptr(run_queue);
    spin_init(&rq->lock, "run queue");
    sched_realtime.init(rq);
    normal_class->init(rq);
    thread_init();
    trap_hooks.preempt = sched_preempt;
}

void noreturn sched_start(void)
{
    irq_enable();
    for (;;) {
        irq_disable();
        if (this_cpu_ptr(run_queue)->ready)
            schedule();
        else
            cpu_idle();
    }
}
