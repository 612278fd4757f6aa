// SPDX-License-Identifier: ISC
/* Unit tests of the frame allocator, the heap, kernel stacks and the radix tree. */
#include "lib/selftest.h"
#include "lib/string.h"
#include "mm/frame.h"
#include "mm/heap.h"
#include "mm/kstack.h"
#include "mm/pagetree.h"

static uint64_t random_state = 88172645463325252ull;

static uint64_t next_random(void)
{
    random_state ^= random_state << 13;
    random_state ^= random_state >> 7;
    return random_state ^= random_state << 17;
}

SELFTEST(frames_come_back, "blocks of all orders, freed in another order, join again and none is lost")
{
    enum { N = 64 };
    struct frame *f[N];
    frame_drain_cpu_lists();
    size_t before = frame_count_free();
    for (unsigned i = 0; i < N; i++) {
        unsigned order = next_random() % 7;
        SELFTEST_CHECK(f[i] = frame_alloc_block(order, FRAME_NOZERO));
        SELFTEST_CHECK(frame_phys(f[i]).addr % (PAGE_SIZE << order) == 0);
    }
    for (unsigned i = 0; i < N; i++)
        frame_put(f[(i * 37) % N]);
    frame_drain_cpu_lists();
    SELFTEST_CHECK(frame_count_free() == before);
    struct frame *large = frame_alloc_block(FRAME_ORDERS - 1, FRAME_NOZERO);
    SELFTEST_CHECK(large);
    frame_put(large);
    return true;
}

SELFTEST(frames_are_counted, "a frame is freed by the last of its owners, and zeroed when asked")
{
    struct frame *f = frame_alloc(FRAME_NOZERO);
    SELFTEST_CHECK(f);
    memset(frame_data(f), 0xaa, PAGE_SIZE);
    frame_get(f);
    size_t before = frame_count_free();
    frame_put(f);
    SELFTEST_CHECK(frame_count_free() == before);
    frame_put(f);
    SELFTEST_CHECK(frame_count_free() == before + 1);
    struct frame *g = frame_alloc(FRAME_ZEROED); // the same one, by the CPU's list
    SELFTEST_CHECK(g == f && *(uint64_t *)frame_data(g) == 0);
    frame_put(g);
    return true;
}

SELFTEST(heap_objects_do_not_overlap, "objects of random sizes keep what was written until they are freed")
{
    enum { N = 200 };
    static struct {
        uint8_t *p;
        size_t size;
    } o[N];
    size_t live = heap_live_objects();
    for (unsigned round = 0; round < 4000; round++) {
        unsigned i = next_random() % N;
        for (size_t k = 0; o[i].p && k < o[i].size; k += 7)
            SELFTEST_CHECK(o[i].p[k] == (uint8_t)i);
        kfree(o[i].p);
        o[i].size = 1 + next_random() % 5000;
        SELFTEST_CHECK(o[i].p = kmalloc(o[i].size));
        SELFTEST_CHECK((uintptr_t)o[i].p % 16 == 0);
        memset(o[i].p, i, o[i].size);
    }
    for (unsigned i = 0; i < N; i++) {
        kfree(o[i].p);
        o[i].p = NULL;
    }
    SELFTEST_CHECK(heap_live_objects() == live);
    return true;
}

SELFTEST(kernel_stacks_have_guards, "below every kernel stack lies a page that is not mapped")
{
    char *a = kstack_alloc(), *b = kstack_alloc();
    SELFTEST_CHECK(a && b && a != b);
    memset(a - KSTACK_SIZE, 1, KSTACK_SIZE);
    SELFTEST_CHECK(!kstack_guard_hit((uintptr_t)a - KSTACK_SIZE));
    SELFTEST_CHECK(kstack_guard_hit((uintptr_t)a - KSTACK_SIZE - 1));
    kstack_free(a);
    kstack_free(b);
    return true;
}

SELFTEST(radix_tree_keeps_all, "what is set at scattered indices is found, walked in order and removed")
{
    static const uint64_t index[] = {0, 1, 63, 64, 4095, 4096, 262144, 1ul << 36, ~0ul >> 12};
    struct pagetree t = {0};
    size_t live = heap_live_objects();
    for (unsigned i = 0; i < ARRAY_SIZE(index); i++)
        SELFTEST_CHECK(pagetree_set(&t, index[i], (void *)(index[i] * 2 + 1)) == 0);
    SELFTEST_CHECK(!pagetree_get(&t, 2) && !pagetree_get(&t, 1ul << 30));
    uint64_t at = 0;
    for (unsigned i = 0; i < ARRAY_SIZE(index); i++, at++) {
        SELFTEST_CHECK(pagetree_next(&t, &at) == (void *)(index[i] * 2 + 1));
        SELFTEST_CHECK(at == index[i]);
    }
    SELFTEST_CHECK(!pagetree_next(&t, &at));
    for (unsigned i = 0; i < ARRAY_SIZE(index); i++)
        SELFTEST_CHECK(pagetree_remove(&t, index[i]) == (void *)(index[i] * 2 + 1));
    SELFTEST_CHECK(t.count == 0 && !t.root && heap_live_objects() == live);
    return true;
}
