// SPDX-License-Identifier: ISC
/* Unit tests of clocks: conversions, counters that wrap, and what the machine has. */
#include "x86/clock.h"
#include "lib/selftest.h"
#include "x86/counter.h"

SELFTEST(clock_conversions, "a rate gives the nanoseconds of its ticks, for a second and for a year")
{
    static const uint64_t rates[] = {1193182, 3579545, 14318180, 100000000, 999999999, 2445443000, 5000000000};
    const uint64_t year = 365ul * 86400;

    for (unsigned i = 0; i < ARRAY_SIZE(rates); i++) {
        uint64_t ns = counter_ns_per_tick(rates[i]), ticks = counter_tick_per_ns(rates[i]);
        uint64_t second = counter_scale(rates[i], ns), long_time = counter_scale(rates[i] * year, ns);
        SELFTEST_CHECK(second <= NSEC_PER_SEC && NSEC_PER_SEC - second <= 2);
        SELFTEST_CHECK(long_time <= year * NSEC_PER_SEC);
        SELFTEST_CHECK(year * NSEC_PER_SEC - long_time <= year * 2); // 2 parts in 10^9
        SELFTEST_CHECK(counter_scale(NSEC_PER_SEC, ticks) <= rates[i]);
        SELFTEST_CHECK(rates[i] - counter_scale(NSEC_PER_SEC, ticks) <= 1);
    }
    SELFTEST_CHECK(counter_scale(UINT64_MAX, 1ul << 32) == UINT64_MAX);
    return true;
}

SELFTEST(clock_wraps, "a count that wraps goes on behind the wrap, round after round")
{
    SELFTEST_CHECK(counter_extend(0, 0, 0xffff) == 0);
    SELFTEST_CHECK(counter_extend(0xfffe, 1, 0xffff) == 0x10001);
    SELFTEST_CHECK(counter_extend(0x2ffff, 0xffff, 0xffff) == 0x2ffff);
    SELFTEST_CHECK(counter_extend(0x2ffff, 0xfffe, 0xffff) == 0x3fffe);
    SELFTEST_CHECK(counter_extend(0x5ffffff, 0xffffffff00000000, 0xffffff) == 0x6000000);
    SELFTEST_CHECK(counter_extend(UINT64_MAX, 5, UINT64_MAX) == 5);
    return true;
}

SELFTEST(clock_counters, "every counter that was found measures the same 2 ms as the clock, within 2 %")
{
    for (struct counter *c = counters; c < counters + COUNTERS; c++) {
        bool good = !c->hz;
        for (int tries = 0; tries < 5 && !good; tries++) { // a virtual CPU may lose its CPU meanwhile
            struct counter_pair from = counter_pair(clock_ns, c->read), to;
            while (clock_ns() < from.by + 2000000)
                cpu_relax();
            to = counter_pair(clock_ns, c->read);
            uint64_t ns = counter_scale((to.at - from.at) & c->mask, counter_ns_per_tick(c->hz));
            uint64_t real = to.by - from.by;
            good = (ns > real ? ns - real : real - ns) < real / 50;
        }
        if (!good)
            log_error("selftest: clock %s", c->name);
        SELFTEST_CHECK(good);
    }
    return true;
}
