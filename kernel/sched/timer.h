// SPDX-License-Identifier: ISC
/*
 * Timers: one tree a CPU, ordered by deadline; the CPU's clock alarm is always set to the first one
 * or to the end of the running thread's slice. A callback runs in interrupt context and may re-arm
 * its own timer.
 */
#pragma once

#include "lib/base.h"
#include "lib/rbtree.h"

struct timer {
    struct rbnode node;
    uint64_t deadline;                  // clock_ns time
    void (*callback)(struct timer *t);  // interrupts off, no lock held
    unsigned cpu;
    bool armed, running;
};

void timer_init(struct timer *t, void (*callback)(struct timer *));
void timer_set(struct timer *t, uint64_t deadline); // arms or moves it
/* Disarms; on return the callback neither runs nor will. Not from the callback. True if it was armed. */
bool timer_cancel(struct timer *t);
/* Sets this CPU's alarm to the first timer, the end of the slice, or `also`, if that is earlier than now set. */
void timer_program(uint64_t also);
void timer_start(void); // registers the alarm interrupt
void timer_watch_clock(void); // a clock that wraps is read in time from now on; again where it changed

/* Sleeps until the deadline: 0, or -EINTR. */
int sleep_until(uint64_t deadline);
