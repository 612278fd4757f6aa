// SPDX-License-Identifier: ISC
/* Futexes: a hash of wait queues, keyed by what the word is (private: space and address; shared:
 * the page). */
#pragma once

#include "lib/base.h"

void futex_init(void);
/* -EAGAIN when the word is not `expect`; -ETIMEDOUT, -ERESTARTSYS, -EFAULT, -EINVAL. deadline in
 * clock_ns time. */
int futex_wait(uaddr_t word, bool shared, uint32_t expect, uint64_t deadline, uint32_t bitset);
int futex_wake(uaddr_t word, bool shared, int count, uint32_t bitset); // how many, or -errno
int futex_requeue(uaddr_t from, uaddr_t to, bool shared, int wake, int move, bool compare,
                  uint32_t expect);
int futex_wake_op(uaddr_t a, uaddr_t b, bool shared, int wake_a, int wake_b, uint32_t op);
/* At thread exit: robust list and clear_child_tid. May fault; errors are ignored. */
void futex_thread_exit(void);
