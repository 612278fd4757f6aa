// SPDX-License-Identifier: ISC
/*
 * What all inodes have in common: references, attributes, permissions, and a directory's place in
 * the tree.
 */
#include "fs/inode.h"

#include "abi/errno.h"
#include "fs/path.h"
#include "lib/string.h"
#include "mm/heap.h"
#include "task/process.h"
#include "task/signal.h"
#include "x86/clock.h"

#define SIZE_MAX_BYTES INT64_MAX

static _Atomic size_t inodes_live;
struct spinlock inode_tree_lock = SPINLOCK("inode tree");
struct fifo_ops fifo_ops;

struct timespec inode_now(void)
{
    uint64_t ns = clock_realtime_ns();
    return (struct timespec){(time_t)(ns / NSEC_PER_SEC), (long)(ns % NSEC_PER_SEC)};
}

// --- life ----------------------------------------------------------------------------------------

void inode_init(struct inode *i, struct filesystem *fs, const struct inode_ops *ops, uint32_t mode)
{
    memset(i, 0, sizeof(*i));
    atomic_init(&i->refs, 1);
    i->ops = ops;
    i->fs = fs;
    mutex_init(&i->lock, "inode");
    i->ino = atomic_fetch_add_explicit(&fs->next_ino, 1, memory_order_relaxed);
    i->mode = mode;
    i->links = 1;
    i->uid = caller_uid();
    i->gid = caller_gid();
    i->atime = i->mtime = i->ctime = inode_now();
    atomic_fetch_add_explicit(&inodes_live, 1, memory_order_relaxed);
}

void inode_done(struct inode *i)
{
    kfree(i->name);
    atomic_fetch_sub_explicit(&inodes_live, 1, memory_order_relaxed);
}

/*
 * A directory holds its parent, so the end of one may be the end of the next above it: a loop,
 * since a deleted chain may be as long as memory allows and a kernel stack is not.
 */
void inode_put(struct inode *i)
{
    while (i && atomic_fetch_sub_explicit(&i->refs, 1, memory_order_acq_rel) == 1) {
        struct inode *parent = i->parent;
        if (i->pipe)
            fifo_ops.destroy(i);
        i->ops->destroy(i);
        i = parent;
    }
}

size_t inode_count(void)
{
    return atomic_load(&inodes_live);
}

// --- inodes without a directory ------------------------------------------------------------------

static SLAB_CACHE(anonymous_cache, struct inode);

static void anonymous_destroy(struct inode *i)
{
    inode_done(i);
    slab_free(&anonymous_cache, i);
}

static const struct inode_ops anonymous_ops = {.destroy = anonymous_destroy};

static struct filesystem pipe_filesystem = {
    .type = "pipefs", .source = "pipefs", .magic = PIPEFS_MAGIC, .dev = 0xd, .next_ino = 1};

struct inode *inode_create_anonymous(uint32_t mode)
{
    struct inode *i = slab_alloc(&anonymous_cache);
    if (i)
        inode_init(i, &pipe_filesystem, &anonymous_ops, mode);
    return i;
}

// --- attributes ----------------------------------------------------------------------------------

void inode_stat(struct inode *i, struct stat *st)
{
    memset(st, 0, sizeof(*st));
    st->st_dev = i->fs->dev;
    st->st_ino = i->ino;
    st->st_nlink = i->links;
    st->st_mode = i->mode;
    st->st_uid = i->uid;
    st->st_gid = i->gid;
    st->st_rdev = i->rdev;
    st->st_blksize = PAGE_SIZE;
    st->st_atim = i->atime;
    st->st_mtim = i->mtime;
    st->st_ctim = i->ctime;
    if (i->object) {
        st->st_size = (off_t)i->object->size;
        st->st_blocks = (blkcnt_t)(memobj_frames(i->object) * (PAGE_SIZE / 512));
    }
    if (i->ops->stat)
        i->ops->stat(i, st);
}

void inode_touch_mtime(struct inode *i)
{
    i->mtime = i->ctime = inode_now();
}

void inode_touch_ctime(struct inode *i)
{
    i->ctime = inode_now();
}

static bool time_before(const struct timespec *a, const struct timespec *b)
{
    return a->tv_sec != b->tv_sec ? a->tv_sec < b->tv_sec : a->tv_nsec < b->tv_nsec;
}

