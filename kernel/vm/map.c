// SPDX-License-Identifier: ISC
/* mmap and its kin: finding room, adding areas, changing them. */
#include "abi/errno.h"
#include "lib/log.h"
#include "sched/sched.h"
#include "vm/area.h"
#include "vm/pagetable.h"

#define AREA_PROT (AREA_READ | AREA_WRITE | AREA_EXEC)

/* Linux's default limit on areas (vm.max_map_count). */
#define AREA_COUNT_MAX 65530

static bool range_ok(uaddr_t addr, size_t length)
{
    return length && addr % PAGE_SIZE == 0 && length <= USER_END && addr <= USER_END - length;
}

static bool range_is_free(struct space *s, uaddr_t start, uaddr_t end)
{
    struct area *a = area_at_or_above(s, start);
    return !a || a->start >= end;
}

/* Lowest address that something above `a` may use: a stack keeps the room that it may grow into. */
static uaddr_t area_floor(const struct area *a)
{
    return a->flags & AREA_GROWDOWN ? a->grow_limit : a->start;
}

/* The highest free range of `length` below `top`, or 0. */
static uaddr_t find_gap(struct space *s, size_t length, uaddr_t top)
{
    struct area *a = area_at_or_above(s, top);
    if (a)
        top = MIN(top, area_floor(a));
    struct rbnode *n = a ? rb_prev(&a->node) : rb_last(&s->areas);
    for (; n; n = rb_prev(n)) {
        a = rb_entry(n, struct area, node);
        if (a->end <= top && top - a->end >= length)
            break;
        top = MIN(top, area_floor(a));
    }
    return top >= length + USER_START ? top - length : 0;
}

/*
 * Room for a mapping: downwards from where the last one was put, since nothing of that size is free
 * above it; from the top when a smaller one might fit there.
 */
static uaddr_t find_room(struct space *s, size_t length, bool low32)
{
    if (low32)
        return find_gap(s, length, 0x80000000);
    bool from_hint = length >= s->free_hint_size && s->free_hint != s->mmap_top;
    uaddr_t at = find_gap(s, length, from_hint ? s->free_hint : s->mmap_top);
    if (!at && from_hint)
        at = find_gap(s, length, s->mmap_top);
    if (at) {
        s->free_hint = at;
        s->free_hint_size = length;
    }
    return at;
}

/* Would a mapping of `length` more bytes break a limit? Private writable memory beyond all of RAM is refused. */
static int check_limits(struct space *s, size_t length, uint32_t flags)
{
    size_t bytes = s->mapped_pages << PAGE_SHIFT;
    if (bytes + length > s->limit_as || s->area_count >= AREA_COUNT_MAX)
        return -ENOMEM;
    if (!(flags & (AREA_SHARED | AREA_NORESERVE)) && flags & AREA_WRITE &&
        length >> PAGE_SHIFT > frame_count_total())
        return -ENOMEM;
    return 0;
}

/* Decides r->addr. s->lock held. */
static int place(struct space *s, struct map_request *r)
{
    uaddr_t end = r->addr + r->length;
    if (r->fixed || r->noreplace) {
        if (r->addr % PAGE_SIZE)
            return -EINVAL;
        if (!range_ok(r->addr, r->length))
            return -ENOMEM;
        if (r->addr < USER_START)
            return -EPERM;
        return r->noreplace && !range_is_free(s, r->addr, end) ? -EEXIST : 0;
    }
    r->addr = ALIGN_DOWN(r->addr, PAGE_SIZE);
    if (r->addr >= USER_START && range_ok(r->addr, r->length) &&
        range_is_free(s, r->addr, r->addr + r->length))
        return 0;
    r->addr = find_room(s, r->length, r->low32);
    return r->addr ? 0 : -ENOMEM;
}

static void populate(struct space *s, uaddr_t start, uaddr_t end, bool write)
{
    for (uaddr_t at = start; at < end; at += PAGE_SIZE)
        if (fault_locked(s, at, write, false))
            return; // as on Linux, what could not be had comes later or fails later
}

