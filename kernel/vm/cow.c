// SPDX-License-Identifier: ISC
/*
 * Copy on write, all the way up.
 *
 * The page tables of an address space are a tree: a root, three levels of tables below it, pages as
 * leaves. Every node below the root is a frame with a reference count, and the count of a node is the
 * number of entries, in all tables of all spaces, that point to it. fork gives the child a root of
 * its own whose entries point to the same subtrees, one reference more each, and takes PTE_WRITE from
 * those entries in both roots. Nothing else is touched, so fork costs the same for 1 MiB and for
 * 1 GiB: the entries of two roots.
 *
 * The one rule. A table may be changed by a space only if every table on the way from its root down
 * to it has a count of one. pagetable_own establishes that for one address, from the top: a child
 * with a count above one is copied (its own children get a reference more each and lose PTE_WRITE in
 * both copies), a child with a count of one gets PTE_WRITE back in the entry above. Then the same
 * holds for a page: with a count of one it is written in place, otherwise copied.
 *
 * Why it is right.
 * - x86 allows a write only if the entries of all levels have PTE_WRITE. A shared table hangs below
 *   entries without it, so nothing below a shared table can be written, whatever its own entries say.
 *   That is why fork need not visit them.
 * - A table that falls from two owners to one because the other let go (exit, exec, unmap) was never
 *   copied: its entries still say what they said before the fork, the pages below still have one
 *   reference, and PTE_WRITE in the entry above makes all of it writable again with one fault.
 * - A table that falls to one owner because the other copied it: the copier added a reference to each
 *   child and took PTE_WRITE from each entry before it gave up its own reference. Whoever sees the
 *   count at one (acquire; the drop releases) sees both.
 * - Two spaces may copy one table at the same time, each under its own lock: both only add references
 *   and clear PTE_WRITE, which is idempotent; the later drop frees the original.
 * - The processor sets accessed and dirty bits in shared tables at any time: PTE_WRITE is therefore
 *   cleared by an atomic AND.
 *
 * TLB. Clearing PTE_WRITE in the root at fork is followed by a flush of the parent. A table that was
 * replaced by its copy is dropped after the operation's flush, since the processor may cache where it
 * was. Until then our reference keeps it shared, so that no other owner changes it in place.
 * Gaining PTE_WRITE needs no flush: at worst a fault finds nothing left to do.
 */
#include "abi/errno.h"
#include "lib/log.h"
#include "vm/pagetable.h"

static void entry_clear_write(pte_t *e)
{
    if (*e & PTE_WRITE)
        __atomic_and_fetch(e, ~PTE_WRITE, __ATOMIC_RELAXED);
}

/* A copy of a shared table: the children gain an owner and become read-only in both. */
static struct frame *table_copy(struct frame *old)
{
    struct frame *t = table_create();
    if (!t)
        return NULL;
    pte_t *from = table_entries(old), *to = table_entries(t);
    t->live = old->live;
    t->used = old->used;
    table_for_each(old, e) {
        entry_clear_write(e);
        frame_get(entry_frame(*e));
        to[e - from] = *e;
    }
    return t;
}

static bool table_is_shared(struct frame *t)
{
    return atomic_load_explicit(&t->refs, memory_order_acquire) > 1;
}

/*
 * The table behind entry *e, which lies in a table that this space owns, made this space's own.
 * `level` is the child's. NULL without memory; then nothing has changed.
 */
static struct frame *entry_own(pte_t *e, unsigned level, struct flush *f, uaddr_t addr)
{
    struct frame *child = entry_frame(*e);
    if (!table_is_shared(child)) {
        *e |= PTE_WRITE;
        return child;
    }
    struct frame *copy = table_copy(child);
    if (!copy)
        return NULL;
    *e = frame_phys(copy).addr | ENTRY_TABLE;
    flush_replaced(f, copy, child, level, addr);
    return copy;
}

static struct frame *entry_make(struct frame *t, pte_t *e)
{
    struct frame *child = table_create();
    if (!child)
        return NULL;
    *e = frame_phys(child).addr | ENTRY_TABLE;
    table_use(t, e - table_entries(t));
    return child;
}

pte_t *pagetable_own(struct flush *f, uaddr_t addr, struct frame **table)
{
    struct frame *t = frame_of(f->space->root);
    for (unsigned level = 3; t && level > 0; level--) {
        pte_t *e = &table_entries(t)[table_index(addr, level)];
        t = *e ? entry_own(e, level - 1, f, addr) : entry_make(t, e);
    }
    *table = t;
    return t ? &table_entries(t)[table_index(addr, 0)] : NULL;
}

int pagetable_own_edge(struct flush *f, uaddr_t addr, uaddr_t start, uaddr_t end)
{
    struct frame *t = frame_of(f->space->root);
    for (unsigned level = 3; t && level > 0; level--) {
        pte_t *e = &table_entries(t)[table_index(addr, level)];
        uaddr_t base = ALIGN_DOWN(addr, table_span(level));
        if (!*e || (start <= base && base + table_span(level) <= end))
            break;
        t = entry_own(e, level - 1, f, addr);
    }
    return t ? 0 : -ENOMEM;
}

void pagetable_share(struct space *parent, struct space *child)
{
    struct frame *from = frame_of(parent->root), *to = frame_of(child->root);
    struct flush f;
    flush_begin(&f, parent);
    root_for_each(from, e) {
        if (*e & PTE_WRITE)
            flush_all(&f);
        entry_clear_write(e);
        frame_get(entry_frame(*e));
        table_entries(to)[e - table_entries(from)] = *e;
    }
    to->live = from->live;
    to->used = from->used;
    child->resident = child->peak_resident = parent->resident;
    flush_end(&f);
}

/*
 * The tables down to pte are this space's own. A page nobody else has is reused in place: after the
 * child has exited or written its copy, the parent pays one fault and no copy.
 */
int cow_write_page(struct flush *f, struct area *a, pte_t *pte, uaddr_t addr)
{
    struct frame *old = entry_frame(*pte);
    bool mine = atomic_load_explicit(&old->refs, memory_order_acquire) == 1 && old != frame_zero;
    pte_t bits = area_entry_bits(a->flags) | PTE_WRITE | PTE_DIRTY;
    if (mine || a->flags & AREA_SHARED) {
        *pte = frame_phys(old).addr | bits;
        space_gained_rights(f->space, addr);
        return 0;
    }
    struct frame *copy = frame_alloc(old == frame_zero ? FRAME_ZEROED : FRAME_NOZERO);
    if (!copy)
        return -ENOMEM;
    if (old != frame_zero)
        page_copy(frame_data(copy), frame_data(old));
    *pte = frame_phys(copy).addr | bits;
    flush_page(f, addr);
    f->page = old; // may become somebody else's after the flush
    return 0;
}
