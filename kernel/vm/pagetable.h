// SPDX-License-Identifier: ISC
/*
 * The page tables of one address space as a tree of reference-counted frames. See pagetable.c for
 * sharing and the argument why it is right. All calls need space->lock.
 */
#pragma once

#include "vm/space.h"

/* Not-present entry that still holds its frame: the page of an area without access rights. */
#define PTE_HELD PTE_SOFT1
/* Not-present entry, of any level, whose frame is dropped after the flush: inside pagetable_clear. */
#define PTE_LEAVING PTE_SOFT2

/* Levels: 3 = root, 0 = the table whose entries are pages. */
static inline unsigned table_index(uaddr_t addr, unsigned level)
{
    return addr >> (PAGE_SHIFT + 9 * level) & 511;
}

static inline uint64_t table_span(unsigned level) // bytes that one entry covers
{
    return 1ul << (PAGE_SHIFT + 9 * level);
}

static inline pte_t *table_entries(struct frame *t)
{
    return frame_data(t);
}

/* An entry of t that was 0 is about to be used. */
static inline void table_use(struct frame *t, unsigned index)
{
    t->live++;
    t->used |= 1ul << (index / 8);
}

/* The entries that are in use, as `pte_t *e`, of a table; of the user half of a root. */
#define table_for_each(t, e) entries_for_each(t, e, (t)->used)
#define root_for_each(t, e)  entries_for_each(t, e, (t)->used & 0xffffffffu)
#define entries_for_each(t, e, used)                                                               \
    for (uint64_t left_ = (used); left_; left_ &= left_ - 1)                                       \
        for (pte_t *e = table_entries(t) + 8 * __builtin_ctzl(left_), *end_ = e + 8; e < end_; e++) \
            if (*e)

static inline bool entry_used(pte_t e) // has a frame behind it
{
    return e & (PTE_PRESENT | PTE_HELD);
}

static inline struct frame *entry_frame(pte_t e)
{
    return frame_of(pte_phys(e));
}

#define ENTRY_TABLE (PTE_PRESENT | PTE_WRITE | PTE_USER)

struct frame *table_create(void); // empty, one reference; NULL without memory
void table_drop(struct frame *t, unsigned level); // a reference less; the last one drops all below

/*
 * What one operation has changed in page tables, and what CPUs may remember of it (vm/tlb.c). The
 * operation notes as it goes; flush_end then interrupts each CPU concerned once, or none when nothing
 * was noted, and drops what the CPUs could still reach before.
 */
#define FLUSH_PAGES 16 // more pages than these: flushing all is cheaper

struct flush {
    struct space *space;
    unsigned count;       // pages noted; more than FLUSH_PAGES: all
    bool tables;          // a table goes: CPUs that only kept the space must let go of it too
    struct frame *copied; // tables in place of shared ones, chained through .owner: flush_replaced
    struct frame *page;   // one page to drop
    uaddr_t pages[FLUSH_PAGES];
};

static inline void flush_begin(struct flush *f, struct space *s)
{
    f->space = s;
    f->count = 0;
    f->tables = false;
    f->copied = f->page = NULL;
}

static inline void flush_page(struct flush *f, uaddr_t addr)
{
    if (f->count < FLUSH_PAGES)
        f->pages[f->count] = addr;
    f->count += f->count <= FLUSH_PAGES;
}

static inline void flush_all(struct flush *f)
{
    f->count = FLUSH_PAGES + 1;
}

/* `copy`, new and nobody else's, stands for the table `old` at addr; the reference to old is dropped later. */
void flush_replaced(struct flush *f, struct frame *copy, struct frame *old, unsigned level, uaddr_t addr);
/* The tables do not change any more. Interrupts on, no spinlock held. */
void flush_end(struct flush *f);

phys_t pagetable_create(void); // PHYS(0) without memory
void pagetable_destroy(struct space *s); // drops all user pages and the root

/* Entry of addr, for reading only: no table is made or copied. NULL when there is none. */
pte_t *pagetable_find(struct space *s, uaddr_t addr);
/*
 * Entry of addr in tables that only this space uses: missing tables are made, shared ones copied.
 * *table is the frame of the lowest table (its `live` counts entries). NULL without memory. Notes in f.
 */
pte_t *pagetable_own(struct flush *f, uaddr_t addr, struct frame **table);
/* fork: child's root shares everything below the root; both become read-only at the root. */
void pagetable_share(struct space *parent, struct space *child);
/* The same without making tables: what is missing stays missing. 0 or -ENOMEM. Stops above spans wholly inside. */
int pagetable_own_edge(struct flush *f, uaddr_t addr, uaddr_t start, uaddr_t end);
/* The present page behind pte becomes writable for this space alone: reused or copied. 0 or -ENOMEM. */
int cow_write_page(struct flush *f, struct area *a, pte_t *pte, uaddr_t addr);
/* Bits of a page's entry as the rights of an area allow, without PTE_WRITE. */
pte_t area_entry_bits(uint32_t flags);
/*
 * Takes every page of [start, end) out. 0 or -ENOMEM (a shared table at an edge of the range could not
 * be copied: nothing past it was changed).
 */
int pagetable_clear(struct space *s, uaddr_t start, uaddr_t end);
/* New rights for the present pages of the range, as `flags` (AREA_*) allow. 0 or -ENOMEM. Notes in f. */
int pagetable_protect(struct flush *f, uaddr_t start, uaddr_t end, uint32_t flags);
/* Moves the pages of [from, from+len) to `to` (mremap). 0 or -ENOMEM. */
int pagetable_move(struct space *s, uaddr_t from, uaddr_t to, size_t len);

/* Nobody runs s any more: CPUs that kept it let go of it. */
void space_unload(struct space *s);
/* An entry allows more than before: only this CPU's memory of it, to save the second fault. */
void space_gained_rights(struct space *s, uaddr_t addr);
/* Loads the page tables of s, or with NULL the kernel's own. Interrupts off. */
void space_load(struct space *s);
void space_before_switch(struct thread *from, struct thread *to); // sched_space_hook