static int map_locked(struct space *s, struct map_request *r)
{
    int err = place(s, r);
    if (!err)
        err = check_limits(s, r->length, r->flags);
    struct area *a = err ? NULL : area_alloc();
    if (!err && !a)
        err = -ENOMEM;
    if (!err && r->fixed && !r->noreplace)
        err = area_remove_range(s, r->addr, r->addr + r->length);
    if (err) {
        if (a)
            area_free(a);
        return err;
    }
    area_copy(a, &(struct area){.start = r->addr,
                                .end = r->addr + r->length,
                                .flags = r->flags,
                                .object = r->object,
                                .offset = r->offset,
                                .file = r->file});
    area_link(s, a);
    if (r->flags & AREA_GROWDOWN) // room to grow: RLIMIT_STACK, at least what is mapped
        a->grow_limit = a->end - MIN(MAX(s->limit_stack, r->length), MIN(a->end, 1ul << 30));
    area_join(s, a);
    if (r->populate || r->flags & AREA_LOCKED)
        populate(s, r->addr, r->addr + r->length, r->flags & AREA_WRITE);
    return 0;
}

int space_map(struct space *s, struct map_request *r)
{
    if (!r->length)
        return -EINVAL;
    r->length = ALIGN_UP(r->length, PAGE_SIZE);
    if (!r->length || r->length > USER_END)
        return -ENOMEM;
    mutex_lock(&s->lock);
    int err = map_locked(s, r);
    mutex_unlock(&s->lock);
    return err;
}

int space_unmap(struct space *s, uaddr_t addr, size_t length)
{
    length = ALIGN_UP(length, PAGE_SIZE);
    if (!range_ok(addr, length))
        return -EINVAL;
    mutex_lock(&s->lock);
    int err = area_remove_range(s, addr, addr + length);
    mutex_unlock(&s->lock);
    return err;
}

/* Changes one area that lies wholly inside the range; the borders were cut before. */
static int protect_area(struct flush *f, struct area *a, uint32_t prot)
{
    uint32_t flags = (a->flags & ~AREA_PROT) | prot;
    int err = pagetable_protect(f, a->start, a->end, flags);
    if (!err)
        a->flags = flags;
    return err;
}

static int protect_locked(struct space *s, uaddr_t start, uaddr_t end, uint32_t prot, struct area_spares *sp)
{
    for (struct area *a = area_at_or_above(s, start); a && a->start < end; a = space_area_next(a))
        if (prot & AREA_WRITE && !(a->flags & AREA_MAYWRITE))
            return -EACCES;
    area_cut(s, start, end, sp);
    int err = 0;
    uaddr_t at = start;
    struct area *a;
    struct flush f;
    flush_begin(&f, s);
    while (!err && at < end && (a = area_at_or_above(s, at)) && a->start == at) {
        at = a->end;
        err = protect_area(&f, a, prot);
        area_join(s, a);
    }
    flush_end(&f);
    return err ? err : at < end ? -ENOMEM : 0;
}

int space_protect(struct space *s, uaddr_t addr, size_t length, uint32_t prot)
{
    if (addr % PAGE_SIZE)
        return -EINVAL;
    if (!length)
        return 0;
    length = ALIGN_UP(length, PAGE_SIZE);
    if (!range_ok(addr, length))
        return -ENOMEM;
    struct area_spares sp;
    if (!area_spares_get(&sp))
        return -ENOMEM;
    mutex_lock(&s->lock);
    int err = protect_locked(s, addr, addr + length, prot, &sp);
    mutex_unlock(&s->lock);
    area_spares_put(&sp);
    return err;
}

int space_discard(struct space *s, uaddr_t addr, size_t length)
{
    length = ALIGN_UP(length, PAGE_SIZE);
    if (!length)
        return 0;
    if (!range_ok(addr, length))
        return -EINVAL;
    mutex_lock(&s->lock);
    int err = pagetable_clear(s, addr, addr + length);
    if (!err && !area_range_is_mapped(s, addr, addr + length))
        err = -ENOMEM;
    mutex_unlock(&s->lock);
    return err;
}

/* --- mremap --- */

/* Grows a, which ends at `end`, in place. 0, or -ENOMEM when something is in the way. */
static int grow_in_place(struct space *s, struct area *a, uaddr_t end, size_t more)
{
    if (a->end != end || end + more > USER_END || !range_is_free(s, end, end + more))
        return -ENOMEM;
    int err = check_limits(s, more, a->flags);
    if (err)
        return err;
    a->end += more;
    s->mapped_pages += more >> PAGE_SHIFT;
    area_join(s, a);
    return 0;
}

/* Moves [addr, addr+old_len), part of area a, to `to`, where nothing is. */
static int move_to(struct space *s, struct area *a, uaddr_t addr, size_t old_len, uaddr_t to, size_t new_len)
{
    struct area *moved = area_alloc();
    if (!moved)
        return -ENOMEM;
    area_copy(moved, a);
    moved->start = to;
    moved->end = to + new_len;
    if (a->object)
        moved->offset += addr - a->start;
    area_link(s, moved);
    size_t len = MIN(old_len, new_len);
    int err = pagetable_move(s, addr, to, len);
    if (err) { // back with what was moved: its tables exist, so this cannot fail
        pagetable_move(s, to, addr, len);
        area_unlink(s, moved);
        area_free(moved);
        return err;
    }
    err = area_remove_range(s, addr, addr + old_len);
    if (!err)
        area_join(s, moved);
    return err;
}

