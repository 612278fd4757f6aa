// SPDX-License-Identifier: ISC
/* Sleeping for a time, and being woken by one: nanosleep, alarm, setitimer, restart_syscall. */
#include "abi/errno.h"
#include "sys/user_time.h"
#include "task/process.h"
#include "x86/uaccess.h"

static int report_rest(uaddr_t rest, uint64_t deadline)
{
    uint64_t now = clock_ns();
    struct timespec left = timespec_of(deadline > now ? deadline - now : 0);
    return rest && copy_out(rest, &left) ? -EFAULT : 0;
}

/* Until the deadline; interrupted, it tells what is left and can be repeated with the same
 * deadline. */
static long sleep_relative(struct task *k, uint64_t deadline, uaddr_t rest);

static long sleep_again(struct task *k)
{
    return sleep_relative(k, k->restart_args[0], k->restart_args[1]);
}

static long sleep_relative(struct task *k, uint64_t deadline, uaddr_t rest)
{
    if (!sleep_until(deadline))
        return 0;
    if (report_rest(rest, deadline))
        return -EFAULT;
    k->restart = sleep_again;
    k->restart_args[0] = deadline;
    k->restart_args[1] = rest;
    return -ERESTART_RESTARTBLOCK;
}

long sys_nanosleep(uaddr_t request, uaddr_t rest)
{
    uint64_t ns;
    int err = time_from_user(request, &ns);
    return err ? err : sleep_relative(current_task(), deadline_in(ns), rest);
}

static int check_clock(int clock)
{
    switch (clock) {
    case CLOCK_REALTIME:
    case CLOCK_MONOTONIC:
    case CLOCK_BOOTTIME:
    case CLOCK_TAI:
        return 0;
    case CLOCK_MONOTONIC_RAW:
    case CLOCK_REALTIME_COARSE:
    case CLOCK_MONOTONIC_COARSE:
        return -EOPNOTSUPP;
    default:
        return -EINVAL;
    }
}

long sys_clock_nanosleep(int clock, int flags, uaddr_t request, uaddr_t rest)
{
    uint64_t ns;
    int err = check_clock(clock);
    if (!err)
        err = time_from_user(request, &ns);
    if (err)
        return err;
    if (!(flags & TIMER_ABSTIME))
        return sleep_relative(current_task(), deadline_in(ns), rest);
    bool wall = clock == CLOCK_REALTIME || clock == CLOCK_TAI;
    return sleep_until(wall ? deadline_of_realtime(ns) : ns) ? -ERESTARTNOHAND : 0;
}

/* The way back to user mode puts this number into rax (task/deliver.c); called by itself it does
 * nothing. */
long sys_restart_syscall(void)
{
    struct task *k = current_task();
    long (*again)(struct task *) = k->restart;
    k->restart = NULL;
    return again ? again(k) : -EINTR;
}

/* --- interval timers --- */

long sys_setitimer(int which, uaddr_t new, uaddr_t old)
{
    struct itimerval value = {}, before;
    if (new &&copy_in(&value, new))
        return -EFAULT;
    int err = itimer_set(current_process(), which, &value, &before);
    if (!err && old && copy_out(old, &before))
        return -EFAULT;
    return err;
}

long sys_getitimer(int which, uaddr_t value)
{
    struct itimerval now;
    int err = itimer_get(current_process(), which, &now);
    return err ? err : copy_out(value, &now);
}

/* Whole seconds that were left, rounded to the nearest, but never to 0. */
long sys_alarm(unsigned seconds)
{
    struct itimerval value = {.it_value = {.tv_sec = seconds}}, old;
    itimer_set(current_process(), ITIMER_REAL, &value, &old);
    bool up = old.it_value.tv_usec >= 500000 || (!old.it_value.tv_sec && old.it_value.tv_usec);
    return old.it_value.tv_sec + up;
}
