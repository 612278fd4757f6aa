// SPDX-License-Identifier: ISC
/*
 * The other CPUs.
 *
 * Start. Each is reset by an INIT and set running by one or two start-up IPIs (SDM vol. 3A 8.4.4),
 * one CPU after the other, through boot/ap.S and the one struct ap_start. What a CPU needs was made
 * before by the scheduler's floor: per-CPU data and a stack. A CPU that does not come within a second
 * is reset again, so that it cannot come later and use what was meant for another.
 *
 * Calls. Each CPU has one slot for the call that it wants others to make, and one word with a bit for
 * each CPU whose slot it is to look at. The caller waits with interrupts on, without being preempted,
 * and holds no spinlock; so whoever it waits for never waits for it.
 */
#include "x86/smp.h"
#include "x86/apic.h"
#include "x86/asm.h"
#include "x86/boot.h"
#include "x86/clock.h"
#include "x86/entry.h"
#include "x86/mmu.h"
#include "x86/msr.h"
#include "x86/spinlock.h"
#include "lib/string.h"

#define INIT_WAIT    (10 * 1000000ull)
#define STARTUP_WAIT 200000ull
#define ARRIVAL_WAIT NSEC_PER_SEC
#define TSC_ROUNDS   16u

/* What boot/ap.S takes. */
struct ap_start {
    uint64_t root, gs_base;
    void *stack_top;
    void noreturn (*entry)(unsigned number);
    uint32_t efer; // bits to set
    uint32_t number;
};
static_assert(offsetof(struct ap_start, root) == AP_ROOT, "asm.h");
static_assert(offsetof(struct ap_start, gs_base) == AP_GS, "asm.h");
static_assert(offsetof(struct ap_start, stack_top) == AP_STACK, "asm.h");
static_assert(offsetof(struct ap_start, entry) == AP_ENTRY, "asm.h");
static_assert(offsetof(struct ap_start, efer) == AP_EFER, "asm.h");
static_assert(offsetof(struct ap_start, number) == AP_NUMBER, "asm.h");

struct ap_start ap_start;

static uint64_t trampoline;                   // physical address of the page
static void noreturn (*scheduler_entry)(void);
static atomic_uint arrived;                   // number of the CPU that came last

// --- start ----------------------------------------------------------------------------------------

static void spin_until(uint64_t deadline, unsigned number)
{
    while (clock_ns() < deadline && atomic_load(&arrived) != number)
        cpu_relax();
}

/*
 * Do two time stamp counters run in step? The CPUs read them in turns; each value must be larger
 * than the one before, which the other CPU read.
 */
static struct {
    atomic_uint turn;
    uint64_t last, behind;
} tsc;

static void tsc_compare(unsigned side)
{
    for (unsigned i = side; i < 2 * TSC_ROUNDS; i += 2) {
        while (atomic_load(&tsc.turn) != i)
            cpu_relax();
        asm volatile("lfence" ::: "memory"); // RDTSC may otherwise run ahead
        uint64_t now = tsc_read();
        if (now < tsc.last)
            tsc.behind = MAX(tsc.behind, tsc.last - now);
        tsc.last = now;
        atomic_store(&tsc.turn, i + 1);
    }
}

/* First C code of a further CPU. */
static void noreturn ap_main(unsigned number)
{
    cpu_init();
    apic_init();
    atomic_store(&arrived, number);
    tsc_compare(1);
    if (tsc.behind) // this side is the last to compare, and does not run anything yet
        clock_tsc_failed();
    cpu_count++; // nobody else starts or counts now
    scheduler_entry();
}

static void calls_run(void *unused);

/* The handler's end does what the interrupt is for: irq_dispatch asks the scheduler. */
static void reschedule(void *unused)
{
    (void)unused;
}

