// SPDX-License-Identifier: ISC
/*
 * System calls on descriptors: dup, close, fcntl, ioctl's general requests, locks, and those that
 * make descriptors out of nothing (pipe, memfd).
 */
#include "abi/errno.h"
#include "abi/fcntl.h"
#include "abi/ioctl.h"
#include "fs/lock.h"
#include "fs/memfs.h"
#include "fs/path.h"
#include "ipc/ipc.h"
#include "lib/printf.h"
#include "lib/string.h"
#include "mm/heap.h"
#include "task/process.h"
#include "x86/uaccess.h"

long sys_close(int fd)
{
    return fd_close(fd);
}

long sys_close_range(unsigned first, unsigned last, unsigned flags)
{
    return fd_close_range(first, last, flags);
}

long sys_dup(int fd)
{
    struct file *f = fd_get_any(fd);
    return f ? fd_install(f, false, 0) : -EBADF;
}

static long duplicate_to(int fd, int to, bool close_on_exec)
{
    struct file *f = fd_get_any(fd);
    return f ? fd_replace(to, f, close_on_exec) : -EBADF;
}

long sys_dup2(int fd, int to)
{
    if (fd == to)
        return fd_flags_get(fd) < 0 ? -EBADF : fd;
    return duplicate_to(fd, to, false);
}

long sys_dup3(int fd, int to, int flags)
{
    if ((flags & ~O_CLOEXEC) || fd == to)
        return -EINVAL;
    return duplicate_to(fd, to, flags & O_CLOEXEC);
}

// --- fcntl ---------------------------------------------------------------------------------------

#define SETTABLE (O_APPEND | O_NONBLOCK | O_NOATIME | O_DIRECT | O_ASYNC)

static int set_status_flags(struct file *f, unsigned flags)
{
    if ((flags & ~f->flags & O_NOATIME) && f->inode && !caller_is_privileged() &&
        caller_uid() != f->inode->uid)
        return -EPERM;
    uint32_t old = atomic_load(&f->flags);
    while (!atomic_compare_exchange_weak(&f->flags, &old,
                                         (old & ~(uint32_t)SETTABLE) | (flags & SETTABLE)))
        ;
    return 0;
}

static long lock_call(struct file *f, int cmd, uaddr_t arg)
{
    struct flock range;
    int err = copy_in(&range, arg);
    if (!err)
        err = file_lock_fcntl(f, cmd, &range);
    if (!err && (cmd == F_GETLK || cmd == F_OFD_GETLK))
        err = copy_out(arg, &range);
    return err;
}

/* The requests that need an open file; `f` is referenced by the caller. */
static long fcntl_file(struct file *f, int cmd, uint64_t arg)
{
    switch (cmd) {
    case F_GETFL:
        return f->flags;
    case F_SETFL:
        return set_status_flags(f, (unsigned)arg);
    case F_GETOWN:
        return f->owner;
    case F_SETOWN:
        f->owner = (int)arg;
        return 0;
    case F_GETPIPE_SZ:
        return pipe_size(f);
    case F_SETPIPE_SZ:
        return pipe_resize(f, (unsigned)arg);
    case F_GETLK:
    case F_SETLK:
    case F_SETLKW:
    case F_OFD_GETLK:
    case F_OFD_SETLK:
    case F_OFD_SETLKW:
        return lock_call(f, cmd, arg);
    case F_GETLEASE:
        return F_UNLCK;
    default:
        return -EINVAL;
    }
}

long sys_fcntl(int fd, unsigned cmd, uint64_t arg)
{
    struct file *f = fd_get_any(fd);
    if (!f)
        return -EBADF;
    long result;
    if (cmd == F_DUPFD || cmd == F_DUPFD_CLOEXEC)
        return fd_install(f, cmd == F_DUPFD_CLOEXEC, (int)MIN(arg, (uint64_t)INT32_MAX));
    if (cmd == F_GETFD)
        result = fd_flags_get(fd);
    else if (cmd == F_SETFD)
        result = fd_flags_set(fd, arg & FD_CLOEXEC);
    else if ((f->flags & O_PATH) && cmd != F_GETFL)
        result = -EBADF;
    else
        result = fcntl_file(f, (int)cmd, arg);
    file_put(f);
    return result;
}

long sys_flock(int fd, int operation)
{
    struct file *f = fd_get(fd);
    if (!f)
        return -EBADF;
    int err = file_lock_whole(f, operation);
    file_put(f);
    return err;
}

