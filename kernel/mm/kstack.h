// SPDX-License-Identifier: ISC
/*
 * Kernel stacks: 16 KiB in a slot of their own in kernel address space, with an unmapped guard page
 * below, so that an overflow faults instead of writing over a neighbour. A few are kept mapped for
 * the next thread; a fault in a guard page is told from others by kstack_guard_hit.
 */
#pragma once

#include "lib/base.h"

#define KSTACK_SIZE 16384ul

void *kstack_alloc(void);      // returns the TOP (one past the end), 16-byte aligned; NULL without memory
void kstack_free(void *top);   // not the stack that runs
bool kstack_guard_hit(uintptr_t addr);
size_t kstack_count(void);     // handed out
void kstack_trim(void);        // gives the kept ones back (tests compare frame counts)
