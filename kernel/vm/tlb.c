// SPDX-License-Identifier: ISC
/*
 * Which address space each CPU has loaded, and how its translations are flushed.
 *
 * space->cpus has a bit for each CPU that has loaded the space. A CPU sets its bit before it loads
 * the page tables; whoever changes them first changes them and then looks at the bits. So either the
 * CPU is told, or it walks the tables after the change (both orders are sequentially consistent).
 *
 * A kernel thread and the idle thread run on whatever was loaded before them, since the kernel half
 * is the same everywhere. A CPU that is told to flush a space that it has only kept so gives it back
 * instead, and is not told again. The same makes it safe to free a space: when its last thread has
 * left, one flush drives it from every CPU that kept it.
 *
 * Tags. A CPU with process-context identifiers (SDM vol. 3A 4.10.1) marks each translation with the
 * number that was in CR3, so that a space which comes back finds its translations still there. Each
 * CPU gives the last few spaces that it ran a tag; a space counts its flushes. If it comes back with
 * the count that its tag remembers, nothing is flushed. A flush of a space that a CPU is not running
 * therefore costs nothing: that CPU sees the count when it loads the space again. A tag names the space
 * by a number that is never given out again, so it cannot be taken for a later space's.
 */
#include "sched/sched.h"
#include "vm/pagetable.h"
#include "x86/smp.h"

#define TAGS 8

struct tags {
    struct tag {
        uint64_t id, flushes; // of the space; 0 = nobody's
    } tag[TAGS];
    unsigned loaded, next; // indexes
};

static DEFINE_PER_CPU(struct space *, loaded_space); // NULL: the kernel's own page tables
static DEFINE_PER_CPU(struct tags, tags);

/* Loads s's page tables under a tag of this CPU. s->cpus has our bit already: no flush is missed. */
static void load_tagged(struct space *s)
{
    struct tags *t = this_cpu_ptr(tags);
    uint64_t flushes = atomic_load(&s->flushes);
    unsigned i = 0;
    while (i < TAGS && t->tag[i].id != s->id)
        i++;
    bool valid = i < TAGS && t->tag[i].flushes == flushes;
    if (i == TAGS)
        i = t->next++ % TAGS;
    t->tag[i] = (struct tag){s->id, flushes};
    t->loaded = i;
    mmu_load_root(s->root, i + 1, valid);
}

void space_load(struct space *s)
{
    struct space *old = this_cpu(loaded_space);
    uint64_t me = 1ul << this_cpu(cpu_number);
    if (s == old)
        return;
    if (s)
        atomic_fetch_or(&s->cpus, me);
    this_cpu(loaded_space) = s;
    if (!s)
        mmu_load_root(mmu_kernel_root(), 0, true); // has nothing that would be out of date
    else if (cpu_features.pcid)
        load_tagged(s);
    else
        mmu_load_root(s->root, 0, false);
    if (old)
        atomic_fetch_and(&old->cpus, ~me);
}

void space_before_switch(struct thread *from, struct thread *to)
{
    (void)from;
    if (to->space)
        space_load(to->space);
}

struct flush {
    struct space *space;
    const uaddr_t *pages;
    unsigned count;   // 0: everything
    uint64_t flushes; // of the space, this one included
};

/* Has this CPU done all earlier flushes of the space? Notes that it does this one. */
static bool in_step(const struct flush *f)
{
    struct tags *t = this_cpu_ptr(tags);
    struct tag *tag = &t->tag[t->loaded];
    bool yes = !cpu_features.pcid || tag->flushes + 1 == f->flushes;
    tag->flushes = f->flushes;
    return yes;
}

/* On each CPU of space->cpus, interrupts off. */
static void flush_here(void *arg)
{
    const struct flush *f = arg;
    if (this_cpu(loaded_space) != f->space)
        return; // left it meanwhile
    if (current->space != f->space) {
        space_load(NULL);
        return;
    }
    if (!in_step(f) || !f->count) {
        tlb_flush_user();
        return;
    }
    for (unsigned i = 0; i < f->count; i++)
        tlb_flush_page(f->pages[i]);
}

void space_flush_pages(struct space *s, const uaddr_t pages[], unsigned count)
{
    // Counted, a full barrier, between the change and the look at who must know at once.
    struct flush f = {s, pages, count, atomic_fetch_add(&s->flushes, 1) + 1};
    uint64_t cpus = atomic_load(&s->cpus);
    if (cpus)
        cpus_call(cpus, flush_here, &f);
}

void space_flush_page(struct space *s, uaddr_t addr)
{
    space_flush_pages(s, &addr, 1);
}

void space_flush_all(struct space *s)
{
    space_flush_pages(s, NULL, 0);
}

/* Not a flush that must happen: without it the CPU would fault once more and find nothing to do. */
void space_gained_rights(struct space *s, uaddr_t addr)
{
    if (this_cpu(loaded_space) == s)
        tlb_flush_page(addr);
}
