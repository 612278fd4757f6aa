// SPDX-License-Identifier: ISC
/*
 * Time of this machine: a monotonic count in nanoseconds from the TSC, or from HPET, ACPI timer or PIT
 * where the TSC does not serve; the wall clock; one one-shot alarm per CPU from its local APIC timer.
 */
#pragma once

#include "lib/base.h"
#include "x86/cpu.h"

/*
 * Boot CPU, after apic_init; reports what it found. hpet, pm_port: 0 = ACPI knows of none. wanted: the
 * value of clock= or "".
 */
void clock_init(phys_t hpet, uint16_t pm_port, const char *wanted);
uint64_t clock_ns(void);  // since start-up, monotonic on every CPU
uint64_t clock_tsc_khz(void);
const char *clock_name(void); // what it is read from, as words
/* How long the clock may go unread, or it loses time; NEVER. */
uint64_t clock_wrap_ns(void);
/* The TSCs do not run in step: takes another counter. False: there is none, or the TSC is wanted. */
bool clock_tsc_failed(void);

/* Wall clock: nanoseconds since 1970 = clock_ns() + an offset, which is all that setting it changes. */
void clock_set_realtime(uint64_t ns_since_1970);
uint64_t clock_realtime_ns(void);
/* From now on `page` says what a program needs to read the clocks by itself (x86/vdso/vdso.h). */
void clock_publish(void *page);

/*
 * Interrupt VECTOR_TIMER at or soon after `deadline` (clock_ns time); replaces the previous; NEVER stops
 * it. A deadline further than the timer can count (some ten seconds) brings the interrupt early.
 */
void clock_alarm(uint64_t deadline);

void apic_init(void);     // this CPU's local APIC; on the boot CPU also PIC off and I/O APIC
void apic_eoi(void);
unsigned apic_id(void);
/* From ACPI's MADT, before apic_init; defaults are the architectural addresses. */
struct apic_config {
    phys_t local;
    struct {
        uint32_t id;
        phys_t addr;
        uint32_t gsi_base;
    } io[8];
    unsigned io_count;
    struct {
        uint32_t gsi;
        bool level, low;
    } isa[16]; // identity, edge, high unless overridden
    unsigned cpu_apic_ids[MAX_CPUS]; // enabled CPUs as listed
    unsigned cpu_listed;
};
extern struct apic_config apic_config;
