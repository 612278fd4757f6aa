// SPDX-License-Identifier: ISC
/*
 * open(2): which inode, made or found; whether the caller may; and which operations the open file
 * gets by the inode's type.
 */
#include "abi/errno.h"
#include "fs/chrdev.h"
#include "fs/path.h"
#include "lib/string.h"
#include "mm/heap.h"

#define TMPFILE_BIT 020000000u // O_TMPFILE without O_DIRECTORY
#define KEPT_BITS   (~(O_CREAT | O_EXCL | O_NOCTTY | O_TRUNC | O_CLOEXEC))

static const struct file_ops path_only_ops = {0}; // an O_PATH descriptor names and does nothing

/* What permission an open asks for: 4 read, 2 write. */
static int wanted(unsigned flags)
{
    static const uint8_t by_mode[4] = {4, 2, 6, 6};
    return by_mode[flags & O_ACCMODE] | (flags & O_TRUNC ? 2 : 0);
}

/* The rules about what was found. `created`: made by this very open, which grants all. */
static int check_found(struct inode *i, unsigned flags, bool created)
{
    if (flags & O_PATH)
        return (flags & O_DIRECTORY) && !S_ISDIR(i->mode) ? -ENOTDIR : 0;
    if ((flags & O_CREAT) && S_ISDIR(i->mode))
        return -EISDIR;
    if ((flags & O_DIRECTORY) && !S_ISDIR(i->mode))
        return -ENOTDIR;
    if (S_ISLNK(i->mode))
        return -ELOOP; // O_NOFOLLOW
    if (S_ISDIR(i->mode) && (wanted(flags) & 2))
        return -EISDIR;
    if (created)
        return 0;
    int err = inode_permission(i, wanted(flags), false);
    if (err == 0 && (flags & O_NOATIME) && !caller_is_privileged() && caller_uid() != i->uid)
        err = -EPERM;
    return err;
}

/* Gives the file its operations. May wait (a FIFO waits for the other end). */
static int open_inode(struct inode *i, struct file *f)
{
    if (i->ops->open)
        return i->ops->open(i, f);
    switch (i->mode & S_IFMT) {
    case S_IFCHR:
        return chrdev_open(i, f);
    case S_IFIFO:
        return fifo_ops.open(i, f);
    case S_IFREG:
    case S_IFDIR:
        f->ops = i->file_ops;
        return 0;
    default:
        return -ENXIO; // sockets, and block devices, of which there are none
    }
}

static int make_file(struct walk *w, unsigned flags, bool created, struct file **out)
{
    struct file *f = file_create(NULL, flags | O_LARGEFILE, w->inode, NULL);
    if (!f)
        return -ENFILE;
    int err = 0;
    f->path = walk_path(w);
    if (flags & O_PATH)
        f->ops = &path_only_ops;
    else
        err = open_inode(w->inode, f);
    if (err < 0)
        f->ops = NULL; // nothing was opened: nothing to release
    else if ((flags & O_TRUNC) && !created && S_ISREG(w->inode->mode))
        err = f->ops->truncate ? f->ops->truncate(f, 0) : inode_truncate(w->inode, 0);
    if (err < 0) {
        file_put(f);
        return err;
    }
    atomic_store(&f->flags, f->flags & KEPT_BITS);
    *out = f;
    return 0;
}

/*
 * Finds the inode; with O_CREAT makes it when it is missing. Between the look and the making
 * another process may be faster, so the name is looked up again under the directory's lock.
 */
static int find_or_create(struct walk *w, unsigned flags, uint32_t mode, bool *created)
{
    bool create = flags & O_CREAT;
    bool follow = !(flags & O_NOFOLLOW) && !(create && (flags & O_EXCL));
    *created = false;
    if (create && w->last_type == LAST_NAME && w->trailing_slash)
        return -EISDIR;
    for (;;) {
        int err = walk_last(w, follow, create);
        if (err < 0)
            return err;
        if (w->inode)
            return create && (flags & O_EXCL) ? -EEXIST : 0;
        if (w->trailing_slash)
            return -EISDIR; // a link led to a name with a slash behind it
        mutex_lock(&w->dir->lock);
        struct inode *child;
        err = walk_child_locked(w, &child);
        if (err == 0 && !child) {
            err = inode_permission(w->dir, 2 | 1, false);
            if (err == 0 && !w->dir->ops->create)
                err = -EACCES;
            if (err == 0)
                err = w->dir->ops->create(w->dir, w->last, w->len, mode, 0, &w->inode);
            *created = err == 0;
        }
        mutex_unlock(&w->dir->lock);
        if (err < 0 || *created)
            return err;
        inode_put(child);
    }
}

static int open_unnamed(struct walk *w, unsigned flags, uint32_t mode, struct file **out)
{
    int err = walk_last(w, true, false);
    if (err < 0)
        return err;
    if (!S_ISDIR(w->inode->mode))
        return -ENOTDIR;
    err = inode_permission(w->inode, 2 | 1, false);
    if (err < 0)
        return err;
    struct inode *dir = w->inode;
    if (!dir->ops->create_unnamed)
        return -EOPNOTSUPP;
    err = dir->ops->create_unnamed(dir, mode, &w->inode);
    if (err < 0)
        return err;
    inode_put(w->dir);
    w->dir = dir;
    strlcpy(w->last, "#unnamed", sizeof(w->last));
    return make_file(w, flags, true, out);
}

int path_open(int dirfd, const char *name, unsigned flags, uint32_t mode, struct file **out)
{
    if (flags & O_PATH)
        flags &= O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC;
    bool unnamed = flags & TMPFILE_BIT;
    if (unnamed && (!(flags & O_DIRECTORY) || !(wanted(flags & ~O_TRUNC) & 2)))
        return -EINVAL;
    if (!unnamed && (flags & O_CREAT) && (flags & O_DIRECTORY))
        return -EINVAL;
    mode = S_IFREG | (mode & 07777 & ~fs_umask());
    struct walk w;
    bool created = false;
    int err = walk_parent(&w, dirfd, name);
    if (err == 0 && unnamed) {
        err = open_unnamed(&w, flags & ~(TMPFILE_BIT | O_DIRECTORY | O_CREAT), mode, out);
        walk_done(&w);
        return err;
    }
    if (err == 0 && w.last_type != LAST_NAME && (flags & O_CREAT))
        err = -EISDIR;
    if (err == 0)
        err = find_or_create(&w, flags, mode, &created);
    if (err == 0)
        err = check_found(w.inode, flags, created);
    if (err == 0)
        err = make_file(&w, flags, created, out);
    walk_done(&w);
    return err;
}

int path_open_exec(int dirfd, const char *name, unsigned at_flags, struct file **out)
{
    struct walk w;
    if (!*name && (at_flags & AT_EMPTY_PATH)) {
        *out = fd_get_any(dirfd);
        if (!*out)
            return -EBADF;
        int err = -EACCES;
        if ((*out)->inode && S_ISREG((*out)->inode->mode))
            err = inode_permission((*out)->inode, 1, false);
        if (err < 0)
            file_put(*out);
        return err;
    }
    int err = walk_parent(&w, dirfd, name);
    if (err == 0)
        err = walk_last(&w, !(at_flags & AT_SYMLINK_NOFOLLOW), false);
    if (err == 0 && S_ISLNK(w.inode->mode))
        err = -ELOOP;
    if (err == 0 && !S_ISREG(w.inode->mode))
        err = -EACCES;
    if (err == 0)
        err = inode_permission(w.inode, 1, false);
    if (err == 0)
        err = make_file(&w, O_RDONLY, false, out);
    walk_done(&w);
    return err;
}
