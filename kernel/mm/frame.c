// SPDX-License-Identifier: ISC
/*
 * The frame allocator: a buddy system (Knuth, TAOCP vol. 1, 2.5) under one lock, and in front of it
 * two short stacks of single frames for each CPU, reached with interrupts off and no lock: one of
 * frames that are known to be all 0 (page tables that were cleared), one of the others.
 *
 * A block of 2^order frames begins at a multiple of its size, so its buddy differs in one bit. Only
 * the head of a free block is in a list and carries its order.
 *
 * The last frames are kept for the kernel itself (FRAME_RESERVE), so that a process can still be
 * killed, and its memory freed, when user programs have taken all the rest.
 */
#include "mm/frame.h"
#include "lib/log.h"
#include "lib/string.h"
#include "mm/heap.h"
#include "x86/boot.h"
#include "x86/cpu.h"
#include "x86/smp.h"
#include "x86/spinlock.h"

#define CPU_LIST_MAX   64
#define CPU_LIST_BATCH 32

struct cpu_list {
    unsigned count;
    struct frame *frame[CPU_LIST_MAX];
};
struct cpu_frames {
    struct cpu_list any, zeroed;
};
static DEFINE_PER_CPU(struct cpu_frames, cpu_frames);

static struct {
    struct spinlock lock;
    struct list free[FRAME_ORDERS]; // [lock]
    size_t free_frames;             // [lock] in the lists above
    size_t total;
    size_t reserve; // frames that only FRAME_RESERVE may take
} buddy = {.lock = SPINLOCK("frames")};

struct frame *frame_zero;

static uint64_t frame_number(const struct frame *f)
{
    return f - (struct frame *)FRAME_ARRAY;
}

static struct frame *frame_at(uint64_t number)
{
    return (struct frame *)FRAME_ARRAY + number;
}

/* Puts a block back and joins it with its buddy as often as that one is free too. Lock held. */
static void buddy_release(struct frame *f, unsigned order)
{
    buddy.free_frames += 1ul << order;
    uint64_t n = frame_number(f);
    for (; order < FRAME_ORDERS - 1; order++) {
        uint64_t other = n ^ (1ul << order);
        if (other + (1ul << order) > boot_memory_end() >> PAGE_SHIFT)
            break;
        struct frame *b = frame_at(other);
        if (!(b->flags & FRAME_FREE) || b->order != order)
            break;
        list_remove(&b->link);
        b->flags = 0;
        n &= ~(1ul << order);
    }
    f = frame_at(n);
    f->order = order;
    f->flags = FRAME_FREE;
    list_push_front(&buddy.free[order], &f->link);
}

/* Takes a block, splitting a larger one where needed. NULL when there is none. Lock held. */
static struct frame *buddy_take(unsigned order)
{
    unsigned o = order;
    while (o < FRAME_ORDERS && list_empty(&buddy.free[o]))
        o++;
    if (o == FRAME_ORDERS)
        return NULL;
    struct frame *f = list_first(&buddy.free[o], struct frame, link);
    list_remove(&f->link);
    while (o > order) {
        struct frame *half = f + (1ul << --o);
        half->order = o;
        half->flags = FRAME_FREE;
        list_push_front(&buddy.free[o], &half->link);
    }
    f->order = order;
    f->flags = 0;
    buddy.free_frames -= 1ul << order;
    return f;
}

static void cpu_list_refill(struct cpu_list *c)
{
    spin_lock(&buddy.lock);
    while (c->count < CPU_LIST_BATCH && buddy.free_frames > buddy.reserve) {
        struct frame *f = buddy_take(0);
        if (!f)
            break;
        c->frame[c->count++] = f;
    }
    spin_unlock(&buddy.lock);
}

static void cpu_list_spill(struct cpu_list *c, unsigned keep)
{
    spin_lock(&buddy.lock);
    while (c->count > keep)
        buddy_release(c->frame[--c->count], 0);
    spin_unlock(&buddy.lock);
}

static struct frame *cpu_list_take(struct cpu_list *c)
{
    return c->count ? c->frame[--c->count] : NULL;
}

static void cpu_list_add(struct frame *f, bool zeroed)
{
    uint64_t irq = irq_save();
    struct cpu_frames *own = this_cpu_ptr(cpu_frames);
    struct cpu_list *c = zeroed ? &own->zeroed : &own->any;
    if (unlikely(c->count == CPU_LIST_MAX))
        cpu_list_spill(c, CPU_LIST_MAX - CPU_LIST_BATCH);
    c->frame[c->count++] = f;
    irq_restore(irq);
}

static struct frame *frame_ready(struct frame *f, bool zero)
{
    f->live = 0;
    f->flags = 0;
    atomic_store_explicit(&f->refs, 1, memory_order_relaxed);
    for (unsigned i = 0; zero && i < 1u << f->order; i++)
        page_zero(frame_data(f + i));
    return f;
}

