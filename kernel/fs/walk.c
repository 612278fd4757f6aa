// SPDX-License-Identifier: ISC
/*
 * The walk: from a path name to a directory and a last component, and on to an inode. One loop
 * takes a component at a time; a symbolic link puts its target in front of what is left, so nothing
 * recurses. POSIX base definitions 4.13 "Pathname Resolution"; man 7 path_resolution.
 *
 * Locks: a directory's own lock for each lookup, one at a time. A walk holds references, so a
 * directory removed meanwhile is merely empty.
 */
#include "abi/errno.h"
#include "fs/path.h"
#include "lib/string.h"
#include "mm/heap.h"
#include "task/process.h"

/* The caller's root and start; both referenced. */
static void starting_points(struct inode **root, struct inode **cwd)
{
    struct process *p = current ? current_process() : NULL;
    struct fs_context *c = p ? p->fs : NULL;
    if (!c) {
        *root = *cwd = mount_root->root;
        inode_get(*root);
        inode_get(*cwd);
        return;
    }
    spin_lock(&c->lock);
    *root = c->root;
    *cwd = c->cwd;
    inode_get(*root);
    inode_get(*cwd);
    spin_unlock(&c->lock);
}

/* Replaces a reference that the walk holds; consumes the new one. */
static void move_to(struct inode **slot, struct inode *to)
{
    struct inode *old = *slot;
    *slot = to;
    inode_put(old);
}

/* From a directory with something mounted on it to the root of that. Consumes and gives a
 * reference. */
static struct inode *cross_mounts(struct inode *i)
{
    while (unlikely(i->mounted)) {
        struct inode *root = i->mounted->root;
        inode_get(root);
        inode_put(i);
        i = root;
    }
    return i;
}

/* "..": never above the caller's root. */
static void go_up(struct walk *w)
{
    spin_lock(&inode_tree_lock);
    struct inode *up = w->dir;
    while (up != w->root && !up->parent && up->fs->covers)
        up = up->fs->covers;
    if (up != w->root && up->parent)
        up = up->parent;
    inode_get(up);
    spin_unlock(&inode_tree_lock);
    move_to(&w->dir, cross_mounts(up));
}

int walk_child_locked(struct walk *w, struct inode **out)
{
    struct inode *dir = w->dir;
    *out = NULL;
    int err = dir->ops->lookup(dir, w->last, w->len, out);
    if (err == 0)
        *out = cross_mounts(*out);
    return err == -ENOENT ? 0 : err;
}

/*
 * Puts a link's target in front of w->rest. A link to an object ends with the object in w->inode.
 * Consumes `link`.
 */
static int follow_link(struct walk *w, struct inode *link)
{
    char *fresh = NULL;
    int err = -ELOOP;
    if (++w->links > LINKS_MAX)
        goto out;
    if (link->ops->follow) {
        struct path object;
        err = link->ops->follow(link, &object);
        if (err < 0)
            goto out;
        kfree(w->object_name);
        w->object_name = object.name;
        w->is_object = true;
        move_to(&w->inode, object.inode);
        goto out;
    }
    err = -ENOMEM;
    fresh = kmalloc(PATH_MAX_LEN);
    if (!fresh)
        goto out;
    ssize_t len = link->ops->readlink(link, fresh, PATH_MAX_LEN - 1);
    size_t left = strlen(w->rest);
    err = len < 0 ? (int)len : len == 0 ? -ENOENT : -ENAMETOOLONG;
    if (len <= 0 || (size_t)len + 1 + left >= PATH_MAX_LEN)
        goto out;
    fresh[len] = '/';
    memcpy(fresh + len + 1, w->rest, left + 1);
    if (left == 0 && !w->trailing_slash)
        fresh[len] = 0;
    kfree(w->buffer);
    w->buffer = fresh;
    w->rest = fresh;
    fresh = NULL;
    if (w->rest[0] == '/') {
        inode_get(w->root);
        move_to(&w->dir, w->root);
    }
    err = 0;
out:
    kfree(fresh);
    inode_put(link);
    return err;
}

/* Cuts the next component off w->rest into w->last; LAST_ROOT when only slashes are left. */
static int next_component(struct walk *w)
{
    const char *from = w->rest;
    size_t len = 0;
    while (*from == '/')
        from++;
    for (; *from && *from != '/'; from++) {
        if (len == NAME_MAX_LEN)
            return -ENAMETOOLONG;
        w->last[len++] = *from;
    }
    w->last[len] = 0;
    w->len = len;
    w->rest = from;
    w->trailing_slash = *w->rest == '/';
    while (*w->rest == '/')
        w->rest++;
    if (len == 0)
        w->last_type = LAST_ROOT;
    else if (w->last[0] != '.' || len > 2)
        w->last_type = LAST_NAME;
    else if (len == 1)
        w->last_type = LAST_DOT;
    else
        w->last_type = w->last[1] == '.' ? LAST_DOTDOT : LAST_NAME;
    return 0;
}

static int may_search(struct inode *dir)
{
    return S_ISDIR(dir->mode) ? inode_permission(dir, 1, false) : -ENOTDIR;
}

