// SPDX-License-Identifier: ISC
/*
 * Time: nanoseconds since start-up from the time stamp counter, and the alarm of each CPU from its
 * local APIC timer.
 *
 * The TSC's rate comes from CPUID where the CPU states it, else it is measured for 10 ms against
 * the ACPI timer (3.579545 MHz, ACPI specification 6.4, 4.8.2.1) or channel 2 of the PIT (1.193182
 * MHz, Intel 8254 data sheet). Under a hypervisor a measurement can be torn: the virtual CPU may
 * lose its CPU between the two readings of a pair. So each pair is read several times and the one
 * that took least counts. All loops are bounded; each turn pauses.
 *
 * clock_ns and clock_alarm work on any CPU without a lock; TSCs are taken to run in step.
 */
#include "x86/clock.h"
#include "x86/apic.h"
#include "x86/cpu.h"
#include "x86/entry.h"
#include "x86/io.h"
#include "x86/msr.h"
#include "x86/spinlock.h"
#include "x86/vdso/vdso.h"
#include "abi/time.h"
#include "lib/log.h"

#define PM_HZ       3579545u
#define PM_MASK     0xffffffu // some chips have 24 bits
#define PIT_HZ      1193182u
#define PIT_COUNTER 0x42
#define PIT_COMMAND 0x43
#define PIT_GATE    0x61
#define MEASURE_MS  10
#define TRIES       8
#define SPIN_LIMIT  20000000ul

typedef uint32_t (*reference_fn)(void);

struct pair {
    uint64_t tsc;
    uint32_t reference;
};

static uint64_t tsc_khz, tsc_start;
static uint64_t ns_per_tick;  // nanoseconds of one TSC tick, times 2^32
static uint64_t tick_per_ns;  // TSC ticks of one nanosecond, times 2^32
static uint64_t count_per_ns; // APIC timer counts of one nanosecond, times 2^32; 0 = deadline mode
static uint16_t pm_port;

static struct spinlock wall_lock = SPINLOCK("wall clock");
static uint64_t wall_offset;    // [wall_lock] written; read at any time
static struct vdso_data *shown; // [wall_lock] [vvar]

static uint64_t scale(uint64_t v, uint64_t factor)
{
    return (unsigned __int128)v * factor >> 32;
}

// --- measuring ----------------------------------------------------------------------------------

static uint32_t pm_read(void)
{
    return inl(pm_port) & PM_MASK;
}

/* Counts down; the sign is turned so that all references count up. */
static uint32_t pit_read(void)
{
    outb(PIT_COMMAND, 0x80); // latch channel 2
    uint32_t lo = inb(PIT_COUNTER), hi = inb(PIT_COUNTER);

    return -(hi << 8 | lo) & 0xffff;
}

static uint32_t apic_read(void)
{
    return -apic_timer_left();
}

static struct pair pair_read(reference_fn reference)
{
    struct pair best = {0, 0};
    uint64_t best_took = UINT64_MAX;

    for (int i = 0; i < TRIES; i++) {
        uint64_t before = tsc_read();
        uint32_t value = reference();
        uint64_t after = tsc_read();
        if (after - before < best_took) {
            best_took = after - before;
            best = (struct pair){before + (after - before) / 2, value};
        }
        cpu_relax();
    }
    return best;
}

/*
 * TSC ticks a millisecond, by a reference of `hz` counted modulo mask + 1; 0 when it does not run.
 */
static uint64_t measure_khz(reference_fn reference, uint32_t hz, uint32_t mask)
{
    uint32_t want = hz / 1000 * MEASURE_MS;
    struct pair first = pair_read(reference), last;
    unsigned long spins = 0;

    while (((reference() - first.reference) & mask) < want) {
        // A reference that stands still is given up after a while that any CPU needs more than 10
        // ms for.
        if (++spins > 100000 && reference() == first.reference)
            return 0;
        if (spins > SPIN_LIMIT)
            return 0;
        cpu_relax();
    }
    last = pair_read(reference);
    uint64_t counted = (last.reference - first.reference) & mask;
    return (last.tsc - first.tsc) * hz / counted / 1000;
}

static uint64_t measure_pit(void)
{
    uint8_t gate = inb(PIT_GATE);

    outb(PIT_GATE, (gate & ~2u) | 1); // speaker off, gate of channel 2 on
    outb(PIT_COMMAND, 0xb4);          // channel 2, both bytes, mode 2: counts round and round
    outb(PIT_COUNTER, 0);
    outb(PIT_COUNTER, 0);
    uint64_t khz = measure_khz(pit_read, PIT_HZ, 0xffff);
    outb(PIT_GATE, gate);
    return khz;
}