struct frame *frame_alloc_block(unsigned order, unsigned how)
{
    assert(order < FRAME_ORDERS);
    if (heap_should_fail())
        return NULL;
    spin_lock(&buddy.lock);
    struct frame *f = NULL;
    if (how & FRAME_RESERVE || buddy.free_frames >= buddy.reserve + (1ul << order))
        f = buddy_take(order);
    spin_unlock(&buddy.lock);
    return f ? frame_ready(f, how & FRAME_ZEROED) : NULL;
}

struct frame *frame_alloc(unsigned how)
{
    if (unlikely(heap_should_fail()))
        return NULL;
    uint64_t irq = irq_save();
    struct cpu_frames *c = this_cpu_ptr(cpu_frames);
    bool zeroed = how & FRAME_ZEROED && c->zeroed.count;
    if (unlikely(!zeroed && !c->any.count))
        cpu_list_refill(&c->any);
    struct frame *f = cpu_list_take(zeroed || !c->any.count ? &c->zeroed : &c->any);
    irq_restore(irq);
    if (unlikely(!f)) {
        if (!(how & FRAME_RESERVE))
            return NULL;
        return frame_alloc_block(0, how);
    }
    f->order = 0;
    return frame_ready(f, how & FRAME_ZEROED && !zeroed);
}

void frame_put(struct frame *f)
{
    if (f->flags & FRAME_ZERO)
        return;
    int32_t before = atomic_fetch_sub_explicit(&f->refs, 1, memory_order_acq_rel);
    assert(before > 0);
    if (before > 1)
        return;
    if (f->order) {
        spin_lock(&buddy.lock);
        buddy_release(f, f->order);
        spin_unlock(&buddy.lock);
        return;
    }
    cpu_list_add(f, false);
}

void frame_put_zeroed(struct frame *f)
{
    assert(f->refs == 1 && !f->order);
    cpu_list_add(f, true);
}

static void drain_here(void *unused)
{
    (void)unused;
    cpu_list_spill(&this_cpu_ptr(cpu_frames)->any, 0);
    cpu_list_spill(&this_cpu_ptr(cpu_frames)->zeroed, 0);
}

void frame_drain_cpu_lists(void)
{
    cpus_call(cpus_running(), drain_here, NULL);
}

bool frame_is_short(void)
{
    return buddy.free_frames <= buddy.reserve; // what other CPUs keep is out of reach
}

size_t frame_count_total(void)
{
    return buddy.total;
}

size_t frame_count_free(void)
{
    size_t n = buddy.free_frames;
    for (unsigned i = 0; i < cpu_count; i++)
        n += per_cpu(cpu_frames, i).any.count + per_cpu(cpu_frames, i).zeroed.count;
    return n;
}

/* The part of the frame array that describes [start, end): its pages may be there already. */
static void map_frame_array(uint64_t start, uint64_t end)
{
    static uintptr_t mapped_to;
    uintptr_t from = ALIGN_DOWN((uintptr_t)frame_at(start >> PAGE_SHIFT), PAGE_SIZE);
    uintptr_t to = ALIGN_UP((uintptr_t)frame_at(DIV_ROUND_UP(end, PAGE_SIZE)), PAGE_SIZE);
    for (uintptr_t va = MAX(from, mapped_to); va < to; va += PAGE_SIZE)
        if (mmu_map_kernel((void *)va, early_frame(), PTE_WRITE | PTE_NX | PTE_GLOBAL))
            panic("no memory for the frame array");
    mapped_to = MAX(mapped_to, to);
}

static void give_range(uint64_t start, uint64_t end)
{
    uint64_t n = DIV_ROUND_UP(start, PAGE_SIZE), last = end >> PAGE_SHIFT;
    while (n < last) {
        unsigned order = 0;
        while (order < FRAME_ORDERS - 1 && !(n & (1ul << order)) && n + (2ul << order) <= last)
            order++;
        buddy_release(frame_at(n), order);
        buddy.total += 1ul << order;
        n += 1ul << order;
    }
}

static bool table_frame(phys_t *out)
{
    struct frame *f = frame_alloc(FRAME_ZEROED | FRAME_RESERVE);
    if (f)
        *out = frame_phys(f);
    return f;
}

void frame_init(void)
{
    for (unsigned i = 0; i < FRAME_ORDERS; i++)
        list_init(&buddy.free[i]);
    /* The whole array up to the end of memory inside each range, holes between ranges left out. */
    for (unsigned i = 0; i < boot_info.map_count; i++)
        if (boot_info.map[i].usable)
            map_frame_array(ALIGN_DOWN(boot_info.map[i].start, 1ul << (PAGE_SHIFT + FRAME_ORDERS)),
                            ALIGN_UP(boot_info.map[i].end, 1ul << (PAGE_SHIFT + FRAME_ORDERS)));
    boot_memory_free(give_range);
    mmu_table_alloc = table_frame;
    buddy.reserve = MIN(buddy.total / 64, 1024ul);
    frame_zero = frame_alloc(FRAME_ZEROED);
    frame_zero->flags = FRAME_ZERO;
    log_info("memory: %zu MiB in %zu frames", buddy.total >> 8, buddy.total);
}