static int remap_locked(struct space *s, uaddr_t addr, size_t old_len, size_t new_len, bool may_move,
                        uaddr_t fixed_to, uaddr_t *out)
{
    struct area *a = space_area_find(s, addr);
    if (!a || a->end - addr < old_len)
        return -EFAULT;
    uaddr_t to = fixed_to;
    if (!to) {
        *out = addr;
        if (new_len <= old_len)
            return new_len < old_len ? area_remove_range(s, addr + new_len, addr + old_len) : 0;
        if (!grow_in_place(s, a, addr + old_len, new_len - old_len))
            return 0;
        if (!may_move)
            return -ENOMEM;
        to = find_room(s, new_len, false);
    } else {
        int err = area_remove_range(s, to, to + new_len);
        if (err)
            return err;
        a = space_area_find(s, addr);
    }
    if (!to)
        return -ENOMEM;
    int err = check_limits(s, new_len, a->flags);
    *out = to;
    return err ? err : move_to(s, a, addr, old_len, to, new_len);
}

int space_remap(struct space *s, uaddr_t addr, size_t old_len, size_t new_len, bool may_move,
                uaddr_t fixed_to, uaddr_t *out)
{
    old_len = ALIGN_UP(old_len, PAGE_SIZE);
    new_len = ALIGN_UP(new_len, PAGE_SIZE);
    if (!new_len || !old_len || !range_ok(addr, old_len) || new_len > USER_END)
        return -EINVAL;
    if (fixed_to && (!range_ok(fixed_to, new_len) || fixed_to < USER_START ||
                     (fixed_to < addr + old_len && addr < fixed_to + new_len)))
        return -EINVAL;
    mutex_lock(&s->lock);
    int err = remap_locked(s, addr, old_len, new_len, may_move, fixed_to, out);
    mutex_unlock(&s->lock);
    return err;
}

/* --- the heap, mlock, mincore --- */

static int brk_locked(struct space *s, uaddr_t want)
{
    uaddr_t old = ALIGN_UP(s->brk, PAGE_SIZE), end = ALIGN_UP(want, PAGE_SIZE);
    if (want < s->brk_start || end > USER_END || want - s->brk_start > s->limit_data)
        return -ENOMEM;
    if (end < old)
        return area_remove_range(s, end, old);
    if (end == old)
        return 0;
    if (!range_is_free(s, old, end + PAGE_SIZE))
        return -ENOMEM;
    struct map_request r = {.addr = old,
                            .length = end - old,
                            .flags = AREA_READ | AREA_WRITE | AREA_MAYWRITE | AREA_HEAP,
                            .fixed = true};
    return map_locked(s, &r);
}

uaddr_t space_brk(struct space *s, uaddr_t want)
{
    mutex_lock(&s->lock);
    if (want && !brk_locked(s, want))
        s->brk = want;
    uaddr_t now = s->brk;
    mutex_unlock(&s->lock);
    return now;
}

int space_lock_range(struct space *s, uaddr_t addr, size_t length, bool lock)
{
    uaddr_t start = ALIGN_DOWN(addr, PAGE_SIZE), end = ALIGN_UP(addr + length, PAGE_SIZE);
    if (end < start || end > USER_END)
        return -EINVAL;
    mutex_lock(&s->lock);
    int err = area_range_is_mapped(s, start, end) ? 0 : -ENOMEM;
    for (uaddr_t at = start; lock && !err && at < end; at += PAGE_SIZE) {
        struct area *a = space_area_find(s, at);
        err = fault_locked(s, at, a->flags & AREA_WRITE && !(a->flags & AREA_SHARED), false);
    }
    mutex_unlock(&s->lock);
    return err == -EFAULT ? -ENOMEM : err;
}

int space_mincore(struct space *s, uaddr_t addr, size_t pages, uint8_t *out)
{
    mutex_lock(&s->lock);
    int err = area_range_is_mapped(s, addr, addr + pages * PAGE_SIZE) ? 0 : -ENOMEM;
    for (size_t i = 0; !err && i < pages; i++) {
        pte_t *e = pagetable_find(s, addr + i * PAGE_SIZE);
        out[i] = e && entry_used(*e);
    }
    mutex_unlock(&s->lock);
    return err;
}
