// SPDX-License-Identifier: ISC
/*
 * The only code that touches user memory. Each routine checks the range, opens SMAP for its copy,
 * and recovers from a fault through the fix-up table. A copy can fault and sleep: never under a
 * spinlock (asserted). Only user_peek32 may be used there.
 */
#pragma once

#include "lib/base.h"
#include "abi/errno.h"

/* 0, or -EFAULT when any byte could not be read or written. */
int must_check copy_from_user(void *dst, uaddr_t src, size_t n);
int must_check copy_to_user(uaddr_t dst, const void *src, size_t n);
int must_check clear_user(uaddr_t dst, size_t n);

/* For partial results: returns the bytes that were NOT copied (0 = all). */
size_t must_check copy_from_user_partial(void *dst, uaddr_t src, size_t n);
size_t must_check copy_to_user_partial(uaddr_t dst, const void *src, size_t n);

/* Length without the 0, at most max-1 with the 0 in dst; -EFAULT; -ENAMETOOLONG when there is no 0 within max. */
ssize_t must_check string_from_user(char *dst, uaddr_t src, size_t max);

/* Atomic operations on a user word, with -EFAULT; -EAGAIN is not returned. `old` gets the previous value. */
int must_check user_read32(uaddr_t addr, uint32_t *value);
/* Reads the word if that is possible without a page fault; false = it is not. With a spinlock held. */
bool must_check user_peek32(uaddr_t addr, uint32_t *value);
int must_check user_cmpxchg32(uaddr_t addr, uint32_t expect, uint32_t desired, uint32_t *old);
/* op for futex WAKE_OP: 0 set, 1 add, 2 or, 3 andn, 4 xor. */
int must_check user_atomic_op32(uaddr_t addr, unsigned op, uint32_t arg, uint32_t *old);

/* True when [p, p+n) lies in the user half (no wrap). */
static inline bool user_range_ok(uaddr_t p, size_t n)
{
    return n <= 0x00007ffffffff000ul && p <= 0x00007ffffffff000ul - n;
}

#define copy_in(ptr, uaddr)  copy_from_user((ptr), (uaddr), sizeof(*(ptr)))
#define copy_out(uaddr, ptr) copy_to_user((uaddr), (ptr), sizeof(*(ptr)))
