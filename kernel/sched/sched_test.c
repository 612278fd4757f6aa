// SPDX-License-Identifier: ISC
/* Unit tests of kernel threads, semaphores, mutexes, timers and deferred work. */
#include "abi/errno.h"
#include "lib/selftest.h"
#include "sched/kthread.h"
#include "sched/mutex.h"
#include "sched/sched.h"
#include "sched/timer.h"
#include "x86/clock.h"

static struct semaphore ping, pong;
static unsigned rounds;

static void ponger(void *unused)
{
    (void)unused;
    for (unsigned i = 0; i < 100; i++) {
        semaphore_down(&ping);
        rounds++;
        semaphore_up(&pong);
    }
}

SELFTEST(semaphores_hand_over, "two kernel threads take turns through two semaphores, a hundred times")
{
    semaphore_init(&ping, 0);
    semaphore_init(&pong, 0);
    rounds = 0;
    struct thread *t = kthread_start("ponger", ponger, NULL);
    SELFTEST_CHECK(t);
    for (unsigned i = 0; i < 100; i++) {
        SELFTEST_CHECK(rounds == i);
        semaphore_up(&ping);
        semaphore_down(&pong);
    }
    kthread_stop(t);
    SELFTEST_CHECK(rounds == 100);
    return true;
}

static struct mutex counter_mutex;
static volatile unsigned counter;

static void counting(void *unused)
{
    (void)unused;
    for (unsigned i = 0; i < 200; i++) {
        mutex_lock(&counter_mutex);
        unsigned was = counter;
        if (i % 10 == 0)
            sched_yield(); // gives the CPU away inside the critical section
        counter = was + 1;
        mutex_unlock(&counter_mutex);
    }
}

SELFTEST(mutex_excludes, "five kernel threads count to a thousand under a mutex and lose nothing")
{
    struct thread *t[5];
    mutex_init(&counter_mutex, "self-test");
    counter = 0;
    for (unsigned i = 0; i < 5; i++)
        SELFTEST_CHECK(t[i] = kthread_start("counting", counting, NULL));
    for (unsigned i = 0; i < 5; i++)
        kthread_stop(t[i]);
    SELFTEST_CHECK(counter == 1000);
    return true;
}

SELFTEST(waits_end_in_time, "a wait with a deadline ends there, not before, with -ETIMEDOUT")
{
    struct semaphore s;
    semaphore_init(&s, 0);
    uint64_t deadline = clock_ns() + 3000000;
    SELFTEST_CHECK(semaphore_down_interruptible(&s, deadline) == -ETIMEDOUT);
    SELFTEST_CHECK(clock_ns() >= deadline);
    semaphore_up(&s);
    SELFTEST_CHECK(semaphore_down_interruptible(&s, clock_ns()) == 0);
    return true;
}

static _Atomic unsigned fired;

static void timer_fires(struct timer *t)
{
    (void)t;
    fired++;
}

SELFTEST(timers_fire_once_or_not, "a timer fires once at its time; a cancelled one never")
{
    struct timer a, b;
    timer_init(&a, timer_fires);
    timer_init(&b, timer_fires);
    fired = 0;
    timer_set(&a, clock_ns() + 1000000);
    timer_set(&b, clock_ns() + 2000000);
    SELFTEST_CHECK(timer_cancel(&b));
    SELFTEST_CHECK(!sleep_until(clock_ns() + 5000000));
    SELFTEST_CHECK(fired == 1 && !timer_cancel(&a));
    return true;
}

static unsigned work_runs;

static void work_run(struct work *w)
{
    (void)w;
    work_runs++;
}

SELFTEST(work_runs_soon, "deferred work runs in the worker, once for each time it was queued")
{
    struct work w;
    work_init(&w, work_run);
    work_runs = 0;
    work_queue(&w);
    work_flush();
    SELFTEST_CHECK(work_runs == 1);
    work_queue(&w);
    work_flush();
    SELFTEST_CHECK(work_runs == 2);
    return true;
}
