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
 */
#include "sched/sched.h"
#include "vm/pagetable.h"
#include "x86/smp.h"

static DEFINE_PER_CPU(struct space *, loaded_space); // NULL: the kernel's own page tables

void space_load(struct space *s)
{
    struct space *old = this_cpu(loaded_space);
    uint64_t me = 1ul << this_cpu(cpu_number);
    if (s == old)
        return;
    if (s)
        atomic_fetch_or(&s->cpus, me);
    this_cpu(loaded_space) = s;
    mmu_load_root(s ? s->root : mmu_kernel_root());
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
    unsigned count; // 0: everything
};

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
    if (!f->count)
        tlb_flush_user();
    for (unsigned i = 0; i < f->count; i++)
        tlb_flush_page(f->pages[i]);
}

void space_flush_pages(struct space *s, const uaddr_t pages[], unsigned count)
{
    struct flush f = {s, pages, count};
    atomic_thread_fence(memory_order_seq_cst); // the change comes before the look at who must know
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
