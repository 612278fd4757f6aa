// SPDX-License-Identifier: ISC
/*
 * Static branches: a test of a switch that is nearly always off, for the price of one no-op.
 *
 *     struct static_branch tracing;
 *     if (static_branch(&tracing))
 *         ...
 *
 * Each place where the test stands is a five-byte no-op; static_branch_set turns all no-ops of one
 * switch into jumps, or back, while every CPU runs (patch.c argues why that is safe).
 */
#pragma once

#include "lib/base.h"

struct static_branch {
    bool on; // what the places say now
};

/* One place of the test, as the linker collects them. */
struct branch_place {
    uint8_t *at;
    uint8_t *target; // where the jump goes
    const struct static_branch *branch;
};

/* `b` is the address of a static variable: it goes into a table at link time. */
static inline __attribute__((always_inline)) bool static_branch(const struct static_branch *b)
{
    asm goto("1:\t.byte 0x0f, 0x1f, 0x44, 0x00, 0x00\n\t" // nopl 0(%rax,%rax,1)
             ".pushsection .branches, \"a\"\n\t"
             ".quad 1b, %l[taken], %c0\n\t"
             ".popsection"
             :
             : "i"(b)
             :
             : taken);
    return false;
taken:
    return true;
}

/*
 * Switches every place of `b`. When it returns no CPU executes what the places said before, and
 * stretches of code with interrupts off that began before have ended on every CPU. From sched_init on,
 * not while a CPU is being started. Interrupts on, no spinlock held; does not sleep.
 */
void static_branch_set(struct static_branch *b, bool on);
