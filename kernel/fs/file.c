// SPDX-License-Identifier: ISC
/*
 * Open files: their life, and the calls on them that check the mode before the kind of file works.
 *
 * A file that can be positioned is read and written under pos_lock, so that two threads or
 * processes that share it never get the same bytes. Streams (pipes, terminals) have no position and
 * no lock.
 */
#include "fs/file.h"

#include "abi/errno.h"
#include "fs/inode.h"
#include "fs/lock.h"
#include "lib/printf.h"
#include "lib/string.h"
#include "mm/heap.h"
#include "x86/uaccess.h"

#define OFFSET_MAX INT64_MAX
#define COUNT_MAX  0x7ffff000ul // Linux's MAX_RW_COUNT: longer transfers are cut

static SLAB_CACHE(file_cache, struct file);
static _Atomic size_t files_live;

struct area_file_ops area_file_ops = {.get = NULL, .put = NULL};

struct file *file_create(const struct file_ops *ops, uint32_t flags, struct inode *inode,
                         void *data)
{
    struct file *f = slab_zalloc(&file_cache);
    if (!f)
        return NULL;
    atomic_init(&f->refs, 1);
    atomic_init(&f->flags, flags);
    f->ops = ops;
    f->data = data;
    mutex_init(&f->pos_lock, "file position");
    if (inode)
        inode_get(inode);
    f->inode = inode;
    atomic_fetch_add(&files_live, 1);
    return f;
}

static void file_release(struct file *f)
{
    file_locks_drop(f);
    if (f->ops && f->ops->release)
        f->ops->release(f);
    inode_put(f->inode);
    kfree(f->path);
    slab_free(&file_cache, f);
    atomic_fetch_sub(&files_live, 1);
}

void file_put(struct file *f)
{
    if (atomic_fetch_sub_explicit(&f->refs, 1, memory_order_acq_rel) == 1)
        file_release(f);
}

size_t file_count(void)
{
    return atomic_load(&files_live);
}

/* A directory answers -EISDIR, anything else that lacks the operation -EINVAL. */
static ssize_t refuse(struct file *f)
{
    return f->ops->list ? -EISDIR : -EINVAL;
}

ssize_t file_read(struct file *f, uaddr_t buf, size_t n)
{
    if (!file_readable(f))
        return -EBADF;
    if (!f->ops->read)
        return refuse(f);
    if (!user_range_ok(buf, n))
        return -EFAULT;
    n = MIN(n, COUNT_MAX);
    if (!f->ops->seekable)
        return f->ops->read(f, buf, n, &f->pos);
    mutex_lock(&f->pos_lock);
    ssize_t done = f->ops->read(f, buf, n, &f->pos);
    mutex_unlock(&f->pos_lock);
    return done;
}

ssize_t file_write(struct file *f, uaddr_t buf, size_t n)
{
    if (!file_writable(f))
        return -EBADF;
    if (!f->ops->write)
        return refuse(f);
    if (!user_range_ok(buf, n))
        return -EFAULT;
    n = MIN(n, COUNT_MAX);
    if (!f->ops->seekable)
        return f->ops->write(f, buf, n, &f->pos);
    mutex_lock(&f->pos_lock);
    ssize_t done = f->ops->write(f, buf, n, &f->pos);
    mutex_unlock(&f->pos_lock);
    return done;
}

ssize_t file_pread(struct file *f, uaddr_t buf, size_t n, uint64_t pos)
{
    if (pos > OFFSET_MAX)
        return -EINVAL;
    if (!f->ops->seekable)
        return f->flags & O_PATH ? -EBADF : -ESPIPE;
    if (!file_readable(f))
        return -EBADF;
    if (!f->ops->read)
        return refuse(f);
    if (!user_range_ok(buf, n))
        return -EFAULT;
    return f->ops->read(f, buf, MIN(n, COUNT_MAX), &pos);
}

ssize_t file_pwrite(struct file *f, uaddr_t buf, size_t n, uint64_t pos)
{
    if (pos > OFFSET_MAX)
        return -EINVAL;
    if (!f->ops->seekable)
        return f->flags & O_PATH ? -EBADF : -ESPIPE;
    if (!file_writable(f))
        return -EBADF;
    if (!f->ops->write)
        return refuse(f);
    if (!user_range_ok(buf, n))
        return -EFAULT;
    return f->ops->write(f, buf, MIN(n, COUNT_MAX), &pos);
}

off_t file_seek(struct file *f, off_t off, int whence)
{
    if ((unsigned)whence > SEEK_HOLE)
        return -EINVAL;
    if (!f->ops->seek)
        return -ESPIPE;
    mutex_lock(&f->pos_lock);
    off_t to = f->ops->seek(f, off, whence);
    mutex_unlock(&f->pos_lock);
    return to;
}

off_t file_seek_sized(struct file *f, off_t off, int whence, uint64_t size)
{
    int64_t base;
    if (whence == SEEK_SET)
        base = 0;
    else if (whence == SEEK_CUR)
        base = (int64_t)f->pos;
    else if (whence == SEEK_END)
        base = (int64_t)size;
    else
        return -EINVAL;
    int64_t to;
    if (__builtin_add_overflow(base, off, &to) || to < 0)
        return -EINVAL;
    f->pos = (uint64_t)to;
    return to;
}

int file_list(struct file *f, struct dir_sink *sink)
{
    if (!f->ops->list)
        return -ENOTDIR;
    mutex_lock(&f->pos_lock);
    mutex_lock(&f->inode->lock);
    int err = f->ops->list(f, sink);
    mutex_unlock(&f->inode->lock);
    mutex_unlock(&f->pos_lock);
    return err;
}

int file_truncate(struct file *f, uint64_t size)
{
    if (!file_writable(f))
        return -EINVAL; // Linux's ftruncate says so, not EBADF
    if (f->ops->truncate)
        return f->ops->truncate(f, size);
    if (!f->inode || !S_ISREG(f->inode->mode))
        return -EINVAL;
    return inode_truncate(f->inode, size);
}

int file_stat(struct file *f, struct stat *st)
{
    if (f->inode) {
        inode_stat(f->inode, st);
        return 0;
    }
    memset(st, 0, sizeof(*st));
    st->st_mode = S_IRUSR | S_IWUSR;
    st->st_nlink = 1;
    st->st_ino = 1;
    st->st_blksize = PAGE_SIZE;
    return 0;
}

unsigned file_poll(struct file *f, struct poll_table *t)
{
    if (!f->ops->poll)
        return POLLIN | POLLOUT | POLLRDNORM | POLLWRNORM;
    return f->ops->poll(f, t);
}

ssize_t file_read_kernel(struct file *f, void *buf, size_t n, uint64_t pos)
{
    if (!f->inode || !f->inode->object)
        return -EINVAL;
    return memobj_read(f->inode->object, pos, buf, n);
}

size_t file_describe(struct file *f, char *buf, size_t size)
{
    struct inode *i = f->inode;
    int len;
    if (f->path)
        len = snprintf(buf, size, "%s%s", f->path, i && i->links == 0 ? " (deleted)" : "");
    else if (i && S_ISFIFO(i->mode))
        len = snprintf(buf, size, "pipe:[%lu]", i->ino);
    else if (i && S_ISSOCK(i->mode))
        len = snprintf(buf, size, "socket:[%lu]", i->ino);
    else
        len = snprintf(buf, size, "anon_inode:[file]");
    return MIN((size_t)len, size - 1);
}
