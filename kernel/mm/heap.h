// SPDX-License-Identifier: ISC
/*
 * The kernel heap: slab caches for objects of one size, and kmalloc on top of caches of rising sizes.
 * Any context. Allocation can fail everywhere; the word failalloc=N makes the N-th call (and every
 * N-th after it) fail.
 */
#pragma once

#include "lib/base.h"
#include "lib/list.h"
#include "x86/spinlock.h"

struct slab_cache {
    const char *name;
    uint32_t size;      // bytes of an object, rounded up
    uint32_t per_slab;  // objects in a slab
    uint8_t order;      // frames of a slab: 2^order
    struct spinlock lock;
    struct list partial; // slabs with room (struct frame.link)
    size_t live;        // objects handed out
    size_t slabs;
    struct list all;    // every cache, for /proc and the tests
    bool ready;
};

/* A cache is a static variable; align is a power of two of at least 8. First use initialises it. */
#define SLAB_CACHE(var, type) struct slab_cache var = {.name = #type, .size = sizeof(type)}

void *slab_alloc(struct slab_cache *c);  // NULL without memory; contents undefined
void *slab_zalloc(struct slab_cache *c);
void slab_free(struct slab_cache *c, void *obj); // poisons; panics on a double free or a wrong cache

void *kmalloc(size_t size);  // up to 4 MiB, aligned to 16 (from 4096 on: to pages)
void *kzalloc(size_t size);
void kfree(void *p);         // NULL is allowed
char *kstrdup(const char *s);

void heap_trim(void); // gives back what the caches keep in reserve
size_t heap_live_objects(void);
void heap_set_failure(unsigned every_nth); // 0 = off
bool heap_should_fail(void);               // consulted by frame_alloc too
/*
 * Another way to let one allocation fail: the running thread's count of allocations until then
 * (/proc/PID/fail-nth), 0 = none. The scheduler points it to the thread that it switches to.
 */
DECLARE_PER_CPU(uint32_t *, heap_fail_nth);
size_t heap_frames(void); // in slabs of every cache
/* Writes a line per cache: name, object size, live objects, slabs. */
size_t heap_report(char *buf, size_t size);
