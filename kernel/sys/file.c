// SPDX-License-Identifier: ISC
/*
 * System calls on an open file: bytes in and out, positions, listings, copies between files. What
 * an entry adds is the descriptor and the user's arguments; the work is fs/file.c's and the file's
 * own.
 */
#include "abi/dirent.h"
#include "abi/errno.h"
#include "abi/fcntl.h"
#include "abi/limits.h"
#include "fs/inode.h"
#include "fs/memfs.h"
#include "lib/string.h"
#include "mm/heap.h"
#include "x86/uaccess.h"

long sys_read(int fd, uaddr_t buf, size_t n)
{
    struct file *f = fd_get(fd);
    if (unlikely(!f))
        return -EBADF;
    ssize_t done = file_read(f, buf, n);
    file_put(f);
    return done;
}

long sys_write(int fd, uaddr_t buf, size_t n)
{
    struct file *f = fd_get(fd);
    if (unlikely(!f))
        return -EBADF;
    ssize_t done = file_write(f, buf, n);
    file_put(f);
    return done;
}

long sys_pread64(int fd, uaddr_t buf, size_t n, off_t pos)
{
    struct file *f = fd_get(fd);
    if (!f)
        return -EBADF;
    ssize_t done = pos < 0 ? -EINVAL : file_pread(f, buf, n, (uint64_t)pos);
    file_put(f);
    return done;
}

long sys_pwrite64(int fd, uaddr_t buf, size_t n, off_t pos)
{
    struct file *f = fd_get(fd);
    if (!f)
        return -EBADF;
    ssize_t done = pos < 0 ? -EINVAL : file_pwrite(f, buf, n, (uint64_t)pos);
    file_put(f);
    return done;
}

// --- several pieces in one call ------------------------------------------------------------------

#define FEW_PIECES 8

struct pieces {
    struct iovec *v;
    unsigned count;
    struct iovec few[FEW_PIECES];
};

static void pieces_put(struct pieces *p)
{
    if (p->v != p->few)
        kfree(p->v);
}

/* Copies the vector in and checks it: -EINVAL, -EFAULT, -ENOMEM. After 0: pieces_put. */
static int pieces_get(struct pieces *p, uaddr_t from, uint64_t count)
{
    if (count > IOV_MAX)
        return -EINVAL;
    p->count = (unsigned)count;
    p->v = count <= FEW_PIECES ? p->few : kmalloc(count * sizeof(struct iovec));
    if (!p->v)
        return -ENOMEM;
    int err = copy_from_user(p->v, from, count * sizeof(struct iovec));
    size_t total = 0;
    for (unsigned k = 0; !err && k < p->count; k++) {
        size_t len = p->v[k].iov_len;
        if ((ssize_t)len < 0)
            err = -EINVAL;
        else if (!user_range_ok((uaddr_t)p->v[k].iov_base, len))
            err = -EFAULT;
        p->v[k].iov_len = MIN(len, 0x7ffff000ul - total); // Linux cuts the sum there
        total += p->v[k].iov_len;
    }
    if (err)
        pieces_put(p);
    return err;
}

typedef ssize_t (*transfer_fn)(struct file *f, uaddr_t buf, size_t n, uint64_t pos);

static ssize_t read_here(struct file *f, uaddr_t buf, size_t n, uint64_t pos)
{
    (void)pos;
    return file_read(f, buf, n);
}

static ssize_t write_here(struct file *f, uaddr_t buf, size_t n, uint64_t pos)
{
    (void)pos;
    return file_write(f, buf, n);
}

/* Piece by piece until one comes short. What a stream has given must not wait for more. */
static ssize_t transfer_pieces(struct file *f, const struct pieces *p, transfer_fn transfer,
                               uint64_t pos)
{
    size_t total = 0;
    for (unsigned k = 0; k < p->count; k++) {
        size_t len = p->v[k].iov_len;
        if (len == 0 && k + 1 < p->count)
            continue;
        if (total && transfer == read_here && f->ops->poll && !(file_poll(f, NULL) & POLLIN))
            break;
        ssize_t done = transfer(f, (uaddr_t)p->v[k].iov_base, len, pos + total);
        if (done < 0)
            return total ? (ssize_t)total : done;
        total += (size_t)done;
        if ((size_t)done < len)
            break;
    }
    return (ssize_t)total;
}

static long vector_call(int fd, uaddr_t vector, uint64_t count, transfer_fn transfer, uint64_t pos)
{
    struct file *f = fd_get(fd);
    if (!f)
        return -EBADF;
    struct pieces p;
    ssize_t done;
    bool writes = transfer == write_here || transfer == file_pwrite;
    if (writes ? !file_writable(f) : !file_readable(f))
        done = -EBADF;
    else
        done = pieces_get(&p, vector, count);
    if (done == 0) {
        if (transfer == write_here && f->ops->write_vector)
            done = f->ops->write_vector(f, p.v, p.count);
        else
            done = transfer_pieces(f, &p, transfer, pos);
        pieces_put(&p);
    }
    file_put(f);
    return done;
}

