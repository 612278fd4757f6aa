// SPDX-License-Identifier: ISC
/*
 * Page tables apart from their sharing (vm/cow.c): creation, look-up, clearing, change of rights.
 *
 * A frame taken out of a table goes back to the allocator only after the TLB entries that lead to it
 * are gone: struct flush, once for each operation.
 */
#include "vm/pagetable.h"
#include "abi/errno.h"
#include "lib/log.h"
#include "lib/string.h"
#include "x86/cpu.h"

static _Atomic size_t tables_alive;

size_t vm_table_count(void)
{
    return tables_alive;
}

struct frame *table_create(void)
{
    struct frame *t = frame_alloc(FRAME_ZEROED);
    if (!t)
        return NULL;
    t->flags = FRAME_TABLE;
    t->used = 0;
    tables_alive++;
    return t;
}

/* The entries in use are cleared, the rest is 0 already: the next table needs no zeroing. */
static void table_free(struct frame *t)
{
    tables_alive--;
    for (uint64_t left = t->used; left; left &= left - 1) {
        pte_t *e = table_entries(t) + 8 * __builtin_ctzl(left);
#pragma GCC unroll 8
        for (unsigned i = 0; i < 8; i++)
            e[i] = 0;
    }
    t->flags = 0;
    atomic_store_explicit(&t->refs, 1, memory_order_relaxed);
    frame_put_zeroed(t);
}

void table_drop(struct frame *t, unsigned level)
{
    if (atomic_fetch_sub_explicit(&t->refs, 1, memory_order_acq_rel) != 1)
        return;
    table_for_each(t, e) {
        if (level)
            table_drop(entry_frame(*e), level - 1);
        else
            frame_put(entry_frame(*e));
    }
    table_free(t);
}

/* Pages below a table, whoever else uses it. */
static size_t table_pages(struct frame *t, unsigned level)
{
    if (level == 0)
        return t->live;
    size_t n = 0;
    table_for_each(t, e) n += table_pages(entry_frame(*e), level - 1);
    return n;
}

phys_t pagetable_create(void)
{
    struct frame *root = table_create();
    if (!root)
        return PHYS(0);
    root->used = mmu_init_root(frame_data(root));
    return frame_phys(root);
}

void pagetable_destroy(struct space *s)
{
    struct frame *root = frame_of(s->root);
    root_for_each(root, e) table_drop(entry_frame(*e), 2);
    table_free(root);
}

pte_t *pagetable_find(struct space *s, uaddr_t addr)
{
    struct frame *t = frame_of(s->root);
    for (unsigned level = 3; level > 0; level--) {
        pte_t e = table_entries(t)[table_index(addr, level)];
        if (!e)
            return NULL;
        t = entry_frame(e);
    }
    return &table_entries(t)[table_index(addr, 0)];
}

pte_t area_entry_bits(uint32_t flags)
{
    if (!(flags & (AREA_READ | AREA_WRITE | AREA_EXEC)))
        return PTE_HELD;
    return PTE_PRESENT | PTE_USER | PTE_ACCESSED | (flags & AREA_EXEC ? 0 : PTE_NX);
}

/*
 * --- taking pages out ---
 *
 * Two walks over the range with the flush between them. The first makes the entries not present; they
 * keep their frame, marked, so that nothing must be remembered elsewhere and any range takes one flush.
 * The second lets go of the frames. Nobody sees the marks: space->lock is held.
 */

/*
 * Marks what is in [start, end) below table t, whose first byte is `base`. The edges are owned already.
 * Returns whether nothing unmarked is left in t.
 */
static bool table_mark(struct flush *f, struct frame *t, unsigned level, uaddr_t base, uaddr_t start,
                       uaddr_t end)
{
    uint64_t span = table_span(level);
    pte_t *entries = table_entries(t);
    unsigned left = t->live;
    for (uaddr_t at = base + ALIGN_DOWN(start - base, span); at < end && left; at += span) {
        pte_t *e = &entries[(at - base) / span];
        if (!*e)
            continue;
        if (!level) {
            f->space->resident--;
            if (*e & PTE_PRESENT)
                flush_page(f, at);
        } else if (start > at || end < at + span) {
            if (!table_mark(f, entry_frame(*e), level - 1, at, MAX(start, at), MIN(end, at + span)))
                continue;
        } else {
            f->space->resident -= table_pages(entry_frame(*e), level - 1);
            flush_all(f);
        }
        f->tables |= level;
        *e = (*e & PTE_ADDR) | PTE_LEAVING;
        left--;
    }
    return !left;
}

