// SPDX-License-Identifier: ISC
/*
 * Copies between kernel and user memory: the range check and the errors. The instructions that
 * touch user memory are in uaccess.S.
 */
#include "x86/uaccess.h"
#include "x86/mmu.h"
#include "x86/spinlock.h"
#include "lib/log.h"

size_t user_copy(void *dst, const void *src, size_t n);
size_t user_clear(void *dst, size_t n);
ssize_t user_string(char *dst, const char *src, size_t max);
bool user_load32(const uint32_t *p, uint32_t *value);
bool user_compare_exchange32(uint32_t *p, uint32_t expect, uint32_t desired, uint32_t *old);

/* The fault handler may sleep. */
static inline void assert_may_fault(void)
{
    assert(may_sleep());
}

size_t copy_from_user_partial(void *dst, uaddr_t src, size_t n)
{
    assert_may_fault();
    return user_range_ok(src, n) ? user_copy(dst, (const void *)src, n) : n;
}

size_t copy_to_user_partial(uaddr_t dst, const void *src, size_t n)
{
    assert_may_fault();
    return user_range_ok(dst, n) ? user_copy((void *)dst, src, n) : n;
}

int copy_from_user(void *dst, uaddr_t src, size_t n)
{
    return copy_from_user_partial(dst, src, n) ? -EFAULT : 0;
}

int copy_to_user(uaddr_t dst, const void *src, size_t n)
{
    return copy_to_user_partial(dst, src, n) ? -EFAULT : 0;
}

int clear_user(uaddr_t dst, size_t n)
{
    assert_may_fault();
    return user_range_ok(dst, n) && !user_clear((void *)dst, n) ? 0 : -EFAULT;
}

ssize_t string_from_user(char *dst, uaddr_t src, size_t max)
{
    assert_may_fault();
    if (!user_range_ok(src, 1))
        return -EFAULT;
    size_t room = USER_END - src;
    ssize_t len = user_string(dst, (const char *)src, MIN(max, room));
    if (len >= 0)
        return len;
    return len == -1 || room < max ? -EFAULT : -ENAMETOOLONG;
}

int user_read32(uaddr_t addr, uint32_t *value)
{
    assert_may_fault();
    return user_range_ok(addr, 4) && user_load32((const uint32_t *)addr, value) ? 0 : -EFAULT;
}

bool user_peek32(uaddr_t addr, uint32_t *value)
{
    return user_range_ok(addr, 4) && user_load32((const uint32_t *)addr, value);
}

int user_cmpxchg32(uaddr_t addr, uint32_t expect, uint32_t desired, uint32_t *old)
{
    assert_may_fault();
    if (!user_range_ok(addr, 4))
        return -EFAULT;
    return user_compare_exchange32((uint32_t *)addr, expect, desired, old) ? 0 : -EFAULT;
}

static uint32_t apply_op(unsigned op, uint32_t value, uint32_t arg)
{
    switch (op) {
    case 0:
        return arg;
    case 1:
        return value + arg;
    case 2:
        return value | arg;
    case 3:
        return value & ~arg;
    default:
        return value ^ arg;
    }
}

int user_atomic_op32(uaddr_t addr, unsigned op, uint32_t arg, uint32_t *old)
{
    uint32_t seen, expect;
    int error = user_read32(addr, &seen);

    while (!error) {
        expect = seen;
        error = user_cmpxchg32(addr, expect, apply_op(op, expect, arg), &seen);
        if (!error && seen == expect) {
            *old = seen;
            break;
        }
        cpu_relax();
    }
    return error;
}
