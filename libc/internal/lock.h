// SPDX-License-Identifier: ISC
// The lock inside libc: a futex word, 0 free, 1 held, 2 held and somebody may be waiting.
// Not recursive. It costs no system call unless two threads meet.
#pragma once

struct lock {
    int word;
};

void __lock_acquire(struct lock *lock);
void __lock_release(struct lock *lock);

// Sleeps while *word is `value`, at most until `deadline` of `clock` (NULL: for ever).
// Returns 0 when woken or when the word differs, else EINTR or ETIMEDOUT (positive).
struct timespec;
int __futex_wait(int *word, int value, int clock, const struct timespec *deadline, int shared);
void __futex_wake(int *word, int count, int shared);
