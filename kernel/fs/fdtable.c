// SPDX-License-Identifier: ISC
/*
 * Descriptor tables: from a small number to an open file. A process has one; threads and
 * CLONE_FILES share it. `lowest_free` is a hint that no free number lies below, so that the common
 * open finds its number at once.
 *
 * The table's lock is a spinlock. What may sleep (allocating, putting a file) happens outside it:
 * an entry is taken out under the lock and its file put afterwards.
 */
#include "abi/errno.h"
#include "abi/fcntl.h"
#include "fs/file.h"
#include "fs/lock.h"
#include "lib/string.h"
#include "mm/heap.h"
#include "task/process.h"

#define FIRST_SIZE 32u
#define TABLE_MAX  (1u << 18) // as many as the largest kmalloc holds

static SLAB_CACHE(fd_table_cache, struct fd_table);

static inline bool entry_is_open(const struct fd_entry *e)
{
    return (uintptr_t)e->file > (uintptr_t)FD_RESERVED;
}

struct fd_table *fd_table_create(void)
{
    struct fd_table *t = slab_zalloc(&fd_table_cache);
    struct fd_entry *entries = kzalloc(FIRST_SIZE * sizeof(*entries));
    if (!t || !entries) {
        if (t)
            slab_free(&fd_table_cache, t);
        kfree(entries);
        return NULL;
    }
    atomic_init(&t->refs, 1);
    spin_init(&t->lock, "descriptors");
    t->entries = entries;
    t->size = FIRST_SIZE;
    return t;
}

/* One more than the highest number in use. Lock held. */
static unsigned used_locked(struct fd_table *t)
{
    unsigned n = t->size;
    while (n > 0 && !t->entries[n - 1].file)
        n--;
    return n;
}

/*
 * Makes room for at least `want` entries. Allocates without the lock, so another thread may have
 * grown the table meanwhile: then its array stays. 0, -ENOMEM.
 */
static int table_grow(struct fd_table *t, unsigned want)
{
    unsigned size = FIRST_SIZE;
    while (size < want)
        size *= 2;
    struct fd_entry *fresh = kzalloc(size * sizeof(*fresh));
    if (!fresh)
        return -ENOMEM;
    spin_lock(&t->lock);
    if (t->size < size) {
        struct fd_entry *old = t->entries;
        memcpy(fresh, old, t->size * sizeof(*old));
        t->entries = fresh;
        t->size = size;
        fresh = old;
    }
    spin_unlock(&t->lock);
    kfree(fresh);
    return 0;
}

struct fd_table *fd_table_copy(struct fd_table *t)
{
    struct fd_table *copy = fd_table_create();
    if (!copy)
        return NULL;
    spin_lock(&t->lock);
    unsigned used;
    while ((used = used_locked(t)) > copy->size) {
        spin_unlock(&t->lock);
        if (table_grow(copy, used) < 0) {
            fd_table_put(copy);
            return NULL;
        }
        spin_lock(&t->lock);
    }
    for (unsigned n = 0; n < used; n++) {
        if (!entry_is_open(&t->entries[n]))
            continue;
        copy->entries[n] = t->entries[n];
        file_get(copy->entries[n].file);
    }
    copy->lowest_free = 0; // a reserved number is free in the copy
    spin_unlock(&t->lock);
    return copy;
}

void fd_table_get(struct fd_table *t)
{
    atomic_fetch_add_explicit(&t->refs, 1, memory_order_relaxed);
}

void fd_table_put(struct fd_table *t)
{
    if (atomic_fetch_sub_explicit(&t->refs, 1, memory_order_acq_rel) != 1)
        return;
    for (unsigned n = 0; n < t->size; n++)
        if (entry_is_open(&t->entries[n])) {
            file_locks_close(t->entries[n].file, t);
            file_put(t->entries[n].file);
        }
    kfree(t->entries);
    slab_free(&fd_table_cache, t);
}

