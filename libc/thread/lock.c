// SPDX-License-Identifier: ISC
// Futexes and libc's own lock on them.
#include <abi/futex.h>
#include <abi/time.h>
#include <stddef.h>

#include "internal/libc.h"

int __futex_wait(int *word, int value, int clock, const struct timespec *deadline, int shared)
{
    int operation = FUTEX_WAIT_BITSET; // unlike FUTEX_WAIT it takes a deadline, not a duration
    if (!shared)
        operation |= FUTEX_PRIVATE_FLAG;
    if (clock == CLOCK_REALTIME)
        operation |= FUTEX_CLOCK_REALTIME;
    if (deadline != NULL && deadline->tv_sec < 0)
        return ETIMEDOUT; // the kernel refuses negative times
    long result = SYS6(SYS_futex, word, operation, value, deadline, 0, FUTEX_BITSET_MATCH_ANY);
    return result == -EINTR || result == -ETIMEDOUT || result == -EINVAL ? (int)-result : 0;
}

void __futex_wake(int *word, int count, int shared)
{
    SYS3(SYS_futex, word, FUTEX_WAKE | (shared ? 0 : FUTEX_PRIVATE_FLAG), count);
}

// A waiter leaves 2 behind even when it was the last: one needless wake, never a lost one.
void __lock_acquire(struct lock *lock)
{
    int seen = 0;
    if (__atomic_compare_exchange_n(&lock->word, &seen, 1, 0, __ATOMIC_ACQUIRE, __ATOMIC_RELAXED))
        return;
    while (__atomic_exchange_n(&lock->word, 2, __ATOMIC_ACQUIRE) != 0)
        __futex_wait(&lock->word, 2, CLOCK_MONOTONIC, NULL, 0);
}

void __lock_release(struct lock *lock)
{
    if (__atomic_exchange_n(&lock->word, 0, __ATOMIC_RELEASE) == 2)
        __futex_wake(&lock->word, 1, 0);
}
