// SPDX-License-Identifier: ISC
/*
 * Advisory locks. An inode has a list of held ranges; each belongs to an owner. Setting a range
 * replaces what the owner held there, so a lock may be cut in two, or merge with its neighbours.
 *
 * One spinlock guards all lists and one wait queue holds all who wait: locks are rare and short,
 * and a woken waiter just tries again.
 */
#include "fs/lock.h"

#include "abi/errno.h"
#include "fs/inode.h"
#include "mm/heap.h"
#include "task/process.h"
#include "task/signal.h"

enum lock_kind { LOCK_RECORD, LOCK_WHOLE }; // the two kinds never meet

struct file_lock {
    struct file_lock *next;
    enum lock_kind kind;
    const void *owner;
    bool write;
    int pid;             // -1 for open file description locks
    uint64_t start, end; // inclusive
};

/* Who waits for whom, to find a circle before it closes. Lives on the waiter's stack. */
struct blocked {
    struct blocked *next;
    const void *owner, *on;
};

static SLAB_CACHE(file_lock_cache, struct file_lock);
static struct spinlock locks_lock = SPINLOCK("file locks");
static struct wait_queue released = {&locks_lock, LIST_INIT(released.waiters)};
static struct blocked *blocked_list; // [locks_lock]

static struct file_lock *list_head(struct inode *i)
{
    return atomic_load_explicit(&i->locks, memory_order_relaxed);
}

/* A lock of somebody else that `want` cannot live with, or NULL. */
static struct file_lock *find_conflict(struct inode *i, const struct file_lock *want)
{
    for (struct file_lock *l = list_head(i); l; l = l->next)
        if (l->kind == want->kind && l->owner != want->owner && (l->write || want->write) &&
            l->start <= want->end && want->start <= l->end)
            return l;
    return NULL;
}

/*
 * Takes the owner's locks out of the range of `want`. What reaches past it stays; where a lock is
 * cut in two, *spare (allocated before) becomes the right half. With `merge`, neighbours and
 * overlaps of the same type are swallowed and `want` grows instead.
 */
static void carve(struct inode *i, struct file_lock *want, bool merge, struct file_lock **spare)
{
    struct file_lock *keep = NULL, *next;
    for (struct file_lock *l = list_head(i); l; l = next) {
        next = l->next;
        bool mine = l->kind == want->kind && l->owner == want->owner;
        bool overlaps = l->start <= want->end && want->start <= l->end;
        bool touches = overlaps || (l->end != UINT64_MAX && l->end + 1 == want->start) ||
                       (want->end != UINT64_MAX && want->end + 1 == l->start);
        if (mine && merge && touches && l->write == want->write) {
            want->start = MIN(want->start, l->start);
            want->end = MAX(want->end, l->end);
            slab_free(&file_lock_cache, l);
            continue;
        }
        if (mine && overlaps) {
            bool left = l->start<want->start, right = l->end> want->end;
            if (!left && !right) {
                slab_free(&file_lock_cache, l);
                continue;
            }
            if (left && right) {
                **spare = *l;
                (*spare)->start = want->end + 1;
                (*spare)->next = keep;
                keep = *spare;
                *spare = NULL;
            } else if (right) {
                l->start = want->end + 1;
            }
            if (left)
                l->end = want->start - 1;
        }
        l->next = keep;
        keep = l;
    }
    atomic_store(&i->locks, keep);
}

/* Would waiting for `on` close a circle that leads back to `owner`? */
static bool is_deadlock(const void *owner, const void *on)
{
    for (int steps = 0; steps < 100; steps++) {
        if (on == owner)
            return true;
        struct blocked *b = blocked_list;
        while (b && b->owner != on)
            b = b->next;
        if (!b)
            return false;
        on = b->on;
    }
    return false;
}

static int wait_for(const struct file_lock *want, const struct file_lock *holder)
{
    if (want->kind == LOCK_RECORD && is_deadlock(want->owner, holder->owner))
        return -EDEADLK;
    struct blocked me = {blocked_list, want->owner, holder->owner};
    blocked_list = &me;
    int err = wait_on(&released, WAIT_SIGNALS, NEVER, "file lock");
    struct blocked **b = &blocked_list;
    while (*b != &me)
        b = &(*b)->next;
    *b = me.next;
    return err < 0 ? -ERESTARTSYS : 0;
}

/* Sets or (unlock) removes a range. -EAGAIN when held by others and !wait. */
static int lock_apply(struct inode *i, const struct file_lock *want, bool unlock, bool wait)
{
    struct file_lock *entry = slab_alloc(&file_lock_cache);
    struct file_lock *spare = slab_alloc(&file_lock_cache);
    int err = entry && spare ? 0 : -ENOMEM;
    spin_lock(&locks_lock);
    struct file_lock *holder;
    while (!err && !unlock && (holder = find_conflict(i, want)))
        err = wait ? wait_for(want, holder) : -EAGAIN;
    if (!err) {
        *entry = *want;
        carve(i, entry, !unlock, &spare);
        if (!unlock) {
            entry->next = list_head(i);
            atomic_store(&i->locks, entry);
            entry = NULL;
        }
        wake_all(&released); // an unlock, or a write lock that became a read lock
    }
    spin_unlock(&locks_lock);
    if (entry)
        slab_free(&file_lock_cache, entry);
    if (spare)
        slab_free(&file_lock_cache, spare);
    return err;
}

