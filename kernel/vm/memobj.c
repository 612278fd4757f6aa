// SPDX-License-Identifier: ISC
/*
 * Memory objects: the page cache of one file, shared area or segment.
 *
 * Two threads that want the same missing page both prepare a frame; the second finds the first's in
 * the tree and drops its own. Truncation first sets the size and takes the frames out, under the
 * object's lock, then takes them out of the page tables, each space under its own: a fault that got
 * a frame before still holds its space's lock until the page is entered, so it is found there.
 */
#include "vm/memobj.h"
#include "abi/errno.h"
#include "lib/string.h"
#include "mm/heap.h"
#include "vm/area.h"
#include "vm/pagetable.h"
#include "x86/uaccess.h"

static SLAB_CACHE(anonymous_cache, struct memobj);
static _Atomic size_t cached_frames; // in all objects

void memobj_init(struct memobj *o, const struct memobj_ops *ops, uint64_t size)
{
    *o = (struct memobj){.refs = 1, .ops = ops, .size = size};
    spin_init(&o->lock, "memory object");
    list_init(&o->mappings);
}

static void anonymous_destroy(struct memobj *o)
{
    slab_free(&anonymous_cache, o);
}

struct memobj *memobj_anonymous(uint64_t size)
{
    static const struct memobj_ops ops = {.destroy = anonymous_destroy};
    struct memobj *o = slab_alloc(&anonymous_cache);
    if (o)
        memobj_init(o, &ops, size);
    return o;
}

void memobj_get(struct memobj *o)
{
    atomic_fetch_add_explicit(&o->refs, 1, memory_order_relaxed);
}

/* Takes the frame of the first page at or behind *index out of the tree, or NULL. */
static struct frame *take_frame(struct memobj *o, uint64_t *index)
{
    spin_lock(&o->lock);
    struct frame *f = pagetree_next(&o->pages, index);
    if (f) {
        pagetree_remove(&o->pages, *index);
        f->flags &= ~FRAME_CACHE;
        atomic_fetch_sub_explicit(&cached_frames, 1, memory_order_relaxed);
    }
    spin_unlock(&o->lock);
    return f;
}

static void drop_frames(struct memobj *o, uint64_t from)
{
    struct frame *f;
    while ((f = take_frame(o, &from)))
        frame_put(f);
}

void memobj_put(struct memobj *o)
{
    if (atomic_fetch_sub_explicit(&o->refs, 1, memory_order_acq_rel) != 1)
        return;
    drop_frames(o, 0);
    o->ops->destroy(o);
}

/* The cached frame with a reference, or an error that says why not. */
static int find_frame(struct memobj *o, uint64_t index, bool check_size, struct frame **out)
{
    spin_lock(&o->lock);
    struct frame *f = NULL;
    bool past = check_size && index >= DIV_ROUND_UP(o->size, PAGE_SIZE);
    if (!past && (f = pagetree_get(&o->pages, index)))
        frame_get(f);
    spin_unlock(&o->lock);
    *out = f;
    return past ? -EFBIG : f ? 0 : -ENOENT;
}

/* Enters a prepared frame, unless somebody was faster: then theirs is the result. */
static int enter_frame(struct memobj *o, uint64_t index, bool check_size, struct frame *fresh,
                       struct frame **out)
{
    int err = 0;
    spin_lock(&o->lock);
    struct frame *f = pagetree_get(&o->pages, index);
    if (!f) {
        if (check_size && index >= DIV_ROUND_UP(o->size, PAGE_SIZE))
            err = -EFBIG;
        else
            err = pagetree_set(&o->pages, index, fresh);
        if (!err) {
            f = fresh;
            f->flags |= FRAME_CACHE;
            atomic_fetch_add_explicit(&cached_frames, 1, memory_order_relaxed);
            f->owner = o;
            f->index = index;
            frame_get(f); // the tree's; the caller's came with the allocation
        }
    } else {
        frame_get(f);
    }
    spin_unlock(&o->lock);
    if (f != fresh)
        frame_put(fresh);
    *out = f;
    return err;
}

int memobj_frame(struct memobj *o, uint64_t index, bool create, bool check_size, struct frame **out)
{
    int err = find_frame(o, index, check_size, out);
    if (err != -ENOENT || !create)
        return err;
    if (o->ops->admit && (err = o->ops->admit(o)))
        return err;
    struct frame *fresh = frame_alloc(FRAME_ZEROED);
    if (!fresh)
        return -ENOMEM;
    if (o->ops->fill && (err = o->ops->fill(o, index, fresh))) {
        frame_put(fresh);
        return err;
    }
    return enter_frame(o, index, check_size, fresh, out);
}

/* --- bytes in and out, page by page --- */

static uint64_t size_now(struct memobj *o)
{
    spin_lock(&o->lock);
    uint64_t size = o->size;
    spin_unlock(&o->lock);
    return size;
}

