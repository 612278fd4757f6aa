// SPDX-License-Identifier: ISC
/* The areas of an address space: a tree ordered by start, without overlaps. */
#include "vm/area.h"
#include "abi/errno.h"
#include "lib/log.h"
#include "mm/heap.h"
#include "vm/pagetable.h"

static SLAB_CACHE(area_cache, struct area);

struct area *area_alloc(void)
{
    struct area *a = slab_zalloc(&area_cache);
    if (a)
        list_init(&a->object_link);
    return a;
}

void area_copy(struct area *to, const struct area *from)
{
    to->start = from->start;
    to->end = from->end;
    to->flags = from->flags;
    to->object = from->object;
    to->offset = from->offset;
    to->file = from->file;
    to->grow_limit = from->grow_limit;
    if (to->object)
        memobj_get(to->object);
    if (to->file)
        area_file_ops.get(to->file);
}

void area_free(struct area *a)
{
    if (a->object)
        memobj_put(a->object);
    if (a->file)
        area_file_ops.put(a->file);
    slab_free(&area_cache, a);
}

void area_link(struct space *s, struct area *a)
{
    struct rbnode **link = &s->areas.root, *parent = NULL;
    while (*link) {
        parent = *link;
        link = a->start < rb_entry(parent, struct area, node)->start ? &parent->left : &parent->right;
    }
    rb_insert(&s->areas, &a->node, parent, link);
    a->space = s;
    s->area_count++;
    s->mapped_pages += (a->end - a->start) >> PAGE_SHIFT;
    if (!a->object)
        return;
    spin_lock(&a->object->lock);
    list_push_back(&a->object->mappings, &a->object_link);
    spin_unlock(&a->object->lock);
}

void area_unlink(struct space *s, struct area *a)
{
    rb_remove(&s->areas, &a->node);
    s->area_count--;
    s->mapped_pages -= (a->end - a->start) >> PAGE_SHIFT;
    if (!a->object)
        return;
    spin_lock(&a->object->lock);
    list_remove(&a->object_link);
    spin_unlock(&a->object->lock);
}

struct area *area_at_or_above(struct space *s, uaddr_t addr)
{
    struct area *best = NULL;
    for (struct rbnode *n = s->areas.root; n;) {
        struct area *a = rb_entry(n, struct area, node);
        if (a->end > addr)
            best = a;
        n = a->end > addr ? n->left : n->right;
    }
    return best;
}

struct area *space_area_find(struct space *s, uaddr_t addr)
{
    struct area *a = area_at_or_above(s, addr);
    return a && a->start <= addr ? a : NULL;
}

struct area *space_area_first(struct space *s)
{
    struct rbnode *n = rb_first(&s->areas);
    return n ? rb_entry(n, struct area, node) : NULL;
}

struct area *space_area_next(struct area *a)
{
    struct rbnode *n = rb_next(&a->node);
    return n ? rb_entry(n, struct area, node) : NULL;
}

struct area *area_prev(struct area *a)
{
    struct rbnode *n = rb_prev(&a->node);
    return n ? rb_entry(n, struct area, node) : NULL;
}

void area_split(struct space *s, struct area *a, uaddr_t addr, struct area *spare)
{
    area_copy(spare, a);
    spare->start = addr;
    if (a->object)
        spare->offset += addr - a->start;
    s->mapped_pages -= (a->end - addr) >> PAGE_SHIFT; // area_link counts them again
    a->end = addr;
    area_link(s, spare);
}

/* Can b, which begins where a ends, be part of a? */
static bool areas_join(const struct area *a, const struct area *b)
{
    return a->end == b->start && a->flags == b->flags && a->object == b->object && a->file == b->file &&
           !(a->flags & AREA_GROWDOWN) && (!a->object || a->offset + (a->end - a->start) == b->offset);
}

static void absorb(struct space *s, struct area *a, struct area *b)
{
    area_unlink(s, b);
    s->mapped_pages += (b->end - b->start) >> PAGE_SHIFT;
    a->end = b->end;
    area_free(b);
}

struct area *area_join(struct space *s, struct area *a)
{
    struct area *prev = area_prev(a), *next = space_area_next(a);
    if (next && areas_join(a, next))
        absorb(s, a, next);
    if (prev && areas_join(prev, a)) {
        absorb(s, prev, a);
        return prev;
    }
    return a;
}

bool area_spares_get(struct area_spares *sp)
{
    sp->area[0] = area_alloc();
    sp->area[1] = area_alloc();
    if (sp->area[0] && sp->area[1])
        return true;
    area_spares_put(sp);
    return false;
}

void area_spares_put(struct area_spares *sp)
{
    for (unsigned i = 0; i < 2; i++)
        if (sp->area[i])
            area_free(sp->area[i]);
}

static void cut_at(struct space *s, uaddr_t addr, struct area **spare)
{
    struct area *a = space_area_find(s, addr);
    if (!a || a->start == addr)
        return;
    area_split(s, a, addr, *spare);
    *spare = NULL;
}

void area_cut(struct space *s, uaddr_t start, uaddr_t end, struct area_spares *sp)
{
    cut_at(s, start, &sp->area[0]);
    cut_at(s, end, &sp->area[1]);
}

int area_remove_range(struct space *s, uaddr_t start, uaddr_t end)
{
    struct area *a = area_at_or_above(s, start);
    if (!a || a->start >= end)
        return 0;
    struct area_spares sp;
    if (!area_spares_get(&sp))
        return -ENOMEM;
    int err = pagetable_clear(s, start, end);
    if (!err) {
        area_cut(s, start, end, &sp);
        while ((a = area_at_or_above(s, start)) && a->start < end) {
            area_unlink(s, a);
            area_free(a);
        }
        if (end > s->free_hint)
            s->free_hint = s->mmap_top;
    }
    area_spares_put(&sp);
    return err;
}

bool area_range_is_mapped(struct space *s, uaddr_t start, uaddr_t end)
{
    for (struct area *a = area_at_or_above(s, start); start < end; a = space_area_next(a)) {
        if (!a || a->start > start)
            return false;
        start = a->end;
    }
    return true;
}
