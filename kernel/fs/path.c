// SPDX-License-Identifier: ISC
/*
 * The calls that make and remove names, and a process's root, current directory and umask. Opening
 * is in fs/open.c, renaming in fs/rename.c. The order of the checks is Linux's, since programs see
 * which error comes first.
 */
#include "fs/path.h"

#include "abi/errno.h"
#include "lib/string.h"
#include "mm/heap.h"
#include "task/process.h"

// --- root, current directory, umask --------------------------------------------------------------

static SLAB_CACHE(fs_context_cache, struct fs_context);

static struct fs_context *context_make(struct inode *root, struct inode *cwd, uint32_t umask)
{
    struct fs_context *c = slab_alloc(&fs_context_cache);
    if (!c)
        return NULL;
    atomic_init(&c->refs, 1);
    spin_init(&c->lock, "fs context");
    c->root = root;
    c->cwd = cwd;
    c->umask = umask;
    inode_get(root);
    inode_get(cwd);
    return c;
}

struct fs_context *fs_context_create(void)
{
    return context_make(mount_root->root, mount_root->root, 022);
}

struct fs_context *fs_context_copy(struct fs_context *c)
{
    spin_lock(&c->lock);
    struct inode *root = c->root, *cwd = c->cwd;
    uint32_t umask = c->umask;
    inode_get(root);
    inode_get(cwd);
    spin_unlock(&c->lock);
    struct fs_context *copy = context_make(root, cwd, umask);
    inode_put(root);
    inode_put(cwd);
    return copy;
}

void fs_context_get(struct fs_context *c)
{
    atomic_fetch_add_explicit(&c->refs, 1, memory_order_relaxed);
}

void fs_context_put(struct fs_context *c)
{
    if (atomic_fetch_sub_explicit(&c->refs, 1, memory_order_acq_rel) != 1)
        return;
    inode_put(c->root);
    inode_put(c->cwd);
    slab_free(&fs_context_cache, c);
}

uint32_t fs_umask(void)
{
    struct process *p = current ? current_process() : NULL;
    return p && p->fs ? p->fs->umask : 0;
}

/* Consumes the reference to `dir`. */
static void change_directory(struct inode **slot, struct inode *dir)
{
    struct fs_context *c = current_process()->fs;
    spin_lock(&c->lock);
    struct inode *old = *slot;
    *slot = dir;
    spin_unlock(&c->lock);
    inode_put(old);
}

static int lookup_searchable(const char *name, struct inode **out)
{
    int err = path_lookup(AT_FDCWD, name, LOOKUP_FOLLOW | LOOKUP_DIRECTORY, out);
    if (err < 0)
        return err;
    err = inode_permission(*out, 1, false);
    if (err < 0)
        inode_put(*out);
    return err;
}

int path_chdir(const char *name)
{
    struct inode *dir;
    int err = lookup_searchable(name, &dir);
    if (err == 0)
        change_directory(&current_process()->fs->cwd, dir);
    return err;
}

int path_chroot(const char *name)
{
    struct inode *dir;
    int err = lookup_searchable(name, &dir);
    if (err < 0)
        return err;
    if (!caller_is_privileged()) {
        inode_put(dir);
        return -EPERM;
    }
    change_directory(&current_process()->fs->root, dir);
    return 0;
}

int path_fchdir(int fd)
{
    struct file *f = fd_get_any(fd);
    if (!f)
        return -EBADF;
    int err = f->inode && S_ISDIR(f->inode->mode) ? inode_permission(f->inode, 1, false) : -ENOTDIR;
    if (err == 0) {
        inode_get(f->inode);
        change_directory(&current_process()->fs->cwd, f->inode);
    }
    file_put(f);
    return err;
}

ssize_t path_getcwd(char *buf, size_t size)
{
    struct fs_context *c = current_process()->fs;
    spin_lock(&c->lock);
    struct inode *cwd = c->cwd;
    inode_get(cwd);
    spin_unlock(&c->lock);
    ssize_t len = inode_directory_path(cwd, buf, size);
    inode_put(cwd);
    return len < 0 ? len : len + 1;
}

// --- new names -----------------------------------------------------------------------------------

/*
 * Begins to make a name: walks to its directory, locks it, and sees that the name is free. On 0
 * w->dir->lock is held: create_end.
 */
static int create_begin(struct walk *w, int dirfd, const char *name, bool directory)
{
    int err = walk_parent(w, dirfd, name);
    if (err < 0)
        return err;
    if (w->last_type != LAST_NAME)
        return -EEXIST;
    mutex_lock(&w->dir->lock);
    err = walk_child_locked(w, &w->inode);
    if (err == 0 && w->inode)
        err = -EEXIST;
    else if (err == 0 && w->trailing_slash && !directory)
        err = -ENOENT;
    if (err == 0)
        err = inode_permission(w->dir, 2 | 1, false);
    if (err < 0)
        mutex_unlock(&w->dir->lock);
    return err;
}