static void size_at_least(struct memobj *o, uint64_t size)
{
    spin_lock(&o->lock);
    if (o->size < size)
        o->size = size;
    spin_unlock(&o->lock);
}

/* One copy between a page and a buffer: exactly one of user and kernel is used. Bytes NOT copied. */
static size_t copy_piece(char *page, uaddr_t user, char *kernel, size_t n, bool write)
{
    if (!kernel)
        return write ? copy_from_user_partial(page, user, n) : copy_to_user_partial(user, page, n);
    memcpy(write ? page : kernel, write ? kernel : page, n);
    return 0;
}

static ssize_t transfer(struct memobj *o, uint64_t pos, uaddr_t user, char *kernel, size_t n, bool write)
{
    size_t done = 0;
    int err = 0;
    while (done < n && !err) {
        size_t offset = (pos + done) % PAGE_SIZE, part = MIN(n - done, PAGE_SIZE - offset);
        struct frame *f;
        err = memobj_frame(o, (pos + done) >> PAGE_SHIFT, write || o->ops->fill, false, &f);
        if (err == -ENOENT) { // a hole is read as zeroes
            f = frame_zero;
            err = 0;
        }
        if (err)
            break;
        size_t left = copy_piece((char *)frame_data(f) + offset, user + done,
                                 kernel ? kernel + done : NULL, part, write);
        frame_put(f);
        done += part - left;
        if (left)
            err = -EFAULT;
        if (write && part > left)
            size_at_least(o, pos + done);
    }
    return done ? (ssize_t)done : err;
}

static ssize_t read_bytes(struct memobj *o, uint64_t pos, uaddr_t user, char *kernel, size_t n)
{
    uint64_t size = size_now(o);
    return pos >= size ? 0 : transfer(o, pos, user, kernel, MIN(n, size - pos), false);
}

ssize_t memobj_read_user(struct memobj *o, uint64_t pos, uaddr_t buf, size_t n)
{
    return read_bytes(o, pos, buf, NULL, n);
}

ssize_t memobj_read(struct memobj *o, uint64_t pos, void *buf, size_t n)
{
    return read_bytes(o, pos, 0, buf, n);
}

ssize_t memobj_write_user(struct memobj *o, uint64_t pos, uaddr_t buf, size_t n)
{
    return transfer(o, pos, buf, NULL, n, true);
}

ssize_t memobj_write(struct memobj *o, uint64_t pos, const void *buf, size_t n)
{
    return transfer(o, pos, 0, (char *)buf, n, true);
}

/* --- truncation --- */

/*
 * A space that maps pages of o from `index` on and was not visited in this round, with a reference;
 * NULL when there is none left.
 */
static struct space *next_space_to_clear(struct memobj *o, uint64_t pos, uint64_t round)
{
    struct space *s = NULL;
    struct area *a;
    spin_lock(&o->lock);
    list_for_each(a, &o->mappings, object_link) {
        if (a->truncate_round == round || a->offset + (a->end - a->start) <= pos)
            continue;
        a->truncate_round = round;
        int refs = atomic_load(&a->space->refs);
        while (refs && !atomic_compare_exchange_weak(&a->space->refs, &refs, refs + 1))
            ;
        if (!refs)
            continue; // it is being torn down and drops its pages itself
        s = a->space;
        break;
    }
    spin_unlock(&o->lock);
    return s;
}

static void clear_in_space(struct space *s, struct memobj *o, uint64_t pos)
{
    mutex_lock(&s->lock);
    for (struct area *a = space_area_first(s); a; a = space_area_next(a)) {
        if (a->object != o || a->offset + (a->end - a->start) <= pos)
            continue;
        uaddr_t from = pos > a->offset ? a->start + (pos - a->offset) : a->start;
        if (pagetable_clear(s, from, a->end))
            log_warn("truncate: no memory to take pages out of a shared page table");
    }
    mutex_unlock(&s->lock);
}

int memobj_truncate(struct memobj *o, uint64_t size)
{
    static _Atomic uint64_t rounds;
    spin_lock(&o->lock);
    bool shrinks = size < o->size;
    o->size = size;
    struct frame *tail = size % PAGE_SIZE ? pagetree_get(&o->pages, size >> PAGE_SHIFT) : NULL;
    if (shrinks && tail)
        memset((char *)frame_data(tail) + size % PAGE_SIZE, 0, PAGE_SIZE - size % PAGE_SIZE);
    spin_unlock(&o->lock);
    if (!shrinks)
        return 0;
    drop_frames(o, DIV_ROUND_UP(size, PAGE_SIZE));
    uint64_t round = ++rounds;
    struct space *s;
    while ((s = next_space_to_clear(o, ALIGN_UP(size, PAGE_SIZE), round))) {
        clear_in_space(s, o, ALIGN_UP(size, PAGE_SIZE));
        space_put(s);
    }
    return 0;
}

size_t memobj_frames(struct memobj *o)
{
    return o->pages.count;
}

size_t memobj_cached_frames(void)
{
    return atomic_load(&cached_frames);
}
