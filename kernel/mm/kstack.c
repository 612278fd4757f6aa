// SPDX-License-Identifier: ISC
/*
 * Slots of [guard page][stack] one behind another from KSTACK_BASE. The guard is never mapped. A
 * freed stack stays mapped on a list threaded through its own top word and is taken again first;
 * only kstack_trim unmaps, and has every CPU forget the pages before they or their slot are used
 * again.
 */
#include "mm/kstack.h"
#include "lib/log.h"
#include "mm/frame.h"
#include "x86/mmu.h"
#include "x86/smp.h"
#include "x86/spinlock.h"

#define STACK_PAGES (KSTACK_SIZE / PAGE_SIZE)
#define SLOT_SIZE   (KSTACK_SIZE + PAGE_SIZE)
#define SLOT_MAX    65536ul

static struct {
    struct spinlock lock;
    void **kept;                        // [lock] mapped and free, linked through the top word
    size_t next_slot;                   // [lock] never used from here on
    size_t in_use;                      // [lock]
    size_t unmapped_count;              // [lock]
    uint32_t *unmapped;                 // [lock] slots below next_slot that are not mapped
} stacks = {.lock = SPINLOCK("kernel stacks")};

static void *slot_top(size_t slot)
{
    return (void *)(KSTACK_BASE + (slot + 1) * SLOT_SIZE);
}

static void stack_flush(void *top)
{
    for (unsigned i = 1; i <= STACK_PAGES; i++)
        tlb_flush_page((uintptr_t)top - i * PAGE_SIZE);
}

static void stack_unmap(void *top, unsigned pages)
{
    struct frame *f[STACK_PAGES];
    for (unsigned i = 0; i < pages; i++)
        f[i] = frame_of(mmu_unmap_kernel((char *)top - (i + 1) * PAGE_SIZE));
    cpus_call(cpus_running(), stack_flush, top);
    for (unsigned i = 0; i < pages; i++)
        frame_put(f[i]);
}

static bool stack_map(void *top)
{
    for (unsigned i = 1; i <= STACK_PAGES; i++) {
        struct frame *f = frame_alloc(FRAME_NOZERO);
        if (f && !mmu_map_kernel((char *)top - i * PAGE_SIZE, frame_phys(f), PTE_WRITE | PTE_NX | PTE_GLOBAL))
            continue;
        if (f)
            frame_put(f);
        stack_unmap(top, i - 1);
        return false;
    }
    return true;
}

/* A slot number nobody uses; SLOT_MAX when there is none. */
static size_t slot_take(void)
{
    if (stacks.unmapped_count)
        return stacks.unmapped[--stacks.unmapped_count];
    return stacks.next_slot < SLOT_MAX ? stacks.next_slot++ : SLOT_MAX;
}

/* The list of unmapped slots lies in one block of frames, made on first need: it must not fail later. */
static void slot_give(size_t slot)
{
    stacks.unmapped[stacks.unmapped_count++] = slot;
}

static bool slot_list_ready(void)
{
    if (stacks.unmapped)
        return true;
    struct frame *f = frame_alloc_block(6, FRAME_NOZERO); // 65536 numbers of 4 bytes
    if (f)
        stacks.unmapped = frame_data(f);
    return f;
}

void *kstack_alloc(void)
{
    spin_lock(&stacks.lock);
    void **kept = stacks.kept;
    if (kept) {
        stacks.kept = kept[-1];
        stacks.in_use++;
        spin_unlock(&stacks.lock);
        return kept;
    }
    size_t slot = slot_list_ready() ? slot_take() : SLOT_MAX;
    spin_unlock(&stacks.lock);
    if (slot == SLOT_MAX)
        return NULL;
    bool mapped = stack_map(slot_top(slot));
    spin_lock(&stacks.lock);
    if (mapped)
        stacks.in_use++;
    else
        slot_give(slot);
    spin_unlock(&stacks.lock);
    return mapped ? slot_top(slot) : NULL;
}

void kstack_free(void *top)
{
    void **t = top;
    spin_lock(&stacks.lock);
    t[-1] = stacks.kept;
    stacks.kept = t;
    stacks.in_use--;
    spin_unlock(&stacks.lock);
}

void kstack_trim(void)
{
    for (;;) {
        spin_lock(&stacks.lock);
        void **top = stacks.kept;
        if (top)
            stacks.kept = top[-1];
        spin_unlock(&stacks.lock);
        if (!top)
            return;
        stack_unmap(top, STACK_PAGES);
        spin_lock(&stacks.lock);
        slot_give(((uintptr_t)top - KSTACK_BASE) / SLOT_SIZE - 1);
        spin_unlock(&stacks.lock);
    }
}

bool kstack_guard_hit(uintptr_t addr)
{
    return addr >= KSTACK_BASE && addr < KSTACK_BASE + SLOT_MAX * SLOT_SIZE &&
           (addr - KSTACK_BASE) % SLOT_SIZE < PAGE_SIZE;
}

size_t kstack_count(void)
{
    return stacks.in_use;
}
