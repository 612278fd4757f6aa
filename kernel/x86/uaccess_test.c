// SPDX-License-Identifier: ISC
/*
 * Unit tests of the user copies: bad pointers come back as -EFAULT, from a thread without user
 * memory.
 */
#include "x86/uaccess.h"
#include "x86/cpu.h"
#include "x86/mmu.h"
#include "lib/selftest.h"
#include "lib/string.h"

static const uaddr_t bad_pointers[] = {
    0,
    1,
    USER_START,
    0x7fff12345678,
    USER_END - 1,
    USER_END,
    0x0000800000000000, // not canonical
    0x8000000000000000,
    DIRECT_MAP,
    KERNEL_BASE + 0x100000,
    UINT64_MAX - 3,
    UINT64_MAX,
};

SELFTEST(uaccess_bad_pointers, "every copy routine gives -EFAULT for every kind of bad pointer")
{
    char buf[64] = "kept";
    uint32_t value;

    for (unsigned i = 0; i < ARRAY_SIZE(bad_pointers); i++) {
        uaddr_t p = bad_pointers[i];
        for (size_t n = 1; n <= sizeof(buf); n = n * 3 + 1) {
            SELFTEST_CHECK(copy_from_user(buf, p, n) == -EFAULT);
            SELFTEST_CHECK(copy_to_user(p, buf, n) == -EFAULT);
            SELFTEST_CHECK(clear_user(p, n) == -EFAULT);
            SELFTEST_CHECK(copy_from_user_partial(buf, p, n) == n);
            SELFTEST_CHECK(copy_to_user_partial(p, buf, n) == n);
        }
        SELFTEST_CHECK(string_from_user(buf, p, sizeof(buf)) == -EFAULT);
        SELFTEST_CHECK(user_read32(p, &value) == -EFAULT);
        SELFTEST_CHECK(user_cmpxchg32(p, 0, 1, &value) == -EFAULT);
        SELFTEST_CHECK(user_atomic_op32(p, 1, 1, &value) == -EFAULT);
    }
    SELFTEST_CHECK(!strcmp(buf, "kept"));
    return true;
}

SELFTEST(uaccess_sizes,
         "ranges that wrap or reach the kernel are refused, empty ones are not touched")
{
    char c;

    SELFTEST_CHECK(copy_from_user(&c, USER_END - 4, 8) == -EFAULT);
    SELFTEST_CHECK(copy_from_user(&c, 4096, SIZE_MAX) == -EFAULT);
    SELFTEST_CHECK(copy_from_user(&c, 4096, 0) == 0);
    SELFTEST_CHECK(copy_to_user(USER_END, &c, 0) == 0);
    return true;
}

size_t user_copy(void *dst, const void *src, size_t n);
ssize_t user_string(char *dst, const char *src, size_t max);

/* The last bytes before a hole in the kernel's own map stand for the end of a user mapping. */
SELFTEST(uaccess_partial, "a copy that runs into a hole gives back exactly what it did not copy")
{
    static char frame[PAGE_SIZE] __attribute__((aligned(PAGE_SIZE)));
    char *page = (char *)MMIO_BASE + 1023ul * 1024 * 1024, buf[80];
    phys_t phys = PHYS((uintptr_t)frame - KERNEL_BASE);

    SELFTEST_CHECK(!mmu_map_kernel(page, phys, PTE_WRITE | PTE_NX));
    char *end = page + PAGE_SIZE;
    memset(end - 80, 'x', 80);
    bool ok = true;
    for (size_t have = 0; have <= 72 && ok; have++) {
        memset(buf, 0, sizeof(buf));
        ok = user_copy(buf, end - have, 80) == 80 - have && (!have || buf[have - 1] == 'x') &&
             !buf[have];
        ok = ok && user_copy(end - have, buf, 80) == 80 - have;
        ok = ok && user_copy(buf, end - have, have) == 0;
        memset(end - 80, 'x', 80);
        ok = ok && user_string(buf, end - have, sizeof(buf)) == -1;
        ok = ok && user_string(buf, end - have, have) == -2;
        if (have) {
            end[-1] = 0;
            ok = ok && user_string(buf, end - have, sizeof(buf)) == (ssize_t)have - 1;
            end[-1] = 'x';
        }
    }
    mmu_unmap_kernel(page);
    SELFTEST_CHECK(ok);
    return true;
}

SELFTEST(kernel_read, "a word of unmapped kernel memory is refused instead of faulting")
{
    uint64_t v, here = 42;

    SELFTEST_CHECK(kernel_read64((uintptr_t)&here, &v) && v == 42);
    SELFTEST_CHECK(!kernel_read64(KSTACK_BASE + 511ul * 1024 * 1024 * 1024, &v));
    SELFTEST_CHECK(!kernel_read64(0x1234567800000000, &v));
    return true;
}