/*
 * Deadline mode needs no measuring. Else the timer, still masked, is counted against the TSC for 5
 * ms.
 */
static void alarm_init(void)
{
    if (cpu_features.tsc_deadline) {
        apic_timer_start(true);
        return;
    }
    apic_timer_set(UINT32_MAX);
    struct pair first = pair_read(apic_read), last;
    uint64_t until = first.tsc + tsc_khz * MEASURE_MS / 2;
    for (unsigned long spins = 0; tsc_read() < until && spins < SPIN_LIMIT; spins++)
        cpu_relax();
    last = pair_read(apic_read);
    apic_timer_set(0);
    uint64_t ns = scale(last.tsc - first.tsc, ns_per_tick);
    count_per_ns = ((uint64_t)(last.reference - first.reference) << 32) / MAX(ns, 1ul);
    if (!count_per_ns)
        panic("the local APIC's timer does not run");
    apic_timer_start(false);
}

void clock_init(uint16_t acpi_pm_port)
{
    const char *by = "CPUID";

    pm_port = acpi_pm_port;
    tsc_khz = cpu_features.tsc_khz_hint;
    if (!tsc_khz && pm_port) {
        by = "the ACPI timer";
        tsc_khz = measure_khz(pm_read, PM_HZ, PM_MASK);
    }
    if (!tsc_khz) {
        by = "the PIT";
        tsc_khz = measure_pit();
    }
    if (!tsc_khz) {
        by = "nothing: no clock to measure by, guessed";
        tsc_khz = 2000000;
    }
    ns_per_tick = (1000000ull << 32) / tsc_khz;
    tick_per_ns = (tsc_khz << 32) / 1000000;
    tsc_start = tsc_read();
    alarm_init();
    log_info("clock: TSC at %lu.%03lu MHz by %s%s, alarm by %s", tsc_khz / 1000, tsc_khz % 1000, by,
             cpu_features.invariant_tsc ? "" : " (not invariant)",
             cpu_features.tsc_deadline ? "TSC deadline" : "count-down");
}

uint64_t clock_tsc_khz(void)
{
    return tsc_khz;
}

uint64_t clock_ns(void)
{
    return scale(tsc_read_ordered() - tsc_start, ns_per_tick);
}

// --- the wall clock, and what programs see -------------------------------------------------------

/* A reader that sees an odd sequence, or a new one after it read, reads again. wall_lock held. */
static void show(void)
{
    static const uint8_t wall[] = {CLOCK_REALTIME, CLOCK_REALTIME_COARSE, CLOCK_TAI};
    volatile struct vdso_data *v = shown;

    if (!v)
        return;
    v->sequence++;
    v->tsc_start = tsc_start;
    v->ns_per_tick = ns_per_tick;
    for (unsigned i = 0; i < ARRAY_SIZE(wall); i++)
        v->offset[wall[i]] = wall_offset;
    v->usable = true;
    v->sequence++; // x86 keeps stores in order, volatile makes the compiler do so
}

void clock_publish(void *page)
{
    spin_lock(&wall_lock);
    shown = page;
    show();
    spin_unlock(&wall_lock);
}

void clock_set_realtime(uint64_t ns_since_1970)
{
    spin_lock(&wall_lock);
    __atomic_store_n(&wall_offset, ns_since_1970 - clock_ns(), __ATOMIC_RELAXED);
    show();
    spin_unlock(&wall_lock);
}

uint64_t clock_realtime_ns(void)
{
    return clock_ns() + __atomic_load_n(&wall_offset, __ATOMIC_RELAXED);
}

// --- alarm --------------------------------------------------------------------------------------

/*
 * A count-down of 32 bits may end before a far deadline; the alarm then comes early and is set
 * again.
 */
void clock_alarm(uint64_t deadline)
{
    if (cpu_features.tsc_deadline) {
        msr_write(MSR_TSC_DEADLINE,
                  deadline == NEVER ? 0 : MAX(tsc_start + scale(deadline, tick_per_ns) + 1, 1ul));
        return;
    }
    if (deadline == NEVER) {
        apic_timer_set(0);
        return;
    }
    uint64_t now = clock_ns();
    uint64_t wait = deadline > now ? MIN(deadline - now, 3600 * NSEC_PER_SEC) : 0;
    apic_timer_set(MIN(scale(wait, count_per_ns) + 1, (uint64_t)UINT32_MAX));
}
