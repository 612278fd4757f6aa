// SPDX-License-Identifier: ISC
/*
 * More than one CPU: starting them, interrupting one, and having a function run on several.
 * CPUs have numbers from 0 (the boot CPU) without gaps; their local APICs' ids have gaps.
 */
#pragma once

#include "lib/base.h"
#include "x86/cpu.h"

/* Puts the start-up code in place and resets every CPU that ACPI lists but this one. False: no room below 1 MiB. */
bool smp_prepare(void);
/*
 * Starts the CPU with this APIC id as CPU cpu_count, whose per-CPU data is prepared (percpu_init).
 * It comes up with interrupts off, counts itself, and calls entry() on the stack. False: it did not
 * come in time; it is reset, and what was prepared for it may be freed.
 */
bool smp_start(unsigned apic_id, void *stack_top, void noreturn (*entry)(void));

unsigned apic_id_of(unsigned cpu);
/* Interrupts another CPU. Any context. */
void cpu_send(unsigned cpu, unsigned vector);
/*
 * Has every CPU of the set (which is not empty) call fn(arg) with interrupts off, and waits until all
 * have. Interrupts on and no spinlock held: two CPUs may want one another's service at once.
 */
void cpus_call(uint64_t cpus, void (*fn)(void *arg), void *arg);
/* For power off: the others halt at their next instruction with interrupts on. */
void cpu_halt_others(void);

static inline uint64_t cpus_running(void) // a bit a CPU
{
    return ~0ul >> (MAX_CPUS - cpu_count);
}
