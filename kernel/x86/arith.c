// SPDX-License-Identifier: ISC
/*
 * Arithmetic that the compiler calls by name where the CPU has no single instruction. The
 * compiler's own library is not linked in: its code may use the red zone, which interrupts
 * overwrite in ring 0.
 */
#include "lib/base.h"

typedef unsigned __int128 uint128_t;

uint128_t __udivti3(uint128_t n, uint128_t d);
int __popcountdi2(uint64_t v);

/* Division as by hand: two digits of 64 bits by one, which DIV does; else bit by bit. */
uint128_t __udivti3(uint128_t n, uint128_t d)
{
    if (!(d >> 64)) {
        uint64_t divisor = d, high = (uint64_t)(n >> 64) / divisor,
                 rest = (uint64_t)(n >> 64) % divisor;
        uint64_t low = n;
        asm("divq %2" : "+a"(low), "+d"(rest) : "r"(divisor) : "cc");
        return (uint128_t)high << 64 | low;
    }
    uint128_t quotient = 0, rest = 0;
    for (int bit = 127; bit >= 0; bit--) {
        rest = rest << 1 | (n >> bit & 1);
        if (rest >= d) {
            rest -= d;
            quotient |= (uint128_t)1 << bit;
        }
    }
    return quotient;
}

int __popcountdi2(uint64_t v)
{
    int n = 0;

    for (; v; v &= v - 1)
        n++;
    return n;
}
