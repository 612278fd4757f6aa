// SPDX-License-Identifier: ISC
// Read-write locks and barriers.
//
// A read-write lock's state is the number of readers, or -1 for a writer; who must wait sleeps on
// a counter of releases, read before the state is tried. Readers come in while others read, even
// when a writer waits, so that a reader may lock again (as glibc's default).
#include <errno.h>
#include <limits.h>
#include <pthread.h>

#include "internal/libc.h"

int pthread_rwlock_init(pthread_rwlock_t *restrict lock, const pthread_rwlockattr_t *restrict attr)
{
    *lock = (pthread_rwlock_t)PTHREAD_RWLOCK_INITIALIZER;
    if (attr != NULL)
        lock->shared = attr->shared;
    return 0;
}

int pthread_rwlock_destroy(pthread_rwlock_t *lock)
{
    return lock->state != 0 ? EBUSY : 0;
}

int pthread_rwlock_tryrdlock(pthread_rwlock_t *lock)
{
    int state = __atomic_load_n(&lock->state, __ATOMIC_RELAXED);
    while (state >= 0) {
        if (state == INT_MAX)
            return EAGAIN;
        if (__atomic_compare_exchange_n(&lock->state, &state, state + 1, 1, __ATOMIC_ACQUIRE,
                                        __ATOMIC_RELAXED))
            return 0;
    }
    return EBUSY;
}

int pthread_rwlock_trywrlock(pthread_rwlock_t *lock)
{
    int free = 0;
    return __atomic_compare_exchange_n(&lock->state, &free, -1, 0, __ATOMIC_ACQUIRE,
                                       __ATOMIC_RELAXED)
               ? 0
               : EBUSY;
}

static int wait_for(pthread_rwlock_t *lock, int (*attempt)(pthread_rwlock_t *))
{
    int result = attempt(lock);
    if (result != EBUSY)
        return result;
    __atomic_fetch_add(&lock->waiters, 1, __ATOMIC_SEQ_CST);
    for (;;) {
        int changes = __atomic_load_n(&lock->changes, __ATOMIC_SEQ_CST);
        result = attempt(lock);
        if (result != EBUSY)
            break;
        __futex_wait(&lock->changes, changes, CLOCK_REALTIME, NULL, lock->shared);
    }
    __atomic_fetch_sub(&lock->waiters, 1, __ATOMIC_RELAXED);
    return result;
}

int pthread_rwlock_rdlock(pthread_rwlock_t *lock)
{
    return wait_for(lock, pthread_rwlock_tryrdlock);
}

int pthread_rwlock_wrlock(pthread_rwlock_t *lock)
{
    return wait_for(lock, pthread_rwlock_trywrlock);
}

int pthread_rwlock_unlock(pthread_rwlock_t *lock)
{
    int writer = __atomic_load_n(&lock->state, __ATOMIC_RELAXED) < 0;
    int left = writer ? 0 : __atomic_sub_fetch(&lock->state, 1, __ATOMIC_SEQ_CST);
    if (writer)
        __atomic_store_n(&lock->state, 0, __ATOMIC_SEQ_CST);
    if (left == 0 && __atomic_load_n(&lock->waiters, __ATOMIC_SEQ_CST) != 0) {
        __atomic_fetch_add(&lock->changes, 1, __ATOMIC_SEQ_CST);
        __futex_wake(&lock->changes, INT_MAX, lock->shared);
    }
    return 0;
}

int pthread_rwlockattr_init(pthread_rwlockattr_t *attr)
{
    attr->shared = 0;
    return 0;
}

int pthread_rwlockattr_destroy(pthread_rwlockattr_t *attr)
{
    (void)attr;
    return 0;
}

int pthread_rwlockattr_setpshared(pthread_rwlockattr_t *attr, int shared)
{
    attr->shared = shared != 0;
    return 0;
}

int pthread_barrier_init(pthread_barrier_t *restrict barrier,
                         const pthread_barrierattr_t *restrict attr, unsigned count)
{
    if (count == 0 || count > INT_MAX)
        return EINVAL;
    *barrier = (pthread_barrier_t){.limit = (int)count, .shared = attr != NULL && attr->shared};
    return 0;
}

static void barrier_lock(pthread_barrier_t *barrier)
{
    int free = 0;
    if (__atomic_compare_exchange_n(&barrier->lock, &free, 1, 0, __ATOMIC_ACQUIRE,
                                    __ATOMIC_RELAXED))
        return;
    while (__atomic_exchange_n(&barrier->lock, 2, __ATOMIC_ACQUIRE) != 0)
        __futex_wait(&barrier->lock, 2, CLOCK_REALTIME, NULL, barrier->shared);
}

static void barrier_unlock(pthread_barrier_t *barrier)
{
    int shared = barrier->shared;
    if (__atomic_exchange_n(&barrier->lock, 0, __ATOMIC_RELEASE) == 2)
        __futex_wake(&barrier->lock, 1, shared);
}

// The last to come opens the next round; the others leave when they see it.
int pthread_barrier_wait(pthread_barrier_t *barrier)
{
    barrier_lock(barrier);
    int round = barrier->round, shared = barrier->shared;
    if (++barrier->waiting == barrier->limit) {
        barrier->waiting = 0;
        __atomic_fetch_add(&barrier->leaving, barrier->limit - 1, __ATOMIC_RELAXED);
        __atomic_store_n(&barrier->round, round + 1, __ATOMIC_RELEASE);
        __futex_wake(&barrier->round, INT_MAX, shared);
        barrier_unlock(barrier);
        return PTHREAD_BARRIER_SERIAL_THREAD;
    }
    barrier_unlock(barrier);
    while (__atomic_load_n(&barrier->round, __ATOMIC_ACQUIRE) == round)
        __futex_wait(&barrier->round, round, CLOCK_REALTIME, NULL, shared);
    if (__atomic_sub_fetch(&barrier->leaving, 1, __ATOMIC_RELEASE) == 0)
        __futex_wake(&barrier->leaving, INT_MAX, shared);
    return 0;
}

// One thread may destroy the barrier while others are still on their way out of it.
int pthread_barrier_destroy(pthread_barrier_t *barrier)
{
    int leaving;
    barrier_lock(barrier);
    barrier_unlock(barrier);
    while ((leaving = __atomic_load_n(&barrier->leaving, __ATOMIC_ACQUIRE)) != 0)
        __futex_wait(&barrier->leaving, leaving, CLOCK_REALTIME, NULL, barrier->shared);
    return 0;
}

int pthread_barrierattr_init(pthread_barrierattr_t *attr)
{
    attr->shared = 0;
    return 0;
}

int pthread_barrierattr_destroy(pthread_barrierattr_t *attr)
{
    (void)attr;
    return 0;
}

int pthread_barrierattr_setpshared(pthread_barrierattr_t *attr, int shared)
{
    attr->shared = shared != 0;
    return 0;
}
