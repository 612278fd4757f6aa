// SPDX-License-Identifier: ISC
/*
 * The page fault: what a touch of an address means. Anonymous memory appears as the shared frame of
 * zeroes when it is read and as a frame of its own when it is written; pages of objects come from the
 * object; a write to a page that others have too is vm/cow.c's.
 */
#include "abi/errno.h"
#include "sched/sched.h"
#include "vm/area.h"
#include "vm/pagetable.h"
#include "x86/clock.h"
#include "x86/trap.h"

#define STACK_GAP (256 * PAGE_SIZE) // kept free below a stack, as Linux does

int (*vm_out_of_memory)(void);

/* The stack area right above addr, grown down to hold it; NULL when that is not allowed. */
static struct area *grow_stack(struct space *s, uaddr_t addr)
{
    struct area *a = area_at_or_above(s, addr);
    uaddr_t start = ALIGN_DOWN(addr, PAGE_SIZE);
    if (!a || !(a->flags & AREA_GROWDOWN) || start < a->grow_limit || a->end - start > s->limit_stack)
        return NULL;
    struct area *below = area_prev(a);
    if (below && below->flags & (AREA_READ | AREA_WRITE | AREA_EXEC) && start < below->end + STACK_GAP)
        return NULL;
    if (s->limit_as != UINT64_MAX &&
        (s->mapped_pages << PAGE_SHIFT) + (a->start - start) > s->limit_as)
        return NULL;
    s->mapped_pages += (a->start - start) >> PAGE_SHIFT;
    a->start = start;
    return a;
}

static bool allowed(const struct area *a, bool write, bool exec)
{
    if (write)
        return a->flags & AREA_WRITE;
    if (exec)
        return a->flags & AREA_EXEC;
    return a->flags & (AREA_READ | AREA_WRITE | AREA_EXEC);
}

/* The first page of a private anonymous area's address. */
static int fault_anonymous(struct area *a, pte_t *pte, bool write)
{
    struct frame *f = write ? frame_alloc(FRAME_ZEROED) : frame_zero;
    if (!f)
        return -ENOMEM;
    *pte = frame_phys(f).addr | area_entry_bits(a->flags) | (write ? PTE_WRITE | PTE_DIRTY : 0);
    return 0;
}

static int fault_object(struct area *a, pte_t *pte, uaddr_t addr, bool write)
{
    struct frame *f;
    uint64_t index = (a->offset + (ALIGN_DOWN(addr, PAGE_SIZE) - a->start)) >> PAGE_SHIFT;
    int err = memobj_frame(a->object, index, true, true, &f);
    if (err)
        return err == -EFBIG || err == -ENOSPC ? -EIO : err;
    pte_t bits = area_entry_bits(a->flags);
    if (write && a->flags & AREA_SHARED) {
        bits |= PTE_WRITE | PTE_DIRTY;
    } else if (write) {
        struct frame *copy = frame_alloc(FRAME_NOZERO);
        if (copy)
            page_copy(frame_data(copy), frame_data(f));
        frame_put(f);
        if (!copy)
            return -ENOMEM;
        f = copy;
        bits |= PTE_WRITE | PTE_DIRTY;
    }
    *pte = frame_phys(f).addr | bits;
    return 0;
}

static int fault_in(struct flush *f, uaddr_t addr, bool write, bool exec)
{
    struct space *s = f->space;
    struct area *a = space_area_find(s, addr);
    if (!a)
        a = grow_stack(s, addr);
    if (!a || !allowed(a, write, exec))
        return -EFAULT;
    struct frame *table;
    pte_t *pte = pagetable_own(f, addr, &table);
    if (!pte)
        return -ENOMEM;
    if (entry_used(*pte)) {
        if (write && !(*pte & PTE_WRITE))
            return cow_write_page(f, a, pte, addr);
        *pte = (*pte & (PTE_ADDR | PTE_WRITE | PTE_DIRTY)) | area_entry_bits(a->flags);
        space_gained_rights(s, addr); // another thread was faster, or only the tables above had changed
        return 0;
    }
    int err = a->object ? fault_object(a, pte, addr, write) : fault_anonymous(a, pte, write);
    if (err)
        return err;
    table_use(table, table_index(addr, 0));
    if (++s->resident > s->peak_resident)
        s->peak_resident = s->resident;
    return 0;
}

int fault_locked(struct space *s, uaddr_t addr, bool write, bool exec)
{
    struct flush f;
    flush_begin(&f, s);
    int err = fault_in(&f, addr, write, exec);
    flush_end(&f);
    return err;
}

int space_fault(struct space *s, uaddr_t addr, bool write, bool exec)
{
    for (bool retried = false;; retried = true) {
        mutex_lock(&s->lock);
        int err = fault_locked(s, addr, write, exec);
        mutex_unlock(&s->lock);
        if (err != -ENOMEM)
            return err;
        if (!retried && !frame_is_short())
            continue; // one allocation failed, but memory has not run out
        if (!vm_out_of_memory || vm_out_of_memory())
            return err;
    }
}

static int page_fault(struct trap_frame *f, uaddr_t addr, uint64_t error)
{
    (void)f;
    struct space *s = current->space;
    if (!s || addr >= USER_END || error & 8) // 8: a reserved bit is set: tables are damaged
        return -EFAULT;
    current->faults_minor++;
    return space_fault(s, addr, error & 2, error & 16);
}

void vm_init(void)
{
    trap_hooks.page_fault = page_fault;
    sched_space_hook = space_before_switch;
}