/* struct flock's range as inclusive bytes: -EINVAL, -EOVERFLOW. */
static int range_decode(struct file *f, const struct flock *r, uint64_t *start, uint64_t *end)
{
    int64_t base = 0, from, to;
    if (r->l_whence == SEEK_CUR)
        base = (int64_t)f->pos;
    else if (r->l_whence == SEEK_END)
        base = f->inode->object ? (int64_t)f->inode->object->size : 0;
    else if (r->l_whence != SEEK_SET)
        return -EINVAL;
    if (__builtin_add_overflow(base, r->l_start, &from))
        return -EOVERFLOW;
    if (r->l_len == 0)
        to = INT64_MAX;
    else if (__builtin_add_overflow(from, r->l_len - 1, &to))
        return -EOVERFLOW;
    if (r->l_len < 0) { // the bytes before l_start
        to = from - 1;
        from += r->l_len;
    }
    if (from < 0)
        return -EINVAL;
    *start = (uint64_t)from;
    *end = to == INT64_MAX ? UINT64_MAX : (uint64_t)to;
    return 0;
}

static void report_conflict(struct inode *i, const struct file_lock *want, struct flock *range)
{
    spin_lock(&locks_lock);
    struct file_lock *l = find_conflict(i, want);
    if (l) {
        *range = (struct flock){.l_type = l->write ? F_WRLCK : F_RDLCK,
                                .l_whence = SEEK_SET,
                                .l_start = (off_t)l->start,
                                .l_len = l->end == UINT64_MAX ? 0 : (off_t)(l->end - l->start + 1),
                                .l_pid = l->pid};
    } else {
        range->l_type = F_UNLCK;
    }
    spin_unlock(&locks_lock);
}

int file_lock_fcntl(struct file *f, int cmd, struct flock *range)
{
    bool whole_file_owner = cmd == F_OFD_GETLK || cmd == F_OFD_SETLK || cmd == F_OFD_SETLKW;
    if (!f->inode || (whole_file_owner && range->l_pid != 0))
        return -EINVAL;
    if (range->l_type != F_RDLCK && range->l_type != F_WRLCK && range->l_type != F_UNLCK)
        return -EINVAL;
    struct file_lock want = {
        .kind = LOCK_RECORD,
        .owner = whole_file_owner ? (const void *)f : (const void *)current_process()->files,
        .write = range->l_type == F_WRLCK,
        .pid = whole_file_owner ? -1 : current_process()->id,
    };
    int err = range_decode(f, range, &want.start, &want.end);
    if (err < 0)
        return err;
    if (cmd == F_GETLK || cmd == F_OFD_GETLK) {
        if (range->l_type == F_UNLCK)
            return -EINVAL;
        report_conflict(f->inode, &want, range);
        return 0;
    }
    if ((range->l_type == F_RDLCK && !file_readable(f)) ||
        (range->l_type == F_WRLCK && !file_writable(f)))
        return -EBADF;
    bool wait = cmd == F_SETLKW || cmd == F_OFD_SETLKW;
    return lock_apply(f->inode, &want, range->l_type == F_UNLCK, wait);
}

int file_lock_whole(struct file *f, int operation)
{
    int op = operation & ~LOCK_NB;
    if ((op != LOCK_SH && op != LOCK_EX && op != LOCK_UN) || !f->inode)
        return -EINVAL;
    struct file_lock want = {.kind = LOCK_WHOLE,
                             .owner = f,
                             .write = op == LOCK_EX,
                             .pid = current_process()->id,
                             .end = UINT64_MAX};
    // A conversion gives the old lock up first, so two that both convert cannot block each other.
    int err = list_head(f->inode) ? lock_apply(f->inode, &want, true, false) : 0;
    if (err || op == LOCK_UN)
        return err;
    return lock_apply(f->inode, &want, false, !(operation & LOCK_NB));
}

/* Removes all locks of an owner: cutting out everything needs no spare and no memory. */
static void drop_all(struct inode *i, const void *owner)
{
    struct file_lock all = {.owner = owner, .end = UINT64_MAX};
    struct file_lock *none = NULL;
    spin_lock(&locks_lock);
    all.kind = LOCK_RECORD;
    carve(i, &all, false, &none);
    all.kind = LOCK_WHOLE;
    carve(i, &all, false, &none);
    wake_all(&released);
    spin_unlock(&locks_lock);
}

void file_locks_close(struct file *f, struct fd_table *t)
{
    if (f->inode && list_head(f->inode))
        drop_all(f->inode, t);
}

void file_locks_drop(struct file *f)
{
    if (f->inode && list_head(f->inode))
        drop_all(f->inode, f);
}
