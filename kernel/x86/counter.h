// SPDX-License-Identifier: ISC
/* Between clock.c and counter.c: the counters of a PC that time can be told by. */
#pragma once

#include "lib/base.h"

struct counter {
    const char *name;       // as in the kernel word clock=
    const char *text;       // as in the log
    uint64_t (*read)(void); // any context
    uint64_t mask;          // it counts modulo mask + 1
    uint64_t hz;            // 0: there is none, or it does not run
};

/* In the order in which they are wanted as the clock; the TSC is the first. */
#define COUNTERS 4
extern struct counter counters[COUNTERS];
#define COUNTER_TSC (&counters[0])

/*
 * Finds them and measures the TSC's rate; what was found by, for the log. *stable: the rate was the
 * same each time. Boot CPU, interrupts off. hpet 0, pm_port 0: ACPI knows of none.
 */
const char *counters_find(phys_t hpet, uint16_t pm_port, bool *stable);

/* The same moment on two counters: `at` is read in the middle of the shortest of a few tries. */
struct counter_pair {
    uint64_t by, at;
};
struct counter_pair counter_pair(uint64_t (*by)(void), uint64_t (*at)(void));

/* Nanoseconds of one tick, times 2^32; and ticks of one nanosecond, times 2^32. */
static inline uint64_t counter_ns_per_tick(uint64_t hz)
{
    return (1000000000ull << 32) / hz;
}

static inline uint64_t counter_tick_per_ns(uint64_t hz)
{
    return ((unsigned __int128)hz << 32) / 1000000000;
}

/* v * factor / 2^32. */
static inline uint64_t counter_scale(uint64_t v, uint64_t factor)
{
    return (unsigned __int128)v * factor >> 32;
}

/* `last` is a count that never wraps, `now` one modulo mask + 1, not a whole round later: its successor. */
static inline uint64_t counter_extend(uint64_t last, uint64_t now, uint64_t mask)
{
    return last + ((now - last) & mask);
}
