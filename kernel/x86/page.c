// SPDX-License-Identifier: ISC
/*
 * Pages zeroed and copied: with AVX, 32 bytes an instruction, else word by word. (A string
 * instruction would be shorter, but under emulation each of its steps costs what an instruction does.)
 *
 * The vector registers hold the running program's values, or nobody's in a kernel thread. page.S puts
 * back what it used, and interrupts are off meanwhile (about 300 instructions), so no switch saves the
 * registers of a thread in between. Where AVX was in its initial state it is left so, else XSAVEOPT
 * would save it from then on, and the program's SSE instructions would wait for upper halves
 * (SDM vol. 1 13.6, XINUSE; Optimization Reference Manual, "Mixing AVX Code with SSE Code").
 */
#include "x86/page.h"
#include "x86/cpu.h"

#define XCR0_AVX 4u

void page_zero_avx(void *page, bool initial);
void page_copy_avx(void *to, const void *from, bool initial);

/* No vector register has anything in its upper half. */
static bool avx_is_initial(void)
{
    uint32_t in_use, high;
    if (!cpu_features.xgetbv1)
        return false;
    asm volatile("xgetbv" : "=a"(in_use), "=d"(high) : "c"(1));
    return !(in_use & XCR0_AVX);
}

void page_zero(void *page)
{
    if (cpu_features.xcr0 & XCR0_AVX) {
        uint64_t irq = irq_save();
        page_zero_avx(page, avx_is_initial());
        irq_restore(irq);
        return;
    }
    uint64_t *p = page;
    for (unsigned i = 0; i < PAGE_SIZE / 8; i += 16) {
#pragma GCC unroll 16
        for (unsigned j = 0; j < 16; j++)
            p[i + j] = 0;
        asm volatile("" ::: "memory"); // keeps the compiler from calling memset
    }
}

void page_copy(void *to, const void *from)
{
    if (cpu_features.xcr0 & XCR0_AVX) {
        uint64_t irq = irq_save();
        page_copy_avx(to, from, avx_is_initial());
        irq_restore(irq);
        return;
    }
    uint64_t *d = to;
    const uint64_t *s = from;
    for (unsigned i = 0; i < PAGE_SIZE / 8; i += 16) {
#pragma GCC unroll 16
        for (unsigned j = 0; j < 16; j++)
            d[i + j] = s[i + j];
        asm volatile("" ::: "memory");
    }
}
