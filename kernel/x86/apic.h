// SPDX-License-Identifier: ISC
/* Between clock.c and apic.c alone: the local timer. */
#pragma once

#include "lib/base.h"

void apic_timer_start(bool deadline); // count-down or TSC-deadline mode, unmasked
void apic_timer_set(uint32_t count);  // counts down from there, 0 = stop
uint32_t apic_timer_left(void);