long sys_readv(int fd, uaddr_t vector, uint64_t count)
{
    return vector_call(fd, vector, count, read_here, 0);
}

long sys_writev(int fd, uaddr_t vector, uint64_t count)
{
    return vector_call(fd, vector, count, write_here, 0);
}

long sys_preadv(int fd, uaddr_t vector, uint64_t count, off_t pos)
{
    return pos < 0 ? -EINVAL : vector_call(fd, vector, count, file_pread, (uint64_t)pos);
}

long sys_pwritev(int fd, uaddr_t vector, uint64_t count, off_t pos)
{
    return pos < 0 ? -EINVAL : vector_call(fd, vector, count, file_pwrite, (uint64_t)pos);
}

/* pos -1: at the file's own position. No flag is supported. */
long sys_preadv2(int fd, uaddr_t vector, uint64_t count, off_t pos, off_t unused, int flags)
{
    (void)unused;
    if (flags)
        return -EOPNOTSUPP;
    return pos == -1 ? sys_readv(fd, vector, count) : sys_preadv(fd, vector, count, pos);
}

long sys_pwritev2(int fd, uaddr_t vector, uint64_t count, off_t pos, off_t unused, int flags)
{
    (void)unused;
    if (flags)
        return -EOPNOTSUPP;
    return pos == -1 ? sys_writev(fd, vector, count) : sys_pwritev(fd, vector, count, pos);
}

// --- position, size, storage ---------------------------------------------------------------------

long sys_lseek(int fd, off_t off, unsigned whence)
{
    struct file *f = fd_get(fd);
    if (!f)
        return -EBADF;
    off_t to = file_seek(f, off, (int)MIN(whence, 100u));
    file_put(f);
    return to;
}

long sys_ftruncate(int fd, off_t size)
{
    if (size < 0)
        return -EINVAL;
    struct file *f = fd_get(fd);
    if (!f)
        return -EBADF;
    int err = file_truncate(f, (uint64_t)size);
    file_put(f);
    return err;
}

/* Mode 0 only: the range gets memory, and the file grows to hold it. */
long sys_fallocate(int fd, int mode, off_t offset, off_t len)
{
    if (offset < 0 || len <= 0)
        return -EINVAL;
    if (mode)
        return -EOPNOTSUPP;
    struct file *f = fd_get(fd);
    if (!f)
        return -EBADF;
    int err;
    if (!file_writable(f))
        err = -EBADF;
    else if (f->inode && S_ISFIFO(f->inode->mode))
        err = -ESPIPE;
    else if (!f->inode || !f->inode->object)
        err = f->inode && S_ISDIR(f->inode->mode) ? -EISDIR : -ENODEV;
    else if (offset > INT64_MAX - len)
        err = -EFBIG;
    else
        err = memfs_allocate(f->inode, (uint64_t)offset, (uint64_t)len);
    file_put(f);
    return err;
}

static long sync_call(int fd)
{
    struct file *f = fd_get(fd);
    if (!f)
        return -EBADF;
    int err = -EINVAL;
    if (f->ops->sync)
        err = f->ops->sync(f);
    else if (f->inode && S_ISDIR(f->inode->mode))
        err = 0;
    file_put(f);
    return err;
}

long sys_fsync(int fd)
{
    return sync_call(fd);
}

long sys_fdatasync(int fd)
{
    return sync_call(fd);
}

long sys_syncfs(int fd)
{
    struct file *f = fd_get(fd);
    if (f)
        file_put(f);
    return f ? 0 : -EBADF;
}

long sys_sync(void)
{
    return 0; // memory is all there is
}

long sys_fadvise64(int fd, off_t offset, size_t len, int advice)
{
    (void)offset;
    struct file *f = fd_get(fd);
    if (!f)
        return -EBADF;
    int err = 0;
    if (f->inode && S_ISFIFO(f->inode->mode))
        err = -ESPIPE;
    else if ((ssize_t)len < 0 || (unsigned)advice > POSIX_FADV_NOREUSE)
        err = -EINVAL;
    file_put(f);
    return err;
}

long sys_readahead(int fd, off_t offset, size_t n)
{
    (void)offset, (void)n;
    struct file *f = fd_get(fd);
    if (!f)
        return -EBADF;
    int err = !file_readable(f) ? -EBADF : f->inode && f->inode->object ? 0 : -EINVAL;
    file_put(f);
    return err;
}

// --- copies between files ------------------------------------------------------------------------

/* An optional user offset: from memory when the pointer is not 0, else the file's own. */
static int offset_get(uaddr_t at, struct file *f, uint64_t *pos)
{
    *pos = f->pos;
    if (!at)
        return 0;
    int err = copy_in(pos, at);
    return err ? err : (int64_t)*pos < 0 ? -EINVAL : 0;
}