/* One component in the middle of a path. */
static int step_into(struct walk *w)
{
    if (w->last_type == LAST_DOTDOT)
        go_up(w);
    if (w->last_type != LAST_NAME)
        return 0;
    struct inode *child;
    mutex_lock(&w->dir->lock);
    int err = walk_child_locked(w, &child);
    mutex_unlock(&w->dir->lock);
    if (err < 0)
        return err;
    if (!child)
        return -ENOENT;
    if (S_ISLNK(child->mode)) {
        err = follow_link(w, child);
        if (err < 0 || !w->is_object)
            return err;
        child = w->inode; // an object: the walk goes on from it
        w->inode = NULL;
        w->is_object = false;
    }
    move_to(&w->dir, child);
    return S_ISDIR(child->mode) ? 0 : -ENOTDIR;
}

/* Walks w->rest up to its last component. */
static int walk_rest(struct walk *w)
{
    for (;;) {
        int err = may_search(w->dir);
        if (err == 0)
            err = next_component(w);
        if (err < 0 || !*w->rest)
            return err;
        err = step_into(w);
        if (err < 0)
            return err;
    }
}

int walk_parent(struct walk *w, int dirfd, const char *name)
{
    struct inode *cwd;
    memset(w, 0, offsetof(struct walk, last));
    starting_points(&w->root, &cwd);
    w->dir = cwd;
    w->rest = name;
    if (!*name)
        return -ENOENT;
    if (name[0] == '/') {
        inode_get(w->root);
        move_to(&w->dir, w->root);
    } else if (dirfd != AT_FDCWD) {
        struct file *f = fd_get_any(dirfd);
        if (!f)
            return -EBADF;
        struct inode *at = f->inode;
        if (at)
            inode_get(at);
        file_put(f);
        if (!at)
            return -ENOTDIR;
        move_to(&w->dir, at);
    }
    return walk_rest(w);
}

int walk_last(struct walk *w, bool follow, bool may_miss)
{
    for (;;) {
        if (w->last_type != LAST_NAME) {
            if (w->last_type == LAST_DOTDOT)
                go_up(w);
            inode_get(w->dir);
            move_to(&w->inode, w->dir);
            return 0;
        }
        struct inode *child;
        mutex_lock(&w->dir->lock);
        int err = walk_child_locked(w, &child);
        mutex_unlock(&w->dir->lock);
        if (err < 0)
            return err;
        if (!child)
            return may_miss ? 0 : -ENOENT;
        if (!S_ISLNK(child->mode) || !(follow || w->trailing_slash)) {
            move_to(&w->inode, child);
            break;
        }
        err = follow_link(w, child);
        if (err < 0)
            return err;
        if (w->is_object)
            break;
        err = walk_rest(w);
        if (err < 0)
            return err;
    }
    return w->trailing_slash && !S_ISDIR(w->inode->mode) ? -ENOTDIR : 0;
}

void walk_done(struct walk *w)
{
    inode_put(w->inode);
    inode_put(w->dir);
    inode_put(w->root);
    kfree(w->object_name);
    kfree(w->buffer);
}

/* The name of `dir`, with "/last" behind it unless last is NULL, into buf; -ERANGE: too small. */
static ssize_t compose(struct inode *dir, const char *last, char *buf, size_t size)
{
    ssize_t len = inode_directory_path(dir, buf, size);
    if (len < 0 || !last)
        return len;
    if (len == 1)
        len = 0; // the root's own name is the slash
    size_t more = strlen(last);
    if ((size_t)len + more + 2 > size)
        return -ERANGE;
    buf[len] = '/';
    memcpy(buf + len + 1, last, more + 1);
    return len + 1 + (ssize_t)more;
}

char *walk_path(struct walk *w)
{
    if (w->is_object)
        return w->object_name ? kstrdup(w->object_name) : NULL;
    bool is_dir = w->inode && S_ISDIR(w->inode->mode);
    struct inode *dir = is_dir ? w->inode : w->dir;
    const char *last = is_dir ? NULL : w->last;
    char small[192];
    ssize_t len = compose(dir, last, small, sizeof(small));
    if (len >= 0)
        return kstrdup(small);
    char *large = len == -ERANGE ? kmalloc(PATH_MAX_LEN) : NULL;
    if (!large)
        return NULL;
    len = compose(dir, last, large, PATH_MAX_LEN);
    char *exact = len >= 0 ? kstrdup(large) : NULL;
    kfree(large);
    return exact;
}

bool walk_is_ancestor(struct inode *above, struct inode *dir)
{
    spin_lock(&inode_tree_lock);
    while (dir && dir != above)
        dir = dir->parent;
    spin_unlock(&inode_tree_lock);
    return dir != NULL;
}

int path_lookup(int dirfd, const char *name, unsigned flags, struct inode **out)
{
    struct walk w;
    int err;
    if (!*name && (flags & LOOKUP_EMPTY)) {
        if (dirfd == AT_FDCWD) {
            name = ".";
        } else {
            struct file *f = fd_get_any(dirfd);
            if (!f)
                return -EBADF;
            *out = f->inode;
            if (f->inode)
                inode_get(f->inode);
            file_put(f);
            return *out ? 0 : -ENOENT;
        }
    }
    err = walk_parent(&w, dirfd, name);
    if (err == 0)
        err = walk_last(&w, flags & LOOKUP_FOLLOW, false);
    if (err == 0 && (flags & LOOKUP_DIRECTORY) && !S_ISDIR(w.inode->mode))
        err = -ENOTDIR;
    if (err == 0) {
        *out = w.inode;
        w.inode = NULL;
    }
    walk_done(&w);
    return err;
}
