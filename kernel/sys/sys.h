// SPDX-License-Identifier: ISC
/* The system-call layer as start-up sees it; the calls themselves are listed in calls.h. */
#pragma once

#include "lib/base.h"
#include "x86/trap.h"

/* Makes the table of calls known to the entry code; trace: every call is logged (word strace=1). */
void sys_init(bool trace);

/* The function of a call and its line in calls.h; NULL for a number that has none. */
syscall_fn sys_function(uint64_t number);
const char *sys_name(uint64_t number);      // "read"
const char *sys_arguments(uint64_t number); // "fd fill size"

/* strace.c: runs the call that the frame describes and logs it, decoded; its result. */
long strace_call(struct trap_frame *f);
