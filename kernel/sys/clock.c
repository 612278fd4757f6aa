// SPDX-License-Identifier: ISC
/*
 * Calls that read and set clocks. Waiting on them is in sleep.c.
 *
 * The wall clock is one offset to the monotonic count (sched/timer.h); nothing slews it. A CPU-time
 * clock of another process or thread has a negative number: ~id in the bits from 3 up, bit 2 for a
 * thread, bits 0-1 the kind (2: run time, which is all that is kept).
 */
#include "sched/sched.h"
#include "sys/user_time.h"
#include "task/process.h"

#define COARSE_NS 4000000 // what Linux states with its tick of 250 Hz

#define CPU_CLOCK_THREAD   4
#define CPU_CLOCK_KIND     3
#define CPU_CLOCK_KIND_MAX 2

static uint64_t process_cpu_ns(struct process *p)
{
    uint64_t user, kernel;

    process_times(p, &user, &kernel);
    return user + kernel;
}

/* Time of a negative clock number: 0 or -EINVAL. */
static int cpu_clock_ns(int clock, uint64_t *ns)
{
    int id = ~(clock >> 3);

    if ((clock & CPU_CLOCK_KIND) > CPU_CLOCK_KIND_MAX)
        return -EINVAL;
    if (clock & CPU_CLOCK_THREAD) {
        struct thread *t = id ? thread_find(id) : current;
        bool ours = t && t->process == current_process();
        if (ours)
            *ns = thread_cpu_ns(t);
        if (id && t)
            thread_put(t);
        return ours ? 0 : -EINVAL;
    }
    struct process *p = id ? process_find(id) : current_process();
    if (!p)
        return -EINVAL;
    *ns = process_cpu_ns(p);
    if (id)
        process_put(p);
    return 0;
}

/* 0 or -EINVAL. */
static int clock_read(int clock, uint64_t *ns)
{
    switch (clock) {
    case CLOCK_REALTIME:
    case CLOCK_REALTIME_COARSE:
    case CLOCK_TAI:
        *ns = clock_realtime_ns();
        return 0;
    case CLOCK_MONOTONIC:
    case CLOCK_MONOTONIC_RAW:
    case CLOCK_MONOTONIC_COARSE:
    case CLOCK_BOOTTIME:
        *ns = clock_ns();
        return 0;
    case CLOCK_PROCESS_CPUTIME_ID:
        *ns = process_cpu_ns(current_process());
        return 0;
    case CLOCK_THREAD_CPUTIME_ID:
        *ns = thread_cpu_ns(current);
        return 0;
    }
    return clock < 0 ? cpu_clock_ns(clock, ns) : -EINVAL;
}

long sys_clock_gettime(int clock, uaddr_t to)
{
    uint64_t ns;
    int err = clock_read(clock, &ns);

    if (err)
        return err;
    struct timespec t = timespec_of(ns);
    return copy_out(to, &t);
}

long sys_clock_getres(int clock, uaddr_t to)
{
    uint64_t ns;
    int err = clock_read(clock, &ns);
    bool coarse = clock == CLOCK_REALTIME_COARSE || clock == CLOCK_MONOTONIC_COARSE;
    struct timespec t = {0, coarse ? COARSE_NS : 1};

    if (err)
        return err;
    return to ? copy_out(to, &t) : 0;
}

/* A new wall-clock time: 0, -EINVAL, -EPERM. */
static int set_realtime(const struct timespec *t)
{
    uint64_t ns;

    if (timespec_ns(t, &ns) < 0)
        return -EINVAL;
    if (!process_is_privileged(current_process()))
        return -EPERM;
    clock_set_realtime(ns);
    return 0;
}

long sys_clock_settime(int clock, uaddr_t from)
{
    struct timespec t;

    if (clock != CLOCK_REALTIME)
        return -EINVAL;
    return copy_in(&t, from) < 0 ? -EFAULT : set_realtime(&t);
}

long sys_time(uaddr_t to)
{
    time_t seconds = clock_realtime_ns() / NSEC_PER_SEC;

    return to && copy_out(to, &seconds) < 0 ? -EFAULT : seconds;
}

static struct timezone zone; // kept for whoever asks; means nothing here

long sys_gettimeofday(uaddr_t time, uaddr_t tz)
{
    struct timeval t = timeval_of(clock_realtime_ns());

    if (time && copy_out(time, &t) < 0)
        return -EFAULT;
    return tz ? copy_out(tz, &zone) : 0;
}

long sys_settimeofday(uaddr_t time, uaddr_t tz)
{
    struct timeval t;
    struct timezone z;

    if (time) {
        if (copy_in(&t, time) < 0)
            return -EFAULT;
        if (t.tv_usec < 0 || t.tv_usec > 1000000)
            return -EINVAL;
    }
    if (tz && copy_in(&z, tz) < 0)
        return -EFAULT;
    if (!process_is_privileged(current_process()))
        return -EPERM;
    if (tz)
        zone = z;
    return time ? set_realtime(&(struct timespec){t.tv_sec, t.tv_usec * 1000}) : 0;
}
