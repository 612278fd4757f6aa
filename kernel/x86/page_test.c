// SPDX-License-Identifier: ISC
/* Unit tests of whole-page operations: the page, its neighbours, and the vector registers. */
#include "x86/page.h"
#include "x86/cpu.h"
#include "lib/selftest.h"
#include "lib/string.h"

static uint8_t area[4 * PAGE_SIZE] __attribute__((aligned(PAGE_SIZE)));

static bool all_are(const uint8_t *p, uint8_t value)
{
    for (size_t i = 0; i < PAGE_SIZE; i++)
        if (p[i] != value)
            return false;
    return true;
}

SELFTEST(page_operations, "a page is zeroed and copied whole, and nothing beside it changes")
{
    memset(area, 0x5a, sizeof(area));
    page_zero(area + PAGE_SIZE);
    SELFTEST_CHECK(all_are(area, 0x5a) && all_are(area + PAGE_SIZE, 0) && all_are(area + 2 * PAGE_SIZE, 0x5a));
    for (size_t i = 0; i < PAGE_SIZE; i++)
        area[i] = i * 7 + i / 256;
    page_copy(area + 2 * PAGE_SIZE, area);
    SELFTEST_CHECK(!memcmp(area, area + 2 * PAGE_SIZE, PAGE_SIZE));
    SELFTEST_CHECK(all_are(area + PAGE_SIZE, 0) && all_are(area + 3 * PAGE_SIZE, 0x5a));
    return true;
}

SELFTEST(page_operations_keep_registers, "the running program's vector registers survive")
{
    uint64_t before[8], after[8];

    if (!(cpu_features.xcr0 & 4))
        return true;
    uint64_t irq = irq_save(); // a kernel thread's registers are nobody's: no switch may come between
    for (unsigned i = 0; i < 8; i++)
        before[i] = 0x0123456789abcdef * (i + 1);
    asm volatile("vmovdqu %0, %%ymm0; vmovdqu %1, %%ymm3" ::"m"(*(uint64_t(*)[4])before),
                 "m"(*(uint64_t(*)[4])(before + 4)));
    page_zero(area);
    page_copy(area + PAGE_SIZE, area);
    asm volatile("vmovdqu %%ymm0, %0; vmovdqu %%ymm3, %1" : "=m"(*(uint64_t(*)[4])after),
                 "=m"(*(uint64_t(*)[4])(after + 4)));
    asm volatile("vzeroupper");
    irq_restore(irq);
    SELFTEST_CHECK(!memcmp(before, after, sizeof(before)));
    return true;
}
