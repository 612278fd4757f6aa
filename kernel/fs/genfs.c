// SPDX-License-Identifier: ISC
/*
 * Generated file systems. Life of a node: made by a lookup with one reference, ends with the last
 * one; it holds the process or thread that it speaks of, so that one cannot be replaced by another
 * with the same number while somebody reads.
 *
 * The text of an open file is made under its own mutex; it is made anew whenever it is read from
 * the start, so a program may keep the file open and look again (top does).
 */
#include "fs/genfs.h"

#include "abi/errno.h"
#include "lib/printf.h"
#include "lib/string.h"
#include "mm/heap.h"
#include "task/process.h"
#include "x86/uaccess.h"

#define NAME_MAX_BYTES 256
#define FIRST_OTHER    256u // positions below are the dots and the children of the table

static SLAB_CACHE(gen_node_cache, struct gen_node);
static const struct inode_ops gen_ops, gen_object_link_ops;
static const struct file_ops directory_ops, text_ops;

// --- nodes ---------------------------------------------------------------------------------------

static struct gen_node *node_create(struct filesystem *fs)
{
    struct gen_node *n = slab_zalloc(&gen_node_cache);
    if (!n)
        return NULL;
    inode_init(&n->inode, fs, &gen_ops, 0);
    n->inode.uid = n->inode.gid = 0;
    return n;
}

static void node_destroy(struct inode *i)
{
    struct gen_node *n = gen_node(i);
    if (n->process)
        process_put(n->process);
    if (n->thread)
        thread_put(n->thread);
    inode_done(i);
    slab_free(&gen_node_cache, n);
}

/* The table's part of a node: type, operations, owner. */
static void node_complete(struct gen_node *n)
{
    const struct gen_entry *e = n->entry;
    n->inode.mode = e->mode;
    if (e->follow)
        n->inode.ops = &gen_object_link_ops;
    n->inode.links = S_ISDIR(e->mode) ? 2 : 1;
    if (S_ISDIR(e->mode))
        n->inode.file_ops = &directory_ops;
    else
        n->inode.file_ops = e->ops ? e->ops : &text_ops;
    if (n->process) {
        n->inode.uid = n->process->cred.euid;
        n->inode.gid = n->process->cred.egid;
    }
}

/* Numbers that stay the same from one look to the next: made of the parent's and the name. */
static uint64_t make_ino(struct inode *dir, const char *name, size_t len)
{
    uint64_t h = dir->ino * 0x9e3779b97f4a7c15ull;
    for (size_t k = 0; k < len; k++)
        h = (h ^ (uint8_t)name[k]) * 0x100000001b3ull;
    return (h >> 24) | 1ull << 32;
}

static const struct gen_entry *find_child(const struct gen_entry *e, const char *name, size_t len)
{
    if (!e)
        return NULL;
    for (; e->name; e++)
        if (strlen(e->name) == len && memcmp(e->name, name, len) == 0)
            return e;
    return NULL;
}

static int gen_lookup(struct inode *dir, const char *name, size_t len, struct inode **out)
{
    struct gen_node *parent = gen_node(dir);
    struct gen_node *n = node_create(dir->fs);
    if (!n)
        return -ENOMEM;
    int err = 0;
    n->entry = find_child(parent->entry->children, name, len);
    if (n->entry) {
        n->process = parent->process;
        n->thread = parent->thread;
        if (n->process)
            process_get(n->process);
        if (n->thread)
            thread_get(n->thread);
    } else {
        err = parent->entry->find ? parent->entry->find(parent, name, len, n) : -ENOENT;
    }
    if (!err)
        node_complete(n);
    n->inode.ino = make_ino(dir, name, len);
    if (!err && S_ISDIR(n->inode.mode)) {
        char *copy = inode_name_copy(name, len);
        if (copy)
            inode_set_place(&n->inode, dir, copy);
        else
            err = -ENOMEM;
    }
    if (err) {
        inode_put(&n->inode);
        return err;
    }
    *out = &n->inode;
    return 0;
}

static ssize_t gen_readlink(struct inode *i, char *buf, size_t size)
{
    struct gen_node *n = gen_node(i);
    return n->entry->link ? n->entry->link(n, buf, size) : -EINVAL;
}

static int gen_follow(struct inode *i, struct path *out)
{
    struct gen_node *n = gen_node(i);
    return n->entry->follow(n, out);
}

static int no_create(struct inode *dir, const char *name, size_t len, uint32_t mode, uint64_t rdev,
                     struct inode **out)
{
    (void)dir, (void)name, (void)len, (void)mode, (void)rdev, (void)out;
    return -ENOENT; // what Linux's /proc says
}

static int gen_open(struct inode *i, struct file *f)
{
    struct gen_node *n = gen_node(i);
    f->ops = i->file_ops;
    if (f->ops != &text_ops)
        return 0;
    if (file_writable(f) && !n->entry->store)
        return -EACCES;
    struct text *t = kzalloc(sizeof(*t));
    f->data = t;
    return t ? 0 : -ENOMEM;
}

