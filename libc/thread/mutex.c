// SPDX-License-Identifier: ISC
// Mutexes: a futex word as in lock.c; recursive and error-checking ones also know their owner.
#include <errno.h>
#include <pthread.h>
#include <sched.h>

#include "internal/libc.h"
#include "internal/thread.h"

int pthread_mutex_init(pthread_mutex_t *restrict mutex, const pthread_mutexattr_t *restrict attr)
{
    *mutex = (pthread_mutex_t)PTHREAD_MUTEX_INITIALIZER;
    if (attr != NULL) {
        mutex->type = attr->type;
        mutex->shared = attr->shared;
    }
    return 0;
}

int pthread_mutex_destroy(pthread_mutex_t *mutex)
{
    return __atomic_load_n(&mutex->word, __ATOMIC_RELAXED) != 0 ? EBUSY : 0;
}

static int word_try(int *word)
{
    int free = 0;
    return __atomic_compare_exchange_n(word, &free, 1, 0, __ATOMIC_ACQUIRE, __ATOMIC_RELAXED);
}

// What a second lock by the owner means: 0 for "go and wait", a count of one more, or an error.
static int relock(pthread_mutex_t *mutex, int *result)
{
    if (mutex->type == PTHREAD_MUTEX_NORMAL ||
        __atomic_load_n(&mutex->owner, __ATOMIC_RELAXED) != thread_self()->tid)
        return 0;
    *result = 0;
    if (mutex->type == PTHREAD_MUTEX_ERRORCHECK)
        *result = EDEADLK;
    else if (mutex->count == 0x7fffffff)
        *result = EAGAIN;
    else
        mutex->count++;
    return 1;
}

static void own(pthread_mutex_t *mutex)
{
    if (mutex->type != PTHREAD_MUTEX_NORMAL) {
        __atomic_store_n(&mutex->owner, thread_self()->tid, __ATOMIC_RELAXED);
        mutex->count = 1;
    }
}

int pthread_mutex_trylock(pthread_mutex_t *mutex)
{
    int result;
    if (word_try(&mutex->word)) {
        own(mutex);
        return 0;
    }
    if (mutex->type == PTHREAD_MUTEX_RECURSIVE && relock(mutex, &result))
        return result;
    return EBUSY;
}

static int lock_until(pthread_mutex_t *mutex, const struct timespec *deadline)
{
    int result = 0;
    if (!word_try(&mutex->word)) {
        if (relock(mutex, &result))
            return result;
        if (deadline != NULL && (unsigned long)deadline->tv_nsec >= 1000000000)
            return EINVAL;
        while (__atomic_exchange_n(&mutex->word, 2, __ATOMIC_ACQUIRE) != 0)
            if (__futex_wait(&mutex->word, 2, CLOCK_REALTIME, deadline, mutex->shared) == ETIMEDOUT)
                return ETIMEDOUT;
    }
    own(mutex);
    return 0;
}

int pthread_mutex_lock(pthread_mutex_t *mutex)
{
    return lock_until(mutex, NULL);
}

int pthread_mutex_timedlock(pthread_mutex_t *restrict mutex,
                            const struct timespec *restrict deadline)
{
    return lock_until(mutex, deadline);
}

int pthread_mutex_unlock(pthread_mutex_t *mutex)
{
    if (mutex->type != PTHREAD_MUTEX_NORMAL) {
        if (__atomic_load_n(&mutex->owner, __ATOMIC_RELAXED) != thread_self()->tid)
            return EPERM;
        if (--mutex->count > 0)
            return 0;
        __atomic_store_n(&mutex->owner, 0, __ATOMIC_RELAXED);
    }
    int shared = mutex->shared; // after the exchange the mutex may be gone
    if (__atomic_exchange_n(&mutex->word, 0, __ATOMIC_RELEASE) == 2)
        __futex_wake(&mutex->word, 1, shared);
    return 0;
}

int pthread_mutexattr_init(pthread_mutexattr_t *attr)
{
    *attr = (pthread_mutexattr_t){0};
    return 0;
}

int pthread_mutexattr_destroy(pthread_mutexattr_t *attr)
{
    (void)attr;
    return 0;
}

int pthread_mutexattr_settype(pthread_mutexattr_t *attr, int type)
{
    if (type < PTHREAD_MUTEX_NORMAL || type > PTHREAD_MUTEX_ERRORCHECK)
        return EINVAL;
    attr->type = type;
    return 0;
}

int pthread_mutexattr_gettype(const pthread_mutexattr_t *restrict attr, int *restrict type)
{
    *type = attr->type;
    return 0;
}

int pthread_mutexattr_setpshared(pthread_mutexattr_t *attr, int shared)
{
    if (shared != PTHREAD_PROCESS_PRIVATE && shared != PTHREAD_PROCESS_SHARED)
        return EINVAL;
    attr->shared = shared;
    return 0;
}

int pthread_mutexattr_getpshared(const pthread_mutexattr_t *restrict attr, int *restrict shared)
{
    *shared = attr->shared;
    return 0;
}

int pthread_spin_init(pthread_spinlock_t *lock, int shared)
{
    (void)shared;
    *lock = 0;
    return 0;
}

int pthread_spin_destroy(pthread_spinlock_t *lock)
{
    (void)lock;
    return 0;
}

int pthread_spin_trylock(pthread_spinlock_t *lock)
{
    return word_try(lock) ? 0 : EBUSY;
}

// Where the holder has no CPU, spinning on would only keep it from getting one.
int pthread_spin_lock(pthread_spinlock_t *lock)
{
    for (int spins = 1; !word_try(lock); spins++) {
        __asm__ volatile("pause");
        if (spins % 128 == 0)
            sched_yield();
    }
    return 0;
}

int pthread_spin_unlock(pthread_spinlock_t *lock)
{
    __atomic_store_n(lock, 0, __ATOMIC_RELEASE);
    return 0;
}
