// SPDX-License-Identifier: ISC
/* The words of the kernel's command line, decoded. docs: README, "Kernel words". */
#pragma once

#include "lib/base.h"

enum console_choice { CONSOLE_BOTH, CONSOLE_SERIAL, CONSOLE_SCREEN };

struct kernel_params {
    char line[2048];  // as given, for /proc/cmdline
    char init[128];   // init=PATH
    char sched[16];   // sched=NAME, "" = default
    char clock[8];    // clock=tsc|hpet|acpi|pit, "" = the best
    enum console_choice console;
    int log_level;    // log=error|warn|info|debug
    unsigned cpus;    // cpus=N, 0 = all
    unsigned fail_alloc; // failalloc=N: every N-th allocation fails once init runs
    bool selftest, strace, vmio_tty;
};
extern struct kernel_params params;

/* Decodes more words into `params`; may be called again. Reports what it does not know. */
void params_parse(const char *words);
