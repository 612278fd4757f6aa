// SPDX-License-Identifier: ISC
// Condition variables: a sequence number that every signal advances, and sleep while it stays.
//
// A waiter reads the number before it lets go of the mutex. A signal sent after that changes the
// number, so the kernel does not let the waiter sleep on the old one: no wake-up is lost. The
// price is that a waiter may wake without need, which POSIX allows.
#include <errno.h>
#include <limits.h>
#include <pthread.h>

#include "internal/libc.h"

int pthread_cond_init(pthread_cond_t *restrict cond, const pthread_condattr_t *restrict attr)
{
    *cond = (pthread_cond_t)PTHREAD_COND_INITIALIZER;
    if (attr != NULL) {
        cond->shared = attr->shared;
        cond->clock = attr->clock;
    }
    return 0;
}

int pthread_cond_destroy(pthread_cond_t *cond)
{
    (void)cond;
    return 0;
}

int pthread_cond_wait(pthread_cond_t *restrict cond, pthread_mutex_t *restrict mutex)
{
    return pthread_cond_timedwait(cond, mutex, NULL);
}

int pthread_cond_timedwait(pthread_cond_t *restrict cond, pthread_mutex_t *restrict mutex,
                           const struct timespec *restrict deadline)
{
    if (deadline != NULL && (unsigned long)deadline->tv_nsec >= 1000000000)
        return EINVAL;
    __atomic_fetch_add(&cond->waiters, 1, __ATOMIC_SEQ_CST);
    int sequence = __atomic_load_n(&cond->sequence, __ATOMIC_ACQUIRE);
    int error = pthread_mutex_unlock(mutex);
    if (error == 0) {
        error = __futex_wait(&cond->sequence, sequence, cond->clock, deadline, cond->shared);
        pthread_mutex_lock(mutex);
    }
    __atomic_fetch_sub(&cond->waiters, 1, __ATOMIC_RELEASE);
    return error == EINTR ? 0 : error;
}

static void advance(pthread_cond_t *cond, int wake)
{
    if (__atomic_load_n(&cond->waiters, __ATOMIC_SEQ_CST) == 0)
        return;
    __atomic_fetch_add(&cond->sequence, 1, __ATOMIC_RELEASE);
    __futex_wake(&cond->sequence, wake, cond->shared);
}

int pthread_cond_signal(pthread_cond_t *cond)
{
    advance(cond, 1);
    return 0;
}

int pthread_cond_broadcast(pthread_cond_t *cond)
{
    advance(cond, INT_MAX);
    return 0;
}

int pthread_condattr_init(pthread_condattr_t *attr)
{
    *attr = (pthread_condattr_t){.clock = CLOCK_REALTIME};
    return 0;
}

int pthread_condattr_destroy(pthread_condattr_t *attr)
{
    (void)attr;
    return 0;
}

int pthread_condattr_setclock(pthread_condattr_t *attr, clockid_t clock)
{
    if (clock != CLOCK_REALTIME && clock != CLOCK_MONOTONIC)
        return EINVAL;
    attr->clock = clock;
    return 0;
}

int pthread_condattr_getclock(const pthread_condattr_t *restrict attr, clockid_t *restrict clock)
{
    *clock = attr->clock;
    return 0;
}

int pthread_condattr_setpshared(pthread_condattr_t *attr, int shared)
{
    if (shared != PTHREAD_PROCESS_PRIVATE && shared != PTHREAD_PROCESS_SHARED)
        return EINVAL;
    attr->shared = shared;
    return 0;
}

int pthread_condattr_getpshared(const pthread_condattr_t *restrict attr, int *restrict shared)
{
    *shared = attr->shared;
    return 0;
}
