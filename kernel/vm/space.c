// SPDX-License-Identifier: ISC
/* Life of an address space, and access to it from outside: by fork, exec, /proc and futexes. */
#include "vm/space.h"
#include "abi/errno.h"
#include "lib/string.h"
#include "mm/heap.h"
#include "sched/sched.h"
#include "vm/area.h"
#include "vm/pagetable.h"
#include "x86/cpu.h"

#define MMAP_TOP 0x00007ffff7fff000ul // below it 128 MiB for the stack and its gap

static SLAB_CACHE(space_cache, struct space);

static _Atomic uint64_t last_id;

struct space *space_create(void)
{
    struct space *s = slab_zalloc(&space_cache);
    if (!s)
        return NULL;
    s->root = pagetable_create();
    if (!s->root.addr) {
        slab_free(&space_cache, s);
        return NULL;
    }
    s->id = ++last_id;
    s->refs = 1;
    s->mmap_top = s->free_hint = MMAP_TOP;
    s->limit_as = s->limit_stack = s->limit_data = UINT64_MAX;
    mutex_init(&s->lock, "address space");
    return s;
}

void space_get(struct space *s)
{
    atomic_fetch_add_explicit(&s->refs, 1, memory_order_relaxed);
}

void space_put(struct space *s)
{
    if (atomic_fetch_sub_explicit(&s->refs, 1, memory_order_acq_rel) != 1)
        return;
    space_unload(s);
    struct area *a;
    while ((a = space_area_first(s))) {
        area_unlink(s, a);
        area_free(a);
    }
    pagetable_destroy(s);
    if (s->exe)
        area_file_ops.put(s->exe);
    slab_free(&space_cache, s);
}

static bool copy_areas(struct space *from, struct space *to)
{
    for (struct area *a = space_area_first(from); a; a = space_area_next(a)) {
        struct area *b = area_alloc();
        if (!b)
            return false;
        area_copy(b, a);
        area_link(to, b);
    }
    return true;
}

struct space *space_fork(struct space *s)
{
    struct space *child = space_create();
    if (!child)
        return NULL;
    mutex_lock(&s->lock);
    mutex_lock(&child->lock); // nobody knows the child, but memobj_truncate may find its areas
    child->brk_start = s->brk_start;
    child->brk = s->brk;
    child->mmap_top = s->mmap_top;
    child->free_hint = s->free_hint;
    child->free_hint_size = s->free_hint_size;
    child->arg_start = s->arg_start;
    child->arg_end = s->arg_end;
    child->env_start = s->env_start;
    child->env_end = s->env_end;
    child->stack_top = s->stack_top;
    child->code_start = s->code_start;
    child->code_end = s->code_end;
    child->data_start = s->data_start;
    child->data_end = s->data_end;
    child->limit_as = s->limit_as;
    child->limit_stack = s->limit_stack;
    child->limit_data = s->limit_data;
    memcpy(child->exe_path, s->exe_path, sizeof(s->exe_path));
    child->exe = s->exe;
    if (child->exe)
        area_file_ops.get(child->exe);
    bool ok = copy_areas(s, child);
    if (ok)
        pagetable_share(s, child); // cannot fail
    mutex_unlock(&child->lock);
    mutex_unlock(&s->lock);
    if (ok)
        return child;
    space_put(child);
    return NULL;
}

void space_switch_current(struct space *s)
{
    struct thread *t = current;
    struct space *old = t->space;
    uint64_t irq = irq_save();
    t->space = s;
    space_load(s);
    irq_restore(irq);
    if (old)
        space_put(old);
}

struct space *space_of_current(void)
{
    return current->space;
}

/* --- access from outside: page by page, each held by a reference while it is copied --- */

int space_get_frame(struct space *s, uaddr_t addr, bool write, struct frame **out)
{
    mutex_lock(&s->lock);
    int err = fault_locked(s, addr, write, false);
    if (!err) {
        *out = entry_frame(*pagetable_find(s, addr));
        frame_get(*out);
    }
    mutex_unlock(&s->lock);
    return err;
}

static ssize_t space_copy(struct space *s, uaddr_t addr, void *buf, size_t n, bool write)
{
    size_t done = 0;
    while (done < n) {
        size_t offset = (addr + done) % PAGE_SIZE;
        size_t part = MIN(n - done, PAGE_SIZE - offset);
        struct frame *f;
        int err = space_get_frame(s, addr + done, write, &f);
        if (err)
            return done ? (ssize_t)done : err;
        char *page = (char *)frame_data(f) + offset;
        if (write)
            memcpy(page, (char *)buf + done, part);
        else
            memcpy((char *)buf + done, page, part);
        frame_put(f);
        done += part;
    }
    return done;
}

ssize_t space_read(struct space *s, uaddr_t addr, void *buf, size_t n)
{
    return space_copy(s, addr, buf, n, false);
}

ssize_t space_write(struct space *s, uaddr_t addr, const void *buf, size_t n)
{
    return space_copy(s, addr, (void *)buf, n, true);
}

/*
 * A private futex is named by its space and address. A shared one by the object behind the page, so
 * that two mappings of one file meet; in private anonymous memory sharing can only mean the threads
 * of this space.
 */
int space_futex_key(struct space *s, uaddr_t addr, bool shared, struct futex_key *key)
{
    *key = (struct futex_key){(uintptr_t)s, addr};
    if (!shared)
        return 0;
    mutex_lock(&s->lock);
    struct area *a = space_area_find(s, addr);
    if (a && a->object && a->flags & AREA_SHARED)
        *key = (struct futex_key){(uintptr_t)a->object, a->offset + (addr - a->start)};
    mutex_unlock(&s->lock);
    return a ? 0 : -EFAULT;
}

/* Linux, Documentation/admin-guide/mm/pagemap.rst: 63 present, 61 file or shared, 56 exclusive, 0-54 frame. */
uint64_t space_pagemap(struct space *s, uaddr_t addr)
{
    struct frame *t = frame_of(s->root);
    bool exclusive = true;
    for (unsigned level = 3; level > 0; level--) {
        pte_t e = table_entries(t)[table_index(addr, level)];
        if (!e)
            return 0;
        t = entry_frame(e);
        exclusive &= t->refs == 1;
    }
    pte_t e = table_entries(t)[table_index(addr, 0)];
    if (!entry_used(e))
        return 0;
    struct frame *f = entry_frame(e);
    exclusive &= f->refs == 1 && f != frame_zero;
    return 1ul << 63 | (uint64_t)(f->flags & FRAME_CACHE ? 1 : 0) << 61 | (uint64_t)exclusive << 56 |
           pte_phys(e).addr >> PAGE_SHIFT;
}
