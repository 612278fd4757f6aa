// SPDX-License-Identifier: ISC
/* Times as calls take and give them, in nanoseconds inside. */
#pragma once

#include "abi/errno.h"
#include "abi/time.h"
#include "lib/base.h"
#include "sched/timer.h"
#include "x86/clock.h"
#include "x86/uaccess.h"

#define TIME_MAX_SECONDS (INT64_MAX / NSEC_PER_SEC - 1) // more is as good as for ever

static inline struct timespec timespec_of(uint64_t ns)
{
    return (struct timespec){ns / NSEC_PER_SEC, ns % NSEC_PER_SEC};
}

static inline struct timeval timeval_of(uint64_t ns)
{
    return (struct timeval){ns / NSEC_PER_SEC, ns % NSEC_PER_SEC / 1000};
}

/* 0, -EINVAL (negative, or a whole second of nanoseconds). */
static inline int timespec_ns(const struct timespec *t, uint64_t *ns)
{
    if (t->tv_sec < 0 || t->tv_nsec < 0 || (uint64_t)t->tv_nsec >= NSEC_PER_SEC)
        return -EINVAL;
    *ns = MIN((uint64_t)t->tv_sec, TIME_MAX_SECONDS) * NSEC_PER_SEC + t->tv_nsec;
    return 0;
}

/* A struct timespec in user memory: 0, -EFAULT, -EINVAL. */
static inline int must_check time_from_user(uaddr_t from, uint64_t *ns)
{
    struct timespec t;
    return copy_in(&t, from) ? -EFAULT : timespec_ns(&t, ns);
}

static inline uint64_t deadline_in(uint64_t ns)
{
    uint64_t now = clock_ns();
    return ns < NEVER - now ? now + ns : NEVER;
}

/* The deadline of wait_on for a time of the wall clock. */
static inline uint64_t deadline_of_realtime(uint64_t ns)
{
    uint64_t now = clock_realtime_ns();
    return ns > now ? deadline_in(ns - now) : 0;
}