// --- ioctl ---------------------------------------------------------------------------------------

static int set_flag_from_user(struct file *f, uaddr_t arg, unsigned flag)
{
    int on;
    int err = copy_in(&on, arg);
    if (err)
        return err;
    if (on)
        atomic_fetch_or(&f->flags, flag);
    else
        atomic_fetch_and(&f->flags, ~flag);
    return 0;
}

/* Bytes between the position and the end. */
static int regular_left(struct file *f, uaddr_t arg)
{
    int64_t left = (int64_t)f->inode->object->size - (int64_t)f->pos;
    int value = (int)MAX(left, 0l);
    return copy_out(arg, &value);
}

long sys_ioctl(int fd, unsigned cmd, uint64_t arg)
{
    struct file *f = fd_get(fd);
    if (!f)
        return -EBADF;
    long result;
    if (cmd == FIOCLEX || cmd == FIONCLEX)
        result = fd_flags_set(fd, cmd == FIOCLEX);
    else if (cmd == FIONBIO)
        result = set_flag_from_user(f, arg, O_NONBLOCK);
    else if (cmd == FIOASYNC)
        result = set_flag_from_user(f, arg, O_ASYNC);
    else if (cmd == FIONREAD && f->inode && f->inode->object)
        result = regular_left(f, arg);
    else
        result = f->ops->ioctl ? f->ops->ioctl(f, cmd, arg) : -ENOTTY;
    file_put(f);
    return result;
}

// --- new descriptors -----------------------------------------------------------------------------

static long make_pipe(uaddr_t pair, unsigned flags)
{
    if (flags & ~(O_CLOEXEC | O_NONBLOCK))
        return -EINVAL; // O_DIRECT's packets are not there
    struct file *ends[2];
    int err = pipe_create(flags & O_NONBLOCK, ends);
    if (err < 0)
        return err;
    int fd[2] = {fd_reserve(flags & O_CLOEXEC), -1};
    if (fd[0] >= 0)
        fd[1] = fd_reserve(flags & O_CLOEXEC);
    err = fd[0] < 0 ? fd[0] : fd[1] < 0 ? fd[1] : copy_out(pair, &fd);
    for (int k = 0; k < 2; k++) {
        if (!err)
            fd_fill(fd[k], ends[k]);
        else
            file_put(ends[k]);
        if (err && fd[k] >= 0)
            fd_unreserve(fd[k]);
    }
    return err;
}

long sys_pipe(uaddr_t pair)
{
    return make_pipe(pair, 0);
}

long sys_pipe2(uaddr_t pair, unsigned flags)
{
    return make_pipe(pair, flags);
}

long sys_eventfd2(unsigned count, unsigned flags)
{
    if (flags & ~(EFD_SEMAPHORE | EFD_CLOEXEC | EFD_NONBLOCK))
        return -EINVAL;
    struct file *f = eventfd_create(count, flags & EFD_SEMAPHORE, flags & EFD_NONBLOCK);
    return f ? fd_install(f, flags & EFD_CLOEXEC, 0) : -ENOMEM;
}

long sys_eventfd(unsigned count)
{
    return sys_eventfd2(count, 0);
}

#define MEMFD_NAME_MAX 249 // so that "memfd:" and the name fit in a file name

long sys_memfd_create(uaddr_t name, unsigned flags)
{
    char text[MEMFD_NAME_MAX + 1], path[MEMFD_NAME_MAX + 16];
    if (flags & ~(MFD_CLOEXEC | MFD_ALLOW_SEALING))
        return -EINVAL;
    ssize_t len = string_from_user(text, name, sizeof(text));
    if (len < 0)
        return len == -ENAMETOOLONG ? -EINVAL : len;
    struct inode *i = memfs_unnamed_file(0777);
    struct file *f = i ? file_create(i->file_ops, O_RDWR | O_LARGEFILE, i, NULL) : NULL;
    if (i)
        inode_put(i); // the file holds it
    if (!f)
        return -ENOMEM;
    snprintf(path, sizeof(path), "/memfd:%s", text);
    f->path = kstrdup(path);
    return fd_install(f, flags & MFD_CLOEXEC, 0);
}

long sys_umask(unsigned mask)
{
    struct fs_context *c = current_process()->fs;
    spin_lock(&c->lock);
    uint32_t old = c->umask;
    c->umask = mask & 0777;
    spin_unlock(&c->lock);
    return old;
}
