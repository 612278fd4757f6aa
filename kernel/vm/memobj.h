// SPDX-License-Identifier: ISC
/*
 * A memory object: pages that can be mapped, with a page number each. A file's contents, a shared
 * anonymous area, a System V segment are memory objects; the frames in it are the page cache, so a
 * read(2), a write(2) and a mapping see the same bytes.
 *
 * Each cached frame holds one reference for the object; a mapping adds one per page-table entry.
 */
#pragma once

#include "lib/base.h"
#include "mm/frame.h"
#include "mm/pagetree.h"
#include "x86/spinlock.h"

struct memobj;

struct memobj_ops {
    /* Fills a new frame (already zeroed) of page `index`; may sleep; 0, -EIO, -ENOMEM. NULL = zeroes. */
    int (*fill)(struct memobj *o, uint64_t index, struct frame *f);
    /* Asked before a new page is made: 0, or -ENOSPC where the owner has had its share. May be NULL. */
    int (*admit)(struct memobj *o);
    /* The last reference is gone; frames are released already. Frees the owner. */
    void (*destroy)(struct memobj *o);
};

struct memobj {
    _Atomic int refs;
    struct spinlock lock;
    struct pagetree pages; // [lock] struct frame *
    uint64_t size;         // [lock] bytes; pages past it give SIGBUS
    const struct memobj_ops *ops;
    struct list mappings;  // [lock] struct area.object_link: for truncation
};

void memobj_init(struct memobj *o, const struct memobj_ops *ops, uint64_t size);
struct memobj *memobj_anonymous(uint64_t size); // for MAP_SHARED|MAP_ANONYMOUS, shm; NULL without memory
void memobj_get(struct memobj *o);
void memobj_put(struct memobj *o); // may sleep

/*
 * The frame of page `index`, with a reference for the caller, made if `create` (zeroed, or filled by
 * ops->fill). -ENOENT: a hole and !create. -EFBIG: past the end and `create` of a page behind size is
 * allowed only for writers who extend (check_size false). -ENOMEM.
 */
int memobj_frame(struct memobj *o, uint64_t index, bool create, bool check_size, struct frame **out);

/* Bytes in and out of the object without a mapping; kernel buffers. Used by file systems: user copies go page by page. */
ssize_t memobj_read_user(struct memobj *o, uint64_t pos, uaddr_t buf, size_t n);  // up to size; short at the end
ssize_t memobj_write_user(struct memobj *o, uint64_t pos, uaddr_t buf, size_t n); // extends size
ssize_t memobj_read(struct memobj *o, uint64_t pos, void *buf, size_t n);
ssize_t memobj_write(struct memobj *o, uint64_t pos, const void *buf, size_t n);

/* Sets the size; pages past it leave the object and every mapping; the tail of the last page is zeroed. */
int memobj_truncate(struct memobj *o, uint64_t size);
size_t memobj_frames(struct memobj *o);
size_t memobj_cached_frames(void); // of all objects