bool smp_prepare(void)
{
    extern const char ap_trampoline[], ap_trampoline_end[];

    trampoline = boot_low_page();
    if (!trampoline)
        return false;
    memcpy(phys_to_virt(PHYS(trampoline)), ap_trampoline, ap_trampoline_end - ap_trampoline);
    vector_register(VECTOR_RESCHEDULE, reschedule, NULL);
    vector_register(VECTOR_CALL, calls_run, NULL);
    for (unsigned i = 0; i < apic_config.cpu_listed; i++) {
        unsigned id = apic_config.cpu_apic_ids[i];
        if (id != apic_id_of(0) && apic_reaches(id))
            apic_send_init(id);
    }
    for (uint64_t until = clock_ns() + INIT_WAIT; clock_ns() < until;)
        cpu_relax();
    return true;
}

bool smp_start(unsigned apic_id, void *stack_top, void noreturn (*entry)(void))
{
    unsigned number = cpu_count;

    if (!apic_reaches(apic_id))
        return false;
    ap_start = (struct ap_start){.root = mmu_kernel_root().addr,
                                 .gs_base = percpu_offset[number],
                                 .stack_top = stack_top,
                                 .entry = ap_main,
                                 .efer = cpu_features.nx ? EFER_NXE : 0,
                                 .number = number};
    scheduler_entry = entry;
    apic_set_id(number, apic_id);
    tsc.last = tsc.behind = 0;
    atomic_store(&tsc.turn, 0);
    apic_send_startup(apic_id, trampoline >> PAGE_SHIFT);
    spin_until(clock_ns() + STARTUP_WAIT, number);
    if (atomic_load(&arrived) != number) // the second is ignored by a CPU that took the first
        apic_send_startup(apic_id, trampoline >> PAGE_SHIFT);
    spin_until(clock_ns() + ARRIVAL_WAIT, number);
    if (atomic_load(&arrived) != number) {
        apic_send_init(apic_id);
        return false;
    }
    tsc_compare(0);
    while (*(volatile unsigned *)&cpu_count == number)
        cpu_relax();
    if (tsc.behind)
        log_warn("clock: the TSCs of CPU 0 and CPU %u are %lu ticks apart: the clock is %s", number,
                 tsc.behind, clock_name());
    return true;
}

// --- interrupts between CPUs ----------------------------------------------------------------------

struct call {
    void (*fn)(void *arg);
    void *arg;
    _Atomic uint64_t waiting; // CPUs that have not called it yet
};

static DEFINE_PER_CPU(struct call, own_call);
static DEFINE_PER_CPU(_Atomic uint64_t, callers); // CPUs whose own_call this one is to make

void cpu_send(unsigned cpu, unsigned vector)
{
    apic_send(cpu, vector);
}

static void calls_run(void *unused)
{
    (void)unused;
    uint64_t me = 1ul << this_cpu(cpu_number);

    for (uint64_t from = atomic_exchange(this_cpu_ptr(callers), 0); from; from &= from - 1) {
        struct call *c = &per_cpu(own_call, __builtin_ctzl(from));
        c->fn(c->arg);
        atomic_fetch_and(&c->waiting, ~me);
    }
}

static void call_here(void (*fn)(void *arg), void *arg)
{
    uint64_t irq = irq_save();
    fn(arg);
    irq_restore(irq);
}

void cpus_call(uint64_t cpus, void (*fn)(void *arg), void *arg)
{
    if (cpu_count == 1) {
        call_here(fn, arg);
        return;
    }
    assert(may_sleep() && irq_enabled());
    ++*preempt_count();
    uint64_t me = 1ul << this_cpu(cpu_number), others = cpus & ~me;
    struct call *c = this_cpu_ptr(own_call);
    c->fn = fn;
    c->arg = arg;
    atomic_store(&c->waiting, others);
    for (uint64_t left = others; left; left &= left - 1) {
        unsigned to = __builtin_ctzl(left);
        if (!atomic_fetch_or(&per_cpu(callers, to), me)) // else an interrupt is on its way already
            cpu_send(to, VECTOR_CALL);
    }
    if (cpus & me)
        call_here(fn, arg);
    while (atomic_load(&c->waiting))
        cpu_relax();
    --*preempt_count();
}

void cpu_halt_others(void)
{
    for (unsigned i = 0; i < cpu_count; i++) {
        if (i != this_cpu(cpu_number))
            cpu_send(i, VECTOR_HALT);
    }
}
