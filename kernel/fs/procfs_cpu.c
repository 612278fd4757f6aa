// SPDX-License-Identifier: ISC
/* /proc: what each CPU is (cpuinfo), did with its time (stat), and was interrupted for (interrupts). */
#include "fs/procfs.h"
#include "lib/printf.h"
#include "sched/sched.h"
#include "x86/clock.h"
#include "x86/cpu.h"
#include "x86/smp.h"
#include "x86/trap.h"

// --- stat ----------------------------------------------------------------------------------------

static void count_blocked(unsigned *blocked)
{
    struct thread *th;
    *blocked = 0;
    for (int from = 1; (th = thread_find_from(from)); from = th->id + 1, thread_put(th))
        *blocked += th->process && th->state == THREAD_BLOCKED;
}

/* A cpu line: user nice system idle iowait irq softirq steal guest guest_nice, in hundredths. */
static void show_cpu(struct text *t, const char *name, const struct cpu_times *c)
{
    text_printf(t, "%s %lu 0 %lu %lu 0 0 0 0 0 0\n", name, c->user_ns / NS_PER_TICK,
                c->kernel_ns / NS_PER_TICK, c->idle_ns / NS_PER_TICK);
}

static void show_cpus(struct text *t)
{
    struct cpu_times each[MAX_CPUS], sum = {0};
    for (unsigned k = 0; k < cpu_count; k++) {
        each[k] = sched_cpu_times(k);
        sum.user_ns += each[k].user_ns;
        sum.kernel_ns += each[k].kernel_ns;
        sum.idle_ns += each[k].idle_ns;
    }
    show_cpu(t, "cpu ", &sum);
    for (unsigned k = 0; k < cpu_count; k++) {
        char name[16];
        snprintf(name, sizeof(name), "cpu%u", k);
        show_cpu(t, name, &each[k]);
    }
}

static uint64_t interrupts_of_all(void)
{
    uint64_t n = 0;
    for (unsigned cpu = 0; cpu < cpu_count; cpu++)
        for (unsigned vector = VECTOR_IRQ_BASE; vector < 256; vector++)
            n += irq_count(cpu, vector);
    return n;
}

int proc_show_machine_stat(struct gen_node *n, struct text *t)
{
    (void)n;
    unsigned blocked;
    show_cpus(t);
    count_blocked(&blocked);
    text_printf(t, "intr %lu\nctxt %lu\nbtime %llu\nprocesses %d\nprocs_running %u\n",
                interrupts_of_all(), sched_switch_count(),
                (clock_realtime_ns() - clock_ns()) / NSEC_PER_SEC, proc_last_id(),
                MAX(sched_ready_count(), 1u));
    text_printf(t, "procs_blocked %u\nsoftirq 0 0 0 0 0 0 0 0 0 0 0\n", blocked);
    return 0;
}

// --- cpuinfo -------------------------------------------------------------------------------------

int proc_show_cpuinfo(struct gen_node *n, struct text *t)
{
    (void)n;
    const struct cpu_features *c = &cpu_features;
    uint64_t khz = clock_tsc_khz();
    for (unsigned k = 0; k < cpu_count; k++) {
        text_printf(t, "processor\t: %u\nvendor_id\t: %s\nmodel name\t: %s\n", k, c->vendor,
                    c->brand[0] ? c->brand : "unknown");
        text_printf(t, "cpu MHz\t\t: %lu.%03lu\nsiblings\t: %u\ncpu cores\t: %u\napicid\t\t: %u\n",
                    khz / 1000, khz % 1000, cpu_count, cpu_count, apic_id_of(k));
        text_printf(
            t, "flags\t\t: fpu tsc msr pae apic sse sse2 syscall lm%s%s%s%s%s%s%s%s%s%s%s%s%s\n",
            c->nx ? " nx" : "", c->smep ? " smep" : "", c->smap ? " smap" : "",
            c->umip ? " umip" : "", c->fsgsbase ? " fsgsbase" : "", c->xsave ? " xsave" : "",
            c->xsaveopt ? " xsaveopt" : "", c->pcid ? " pcid" : "", c->invpcid ? " invpcid" : "",
            c->x2apic ? " x2apic" : "", c->tsc_deadline ? " tsc_deadline_timer" : "",
            c->rdrand ? " rdrand" : "", c->hypervisor ? " hypervisor" : "");
        text_printf(t, "bogomips\t: %lu.%02lu\naddress sizes\t: 48 bits virtual\n\n", khz / 500,
                    khz / 5 % 100);
    }
    return 0;
}

// --- interrupts ----------------------------------------------------------------------------------

static void show_row(struct text *t, const char *label, unsigned vector, const char *what)
{
    text_printf(t, "%4s:", label);
    for (unsigned cpu = 0; cpu < cpu_count; cpu++)
        text_printf(t, " %10lu", irq_count(cpu, vector));
    text_printf(t, "   %s\n", what);
}

static void show_lines(struct text *t)
{
    for (unsigned irq = 0; irq < ISA_LINES; irq++) {
        if (!irq_name(irq))
            continue;
        char label[8], what[48];
        snprintf(label, sizeof(label), "%u", irq);
        snprintf(what, sizeof(what), "IO-APIC  %3u-edge      %s", irq, irq_name(irq));
        show_row(t, label, VECTOR_IRQ_BASE + irq, what);
    }
}

/* TLB: how often a CPU flushed because another asked it; these are among the function calls. */
int proc_show_interrupts(struct gen_node *n, struct text *t)
{
    (void)n;
    text_printf(t, "     ");
    for (unsigned cpu = 0; cpu < cpu_count; cpu++)
        text_printf(t, "       CPU%-1u", cpu);
    text_printf(t, "\n");
    show_lines(t);
    show_row(t, "LOC", VECTOR_TIMER, "Local timer interrupts");
    show_row(t, "SPU", VECTOR_SPURIOUS, "Spurious interrupts");
    show_row(t, "RES", VECTOR_RESCHEDULE, "Rescheduling interrupts");
    show_row(t, "CAL", VECTOR_CALL, "Function call interrupts");
    text_printf(t, " TLB:");
    for (unsigned cpu = 0; cpu < cpu_count; cpu++)
        text_printf(t, " %10lu", vm_tlb_counts(cpu).asked);
    text_printf(t, "   TLB shootdowns\n");
    return 0;
}
