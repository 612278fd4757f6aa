// SPDX-License-Identifier: ISC
/*
 * Load averages: how many threads were ready or running, averaged over 1, 5 and 15 minutes with
 * weights that fall exponentially. Sampled every five seconds by a timer.
 */
#include "sched/sched.h"
#include "sched/timer.h"
#include "x86/clock.h"

#define SAMPLE_INTERVAL (5 * NSEC_PER_SEC)
#define DECAY_SHIFT     16

/* exp(-5/60), exp(-5/300), exp(-5/900) in units of 1 / 2^16 */
static const uint64_t decay[3] = {60296, 64453, 65173};

static _Atomic uint64_t averages[3]; // written by the timer alone
static struct timer sample_timer;

static void sample(struct timer *t)
{
    uint64_t now = (uint64_t)sched_ready_count() << LOAD_SHIFT;

    for (int i = 0; i < 3; i++)
        averages[i] = (averages[i] * decay[i] + now * ((1ul << DECAY_SHIFT) - decay[i])) >> DECAY_SHIFT;
    timer_set(t, t->deadline + SAMPLE_INTERVAL);
}

uint64_t sched_load_average(int i)
{
    return averages[i];
}

void sched_load_start(void)
{
    timer_init(&sample_timer, sample);
    timer_set(&sample_timer, clock_ns() + SAMPLE_INTERVAL);
}