static int make_node(int dirfd, const char *name, uint32_t mode, uint64_t rdev)
{
    struct walk w;
    int err = create_begin(&w, dirfd, name, S_ISDIR(mode));
    if (err == 0) {
        err = -EPERM;
        if (w.dir->ops->create)
            err = w.dir->ops->create(w.dir, w.last, w.len, mode & ~fs_umask(), rdev, &w.inode);
        mutex_unlock(&w.dir->lock);
    }
    walk_done(&w);
    return err;
}

int path_mkdir(int dirfd, const char *name, uint32_t mode)
{
    return make_node(dirfd, name, S_IFDIR | (mode & (0777 | S_ISVTX)), 0);
}

int path_mknod(int dirfd, const char *name, uint32_t mode, uint64_t rdev)
{
    uint32_t type = mode & S_IFMT;
    if (type == 0)
        mode |= type = S_IFREG;
    if (type == S_IFDIR)
        return -EPERM;
    if (type != S_IFREG && type != S_IFIFO && type != S_IFSOCK && type != S_IFCHR &&
        type != S_IFBLK)
        return -EINVAL;
    bool device = type == S_IFCHR || type == S_IFBLK;
    if (device && !caller_is_privileged())
        return -EPERM;
    return make_node(dirfd, name, type | (mode & 07777), device ? rdev : 0);
}

int path_symlink(const char *target, int dirfd, const char *name)
{
    if (!*target)
        return -ENOENT;
    struct walk w;
    int err = create_begin(&w, dirfd, name, false);
    if (err == 0) {
        err = w.dir->ops->symlink ? w.dir->ops->symlink(w.dir, w.last, w.len, target) : -EPERM;
        mutex_unlock(&w.dir->lock);
    }
    walk_done(&w);
    return err;
}

int path_link(int from_dirfd, const char *from, int to_dirfd, const char *to, unsigned flags)
{
    if (flags & ~(AT_SYMLINK_FOLLOW | AT_EMPTY_PATH))
        return -EINVAL;
    struct inode *target;
    unsigned how = (flags & AT_SYMLINK_FOLLOW ? LOOKUP_FOLLOW : 0) |
                   (flags & AT_EMPTY_PATH && caller_is_privileged() ? LOOKUP_EMPTY : 0);
    int err = path_lookup(from_dirfd, from, how, &target);
    if (err < 0)
        return err;
    struct walk w;
    err = create_begin(&w, to_dirfd, to, false);
    if (err == 0) {
        if (target->fs != w.dir->fs)
            err = -EXDEV;
        else if (S_ISDIR(target->mode) || !w.dir->ops->link)
            err = -EPERM;
        else
            err = w.dir->ops->link(w.dir, w.last, w.len, target);
        mutex_unlock(&w.dir->lock);
    }
    walk_done(&w);
    inode_put(target);
    return err;
}

// --- names removed and read ----------------------------------------------------------------------

/* What Linux says of unlink and rmdir on names that are none. */
static int refuse_special(enum last_type type, bool directory)
{
    if (!directory)
        return -EISDIR;
    return type == LAST_DOT ? -EINVAL : type == LAST_DOTDOT ? -ENOTEMPTY : -EBUSY;
}

static int unlink_locked(struct walk *w, bool directory)
{
    struct inode *victim = w->inode;
    if (!victim)
        return -ENOENT;
    bool is_dir = S_ISDIR(victim->mode);
    if (w->trailing_slash && !directory)
        return is_dir ? -EISDIR : -ENOTDIR;
    int err = inode_may_delete(w->dir, victim);
    if (err < 0)
        return err;
    if (is_dir != directory)
        return directory ? -ENOTDIR : -EISDIR;
    if (is_dir && !victim->parent)
        return -EBUSY; // something is mounted there
    if (!w->dir->ops->unlink)
        return -EPERM;
    return w->dir->ops->unlink(w->dir, w->last, w->len, victim);
}

int path_unlink(int dirfd, const char *name, bool directory)
{
    struct walk w;
    int err = walk_parent(&w, dirfd, name);
    if (err == 0 && w.last_type != LAST_NAME)
        err = refuse_special(w.last_type, directory);
    if (err == 0) {
        mutex_lock(&w.dir->lock);
        err = walk_child_locked(&w, &w.inode);
        if (err == 0)
            err = unlink_locked(&w, directory);
        mutex_unlock(&w.dir->lock);
    }
    walk_done(&w);
    return err;
}

ssize_t path_readlink(int dirfd, const char *name, char *buf, size_t size)
{
    struct inode *i;
    ssize_t len = path_lookup(dirfd, name, LOOKUP_EMPTY, &i);
    if (len < 0)
        return len;
    if (S_ISLNK(i->mode) && i->ops->readlink)
        len = i->ops->readlink(i, buf, size);
    else
        len = *name ? -EINVAL : -ENOENT;
    inode_put(i);
    return len;
}
