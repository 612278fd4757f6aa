// SPDX-License-Identifier: ISC
/* Unit tests of address spaces: what a fork shares, what a write splits, that nothing is lost. */
#include "abi/errno.h"
#include "lib/selftest.h"
#include "lib/string.h"
#include "mm/heap.h"
#include "vm/pagetable.h"
#include "vm/space.h"

#define PRIVATE (AREA_READ | AREA_WRITE | AREA_MAYWRITE)
#define AT      0x10000000ul

static struct space *space_with(size_t pages)
{
    struct space *s = space_create();
    struct map_request r = {.addr = AT, .length = pages * PAGE_SIZE, .flags = PRIVATE, .fixed = true};
    if (s && space_map(s, &r) == 0)
        return s;
    return NULL;
}

static uint32_t value(struct space *s, size_t page)
{
    uint32_t v = 0;
    return space_read(s, AT + page * PAGE_SIZE, &v, 4) == 4 ? v : ~0u;
}

static bool set(struct space *s, size_t page, uint32_t v)
{
    return space_write(s, AT + page * PAGE_SIZE, &v, 4) == 4;
}

SELFTEST(fork_shares_everything, "fork of 1000 pages takes one frame for the root, the first write one path more")
{
    struct space *p = space_with(1000);
    SELFTEST_CHECK(p);
    for (size_t i = 0; i < 1000; i++)
        SELFTEST_CHECK(set(p, i, i));
    size_t tables = vm_table_count();
    struct space *c = space_fork(p);
    SELFTEST_CHECK(c && vm_table_count() == tables + 1);
    SELFTEST_CHECK(set(c, 7, 4711));
    SELFTEST_CHECK(vm_table_count() == tables + 1 + 3);
    SELFTEST_CHECK(value(c, 7) == 4711 && value(p, 7) == 7 && value(c, 8) == 8 && value(p, 999) == 999);
    SELFTEST_CHECK(c->resident == 1000 && p->resident == 1000);
    space_put(c);
    SELFTEST_CHECK(vm_table_count() == tables);
    SELFTEST_CHECK(set(p, 8, 1) && value(p, 8) == 1 && value(p, 7) == 7);
    space_put(p);
    return true;
}

SELFTEST(generations_keep_their_values, "ten generations of forks each see the values of their own time")
{
    enum { N = 10 };
    struct space *s[N];
    frame_drain_cpu_lists();
    heap_trim();
    size_t before = frame_count_free();
    SELFTEST_CHECK(s[0] = space_with(N));
    for (size_t g = 0; g < N; g++) {
        if (g)
            SELFTEST_CHECK(s[g] = space_fork(s[g - 1]));
        for (size_t i = g; i < N; i++)
            SELFTEST_CHECK(set(s[g], i, g * 100 + i));
    }
    for (size_t g = 0; g < N; g++)
        for (size_t i = 0; i < N; i++)
            SELFTEST_CHECK(value(s[g], i) == MIN(g, i) * 100 + i);
    for (size_t g = 0; g < N; g++)
        space_put(s[(g * 7) % N]);
    heap_trim();
    SELFTEST_CHECK(frame_count_free() == before);
    return true;
}

SELFTEST(unmap_splits, "a hole in the middle leaves two areas and -EFAULT in between; protect joins again")
{
    struct space *s = space_with(30);
    SELFTEST_CHECK(s && set(s, 9, 9) && set(s, 10, 10) && set(s, 20, 20));
    SELFTEST_CHECK(space_unmap(s, AT + 10 * PAGE_SIZE, 10 * PAGE_SIZE) == 0);
    SELFTEST_CHECK(s->area_count == 2 && s->mapped_pages == 20 && s->resident == 2);
    SELFTEST_CHECK(value(s, 9) == 9 && value(s, 20) == 20);
    SELFTEST_CHECK(space_fault(s, AT + 10 * PAGE_SIZE, false, false) == -EFAULT);
    SELFTEST_CHECK(space_protect(s, AT, 30 * PAGE_SIZE, AREA_READ) == -ENOMEM);
    struct map_request r = {.addr = AT + 10 * PAGE_SIZE, .length = 10 * PAGE_SIZE, .flags = PRIVATE, .fixed = true};
    SELFTEST_CHECK(space_map(s, &r) == 0 && value(s, 10) == 0);
    SELFTEST_CHECK(space_protect(s, AT, 30 * PAGE_SIZE, 0) == 0);
    SELFTEST_CHECK(s->area_count == 1 && space_fault(s, AT, false, false) == -EFAULT);
    SELFTEST_CHECK(space_protect(s, AT, 30 * PAGE_SIZE, AREA_READ | AREA_WRITE) == 0 && value(s, 9) == 9);
    space_put(s);
    return true;
}

SELFTEST(objects_are_shared, "a shared mapping writes to its object, a private one does not, truncation clears both")
{
    struct memobj *o = memobj_anonymous(4 * PAGE_SIZE);
    struct space *s = space_create();
    SELFTEST_CHECK(o && s);
    struct map_request shared = {.addr = AT, .length = 4 * PAGE_SIZE, .flags = PRIVATE | AREA_SHARED, .fixed = true, .object = o};
    struct map_request own = {.addr = AT + 16 * PAGE_SIZE, .length = 4 * PAGE_SIZE, .flags = PRIVATE, .fixed = true, .object = o};
    SELFTEST_CHECK(space_map(s, &shared) == 0 && space_map(s, &own) == 0);
    SELFTEST_CHECK(set(s, 1, 11) && value(s, 17) == 11);
    SELFTEST_CHECK(set(s, 17, 12) && value(s, 1) == 11);
    uint32_t v = 0;
    SELFTEST_CHECK(memobj_read(o, PAGE_SIZE, &v, 4) == 4 && v == 11);
    SELFTEST_CHECK(memobj_truncate(o, PAGE_SIZE) == 0);
    SELFTEST_CHECK(space_fault(s, AT + PAGE_SIZE, false, false) == -EIO);
    SELFTEST_CHECK(space_fault(s, AT + 17 * PAGE_SIZE, false, false) == -EIO && s->resident == 0);
    space_put(s);
    memobj_put(o);
    return true;
}
