// SPDX-License-Identifier: ISC
/* The page [vvar]: what the kernel (x86/clock.c) tells the code in [vdso] (vdso.c) about clocks. */
#pragma once

#include <stdint.h>

#define VDSO_CLOCKS 12 // clock numbers below it have an offset

/*
 * ns of a clock = ((TSC - tsc_start) * ns_per_tick >> 32) + offset[clock].
 *
 * A reader takes `sequence` before and after; it is odd while the kernel writes, and another value
 * afterwards. Not `usable`: the TSC is not the clock, ask the kernel.
 */
struct vdso_data {
    uint32_t sequence;
    uint32_t usable;
    uint64_t tsc_start, ns_per_tick;
    uint64_t offset[VDSO_CLOCKS];
};

/* A segment whose limit is the number of the CPU: LSL reads it in user mode. As on Linux. */
#define CPU_NUMBER_SEL  0x7b
#define CPU_NUMBER_MASK 0xfff // node above it
