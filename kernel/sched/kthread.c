// SPDX-License-Identifier: ISC
/* Kernel threads, and the worker that runs deferred work. */
#include "sched/kthread.h"
#include "sched/sched.h"
#include "sched/trace.h"

static void noreturn kthread_entry(void *arg)
{
    struct thread *t = arg;
    sched_first_run();
    irq_enable();
    t->kernel_entry(t->kernel_arg);
    thread_exit();
}

struct thread *kthread_start(const char *name, void (*entry)(void *), void *arg)
{
    struct thread *t = thread_create(name, false);
    if (!t)
        return NULL;
    t->kernel_entry = entry;
    t->kernel_arg = arg;
    context_init_kernel(&t->context, t->context.stack_top, kthread_entry, t);
    trace_thread(t, 0);
    thread_start(t);
    return t;
}

bool kthread_should_stop(void)
{
    return __atomic_load_n(&current->kernel_should_stop, __ATOMIC_ACQUIRE);
}

void kthread_stop(struct thread *t)
{
    __atomic_store_n(&t->kernel_should_stop, true, __ATOMIC_RELEASE);
    thread_interrupt(t, WORK_DIE);
    spin_lock(&t->exit_lock);
    while (!t->has_exited)
        wait_on(&t->exited, WAIT_ALWAYS, NEVER, "end of a kernel thread");
    spin_unlock(&t->exit_lock);
    thread_put(t);
}

static struct {
    struct spinlock lock;
    struct list queue;        // [lock] struct work
    struct work *running;     // [lock]
    struct wait_queue some;   // [lock] the worker waits here
    struct wait_queue idle;   // [lock] work_flush waits here
} worker = {.lock = SPINLOCK("work")};

static void worker_run(void *unused)
{
    (void)unused;
    spin_lock(&worker.lock);
    for (;;) {
        while (list_empty(&worker.queue)) {
            wake_all(&worker.idle);
            wait_on(&worker.some, WAIT_ALWAYS, NEVER, "work");
        }
        struct work *w = list_first(&worker.queue, struct work, link);
        list_remove(&w->link);
        w->queued = false; // may be queued again from here on
        worker.running = w;
        spin_unlock(&worker.lock);
        w->run(w);
        spin_lock(&worker.lock);
        worker.running = NULL;
    }
}

void work_init_thread(void)
{
    list_init(&worker.queue);
    wait_queue_init(&worker.some, &worker.lock);
    wait_queue_init(&worker.idle, &worker.lock);
    if (!kthread_start("worker", worker_run, NULL))
        panic("no memory for the worker thread");
}

void work_init(struct work *w, void (*run)(struct work *))
{
    *w = (struct work){.run = run};
    list_init(&w->link);
}

void work_queue(struct work *w)
{
    spin_lock(&worker.lock);
    if (!w->queued) {
        w->queued = true;
        list_push_back(&worker.queue, &w->link);
        wake_one(&worker.some);
    }
    spin_unlock(&worker.lock);
}

void work_flush(void)
{
    spin_lock(&worker.lock);
    while (!list_empty(&worker.queue) || worker.running)
        wait_on(&worker.idle, WAIT_ALWAYS, NEVER, "end of work");
    spin_unlock(&worker.lock);
}