static int offset_put(uaddr_t at, struct file *f, uint64_t pos)
{
    if (at)
        return copy_out(at, &pos);
    mutex_lock(&f->pos_lock);
    f->pos = pos;
    mutex_unlock(&f->pos_lock);
    return 0;
}

/* Whether a copy is possible: 0, -EBADF, -EISDIR, -EINVAL. */
static int check_copy(struct file *in, struct file *out)
{
    if (!file_readable(in) || !file_writable(out))
        return -EBADF;
    if (!in->inode || !out->inode)
        return -EINVAL;
    if (S_ISDIR(in->inode->mode) || S_ISDIR(out->inode->mode))
        return -EISDIR;
    return in->inode->object && out->inode->object ? 0 : -EINVAL;
}

static long copy_files(struct file *in, uaddr_t in_at, struct file *out, uaddr_t out_at, size_t n)
{
    uint64_t in_pos, out_pos;
    int err = offset_get(in_at, in, &in_pos);
    if (!err)
        err = offset_get(out_at, out, &out_pos);
    if (err)
        return err;
    n = MIN(n, 0x7ffff000ul);
    if (in->inode == out->inode && in_pos < out_pos + n && out_pos < in_pos + n)
        return -EINVAL;
    ssize_t done = memfs_copy(in->inode, in_pos, out->inode, out_pos, n);
    if (done > 0) {
        err = offset_put(in_at, in, in_pos + (uint64_t)done);
        if (!err)
            err = offset_put(out_at, out, out_pos + (uint64_t)done);
    }
    return err ? err : done;
}

long sys_copy_file_range(int in_fd, uaddr_t in_at, int out_fd, uaddr_t out_at, size_t n,
                         unsigned flags)
{
    if (flags)
        return -EINVAL;
    struct file *in = fd_get(in_fd), *out = fd_get(out_fd);
    long done = in && out ? check_copy(in, out) : -EBADF;
    if (done == 0 && (out->flags & O_APPEND))
        done = -EBADF;
    if (done == 0)
        done = copy_files(in, in_at, out, out_at, n);
    if (out)
        file_put(out);
    if (in)
        file_put(in);
    return done;
}

/* Between regular files only: elsewhere -EINVAL, and programs fall back to read and write. */
long sys_sendfile(int out_fd, int in_fd, uaddr_t in_at, size_t n)
{
    struct file *in = fd_get(in_fd), *out = fd_get(out_fd);
    long done = in && out ? check_copy(in, out) : -EBADF;
    if (done == -EISDIR || (done == 0 && (out->flags & O_APPEND)))
        done = -EINVAL;
    if (done == 0)
        done = copy_files(in, in_at, out, 0, n);
    if (out)
        file_put(out);
    if (in)
        file_put(in);
    return done;
}

// --- listings ------------------------------------------------------------------------------------

/* Writes entries to user memory as they come; `old` is getdents' layout with the type at the end.
 */
struct user_sink {
    struct dir_sink sink;
    uaddr_t at;
    size_t left;
    bool old;
    int err;
};

static bool user_emit(struct dir_sink *sink, const char *name, size_t len, uint64_t ino,
                      uint8_t type, uint64_t next_pos)
{
    struct user_sink *s = container_of(sink, struct user_sink, sink);
    union {
        struct linux_dirent64 d;
        char bytes[sizeof(struct linux_dirent64) + NAME_MAX + 9];
    } out;
    size_t name_at = s->old ? 18 : offsetof(struct linux_dirent64, d_name);
    size_t size = ALIGN_UP(name_at + len + (s->old ? 2 : 1), 8ul);
    if (size > s->left) {
        s->err = -EINVAL; // counts only when nothing was given
        return false;
    }
    memset(out.bytes, 0, size);
    out.d.d_ino = ino;
    out.d.d_off = (int64_t)next_pos;
    out.d.d_reclen = (uint16_t)size;
    memcpy(out.bytes + name_at, name, len);
    out.bytes[s->old ? size - 1 : offsetof(struct linux_dirent64, d_type)] = (char)type;
    if (copy_to_user(s->at, out.bytes, size) < 0) {
        s->err = -EFAULT;
        return false;
    }
    s->at += size;
    s->left -= size;
    return true;
}

static long list_call(int fd, uaddr_t buf, unsigned size, bool old)
{
    struct file *f = fd_get(fd);
    if (!f)
        return -EBADF;
    struct user_sink s = {{user_emit}, buf, size, old, 0};
    long err = file_list(f, &s.sink);
    file_put(f);
    if (err < 0)
        return err;
    long done = (long)(size - s.left);
    return done || !s.err ? done : s.err;
}

long sys_getdents64(int fd, uaddr_t buf, unsigned size)
{
    return list_call(fd, buf, size, false);
}

long sys_getdents(int fd, uaddr_t buf, unsigned size)
{
    return list_call(fd, buf, size, true);
}