static const struct inode_ops gen_ops = {
    .lookup = gen_lookup,
    .create = no_create,
    .readlink = gen_readlink,
    .open = gen_open,
    .destroy = node_destroy,
};
static const struct inode_ops gen_object_link_ops = {
    .readlink = gen_readlink,
    .follow = gen_follow,
    .destroy = node_destroy,
};

// --- texts ---------------------------------------------------------------------------------------

/* Position 0 makes the text; inode->lock guards it, since pread comes without pos_lock. */
static ssize_t text_read(struct file *f, uaddr_t buf, size_t n, uint64_t *pos)
{
    struct text *t = f->data;
    struct gen_node *node = gen_node(f->inode);
    ssize_t done = 0;
    mutex_lock(&f->inode->lock);
    if (*pos == 0 || !t->data) {
        text_clear(t);
        done = node->entry->show ? node->entry->show(node, t) : 0;
        if (t->failed)
            done = -ENOMEM;
    }
    if (done == 0 && *pos < t->len) {
        size_t part = MIN(n, t->len - *pos);
        size_t left = copy_to_user_partial(buf, t->data + *pos, part);
        done = part - left ? (ssize_t)(part - left) : -EFAULT;
        if (n == 0)
            done = 0;
    }
    mutex_unlock(&f->inode->lock);
    if (done > 0)
        *pos += (uint64_t)done;
    return done;
}

static ssize_t text_write(struct file *f, uaddr_t buf, size_t n, uint64_t *pos)
{
    (void)pos;
    struct gen_node *node = gen_node(f->inode);
    if (n >= PAGE_SIZE)
        return -EINVAL;
    char *text = kmalloc(n + 1);
    if (!text)
        return -ENOMEM;
    text[n] = 0;
    int err = copy_from_user(text, buf, n);
    if (!err)
        err = node->entry->store(node, text, n);
    kfree(text);
    return err ? err : (ssize_t)n;
}

static off_t text_seek(struct file *f, off_t off, int whence)
{
    return whence == SEEK_END ? -EINVAL : file_seek_sized(f, off, whence, 0);
}

static int text_truncate(struct file *f, uint64_t size)
{
    (void)f, (void)size;
    return 0;
}

static void text_release(struct file *f)
{
    struct text *t = f->data;
    text_free(t);
    kfree(t);
}

static const struct file_ops text_ops = {
    .read = text_read,
    .write = text_write,
    .seek = text_seek,
    .truncate = text_truncate,
    .release = text_release,
    .seekable = true,
};

// --- listings ------------------------------------------------------------------------------------

static bool list_one(struct file *f, struct dir_sink *sink, const char *name, uint8_t type,
                     uint64_t next_pos)
{
    size_t len = strlen(name);
    if (!sink->emit(sink, name, len, make_ino(f->inode, name, len), type, next_pos))
        return false;
    f->pos = next_pos;
    return true;
}

static int directory_list(struct file *f, struct dir_sink *sink)
{
    struct gen_node *dir = gen_node(f->inode);
    const struct gen_entry *e = dir->entry;
    char name[NAME_MAX_BYTES];
    if (f->pos == 0 && !list_one(f, sink, ".", DT_DIR, 1))
        return 0;
    if (f->pos == 1 && !list_one(f, sink, "..", DT_DIR, 2))
        return 0;
    for (unsigned k = 0; e->children && e->children[k].name; k++) {
        if (f->pos > k + 2)
            continue;
        uint8_t type = (uint8_t)((e->children[k].mode & S_IFMT) >> 12);
        if (!list_one(f, sink, e->children[k].name, type, k + 3))
            return 0;
    }
    uint64_t number = f->pos > FIRST_OTHER ? f->pos - FIRST_OTHER : 0;
    for (; e->next && e->next(dir, &number, name, sizeof(name)); number++)
        if (!list_one(f, sink, name, e->next_type, FIRST_OTHER + number + 1))
            return 0;
    return 0;
}

static off_t directory_seek(struct file *f, off_t off, int whence)
{
    return whence == SEEK_END ? -EINVAL : file_seek_sized(f, off, whence, 0);
}

static const struct file_ops directory_ops = {
    .list = directory_list,
    .seek = directory_seek,
    .seekable = true,
};

// --- the file system -----------------------------------------------------------------------------

struct filesystem *genfs_create(const char *type, const char *source, uint32_t magic,
                                const struct gen_entry *root)
{
    struct filesystem *fs = filesystem_create(type, source, magic);
    if (!fs)
        return NULL;
    struct gen_node *n = node_create(fs);
    if (!n) {
        filesystem_destroy(fs);
        return NULL;
    }
    n->entry = root;
    n->inode.ino = 1;
    node_complete(n);
    fs->root = &n->inode;
    return fs;
}

int64_t gen_parse_number(const char *name, size_t len)
{
    int64_t value = 0;
    if (len == 0 || len > 10 || (len > 1 && name[0] == '0'))
        return -1;
    for (size_t k = 0; k < len; k++) {
        if (name[k] < '0' || name[k] > '9')
            return -1;
        value = value * 10 + (name[k] - '0');
    }
    return value;
}
