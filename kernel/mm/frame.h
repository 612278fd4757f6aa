// SPDX-License-Identifier: ISC
/*
 * Page frames: every 4 KiB of physical memory has a struct frame with a reference count. A buddy
 * allocator hands out blocks of 2^order frames; each CPU keeps a short list of single frames so that
 * the common case takes no shared lock.
 *
 * A frame's count says how many owners it has: page-table entries, page caches, kernel users. A page
 * table is a frame like any other and its count says how many tables (or roots) point to it.
 */
#pragma once

#include "lib/base.h"
#include "lib/list.h"
#include "x86/mmu.h"
#include "x86/page.h"

#define FRAME_ORDERS 11 // blocks of up to 4 MiB

struct frame {
    _Atomic int32_t refs;
    uint8_t order;  // of the block this frame heads, while free or allocated
    uint8_t flags;  // FRAME_*
    uint16_t live;  // page table: entries in use
    union {
        struct list link;        // in a free list
        struct {
            void *owner;         // slab: its cache; page cache: its memory object
            uint64_t index;      // page cache: page number in the object; slab: first free object
        };
    };
    uint64_t used;  // page table: a bit for each eight entries; those of a clear bit are 0
};
static_assert(sizeof(struct frame) == 32, "a power of two: frame_phys and frame_of only shift");

#define FRAME_FREE     1
#define FRAME_SLAB     2
#define FRAME_CACHE    4  // belongs to a memory object
#define FRAME_ZERO     8  // the shared frame of zeroes: never freed, never counted
#define FRAME_TABLE    16 // a page table
#define FRAME_LARGE    32 // head of a large kernel allocation

#define FRAME_NOZERO   0
#define FRAME_ZEROED   1  // argument of frame_alloc: contents must be 0
#define FRAME_RESERVE  2  // may use the last frames (kernel's own need in order to free memory)

void frame_init(void); // takes over all free memory from boot_memory_free

/* One frame, or a block of 2^order, with one reference. NULL when there is none. Any context. */
struct frame *frame_alloc(unsigned how);
struct frame *frame_alloc_block(unsigned order, unsigned how);

static inline void frame_get(struct frame *f)
{
    if (!(f->flags & FRAME_ZERO))
        atomic_fetch_add_explicit(&f->refs, 1, memory_order_relaxed);
}

void frame_put(struct frame *f); // drops a reference; the last frees the block
void frame_put_zeroed(struct frame *f); // drops the only reference to a single frame that is all 0

static inline struct frame *frame_of(phys_t p)
{
    return (struct frame *)FRAME_ARRAY + (p.addr >> PAGE_SHIFT);
}

static inline phys_t frame_phys(const struct frame *f)
{
    return PHYS((uint64_t)(f - (struct frame *)FRAME_ARRAY) << PAGE_SHIFT);
}

static inline void *frame_data(const struct frame *f)
{
    return phys_to_virt(frame_phys(f));
}

extern struct frame *frame_zero; // the shared frame of zeroes

/* For /proc and the tests: exact when nothing runs. */
size_t frame_count_total(void);
size_t frame_count_free(void); // including the CPUs' lists
bool frame_is_short(void); // only the reserve is left
void frame_drain_cpu_lists(void);
