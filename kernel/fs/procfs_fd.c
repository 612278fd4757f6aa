// SPDX-License-Identifier: ISC
/* /proc/PID: exe, cwd, root, and the open descriptors: links that lead to objects, not to names. */
#include "abi/errno.h"
#include "fs/path.h"
#include "fs/procfs.h"
#include "lib/printf.h"
#include "lib/string.h"
#include "mm/heap.h"

#define LINK_TEXT_MAX 4096

/* An object that a link leads to: a file's inode under the name it was opened by. Consumes f. */
static int follow_file(struct file *f, struct path *out)
{
    if (!f)
        return -ENOENT;
    int err = f->inode ? 0 : -ENXIO; // an object without an inode cannot be opened again
    if (!err) {
        *out = (struct path){f->inode, f->path ? kstrdup(f->path) : NULL};
        inode_get(f->inode);
    }
    file_put(f);
    return err;
}

/* What readlink shows of a file. Consumes f. */
static ssize_t describe_file(struct file *f, char *buf, size_t size)
{
    if (!f)
        return -ENOENT;
    char *text = kmalloc(LINK_TEXT_MAX);
    ssize_t len = -ENOMEM;
    if (text) {
        len = (ssize_t)MIN(file_describe(f, text, LINK_TEXT_MAX), size);
        memcpy(buf, text, (size_t)len);
        kfree(text);
    }
    file_put(f);
    return len;
}

// --- exe -----------------------------------------------------------------------------------------

static struct file *exe_get(struct gen_node *n)
{
    struct space *s = proc_space_get(n);
    struct file *f = s ? s->exe : NULL;
    if (f)
        file_get(f);
    if (s)
        space_put(s);
    return f;
}

ssize_t proc_exe_link(struct gen_node *n, char *buf, size_t size)
{
    return describe_file(exe_get(n), buf, size);
}

int proc_exe_follow(struct gen_node *n, struct path *out)
{
    return follow_file(exe_get(n), out);
}

// --- cwd and root --------------------------------------------------------------------------------

static struct inode *directory_get(struct gen_node *n, bool root)
{
    struct process *p = n->process;
    struct inode *dir = NULL;
    if (!p)
        return NULL;
    spin_lock(&p->lock);
    struct fs_context *c = p->fs;
    if (c) {
        spin_lock(&c->lock);
        dir = root ? c->root : c->cwd;
        inode_get(dir);
        spin_unlock(&c->lock);
    }
    spin_unlock(&p->lock);
    return dir;
}

static ssize_t directory_link(struct gen_node *n, bool root, char *buf, size_t size)
{
    struct inode *dir = directory_get(n, root);
    if (!dir)
        return -ENOENT;
    char *text = kmalloc(LINK_TEXT_MAX);
    ssize_t len = text ? inode_directory_path(dir, text, LINK_TEXT_MAX) : -ENOMEM;
    if (len >= 0) {
        len = MIN(len, (ssize_t)size);
        memcpy(buf, text, (size_t)len);
    }
    kfree(text);
    inode_put(dir);
    return len;
}

static int directory_follow(struct gen_node *n, bool root, struct path *out)
{
    struct inode *dir = directory_get(n, root);
    if (!dir)
        return -ENOENT;
    *out = (struct path){dir, NULL};
    return 0;
}

ssize_t proc_cwd_link(struct gen_node *n, char *buf, size_t size)
{
    return directory_link(n, false, buf, size);
}

int proc_cwd_follow(struct gen_node *n, struct path *out)
{
    return directory_follow(n, false, out);
}

ssize_t proc_root_link(struct gen_node *n, char *buf, size_t size)
{
    return directory_link(n, true, buf, size);
}

int proc_root_follow(struct gen_node *n, struct path *out)
{
    return directory_follow(n, true, out);
}

// --- fd and fdinfo -------------------------------------------------------------------------------

/* The process's descriptor table with a reference, or NULL. */
static struct fd_table *table_get(struct gen_node *n)
{
    struct process *p = n->process;
    if (!p)
        return NULL;
    spin_lock(&p->lock);
    struct fd_table *t = p->files;
    if (t)
        fd_table_get(t);
    spin_unlock(&p->lock);
    return t;
}

/* The file at the first number >= *fd, or NULL. */
static struct file *file_from(struct gen_node *n, int *fd)
{
    struct fd_table *t = table_get(n);
    if (!t)
        return NULL;
    struct file *f = fd_table_next(t, fd);
    fd_table_put(t);
    return f;
}

static struct file *file_at(struct gen_node *n)
{
    int fd = (int)n->number;
    struct file *f = file_from(n, &fd);
    if (f && fd != (int)n->number) {
        file_put(f);
        f = NULL;
    }
    return f;
}

static ssize_t fd_link(struct gen_node *n, char *buf, size_t size)
{
    return describe_file(file_at(n), buf, size);
}

static int fd_follow(struct gen_node *n, struct path *out)
{
    return follow_file(file_at(n), out);
}

static int show_fdinfo(struct gen_node *n, struct text *t)
{
    struct file *f = file_at(n);
    if (!f)
        return -ENOENT;
    text_printf(t, "pos:\t%lu\nflags:\t0%o\nmnt_id:\t0\nino:\t%lu\n", f->ops->seekable ? f->pos : 0,
                f->flags, f->inode ? f->inode->ino : 0ul);
    file_put(f);
    return 0;
}

static const struct gen_entry fd_entry = {
    .mode = S_IFLNK | 0700, .link = fd_link, .follow = fd_follow};
static const struct gen_entry fdinfo_entry = {.mode = S_IFREG | 0444, .show = show_fdinfo};

static int find_number(struct gen_node *dir, const char *name, size_t len, struct gen_node *fresh,
                       const struct gen_entry *entry)
{
    int64_t fd = gen_parse_number(name, len);
    if (fd < 0 || fd > INT32_MAX || !dir->process)
        return -ENOENT;
    fresh->number = (uint64_t)fd;
    fresh->entry = entry;
    fresh->process = dir->process;
    process_get(dir->process);
    struct file *f = file_at(fresh);
    if (!f)
        return -ENOENT;
    file_put(f);
    return 0;
}

int proc_fd_find(struct gen_node *dir, const char *name, size_t len, struct gen_node *fresh)
{
    return find_number(dir, name, len, fresh, &fd_entry);
}

int proc_fdinfo_find(struct gen_node *dir, const char *name, size_t len, struct gen_node *fresh)
{
    return find_number(dir, name, len, fresh, &fdinfo_entry);
}

bool proc_fd_next(struct gen_node *dir, uint64_t *number, char *name, size_t size)
{
    int fd = (int)*number;
    struct file *f = file_from(dir, &fd);
    if (!f)
        return false;
    file_put(f);
    *number = (uint64_t)fd;
    snprintf(name, size, "%d", fd);
    return true;
}
