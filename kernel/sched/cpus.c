// SPDX-License-Identifier: ISC
/*
 * Gets every CPU to run threads: makes what each needs (per-CPU data, run queue, idle thread), then
 * has it started. A CPU that does not start is reported, and the others go on without it.
 */
#include "mm/heap.h"
#include "sched/queue.h"
#include "sched/timer.h"
#include "x86/clock.h"
#include "x86/smp.h"

static bool start_cpu(unsigned apic_id)
{
    unsigned cpu = cpu_count;
    void *area = kmalloc(percpu_size()); // larger than a page, so aligned to one
    struct thread *idle = thread_create_idle(cpu);
    if (area && idle) {
        percpu_init(cpu, area);
        queue_init(cpu, idle);
        if (smp_start(apic_id, idle->context.stack_top, sched_idle))
            return true;
    }
    log_warn("smp: the CPU with APIC id %u %s", apic_id,
             area && idle ? "did not start" : "is not used: no memory");
    kfree(area);
    if (idle)
        thread_free_idle(idle);
    return false;
}

void sched_start_cpus(unsigned limit)
{
    unsigned wanted = MIN(MIN(limit ? limit : MAX_CPUS, apic_config.cpu_listed), (unsigned)MAX_CPUS);
    unsigned failed = 0;
    if (wanted > 1 && !smp_prepare()) {
        log_warn("smp: no free page below 640 KiB: only one CPU is used");
        wanted = 1;
    }
    for (unsigned i = 0; i < apic_config.cpu_listed && cpu_count < wanted; i++)
        if (apic_config.cpu_apic_ids[i] != apic_id_of(0))
            failed += !start_cpu(apic_config.cpu_apic_ids[i]);
    timer_watch_clock();
    if (apic_config.cpu_listed > 1)
        log_info("smp: %u of %u CPUs run%s", cpu_count, apic_config.cpu_listed,
                 failed ? ", some did not start" : "");
}