/* Clears the marked entries of the range and drops their frames. */
static void table_sweep(struct space *s, struct frame *t, unsigned level, uaddr_t base, uaddr_t start,
                        uaddr_t end)
{
    uint64_t span = table_span(level);
    pte_t *entries = table_entries(t);
    for (uaddr_t at = base + ALIGN_DOWN(start - base, span); at < end && t->live; at += span) {
        pte_t *e = &entries[(at - base) / span];
        if (!*e)
            continue;
        struct frame *child = entry_frame(*e);
        if (!(*e & PTE_LEAVING)) {
            table_sweep(s, child, level - 1, at, MAX(start, at), MIN(end, at + span));
            continue;
        }
        *e = 0;
        t->live--;
        if (level)
            table_drop(child, level - 1);
        else
            frame_put(child);
    }
}

int pagetable_clear(struct space *s, uaddr_t start, uaddr_t end)
{
    struct frame *root = frame_of(s->root);
    struct flush f;
    flush_begin(&f, s);
    bool owned = !pagetable_own_edge(&f, start, start, end) && !pagetable_own_edge(&f, end - 1, start, end);
    size_t resident = s->resident;
    if (owned)
        table_mark(&f, root, 3, 0, start, end);
    flush_end(&f);
    if (f.tables || s->resident != resident)
        table_sweep(s, root, 3, 0, start, end);
    return owned ? 0 : -ENOMEM;
}

/* --- changing and moving --- */

/* First address >= addr whose lowest table exists, or `end`. */
static uaddr_t next_table(struct space *s, uaddr_t addr, uaddr_t end)
{
    while (addr < end) {
        struct frame *t = frame_of(s->root);
        unsigned level = 3;
        for (; level > 0; level--) {
            pte_t e = table_entries(t)[table_index(addr, level)];
            if (!e)
                break;
            t = entry_frame(e);
        }
        if (level == 0)
            return addr;
        addr = ALIGN_DOWN(addr, table_span(level)) + table_span(level);
    }
    return end;
}

/* Does a CPU that remembers entry `old` allow what `new` does not? */
static bool loses_rights(pte_t old, pte_t new)
{
    return old & PTE_PRESENT && ((old & ~new & (PTE_PRESENT | PTE_WRITE)) || (new & ~old & PTE_NX));
}

int pagetable_protect(struct flush *f, uaddr_t start, uaddr_t end, uint32_t flags)
{
    struct space *s = f->space;
    pte_t bits = area_entry_bits(flags);
    pte_t kept = PTE_ADDR | PTE_DIRTY | (flags & AREA_WRITE ? PTE_WRITE : 0);
    for (uaddr_t at = next_table(s, start, end); at < end; at = next_table(s, at, end)) {
        struct frame *t;
        pte_t *e = pagetable_own(f, at, &t);
        if (!e)
            return -ENOMEM;
        uaddr_t stop = MIN(end, ALIGN_DOWN(at, table_span(1)) + table_span(1));
        for (; at < stop; at += PAGE_SIZE, e++) {
            if (!*e)
                continue;
            pte_t new = (*e & kept) | bits;
            if (loses_rights(*e, new))
                flush_page(f, at);
            *e = new;
        }
    }
    return 0;
}

int pagetable_move(struct space *s, uaddr_t from, uaddr_t to, size_t len)
{
    uaddr_t end = from + len;
    int err = 0;
    struct flush f;
    flush_begin(&f, s);
    for (uaddr_t at = next_table(s, from, end); at < end && !err; at = next_table(s, at + PAGE_SIZE, end)) {
        struct frame *t, *t2;
        pte_t *e = pagetable_own(&f, at, &t);
        pte_t *e2 = e && *e ? pagetable_own(&f, at - from + to, &t2) : NULL;
        if (!e || (*e && !e2)) {
            err = -ENOMEM;
        } else if (*e) {
            *e2 = *e;
            *e = 0;
            if (*e2 & PTE_PRESENT)
                flush_page(&f, at);
            t->live--;
            table_use(t2, table_index(at - from + to, 0));
        }
    }
    flush_end(&f);
    return err;
}
