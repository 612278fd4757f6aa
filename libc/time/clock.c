// SPDX-License-Identifier: ISC
// Clocks, sleeping and interval timers.
#include <errno.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

#include "internal/libc.h"

int clock_gettime(clockid_t clock, struct timespec *now)
{
    return (int)__syscall_ret(__vdso_clock(clock, now));
}

int clock_settime(clockid_t clock, const struct timespec *now)
{
    return (int)__syscall_ret(SYS2(SYS_clock_settime, clock, now));
}

int clock_getres(clockid_t clock, struct timespec *resolution)
{
    return (int)__syscall_ret(SYS2(SYS_clock_getres, clock, resolution));
}

// Returns the error instead of setting errno.
int clock_nanosleep(clockid_t clock, int flags, const struct timespec *until, struct timespec *left)
{
    if (clock == CLOCK_THREAD_CPUTIME_ID)
        return EINVAL;
    return (int)-SYS4(SYS_clock_nanosleep, clock, flags, until, left);
}

int nanosleep(const struct timespec *duration, struct timespec *left)
{
    return (int)__syscall_ret(SYS4(SYS_clock_nanosleep, CLOCK_REALTIME, 0, duration, left));
}

unsigned sleep(unsigned seconds)
{
    struct timespec left = {seconds, 0};
    return nanosleep(&left, &left) == 0 ? 0 : (unsigned)left.tv_sec;
}

int usleep(useconds_t microseconds)
{
    struct timespec duration = {microseconds / 1000000, microseconds % 1000000 * 1000};
    return nanosleep(&duration, NULL);
}

time_t time(time_t *now)
{
    struct timespec spec;
    clock_gettime(CLOCK_REALTIME, &spec);
    if (now != NULL)
        *now = spec.tv_sec;
    return spec.tv_sec;
}

int timespec_get(struct timespec *now, int base)
{
    return base == TIME_UTC && clock_gettime(CLOCK_REALTIME, now) == 0 ? base : 0;
}

int gettimeofday(struct timeval *restrict now, void *restrict zone)
{
    struct timespec spec;
    (void)zone;
    if (now == NULL)
        return 0;
    if (clock_gettime(CLOCK_REALTIME, &spec) != 0)
        return -1;
    *now = (struct timeval){spec.tv_sec, spec.tv_nsec / 1000};
    return 0;
}

int settimeofday(const struct timeval *now, const struct timezone *zone)
{
    return (int)__syscall_ret(SYS2(SYS_settimeofday, now, zone));
}

clock_t clock(void)
{
    struct timespec spec;
    if (clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &spec) != 0)
        return -1;
    return spec.tv_sec * CLOCKS_PER_SEC + spec.tv_nsec / 1000;
}

double difftime(time_t later, time_t earlier)
{
    return (double)(later - earlier);
}

int getitimer(int which, struct itimerval *value)
{
    return (int)__syscall_ret(SYS2(SYS_getitimer, which, value));
}

int setitimer(int which, const struct itimerval *restrict value, struct itimerval *restrict old)
{
    return (int)__syscall_ret(SYS3(SYS_setitimer, which, value, old));
}

unsigned alarm(unsigned seconds)
{
    return (unsigned)SYS1(SYS_alarm, seconds);
}
