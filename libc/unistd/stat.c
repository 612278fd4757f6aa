// SPDX-License-Identifier: ISC
// Attributes of files: reading them, changing them, making files that are not regular.
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <sys/statvfs.h>
#include <sys/time.h>
#include <utime.h>

#include "internal/syscall.h"

int stat(const char *restrict path, struct stat *restrict stat)
{
    return fstatat(AT_FDCWD, path, stat, 0);
}

int lstat(const char *restrict path, struct stat *restrict stat)
{
    return fstatat(AT_FDCWD, path, stat, AT_SYMLINK_NOFOLLOW);
}

int fstat(int fd, struct stat *stat)
{
    return (int)__syscall_ret(SYS2(SYS_fstat, fd, stat));
}

int fstatat(int dir, const char *restrict path, struct stat *restrict stat, int flags)
{
    return (int)__syscall_ret(SYS4(SYS_newfstatat, dir, path, stat, flags));
}

int statx(int dir, const char *restrict path, int flags, unsigned mask, struct statx *restrict data)
{
    return (int)__syscall_ret(SYS5(SYS_statx, dir, path, flags, mask, data));
}

int chmod(const char *path, mode_t mode)
{
    return (int)__syscall_ret(SYS3(SYS_fchmodat, AT_FDCWD, path, mode));
}

int fchmod(int fd, mode_t mode)
{
    return (int)__syscall_ret(SYS2(SYS_fchmod, fd, mode));
}

// The system call has no flags; not following a link is refused as Linux's file systems do.
int fchmodat(int dir, const char *path, mode_t mode, int flags)
{
    struct stat found;
    if (flags & ~AT_SYMLINK_NOFOLLOW) {
        errno = EINVAL;
        return -1;
    }
    if (flags & AT_SYMLINK_NOFOLLOW) {
        if (fstatat(dir, path, &found, AT_SYMLINK_NOFOLLOW) != 0)
            return -1;
        if (S_ISLNK(found.st_mode)) {
            errno = EOPNOTSUPP;
            return -1;
        }
    }
    return (int)__syscall_ret(SYS3(SYS_fchmodat, dir, path, mode));
}

int mkdir(const char *path, mode_t mode)
{
    return mkdirat(AT_FDCWD, path, mode);
}

int mkdirat(int dir, const char *path, mode_t mode)
{
    return (int)__syscall_ret(SYS3(SYS_mkdirat, dir, path, mode));
}

int mkfifo(const char *path, mode_t mode)
{
    return mkfifoat(AT_FDCWD, path, mode);
}

int mkfifoat(int dir, const char *path, mode_t mode)
{
    return mknodat(dir, path, mode | S_IFIFO, 0);
}

int mknod(const char *path, mode_t mode, dev_t device)
{
    return mknodat(AT_FDCWD, path, mode, device);
}

int mknodat(int dir, const char *path, mode_t mode, dev_t device)
{
    return (int)__syscall_ret(SYS4(SYS_mknodat, dir, path, mode, device));
}

mode_t umask(mode_t mask)
{
    return (mode_t)__syscall_ret(SYS1(SYS_umask, mask));
}

int utimensat(int dir, const char *path, const struct timespec times[2], int flags)
{
    return (int)__syscall_ret(SYS4(SYS_utimensat, dir, path, times, flags));
}

int futimens(int fd, const struct timespec times[2])
{
    return utimensat(fd, NULL, times, 0);
}

// Turns microseconds into nanoseconds; NULL stays NULL ("now").
static const struct timespec *times_from(const struct timeval from[2], struct timespec to[2])
{
    if (from == NULL)
        return NULL;
    for (int i = 0; i < 2; i++)
        to[i] = (struct timespec){from[i].tv_sec, from[i].tv_usec * 1000};
    return to;
}

int utimes(const char *path, const struct timeval times[2])
{
    struct timespec converted[2];
    return utimensat(AT_FDCWD, path, times_from(times, converted), 0);
}

int futimes(int fd, const struct timeval times[2])
{
    struct timespec converted[2];
    return futimens(fd, times_from(times, converted));
}

int utime(const char *path, const struct utimbuf *times)
{
    if (times == NULL)
        return utimes(path, NULL);
    struct timeval converted[2] = {{times->actime, 0}, {times->modtime, 0}};
    return utimes(path, converted);
}

int statfs(const char *path, struct statfs *data)
{
    return (int)__syscall_ret(SYS2(SYS_statfs, path, data));
}

int fstatfs(int fd, struct statfs *data)
{
    return (int)__syscall_ret(SYS2(SYS_fstatfs, fd, data));
}

static void statvfs_fill(struct statvfs *to, const struct statfs *from)
{
    *to = (struct statvfs){
        .f_bsize = (unsigned long)from->f_bsize,
        .f_frsize = (unsigned long)(from->f_frsize != 0 ? from->f_frsize : from->f_bsize),
        .f_blocks = from->f_blocks,
        .f_bfree = from->f_bfree,
        .f_bavail = from->f_bavail,
        .f_files = from->f_files,
        .f_ffree = from->f_ffree,
        .f_favail = from->f_ffree,
        .f_fsid = (unsigned)from->f_fsid.val[0] | (unsigned long)(unsigned)from->f_fsid.val[1]
                                                      << 32,
        .f_flag = (unsigned long)from->f_flags & ~(unsigned long)ST_VALID,
        .f_namemax = (unsigned long)from->f_namelen,
    };
}

int statvfs(const char *restrict path, struct statvfs *restrict data)
{
    struct statfs found;
    if (statfs(path, &found) != 0)
        return -1;
    statvfs_fill(data, &found);
    return 0;
}

int fstatvfs(int fd, struct statvfs *data)
{
    struct statfs found;
    if (fstatfs(fd, &found) != 0)
        return -1;
    statvfs_fill(data, &found);
    return 0;
}
