// SPDX-License-Identifier: ISC
/*
 * Open files and descriptors. A struct file is what open returns: position, flags, operations; dup
 * and fork share it. A descriptor table maps numbers to files.
 *
 * A new kind of file fills a struct file_ops; what it leaves NULL answers with the error Linux
 * gives.
 */
#pragma once

#include "abi/dirent.h"
#include "abi/fcntl.h"
#include "abi/poll.h"
#include "abi/stat.h"
#include "abi/uio.h"
#include "lib/base.h"
#include "sched/mutex.h"
#include "sched/wait.h"
#include "vm/memobj.h"
#include "vm/space.h"

struct file;
struct inode;
struct process;

/* Where a directory listing goes: false = full, stop. */
struct dir_sink {
    bool (*emit)(struct dir_sink *s, const char *name, size_t len, uint64_t ino, uint8_t type,
                 uint64_t next_pos);
};

struct file_ops {
    /* Bytes, 0 at the end, or -errno. `pos` is the file's own or pread's; advanced by the result.
     * May sleep. */
    ssize_t (*read)(struct file *f, uaddr_t buf, size_t n, uint64_t *pos);
    ssize_t (*write)(struct file *f, uaddr_t buf, size_t n, uint64_t *pos);
    off_t (*seek)(struct file *f, off_t off, int whence); // NULL: -ESPIPE
    /* Entries from f->pos on, moving it; under pos_lock and the inode's lock. NULL: -ENOTDIR */
    int (*list)(struct file *f, struct dir_sink *sink);
    long (*ioctl)(struct file *f, unsigned cmd, uaddr_t arg); // -ENOTTY for unknown
    /* One write of several pieces, where they must stay together (pipes). NULL: piece by piece. */
    ssize_t (*write_vector)(struct file *f, const struct iovec *pieces, unsigned count);
    /*
     * What the file is ready for now (POLLIN | POLLOUT | POLLHUP | POLLERR ...). With a table,
     * first names the wait queues (poll_wait) that will be woken when that changes. NULL: always
     * ready.
     */
    unsigned (*poll)(struct file *f, struct poll_table *table);
    /* The object a mapping of the file shows, or NULL with -ENODEV. */
    int (*map)(struct file *f, struct map_request *r);
    int (*truncate)(struct file *f, uint64_t size);
    int (*sync)(struct file *f);
    void (*release)(struct file *f); // last reference gone; may sleep
    bool seekable;                   // pread and pwrite allowed
};

struct file {
    _Atomic int refs;
    const struct file_ops *ops;
    _Atomic uint32_t flags; // O_ACCMODE, O_APPEND, O_NONBLOCK, O_DIRECTORY, O_PATH ...
    uint64_t pos;           // [pos_lock]
    struct mutex pos_lock;
    struct inode *inode; // a reference; NULL for anonymous kinds without one
    char *path;          // absolute, as opened; for /proc/PID/fd and maps; NULL: anonymous
    void *data;          // the kind's own
    int owner;           // F_SETOWN
};

/* Access mode 3 allows neither, only ioctl; an O_PATH descriptor only names. */
static inline bool file_readable(const struct file *f)
{
    return !(f->flags & (O_WRONLY | O_PATH));
}

static inline bool file_writable(const struct file *f)
{
    uint32_t mode = f->flags & (O_ACCMODE | O_PATH);
    return mode == O_WRONLY || mode == O_RDWR;
}

/* A file with one reference; inode (may be NULL) gets one. NULL without memory. */
struct file *file_create(const struct file_ops *ops, uint32_t flags, struct inode *inode,
                         void *data);

static inline void file_get(struct file *f)
{
    atomic_fetch_add_explicit(&f->refs, 1, memory_order_relaxed);
}

void file_put(struct file *f); // may sleep
size_t file_count(void);

/*
 * The calls on an open file; they check its mode. Bytes done, or -EBADF (not open for that),
 * -EINVAL (cannot do that), -EISDIR, -EFAULT, -ESPIPE and what the kind of file adds. May sleep.
 */
ssize_t file_read(struct file *f, uaddr_t buf, size_t n);
ssize_t file_write(struct file *f, uaddr_t buf, size_t n);
ssize_t file_pread(struct file *f, uaddr_t buf, size_t n, uint64_t pos);
ssize_t file_pwrite(struct file *f, uaddr_t buf, size_t n, uint64_t pos);
off_t file_seek(struct file *f, off_t off, int whence);
int file_list(struct file *f, struct dir_sink *sink);
int file_truncate(struct file *f, uint64_t size);
int file_stat(struct file *f, struct stat *st);
unsigned file_poll(struct file *f, struct poll_table *t);
/* The same for the kernel itself (exec, archives): kernel buffer, regular files only. */
ssize_t file_read_kernel(struct file *f, void *buf, size_t n, uint64_t pos);
/* SEEK_SET, SEEK_CUR and SEEK_END for a file of `size` bytes; pos_lock held. The new f->pos,
 * -EINVAL. */
off_t file_seek_sized(struct file *f, off_t off, int whence, uint64_t size);
/* What /proc/PID/fd/N shows: the path, or "pipe:[5]". The length, cut at size. */
size_t file_describe(struct file *f, char *buf, size_t size);

/*
 * Descriptor table. Its lock is a spinlock; files are put outside it. A number can be reserved
 * before its file exists: then entries[n].file is FD_RESERVED and the number reads as not open.
 */
#define FD_RESERVED ((struct file *)1)

struct fd_entry {
    struct file *file;
    bool close_on_exec;
};

struct fd_table {
    _Atomic int refs;
    struct spinlock lock;
    struct fd_entry *entries; // [lock]
    unsigned size;            // [lock] entries allocated
    unsigned lowest_free;     // [lock] no free number below
};

struct fd_table *fd_table_create(void);             // NULL without memory
struct fd_table *fd_table_copy(struct fd_table *t); // fork; NULL without memory
void fd_table_get(struct fd_table *t);
void fd_table_put(struct fd_table *t); // the last one closes all; may sleep
void fd_table_close_on_exec(struct fd_table *t);
/* The file at the first number >= *fd, referenced, and *fd set to it; NULL: no more. For /proc. */
struct file *fd_table_next(struct fd_table *t, int *fd);

/* Of the current process. */
struct file *fd_get(int fd); // with a reference, or NULL (-EBADF); O_PATH files are none
struct file *
fd_get_any(int fd); // the same, O_PATH files included: for stat, *at, fchdir, dup, close
/* The lowest number from at_least on. Consumes the reference, also on error. -EMFILE, -ENOMEM,
 * -EINVAL. */
int fd_install(struct file *f, bool close_on_exec, int at_least);
int fd_reserve(bool close_on_exec);   // a number without a file yet; then fd_fill or fd_unreserve
void fd_fill(int fd, struct file *f); // consumes the reference
void fd_unreserve(int fd);
int fd_replace(int fd, struct file *f,
               bool close_on_exec); // dup2: consumes the reference; -EBADF, -EBUSY, -ENOMEM
int fd_close(int fd);
int fd_flags_get(int fd); // FD_CLOEXEC or 0; -EBADF
int fd_flags_set(int fd, bool close_on_exec);
int fd_close_range(unsigned first, unsigned last, unsigned flags);
