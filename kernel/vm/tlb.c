// SPDX-License-Identifier: ISC
/*
 * Which address space each CPU has loaded, and how its translations are flushed.
 *
 * Who is told. space->cpus has a bit for each CPU that has loaded the space. A CPU sets its bit before
 * it loads the page tables; whoever changes them first changes them and then looks at the bits. So
 * either the CPU is told, or it walks the tables after the change (both orders are sequentially
 * consistent). An operation collects what it changes in a struct flush and tells each CPU once.
 *
 * Lazy. A kernel thread and the idle thread run on whatever was loaded before them, since the kernel
 * half is the same everywhere. A CPU that only keeps a space so touches nothing of it, and is not told.
 * Instead each flush is counted in the space, and a CPU that goes back to it compares: it says that it
 * is lazy no more and then reads the count; a flush counts and then reads who is lazy. One sees the
 * other. Only when page tables are dropped the lazy are told too: a processor may walk the tables that
 * CR3 names at any time, so they give the space back. The same makes it safe to free a space.
 *
 * Tags. A CPU with process-context identifiers (SDM vol. 3A 4.10.1) marks each translation with the
 * number that was in CR3, so that a space which comes back finds its translations still there. Each
 * CPU gives the last few spaces that it ran a tag, and remembers with it how many flushes it has seen.
 * If the space comes back with that count, nothing is flushed, else all of the tag, by the load itself.
 * So a flush of a space that a CPU is not running costs nothing: neither an interrupt nor an INVPCID
 * for another tag. What a tag leads to may be freed meanwhile, even page tables: the processor uses
 * translations and walks tables of the current tag alone. A tag names the space by a number that is
 * never given out again, so it cannot be taken for a later space's. Kernel translations are global:
 * they belong to all tags, and INVLPG flushes them in all. Without PCID every load flushes, and the one
 * tag serves to compare counts.
 */
#include "mm/frame.h"
#include "sched/sched.h"
#include "vm/pagetable.h"
#include "x86/smp.h"

#define TAGS 8

/* One CPU's; touched by it alone, interrupts off, but for .lazy and the counts, which others read. */
struct tlb {
    struct space *loaded; // NULL: the kernel's own page tables
    _Atomic bool lazy;    // .loaded is only kept
    unsigned in_use, next; // indexes of .tag
    struct tag {
        uint64_t id, flushes; // of the space; 0 = nobody's
    } tag[TAGS];
    struct tlb_counts counts;
};

static DEFINE_PER_CPU(struct tlb, tlb);

struct tlb_counts vm_tlb_counts(unsigned cpu)
{
    return per_cpu(tlb, cpu).counts;
}

// --- loading ----------------------------------------------------------------------------------------

/* s->cpus has our bit already: no flush is missed. */
static void load_tagged(struct tlb *t, struct space *s)
{
    unsigned tags = cpu_features.pcid ? TAGS : 1, i = 0;
    uint64_t flushes = atomic_load(&s->flushes);
    while (i < tags && t->tag[i].id != s->id)
        i++;
    bool valid = i < tags && t->tag[i].flushes == flushes;
    if (i == tags)
        i = t->next++ % tags;
    t->tag[i] = (struct tag){s->id, flushes};
    t->in_use = i;
    mmu_load_root(s->root, cpu_features.pcid ? i + 1 : 0, valid);
}

/* A thread of the space that was only kept runs again. */
static void leave_lazy(struct tlb *t)
{
    struct tag *tag = &t->tag[t->in_use];
    atomic_store(&t->lazy, false); // a full barrier: from here on we are told
    uint64_t flushes = atomic_load(&t->loaded->flushes);
    if (tag->flushes == flushes)
        return;
    tag->flushes = flushes;
    tlb_flush_user();
    t->counts.flushes++;
}

