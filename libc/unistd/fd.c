// SPDX-License-Identifier: ISC
// Calls on descriptors.
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/file.h>
#include <sys/sendfile.h>
#include <sys/uio.h>
#include <unistd.h>

#include "internal/syscall.h"

ssize_t read(int fd, void *data, size_t size)
{
    return __syscall_ret(SYS3(SYS_read, fd, data, size));
}

ssize_t write(int fd, const void *data, size_t size)
{
    return __syscall_ret(SYS3(SYS_write, fd, data, size));
}

ssize_t pread(int fd, void *data, size_t size, off_t offset)
{
    return __syscall_ret(SYS4(SYS_pread64, fd, data, size, offset));
}

ssize_t pwrite(int fd, const void *data, size_t size, off_t offset)
{
    return __syscall_ret(SYS4(SYS_pwrite64, fd, data, size, offset));
}

ssize_t readv(int fd, const struct iovec *parts, int count)
{
    return __syscall_ret(SYS3(SYS_readv, fd, parts, count));
}

ssize_t writev(int fd, const struct iovec *parts, int count)
{
    return __syscall_ret(SYS3(SYS_writev, fd, parts, count));
}

ssize_t preadv(int fd, const struct iovec *parts, int count, off_t offset)
{
    return __syscall_ret(SYS5(SYS_preadv, fd, parts, count, offset, 0));
}

ssize_t pwritev(int fd, const struct iovec *parts, int count, off_t offset)
{
    return __syscall_ret(SYS5(SYS_pwritev, fd, parts, count, offset, 0));
}

off_t lseek(int fd, off_t offset, int whence)
{
    return __syscall_ret(SYS3(SYS_lseek, fd, offset, whence));
}

int close(int fd)
{
    return (int)__syscall_ret(SYS1(SYS_close, fd));
}

int close_range(unsigned first, unsigned last, int flags)
{
    return (int)__syscall_ret(SYS3(SYS_close_range, first, last, flags));
}

int dup(int fd)
{
    return (int)__syscall_ret(SYS1(SYS_dup, fd));
}

int dup2(int fd, int to)
{
    return (int)__syscall_ret(SYS2(SYS_dup2, fd, to));
}

int dup3(int fd, int to, int flags)
{
    return (int)__syscall_ret(SYS3(SYS_dup3, fd, to, flags));
}

int pipe(int fd[2])
{
    return pipe2(fd, 0);
}

int pipe2(int fd[2], int flags)
{
    return (int)__syscall_ret(SYS2(SYS_pipe2, fd, flags));
}

int fcntl(int fd, int command, ...)
{
    va_list args;
    va_start(args, command);
    long arg = va_arg(args, long);
    va_end(args);
    return (int)__syscall_ret(SYS3(SYS_fcntl, fd, command, arg));
}

int flock(int fd, int operation)
{
    return (int)__syscall_ret(SYS2(SYS_flock, fd, operation));
}

int lockf(int fd, int command, off_t size)
{
    struct flock lock = {.l_type = F_WRLCK, .l_whence = SEEK_CUR, .l_len = size};
    switch (command) {
    case F_ULOCK:
        lock.l_type = F_UNLCK;
        return fcntl(fd, F_SETLK, &lock);
    case F_LOCK:
        return fcntl(fd, F_SETLKW, &lock);
    case F_TLOCK:
        return fcntl(fd, F_SETLK, &lock);
    case F_TEST:
        if (fcntl(fd, F_GETLK, &lock) != 0)
            return -1;
        if (lock.l_type == F_UNLCK || lock.l_pid == getpid())
            return 0;
        errno = EACCES;
        return -1;
    }
    errno = EINVAL;
    return -1;
}

int ftruncate(int fd, off_t size)
{
    return (int)__syscall_ret(SYS2(SYS_ftruncate, fd, size));
}

int fallocate(int fd, int mode, off_t offset, off_t length)
{
    return (int)__syscall_ret(SYS4(SYS_fallocate, fd, mode, offset, length));
}

int posix_fallocate(int fd, off_t offset, off_t length)
{
    return (int)-SYS4(SYS_fallocate, fd, 0, offset, length);
}

int posix_fadvise(int fd, off_t offset, off_t length, int advice)
{
    return (int)-SYS4(SYS_fadvise64, fd, offset, length, advice);
}

int fsync(int fd)
{
    return (int)__syscall_ret(SYS1(SYS_fsync, fd));
}

int fdatasync(int fd)
{
    return (int)__syscall_ret(SYS1(SYS_fdatasync, fd));
}

int syncfs(int fd)
{
    return (int)__syscall_ret(SYS1(SYS_syncfs, fd));
}

void sync(void)
{
    SYS0(SYS_sync);
}

ssize_t sendfile(int out, int in, off_t *offset, size_t size)
{
    return __syscall_ret(SYS4(SYS_sendfile, out, in, offset, size));
}

ssize_t copy_file_range(int in, off_t *in_offset, int out, off_t *out_offset, size_t size,
                        unsigned flags)
{
    return __syscall_ret(SYS6(SYS_copy_file_range, in, in_offset, out, out_offset, size, flags));
}

int epoll_create(int size)
{
    if (size <= 0) {
        errno = EINVAL;
        return -1;
    }
    return epoll_create1(0);
}

int epoll_create1(int flags)
{
    return (int)__syscall_ret(SYS1(SYS_epoll_create1, flags));
}

int epoll_ctl(int epoll, int operation, int fd, struct epoll_event *event)
{
    return (int)__syscall_ret(SYS4(SYS_epoll_ctl, epoll, operation, fd, event));
}

int epoll_wait(int epoll, struct epoll_event *events, int count, int timeout)
{
    return epoll_pwait(epoll, events, count, timeout, NULL);
}

int epoll_pwait(int epoll, struct epoll_event *events, int count, int timeout, const sigset_t *mask)
{
    return (int)__syscall_ret(
        SYS6(SYS_epoll_pwait, epoll, events, count, timeout, mask, sizeof(*mask)));
}

int eventfd(unsigned value, int flags)
{
    return (int)__syscall_ret(SYS2(SYS_eventfd2, value, flags));
}

int eventfd_read(int fd, eventfd_t *value)
{
    return read(fd, value, sizeof(*value)) == sizeof(*value) ? 0 : -1;
}

int eventfd_write(int fd, eventfd_t value)
{
    return write(fd, &value, sizeof(value)) == sizeof(value) ? 0 : -1;
}
