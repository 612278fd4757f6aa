// SPDX-License-Identifier: ISC
/*
 * Time: nanoseconds since start-up from one of the counters of counter.c, the wall clock, and the
 * alarm of each CPU from its local APIC timer.
 *
 * The clock is the TSC unless its rate is not the same each time that it is measured, the TSC of some
 * CPU does not run in step with the others', or the word clock= wants another counter. Then it is the
 * first of HPET, ACPI timer, PIT that runs. These are slower to read, programs must ask the kernel for
 * the time, and they wrap: a timer (sched/timer.c) reads the clock before they do. A change of clock
 * goes on where the old one was.
 *
 * clock_ns and clock_alarm work on any CPU without a lock. There is no alarm but the local APIC's: each
 * x86-64 CPU has one, and without it no interrupt would arrive at all.
 */
#include "x86/clock.h"
#include "abi/time.h"
#include "lib/log.h"
#include "lib/string.h"
#include "x86/apic.h"
#include "x86/counter.h"
#include "x86/cpu.h"
#include "x86/entry.h"
#include "x86/msr.h"
#include "x86/spinlock.h"
#include "x86/vdso/vdso.h"

#define ALARM_MEASURE_NS 5000000
#define SPIN_LIMIT       20000000ul

static uint64_t tsc_start, ns_per_tick;     // of the TSC while it is the clock
static uint64_t alarm_per_ns;               // counts of the alarm of one nanosecond, times 2^32

/* Another counter that is the clock, or NULL. The rest is constant once it is set, but .last. */
static const struct counter *slow;
static uint64_t slow_start, slow_ns_per_tick, slow_base_ns;
static _Atomic uint64_t slow_last; // a count that does not wrap

static struct spinlock wall_lock = SPINLOCK("wall clock");
static uint64_t wall_offset;    // [wall_lock] written; read at any time
static struct vdso_data *shown; // [wall_lock] [vvar]

// --- the monotonic clock --------------------------------------------------------------------------

/*
 * The counter is read after `last`, so it is not behind that. Where another CPU was faster and has
 * left a later count, ours need not be kept.
 */
static uint64_t slow_ns(const struct counter *c)
{
    uint64_t last = atomic_load(&slow_last), now = counter_extend(last, c->read(), c->mask);

    while (now > last && !atomic_compare_exchange_weak(&slow_last, &last, now))
        ;
    return slow_base_ns + counter_scale(now - slow_start, slow_ns_per_tick);
}

uint64_t clock_ns(void)
{
    const struct counter *c = __atomic_load_n(&slow, __ATOMIC_ACQUIRE);

    if (unlikely(c))
        return slow_ns(c);
    return counter_scale(tsc_read_ordered() - tsc_start, ns_per_tick);
}

uint64_t clock_tsc_khz(void)
{
    return COUNTER_TSC->hz / 1000;
}

uint64_t clock_wrap_ns(void)
{
    return slow && slow->mask != UINT64_MAX ? counter_scale(slow->mask, slow_ns_per_tick) : NEVER;
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
    v->usable = !slow;
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

// --- which counter it is --------------------------------------------------------------------------

/* From the TSC to another. */
static void leave_tsc(const struct counter *c)
{
    spin_lock(&wall_lock);
    slow_base_ns = clock_ns();
    slow_ns_per_tick = counter_ns_per_tick(c->hz);
    slow_start = c->read() & c->mask;
    atomic_store(&slow_last, slow_start);
    __atomic_store_n(&slow, c, __ATOMIC_RELEASE);
    show();
    spin_unlock(&wall_lock);
}

/* The one of that name, else the first that is not the TSC; NULL: there is none. */
static const struct counter *choose(const char *name)
{
    for (struct counter *c = counters; c < counters + COUNTERS; c++) {
        if (c->hz && (*name ? !strcmp(c->name, name) : c != COUNTER_TSC))
            return c;
    }
    return NULL;
}

static bool tsc_is_wanted; // by the word clock=

bool clock_tsc_failed(void)
{
    const struct counter *c = choose("");

    if (!c || tsc_is_wanted || slow)
        return slow;
    leave_tsc(c);
    return true;
}

const char *clock_name(void)
{
    return slow ? slow->text : COUNTER_TSC->text;
}

/*
 * The alarm's rate. Deadline mode counts TSC ticks. Else the timer, still masked, is counted against
 * the clock for 5 ms.
 */
static void alarm_init(void)
{
    if (cpu_features.tsc_deadline) {
        alarm_per_ns = counter_tick_per_ns(COUNTER_TSC->hz);
        apic_timer_start(true);
        return;
    }
    apic_timer_set(UINT32_MAX);
    struct counter_pair first = counter_pair(clock_ns, apic_timer_left), last;
    for (unsigned long spins = 0; clock_ns() < first.by + ALARM_MEASURE_NS && spins < SPIN_LIMIT; spins++)
        cpu_relax();
    last = counter_pair(clock_ns, apic_timer_left);
    apic_timer_set(0);
    alarm_per_ns = ((first.at - last.at) << 32) / MAX(last.by - first.by, 1ul);
    if (!alarm_per_ns)
        panic("the local APIC's timer does not run");
    apic_timer_start(false);
}

void clock_init(phys_t hpet, uint16_t pm_port, const char *wanted)
{
    bool stable;
    const char *by = counters_find(hpet, pm_port, &stable);
    const struct counter *c = *wanted ? choose(wanted) : NULL;

    tsc_start = tsc_read();
    ns_per_tick = counter_ns_per_tick(COUNTER_TSC->hz);
    tsc_is_wanted = c == COUNTER_TSC;
    if (*wanted && !c)
        log_warn("clock=%s: there is none", wanted);
    if (c && c != COUNTER_TSC)
        leave_tsc(c);
    else if (!stable)
        clock_tsc_failed();
    alarm_init();
    uint64_t khz = clock_tsc_khz();
    log_info("clock: %s, TSC at %lu.%03lu MHz by %s%s%s, alarm by %s", clock_name(), khz / 1000,
             khz % 1000, by, cpu_features.invariant_tsc ? "" : " (not invariant)",
             stable ? "" : " (not stable)", cpu_features.tsc_deadline ? "TSC deadline" : "count-down");
}

// --- alarm ----------------------------------------------------------------------------------------

/*
 * A count-down of 32 bits may end before a far deadline; the alarm then comes early and is set again.
 * A deadline is in ticks of this CPU's TSC, also where that is not the clock.
 */
void clock_alarm(uint64_t deadline)
{
    bool tsc = cpu_features.tsc_deadline;

    if (tsc && !slow && deadline != NEVER) {
        msr_write(MSR_TSC_DEADLINE, MAX(tsc_start + counter_scale(deadline, alarm_per_ns) + 1, 1ul));
        return;
    }
    uint64_t now = deadline == NEVER ? 0 : clock_ns();
    uint64_t wait = deadline > now ? MIN(deadline - now, 3600 * NSEC_PER_SEC) : 0;
    uint64_t count = deadline == NEVER ? 0 : counter_scale(wait, alarm_per_ns) + 1;
    if (tsc)
        msr_write(MSR_TSC_DEADLINE, count ? tsc_read() + count : 0);
    else
        apic_timer_set(MIN(count, (uint64_t)UINT32_MAX));
}