void space_load(struct space *s)
{
    struct tlb *t = this_cpu_ptr(tlb);
    struct space *old = t->loaded;
    uint64_t me = 1ul << this_cpu(cpu_number);
    if (s == old) {
        if (s && t->lazy)
            leave_lazy(t);
        return;
    }
    t->lazy = false;
    t->loaded = s;
    if (s) {
        atomic_fetch_or(&s->cpus, me);
        load_tagged(t, s);
    } else {
        mmu_load_root(mmu_kernel_root(), 0, true); // has nothing that would be out of date
    }
    if (old)
        atomic_fetch_and(&old->cpus, ~me);
}

void space_before_switch(struct thread *from, struct thread *to)
{
    (void)from;
    if (to->space)
        space_load(to->space);
    else
        atomic_store_explicit(&this_cpu_ptr(tlb)->lazy, true, memory_order_relaxed);
}

// --- flushing ---------------------------------------------------------------------------------------

/* A flush on its way to the CPUs that it concerns. */
struct round {
    const struct flush *flush;
    uint64_t flushes; // of the space, this one included
    unsigned from;    // CPU
};

/* Has this CPU done all earlier flushes of the space? Notes that it does this one. */
static bool in_step(struct tlb *t, uint64_t flushes)
{
    struct tag *tag = &t->tag[t->in_use];
    bool yes = tag->flushes + 1 == flushes;
    tag->flushes = flushes;
    return yes;
}

/* On each CPU of space->cpus that is told, interrupts off. */
static void flush_here(void *arg)
{
    const struct round *r = arg;
    const struct flush *f = r->flush;
    struct tlb *t = this_cpu_ptr(tlb);
    t->counts.asked += r->from != this_cpu(cpu_number);
    if (t->loaded != f->space)
        return; // left it meanwhile
    t->counts.flushes++;
    if (current->space != f->space) {
        space_load(NULL);
        return;
    }
    if (!in_step(t, r->flushes) || !f->count || f->count > FLUSH_PAGES) {
        tlb_flush_user();
        return;
    }
    for (unsigned i = 0; i < f->count; i++)
        tlb_flush_page(f->pages[i]);
}

static uint64_t without_lazy(uint64_t cpus)
{
    for (uint64_t left = cpus; left; left &= left - 1)
        if (atomic_load(&per_cpu(tlb, __builtin_ctzl(left)).lazy))
            cpus &= ~(left & -left);
    return cpus;
}

static void flush_cpus(const struct flush *f)
{
    current->preempt_off++; // the CPUs are chosen from here
    // Counted, a full barrier, between the change and the look at who must know at once.
    struct round r = {.flush = f,
                      .flushes = atomic_fetch_add(&f->space->flushes, 1) + 1,
                      .from = this_cpu(cpu_number)};
    uint64_t cpus = atomic_load(&f->space->cpus);
    if (!f->tables)
        cpus = without_lazy(cpus);
    this_cpu(tlb).counts.shootdowns += (cpus & ~(1ul << r.from)) != 0;
    if (cpus)
        cpus_call(cpus, flush_here, &r);
    current->preempt_off--;
}

void flush_replaced(struct flush *f, struct frame *copy, struct frame *old, unsigned level, uaddr_t addr)
{
    static_assert(_Alignof(struct frame) > 2, "a level fits below a pointer");
    copy->owner = f->copied;
    copy->index = (uintptr_t)old | level;
    f->copied = copy;
    f->tables = true;
    flush_page(f, addr); // INVLPG flushes what is remembered of the tables above, too
}

void flush_end(struct flush *f)
{
    if (!f->count && !f->tables)
        return;
    flush_cpus(f);
    for (struct frame *copy = f->copied; copy; copy = copy->owner)
        table_drop((struct frame *)(copy->index & ~3ul), copy->index & 3);
    if (f->page)
        frame_put(f->page);
}

void space_unload(struct space *s)
{
    struct flush f;
    flush_begin(&f, s);
    f.tables = true;
    flush_end(&f);
    assert(!s->cpus);
}

/* Not a flush that must happen: without it the CPU would fault once more and find nothing to do. */
void space_gained_rights(struct space *s, uaddr_t addr)
{
    if (this_cpu(tlb).loaded == s)
        tlb_flush_page(addr);
}
