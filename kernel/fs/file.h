// SPDX-License-Identifier: ISC
/*
 * Open files and descriptors. A struct file is what open returns: position, flags, operations; dup
 * and fork share it. A descriptor table maps numbers to files.
 *
 * A new kind of file fills a struct file_ops; what it leaves NULL answers with the error Linux gives.
 */
#pragma once

#include "abi/dirent.h"
#include "abi/poll.h"
#include "abi/stat.h"
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
    bool (*emit)(struct dir_sink *s, const char *name, size_t len, uint64_t ino, uint8_t type, uint64_t next_pos);
};

struct file_ops {
    /* Bytes, 0 at the end, or -errno. `pos` is the file's own or pread's; advanced by the result. May sleep. */
    ssize_t (*read)(struct file *f, uaddr_t buf, size_t n, uint64_t *pos);
    ssize_t (*write)(struct file *f, uaddr_t buf, size_t n, uint64_t *pos);
    off_t (*seek)(struct file *f, off_t off, int whence); // NULL: -ESPIPE
    int (*list)(struct file *f, struct dir_sink *sink);   // from f->pos; NULL: -ENOTDIR
    long (*ioctl)(struct file *f, unsigned cmd, uaddr_t arg); // -ENOTTY for unknown
    /*
     * What the file is ready for now (POLLIN | POLLOUT | POLLHUP | POLLERR ...). With a table, first
     * names the wait queues (poll_wait) that will be woken when that changes. NULL: always ready.
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
    struct inode *inode;    // a reference; NULL for anonymous kinds without one
    char *path;             // absolute, as opened; for /proc/PID/fd and maps
    void *data;             // the kind's own
    int owner;              // F_SETOWN
};

#define F_READABLE(f) (((f)->flags & O_ACCMODE) != O_WRONLY)
#define F_WRITABLE(f) (((f)->flags & O_ACCMODE) != O_RDONLY)

/* A file with one reference; inode (may be NULL) gets one. NULL without memory. */
struct file *file_create(const struct file_ops *ops, uint32_t flags, struct inode *inode, void *data);
void file_get(struct file *f);
void file_put(struct file *f); // may sleep
size_t file_count(void);

/* The calls on an open file; they check its mode. */
ssize_t file_read(struct file *f, uaddr_t buf, size_t n);
ssize_t file_write(struct file *f, uaddr_t buf, size_t n);
ssize_t file_pread(struct file *f, uaddr_t buf, size_t n, uint64_t pos);
ssize_t file_pwrite(struct file *f, uaddr_t buf, size_t n, uint64_t pos);
off_t file_seek(struct file *f, off_t off, int whence);
int file_stat(struct file *f, struct stat *st);
unsigned file_poll(struct file *f, struct poll_table *t);
/* The same for the kernel itself (exec, archives): kernel buffer, regular files only. */
ssize_t file_read_kernel(struct file *f, void *buf, size_t n, uint64_t pos);

/* Descriptor table. Its lock is a spinlock; files are put outside it. */
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

struct fd_table *fd_table_create(void);
struct fd_table *fd_table_copy(struct fd_table *t); // fork
void fd_table_get(struct fd_table *t);
void fd_table_put(struct fd_table *t); // the last one closes all
void fd_table_close_on_exec(struct fd_table *t);

/* Of the current process. */
struct file *fd_get(int fd);  // with a reference, or NULL (-EBADF)
int fd_install(struct file *f, bool close_on_exec, int at_least); // consumes the reference also on error; number, -EMFILE, -ENOMEM, -EINVAL
int fd_reserve(bool close_on_exec); // a number without a file yet: pipe, accept; then fd_fill or fd_close
void fd_fill(int fd, struct file *f);
int fd_replace(int fd, struct file *f, bool close_on_exec); // dup2: consumes the reference
int fd_close(int fd);
int fd_flags_get(int fd);            // FD_CLOEXEC or 0; -EBADF
int fd_flags_set(int fd, bool close_on_exec);
int fd_close_range(unsigned first, unsigned last, unsigned flags);