/* Only the first read after a change counts, or after a day (Linux's relatime). */
void inode_touch_atime(struct inode *i)
{
    if (likely(time_before(&i->mtime, &i->atime) && time_before(&i->ctime, &i->atime)))
        return;
    i->atime = inode_now();
}

// --- credentials and permissions -----------------------------------------------------------------

static const struct credentials *caller_credentials(void)
{
    struct process *p = current ? current_process() : NULL;
    return p ? &p->cred : NULL;
}

uint32_t caller_uid(void)
{
    const struct credentials *c = caller_credentials();
    return c ? c->fsuid : 0;
}

uint32_t caller_gid(void)
{
    const struct credentials *c = caller_credentials();
    return c ? c->fsgid : 0;
}

bool caller_is_privileged(void)
{
    return caller_uid() == 0;
}

static bool in_groups(const struct credentials *c, uint32_t gid)
{
    for (unsigned n = 0; n < c->group_count; n++)
        if (c->groups[n] == gid)
            return true;
    return false;
}

bool caller_in_group(uint32_t gid)
{
    const struct credentials *c = caller_credentials();
    return !c || c->fsgid == gid || in_groups(c, gid);
}

/* Root reads and writes all, searches all directories, and executes what anybody may. */
static int privileged_permission(struct inode *i, int want)
{
    if ((want & 1) && !S_ISDIR(i->mode) && !(i->mode & 0111))
        return -EACCES;
    return 0;
}

int inode_permission(struct inode *i, int want, bool real_ids)
{
    if (i->ops->permission)
        return i->ops->permission(i, want);
    const struct credentials *c = caller_credentials();
    uint32_t uid = !c ? 0 : real_ids ? c->uid : c->fsuid;
    if (uid == 0)
        return privileged_permission(i, want);
    uint32_t gid = real_ids ? c->gid : c->fsgid;
    uint32_t bits = i->mode;
    if (uid == i->uid)
        bits >>= 6;
    else if (gid == i->gid || in_groups(c, i->gid))
        bits >>= 3;
    return (bits & (uint32_t)want) == (uint32_t)want ? 0 : -EACCES;
}

int inode_may_delete(struct inode *dir, struct inode *victim)
{
    int err = inode_permission(dir, 2 | 1, false);
    if (err < 0)
        return err;
    uint32_t uid = caller_uid();
    if ((dir->mode & S_ISVTX) && uid != 0 && uid != victim->uid && uid != dir->uid)
        return -EPERM;
    return 0;
}

// --- changes -------------------------------------------------------------------------------------

static bool caller_owns(struct inode *i)
{
    uint32_t uid = caller_uid();
    return uid == 0 || uid == i->uid;
}

int inode_chmod(struct inode *i, uint32_t mode)
{
    if (!caller_owns(i))
        return -EPERM;
    if (S_ISLNK(i->mode))
        return -EOPNOTSUPP;
    mutex_lock(&i->lock);
    if (!caller_is_privileged() && !caller_in_group(i->gid))
        mode &= ~(uint32_t)S_ISGID;
    i->mode = (i->mode & S_IFMT) | (mode & 07777);
    inode_touch_ctime(i);
    mutex_unlock(&i->lock);
    return 0;
}

int inode_chown(struct inode *i, uint32_t uid, uint32_t gid)
{
    bool changes_uid = uid != UINT32_MAX && uid != i->uid;
    bool changes_gid = gid != UINT32_MAX && gid != i->gid;
    if (!caller_is_privileged() &&
        (changes_uid || (changes_gid && !(caller_uid() == i->uid && caller_in_group(gid))) ||
         !caller_owns(i)))
        return -EPERM;
    mutex_lock(&i->lock);
    if (uid != UINT32_MAX)
        i->uid = uid;
    if (gid != UINT32_MAX)
        i->gid = gid;
    // A program that changes hands must not carry its privilege along.
    if (!S_ISDIR(i->mode)) {
        if (i->mode & S_IXGRP)
            i->mode &= ~(uint32_t)S_ISGID;
        i->mode &= ~(uint32_t)S_ISUID;
    }
    inode_touch_ctime(i);
    mutex_unlock(&i->lock);
    return 0;
}

static void set_time(struct timespec *to, const struct timespec *from, const struct timespec *now)
{
    if (from->tv_nsec == UTIME_NOW)
        *to = *now;
    else if (from->tv_nsec != UTIME_OMIT)
        *to = *from;
}

