// SPDX-License-Identifier: ISC
/* Between the files of x86/ alone: the local timer (clock.c), interrupts for other CPUs (smp.c). */
#pragma once

#include "lib/base.h"

void apic_timer_start(bool deadline); // count-down or TSC-deadline mode, unmasked
void apic_timer_set(uint32_t count);  // counts down from there, 0 = stop
uint64_t apic_timer_left(void);       // counts down in 32 bits

bool apic_reaches(unsigned id); // an xAPIC has only eight bits for it
void apic_set_id(unsigned cpu, unsigned id);
void apic_send(unsigned cpu, unsigned vector);
void apic_send_init(unsigned id);
void apic_send_startup(unsigned id, unsigned page); // runs at page * 4096, in real mode