/* Takes the file out of number n; NULL when it is not open or only reserved. Lock held. */
static struct file *take_locked(struct fd_table *t, unsigned n)
{
    if (n >= t->size || !entry_is_open(&t->entries[n]))
        return NULL;
    struct file *f = t->entries[n].file;
    t->entries[n] = (struct fd_entry){NULL, false};
    t->lowest_free = MIN(t->lowest_free, n);
    return f;
}

/* Ends what number n held; the process's record locks on that file go with it (POSIX). */
static void close_taken(struct fd_table *t, struct file *f)
{
    if (!f)
        return;
    file_locks_close(f, t);
    file_put(f);
}

void fd_table_close_on_exec(struct fd_table *t)
{
    spin_lock(&t->lock);
    for (unsigned n = 0; n < t->size; n++) {
        struct file *f = t->entries[n].close_on_exec ? take_locked(t, n) : NULL;
        if (!f)
            continue;
        spin_unlock(&t->lock);
        close_taken(t, f);
        spin_lock(&t->lock);
    }
    spin_unlock(&t->lock);
}

struct file *fd_table_next(struct fd_table *t, int *fd)
{
    struct file *found = NULL;
    spin_lock(&t->lock);
    for (unsigned n = (unsigned)*fd; n < t->size && !found; n++)
        if (entry_is_open(&t->entries[n])) {
            found = t->entries[n].file;
            file_get(found);
            *fd = (int)n;
        }
    spin_unlock(&t->lock);
    return found;
}

struct file *fd_get_any(int fd)
{
    struct fd_table *t = current_process()->files;
    struct file *f = NULL;
    spin_lock(&t->lock);
    if ((unsigned)fd < t->size && entry_is_open(&t->entries[fd])) {
        f = t->entries[fd].file;
        file_get(f);
    }
    spin_unlock(&t->lock);
    return f;
}

struct file *fd_get(int fd)
{
    struct file *f = fd_get_any(fd);
    if (unlikely(f && (f->flags & O_PATH))) {
        file_put(f);
        return NULL;
    }
    return f;
}

/* The lowest free number from `from` on, below the limit. Lock held. -EMFILE, or -ENOSPC: grow. */
static int find_free_locked(struct fd_table *t, unsigned from, uint64_t limit)
{
    unsigned n = MAX(from, t->lowest_free);
    while (n < t->size && t->entries[n].file)
        n++;
    if (n >= limit || n >= TABLE_MAX)
        return -EMFILE;
    return n < t->size ? (int)n : -ENOSPC;
}

/* Puts `f` (or FD_RESERVED) under the lowest free number >= from. Consumes nothing. */
static int place(struct file *f, bool close_on_exec, unsigned from)
{
    struct fd_table *t = current_process()->files;
    uint64_t limit = process_limit(current_process(), RLIMIT_NOFILE);
    for (;;) {
        spin_lock(&t->lock);
        int n = find_free_locked(t, from, limit);
        if (n >= 0) {
            t->entries[n] = (struct fd_entry){f, close_on_exec};
            if (from <= t->lowest_free)
                t->lowest_free = (unsigned)n + 1;
        }
        unsigned want = MAX(t->size, from) + 1;
        spin_unlock(&t->lock);
        if (n != -ENOSPC)
            return n;
        int err = table_grow(t, want);
        if (err < 0)
            return err;
    }
}

int fd_install(struct file *f, bool close_on_exec, int at_least)
{
    int n;
    if (at_least < 0 || (uint64_t)at_least >= process_limit(current_process(), RLIMIT_NOFILE))
        n = at_least == 0 ? -EMFILE : -EINVAL;
    else
        n = place(f, close_on_exec, (unsigned)at_least);
    if (n < 0)
        file_put(f);
    return n;
}

int fd_reserve(bool close_on_exec)
{
    return place(FD_RESERVED, close_on_exec, 0);
}

void fd_fill(int fd, struct file *f)
{
    struct fd_table *t = current_process()->files;
    spin_lock(&t->lock);
    assert(t->entries[fd].file == FD_RESERVED);
    t->entries[fd].file = f;
    spin_unlock(&t->lock);
}

