// SPDX-License-Identifier: ISC
/*
 * The counters of a PC: time stamp counter (SDM vol. 3B 17.17), HPET (IA-PC HPET specification 1.0a,
 * 2.3), ACPI timer (ACPI specification 6.4, 4.8.2.1), channel 2 of the PIT (Intel 8254 data sheet).
 *
 * The last two have a fixed rate and the HPET states its own. The TSC's comes from CPUID where the CPU
 * states it, else it is measured for 10 ms against the first of the others that runs. Under a
 * hypervisor a measurement can be torn: the virtual CPU may lose its CPU between the two readings of a
 * pair. So each pair is read several times and the one that took least counts; and the two halves of
 * the time must agree, or it is measured again. All loops are bounded; each turn pauses.
 */
#include "x86/counter.h"
#include "x86/cpu.h"
#include "x86/io.h"
#include "x86/mmu.h"

#define PM_HZ       3579545u
#define PM_MASK     0xffffffu // some chips have 24 bits
#define PIT_HZ      1193182u
#define PIT_COUNTER 0x42
#define PIT_COMMAND 0x43
#define PIT_GATE    0x61

#define HPET_PERIOD  4 // femtoseconds of a tick
#define HPET_CONFIG  0x10
#define HPET_COUNT   0xf0 // its lower half: some chips have no other
#define HPET_ENABLE  1u
#define HPET_SLOWEST 100000000u // fs, by the specification

#define HALF_MS    5
#define TRIES      8
#define REPEATS    4
#define STABLE     200 // halves that differ by less than one part in so many agree
#define SPIN_LIMIT 20000000ul
#define GUESSED_HZ 2000000000ul

static volatile char *hpet_regs;
static uint16_t pm_port;

static uint64_t hpet_read(void)
{
    return mmio_read32(hpet_regs + HPET_COUNT);
}

static uint64_t pm_read(void)
{
    return inl(pm_port);
}

/*
 * Counts down; the sign is turned. The two bytes come one after the other, so only one CPU may read at
 * a time. Not a struct spinlock: whoever checks or watches those may ask for the time.
 */
static uint64_t pit_read(void)
{
    static atomic_flag busy = ATOMIC_FLAG_INIT;
    uint64_t irq = irq_save();

    while (atomic_flag_test_and_set_explicit(&busy, memory_order_acquire))
        cpu_relax();
    outb(PIT_COMMAND, 0x80); // latch channel 2
    uint32_t lo = inb(PIT_COUNTER), hi = inb(PIT_COUNTER);
    atomic_flag_clear_explicit(&busy, memory_order_release);
    irq_restore(irq);
    return -(uint64_t)(hi << 8 | lo);
}

struct counter counters[COUNTERS] = {
    {"tsc", "the TSC", tsc_read_ordered, UINT64_MAX, 0},
    {"hpet", "the HPET", hpet_read, UINT32_MAX, 0},
    {"acpi", "the ACPI timer", pm_read, PM_MASK, PM_HZ},
    {"pit", "the PIT", pit_read, 0xffff, PIT_HZ},
};

// --- finding --------------------------------------------------------------------------------------

static uint64_t hpet_start(phys_t base)
{
    hpet_regs = base.addr ? mmio_map(base, PAGE_SIZE) : NULL;
    uint32_t period = hpet_regs ? mmio_read32(hpet_regs + HPET_PERIOD) : 0;
    if (!period || period > HPET_SLOWEST)
        return 0;
    mmio_write32(hpet_regs + HPET_CONFIG, mmio_read32(hpet_regs + HPET_CONFIG) | HPET_ENABLE);
    return 1000000000000000ull / period;
}

static void pit_start(void)
{
    outb(PIT_GATE, (inb(PIT_GATE) & ~2u) | 1); // speaker off, gate of channel 2 on
    outb(PIT_COMMAND, 0xb4);                   // channel 2, both bytes, mode 2: counts round and round
    outb(PIT_COUNTER, 0);
    outb(PIT_COUNTER, 0);
}

/* One that stands still is none. A port that nobody serves gives the same value again and again. */
static bool runs(const struct counter *c)
{
    uint64_t first = c->read();

    for (int i = 0; i < 100000; i++) {
        if ((c->read() ^ first) & c->mask)
            return true;
        cpu_relax();
    }
    return false;
}

// --- measuring ------------------------------------------------------------------------------------

struct counter_pair counter_pair(uint64_t (*by)(void), uint64_t (*at)(void))
{
    struct counter_pair best = {0, 0};
    uint64_t best_took = UINT64_MAX;

    for (int i = 0; i < TRIES; i++) {
        uint64_t before = by(), value = at(), took = by() - before;
        if (took < best_took) {
            best_took = took;
            best = (struct counter_pair){before + took / 2, value};
        }
        cpu_relax();
    }
    return best;
}

/* A pair that is HALF_MS or more behind `from`. */
static struct counter_pair pair_after(const struct counter *c, struct counter_pair from)
{
    for (unsigned long spins = 0; spins < SPIN_LIMIT; spins++) {
        if (((c->read() - from.at) & c->mask) >= c->hz / 1000 * HALF_MS)
            break;
        cpu_relax();
    }
    return counter_pair(tsc_read, c->read);
}

static uint64_t rate(const struct counter *c, struct counter_pair from, struct counter_pair to)
{
    return (unsigned __int128)(to.by - from.by) * c->hz / MAX((to.at - from.at) & c->mask, 1ul);
}

/* TSC ticks a second. */
static uint64_t measure_tsc(const struct counter *c, bool *stable)
{
    uint64_t hz = 0;

    *stable = false;
    for (int i = 0; i < REPEATS && !*stable; i++) {
        struct counter_pair start = counter_pair(tsc_read, c->read);
        struct counter_pair middle = pair_after(c, start), end = pair_after(c, middle);
        uint64_t a = rate(c, start, middle), b = rate(c, middle, end);
        *stable = (a > b ? a - b : b - a) < a / STABLE;
        hz = rate(c, start, end);
    }
    return hz;
}

const char *counters_find(phys_t hpet, uint16_t port, bool *stable)
{
    pm_port = port;
    counters[1].hz = hpet_start(hpet);
    counters[2].hz = port ? PM_HZ : 0;
    pit_start();
    *stable = true;
    COUNTER_TSC->hz = cpu_features.tsc_khz_hint * 1000ul;
    const char *by = COUNTER_TSC->hz ? "CPUID" : NULL;
    for (struct counter *c = COUNTER_TSC + 1; c < counters + COUNTERS; c++) {
        if (c->hz && !runs(c))
            c->hz = 0;
        if (!c->hz || COUNTER_TSC->hz)
            continue;
        COUNTER_TSC->hz = measure_tsc(c, stable);
        by = c->text;
    }
    if (!COUNTER_TSC->hz)
        COUNTER_TSC->hz = GUESSED_HZ;
    return by ? by : "nothing: no clock to measure by, guessed";
}
