// SPDX-License-Identifier: ISC
/*
 * rename(2) and renameat2(2): the checks, in Linux's order, and the locks. The file system only
 * moves the entries.
 *
 * Locks: the file system's rename_lock first, so that the tree above both directories stands still;
 * then the two directories, the upper one first, unrelated ones by address. No circle can form: all
 * who hold one directory and want a second take parent before child, or hold rename_lock.
 */
#include "abi/errno.h"
#include "abi/fcntl.h"
#include "fs/path.h"
#include "lib/string.h"

static void lock_both(struct inode *a, struct inode *b)
{
    if (a == b) {
        mutex_lock(&a->lock);
        return;
    }
    bool b_first = walk_is_ancestor(b, a) || (!walk_is_ancestor(a, b) && b < a);
    mutex_lock(b_first ? &b->lock : &a->lock);
    mutex_lock(b_first ? &a->lock : &b->lock);
}

static void unlock_both(struct inode *a, struct inode *b)
{
    mutex_unlock(&a->lock);
    if (a != b)
        mutex_unlock(&b->lock);
}

/* A directory that changes its parent changes its "..": it must be writable itself. */
static int may_move(struct inode *i, struct inode *from_dir, struct inode *to_dir)
{
    return S_ISDIR(i->mode) && from_dir != to_dir ? inode_permission(i, 2, false) : 0;
}

/* The rules between source and target once both are known; locks held. */
static int check_pair(struct walk *from, struct walk *to, unsigned flags)
{
    struct inode *source = from->inode, *target = to->inode;
    bool exchange = flags & RENAME_EXCHANGE;
    int err = inode_may_delete(from->dir, source);
    if (err < 0)
        return err;
    if (!target) {
        err = inode_permission(to->dir, 2 | 1, false);
    } else {
        err = inode_may_delete(to->dir, target);
        if (!err && !exchange && S_ISDIR(source->mode) != S_ISDIR(target->mode))
            err = S_ISDIR(source->mode) ? -ENOTDIR : -EISDIR;
    }
    if (!err)
        err = may_move(source, from->dir, to->dir);
    if (!err && exchange)
        err = may_move(target, from->dir, to->dir);
    if (err < 0)
        return err;
    bool source_mounted = S_ISDIR(source->mode) && !source->parent;
    bool target_mounted = target && S_ISDIR(target->mode) && !target->parent;
    return source_mounted || target_mounted ? -EBUSY : 0;
}

static int rename_locked(struct walk *from, struct walk *to, unsigned flags)
{
    int err = walk_child_locked(from, &from->inode);
    if (err < 0)
        return err;
    struct inode *source = from->inode;
    if (!source)
        return -ENOENT;
    err = walk_child_locked(to, &to->inode);
    if (err < 0)
        return err;
    struct inode *target = to->inode;
    bool exchange = flags & RENAME_EXCHANGE;
    if (target && (flags & RENAME_NOREPLACE))
        return -EEXIST;
    if (exchange && !target)
        return -ENOENT;
    if (exchange && !S_ISDIR(target->mode) && to->trailing_slash)
        return -ENOTDIR;
    if (!S_ISDIR(source->mode) && (from->trailing_slash || (!exchange && to->trailing_slash)))
        return -ENOTDIR;
    if (S_ISDIR(source->mode) && walk_is_ancestor(source, to->dir))
        return -EINVAL;
    if (target && S_ISDIR(target->mode) && walk_is_ancestor(target, from->dir))
        return exchange ? -EINVAL : -ENOTEMPTY;
    if (source == target)
        return 0; // two names of one file: nothing to do
    err = check_pair(from, to, flags);
    if (err < 0)
        return err;
    if (!from->dir->ops->rename)
        return -EPERM;
    return from->dir->ops->rename(from->dir, from->last, from->len, source, to->dir, to->last,
                                  to->len, target, exchange);
}

int path_rename(int from_dirfd, const char *from_name, int to_dirfd, const char *to_name,
                unsigned flags)
{
    if ((flags & ~(RENAME_NOREPLACE | RENAME_EXCHANGE)) ||
        flags == (RENAME_NOREPLACE | RENAME_EXCHANGE))
        return -EINVAL;
    struct walk from, to;
    int err = walk_parent(&from, from_dirfd, from_name);
    if (err < 0) {
        walk_done(&from);
        return err;
    }
    err = walk_parent(&to, to_dirfd, to_name);
    if (err == 0 && from.dir->fs != to.dir->fs)
        err = -EXDEV;
    if (err == 0 && from.last_type != LAST_NAME)
        err = -EBUSY;
    if (err == 0 && to.last_type != LAST_NAME)
        err = flags & RENAME_NOREPLACE ? -EEXIST : -EBUSY;
    if (err == 0) {
        struct filesystem *fs = from.dir->fs;
        mutex_lock(&fs->rename_lock);
        lock_both(from.dir, to.dir);
        err = rename_locked(&from, &to, flags);
        unlock_both(from.dir, to.dir);
        mutex_unlock(&fs->rename_lock);
    }
    walk_done(&to);
    walk_done(&from);
    return err;
}
