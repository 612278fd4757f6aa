// SPDX-License-Identifier: ISC
/* Symbolic names of the numbers that system calls take: for strace.c. */
#pragma once

#include "lib/base.h"

/* A name stands for `value` in the bits of `mask`; the first match takes those bits away. */
struct flag_name {
    uint32_t mask, value;
    const char *name;
};

struct flag_set {
    const char *kind;              // the word in calls.h
    const struct flag_name *names; // ended by a mask of 0
};

extern const struct flag_set flag_sets[]; // ended by a kind of NULL

const char *errno_name(long error);  // "ENOENT" for 2; NULL without a name
const char *signal_name(uint64_t n); // "SIGINT" for 2; NULL without a name
