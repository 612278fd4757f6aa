// SPDX-License-Identifier: ISC
/* The two pages that every program gets: [vvar], which the clocks write, and [vdso], code that reads it. */
#pragma once

#include "lib/base.h"

struct memobj;
struct space;

#define VDSO_START (USER_END - 0xe000) // [vvar]; above the stack, whose page table serves both
#define VDSO_CODE  (VDSO_START + PAGE_SIZE)

void vdso_init(void); // after clock_init and vm_init
/* Maps both into a new space: 0, -ENOMEM. */
int vdso_map(struct space *s);
/* What /proc/PID/maps calls a mapping of o: "[vvar]", "[vdso]", else NULL. */
const char *vdso_name(const struct memobj *o);