int inode_set_times(struct inode *i, const struct timespec times[2])
{
    static const struct timespec both_now[2] = {{0, UTIME_NOW}, {0, UTIME_NOW}};
    if (!times)
        times = both_now;
    if (times[0].tv_nsec == UTIME_OMIT && times[1].tv_nsec == UTIME_OMIT)
        return 0;
    bool only_now = times[0].tv_nsec == UTIME_NOW && times[1].tv_nsec == UTIME_NOW;
    if (!caller_owns(i)) {
        if (!only_now)
            return -EPERM;
        if (inode_permission(i, 2, false) < 0)
            return -EACCES;
    }
    struct timespec now = inode_now();
    mutex_lock(&i->lock);
    set_time(&i->atime, &times[0], &now);
    set_time(&i->mtime, &times[1], &now);
    i->ctime = now;
    mutex_unlock(&i->lock);
    return 0;
}

void inode_drop_setid(struct inode *i)
{
    if (likely(!(i->mode & (S_ISUID | S_ISGID))) || caller_is_privileged())
        return;
    i->mode &= ~(uint32_t)S_ISUID;
    if (i->mode & S_IXGRP)
        i->mode &= ~(uint32_t)S_ISGID;
}

int inode_truncate(struct inode *i, uint64_t size)
{
    if (S_ISDIR(i->mode))
        return -EISDIR;
    if (!S_ISREG(i->mode) || !i->ops->truncate)
        return -EINVAL;
    if (size > SIZE_MAX_BYTES)
        return -EINVAL;
    struct process *p = current_process();
    if (p && size > process_limit(p, RLIMIT_FSIZE) && size > i->object->size) {
        signal_send_thread(current, SIGXFSZ, NULL);
        return -EFBIG;
    }
    mutex_lock(&i->lock);
    int err = i->ops->truncate(i, size);
    if (!err) {
        inode_drop_setid(i);
        inode_touch_mtime(i);
    }
    mutex_unlock(&i->lock);
    return err;
}

// --- a directory's place -------------------------------------------------------------------------

char *inode_name_copy(const char *name, size_t len)
{
    char *copy = kmalloc(len + 1);
    if (!copy)
        return NULL;
    memcpy(copy, name, len);
    copy[len] = 0;
    return copy;
}

void inode_set_place(struct inode *dir, struct inode *parent, char *name)
{
    inode_get(parent);
    spin_lock(&inode_tree_lock);
    struct inode *old_parent = dir->parent;
    char *old_name = dir->name;
    dir->parent = parent;
    dir->name = name;
    spin_unlock(&inode_tree_lock);
    kfree(old_name);
    inode_put(old_parent);
}

/* Puts "/name" in front of what ends at *at. False when it does not fit. */
static bool prepend(char *buf, size_t *at, const char *name)
{
    size_t len = strlen(name);
    if (*at < len + 1)
        return false;
    *at -= len;
    memcpy(buf + *at, name, len);
    buf[--*at] = '/';
    return true;
}

/* The name from `dir` up to `root`, written at the end of buf; where it begins. Tree lock held. */
static ssize_t climb_locked(struct inode *dir, struct inode *root, char *buf, size_t size)
{
    size_t at = size - 1;
    buf[at] = 0;
    while (dir != root) {
        if (!dir->parent) {
            if (!dir->fs->covers)
                break; // above the caller's root: shown from the real one
            dir = dir->fs->covers;
            continue;
        }
        if (dir->links == 0)
            return -ENOENT;
        if (!prepend(buf, &at, dir->name))
            return -ERANGE;
        dir = dir->parent;
    }
    if (at == size - 1 && !prepend(buf, &at, ""))
        return -ERANGE;
    return (ssize_t)at;
}

ssize_t inode_directory_path(struct inode *dir, char *buf, size_t size)
{
    struct process *p = current ? current_process() : NULL;
    struct inode *root = p && p->fs ? p->fs->root : mount_root->root;
    if (size < 2)
        return -ERANGE;
    spin_lock(&inode_tree_lock);
    ssize_t at = climb_locked(dir, root, buf, size);
    spin_unlock(&inode_tree_lock);
    if (at < 0)
        return at;
    size_t len = size - 1 - (size_t)at;
    memmove(buf, buf + at, len + 1);
    return (ssize_t)len;
}
