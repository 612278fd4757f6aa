// SPDX-License-Identifier: ISC
// Pseudo-random numbers. random() gives the sequence that programs know from Linux: an additive
// feedback generator of 31 words (x^31 + x^3 + 1; Knuth volume 2, section 3.2.2).
#include <stdint.h>
#include <stdlib.h>

#include "internal/lock.h"

#define DEGREE     31
#define SEPARATION 3

static uint32_t words[DEGREE];
static unsigned place; // of the oldest word
static int seeded;
static struct lock lock;

static uint32_t step(void)
{
    uint32_t *oldest = &words[place];
    *oldest += words[(place + DEGREE - SEPARATION) % DEGREE];
    place = (place + 1) % DEGREE;
    return *oldest >> 1;
}

// The first words come from the minimal standard generator (Park and Miller).
static void seed_words(unsigned seed)
{
    int64_t word = seed != 0 ? (int32_t)seed : 1;
    for (int i = 0; i < DEGREE; i++) {
        words[i] = (uint32_t)word;
        word = 16807 * (int64_t)(int32_t)word % 2147483647;
        if (word < 0)
            word += 2147483647;
    }
    place = SEPARATION;
    for (int i = 0; i < 10 * DEGREE; i++)
        step();
    seeded = 1;
}

void srandom(unsigned seed)
{
    __lock_acquire(&lock);
    seed_words(seed);
    __lock_release(&lock);
}

long random(void)
{
    __lock_acquire(&lock);
    if (!seeded)
        seed_words(1);
    uint32_t result = step();
    __lock_release(&lock);
    return (long)result;
}

int rand(void)
{
    return (int)random();
}

void srand(unsigned seed)
{
    srandom(seed);
}

int rand_r(unsigned *seed)
{
    *seed = *seed * 1103515245U + 12345U;
    uint32_t mixed = *seed ^ *seed >> 15;
    return (int)(mixed * 0x2c1b3c6dU >> 1);
}

// The 48-bit linear congruential generator that POSIX prescribes.
static uint64_t state48 = 0x330e;

static uint64_t step48(void)
{
    __lock_acquire(&lock);
    state48 = (state48 * 0x5deece66dULL + 0xb) & 0xffffffffffffULL;
    uint64_t result = state48;
    __lock_release(&lock);
    return result;
}

void srand48(long seed)
{
    state48 = (uint64_t)(uint32_t)seed << 16 | 0x330e;
}

double drand48(void)
{
    return (double)step48() / 281474976710656.0;
}

long lrand48(void)
{
    return (long)(step48() >> 17);
}