void fd_unreserve(int fd)
{
    struct fd_table *t = current_process()->files;
    spin_lock(&t->lock);
    assert(t->entries[fd].file == FD_RESERVED);
    t->entries[fd] = (struct fd_entry){NULL, false};
    t->lowest_free = MIN(t->lowest_free, (unsigned)fd);
    spin_unlock(&t->lock);
}

int fd_replace(int fd, struct file *f, bool close_on_exec)
{
    struct fd_table *t = current_process()->files;
    int err = 0;
    if (fd < 0 || (uint64_t)fd >= process_limit(current_process(), RLIMIT_NOFILE) ||
        (unsigned)fd >= TABLE_MAX)
        err = -EBADF;
    else if ((unsigned)fd >= t->size)
        err = table_grow(t, (unsigned)fd + 1);
    if (err < 0) {
        file_put(f);
        return err;
    }
    spin_lock(&t->lock);
    struct file *old = t->entries[fd].file;
    if (old == FD_RESERVED) { // another thread is about to fill it
        spin_unlock(&t->lock);
        file_put(f);
        return -EBUSY;
    }
    t->entries[fd] = (struct fd_entry){f, close_on_exec};
    spin_unlock(&t->lock);
    close_taken(t, old);
    return fd;
}

int fd_close(int fd)
{
    struct fd_table *t = current_process()->files;
    spin_lock(&t->lock);
    struct file *f = take_locked(t, (unsigned)fd);
    spin_unlock(&t->lock);
    if (!f)
        return -EBADF;
    close_taken(t, f);
    return 0;
}

int fd_flags_get(int fd)
{
    struct fd_table *t = current_process()->files;
    int flags = -EBADF;
    spin_lock(&t->lock);
    if ((unsigned)fd < t->size && entry_is_open(&t->entries[fd]))
        flags = t->entries[fd].close_on_exec ? FD_CLOEXEC : 0;
    spin_unlock(&t->lock);
    return flags;
}

int fd_flags_set(int fd, bool close_on_exec)
{
    struct fd_table *t = current_process()->files;
    int err = -EBADF;
    spin_lock(&t->lock);
    if ((unsigned)fd < t->size && entry_is_open(&t->entries[fd])) {
        t->entries[fd].close_on_exec = close_on_exec;
        err = 0;
    }
    spin_unlock(&t->lock);
    return err;
}

/*
 * CLOSE_RANGE_UNSHARE: from here on the caller's process has a table of its own. Other threads of
 * the process may be in the middle of using the shared one: then -EINVAL.
 */
static int unshare_table(void)
{
    struct process *p = current_process();
    if (atomic_load(&p->files->refs) == 1)
        return 0;
    if (p->thread_count > 1)
        return -EINVAL;
    struct fd_table *fresh = fd_table_copy(p->files);
    if (!fresh)
        return -ENOMEM;
    spin_lock(&p->lock);
    struct fd_table *old = p->files;
    p->files = fresh;
    spin_unlock(&p->lock);
    fd_table_put(old);
    return 0;
}

int fd_close_range(unsigned first, unsigned last, unsigned flags)
{
    if ((flags & ~(CLOSE_RANGE_UNSHARE | CLOSE_RANGE_CLOEXEC)) || first > last)
        return -EINVAL;
    int err = flags & CLOSE_RANGE_UNSHARE ? unshare_table() : 0;
    if (err < 0)
        return err;
    struct fd_table *t = current_process()->files;
    spin_lock(&t->lock);
    for (unsigned n = first; n <= last && n < t->size; n++) {
        if (!entry_is_open(&t->entries[n]))
            continue;
        if (flags & CLOSE_RANGE_CLOEXEC) {
            t->entries[n].close_on_exec = true;
            continue;
        }
        struct file *f = take_locked(t, n);
        spin_unlock(&t->lock);
        close_taken(t, f);
        spin_lock(&t->lock);
    }
    spin_unlock(&t->lock);
    return 0;
}
