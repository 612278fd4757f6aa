// SPDX-License-Identifier: ISC
// Calls on paths.
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <unistd.h>
#include <limits.h>

#include "internal/syscall.h"

int open(const char *path, int flags, ...)
{
    va_list args;
    va_start(args, flags);
    mode_t mode = va_arg(args, mode_t); // meaningless without O_CREAT, and then not looked at
    va_end(args);
    return (int)__syscall_ret(SYS4(SYS_openat, AT_FDCWD, path, flags, mode));
}

int openat(int dir, const char *path, int flags, ...)
{
    va_list args;
    va_start(args, flags);
    mode_t mode = va_arg(args, mode_t);
    va_end(args);
    return (int)__syscall_ret(SYS4(SYS_openat, dir, path, flags, mode));
}

int creat(const char *path, mode_t mode)
{
    return open(path, O_CREAT | O_WRONLY | O_TRUNC, mode);
}

int access(const char *path, int mode)
{
    return (int)__syscall_ret(SYS3(SYS_faccessat, AT_FDCWD, path, mode));
}

int faccessat(int dir, const char *path, int mode, int flags)
{
    if (flags == 0)
        return (int)__syscall_ret(SYS3(SYS_faccessat, dir, path, mode));
    return (int)__syscall_ret(SYS4(SYS_faccessat2, dir, path, mode, flags));
}

int euidaccess(const char *path, int mode)
{
    return faccessat(AT_FDCWD, path, mode, AT_EACCESS);
}

int link(const char *from, const char *to)
{
    return linkat(AT_FDCWD, from, AT_FDCWD, to, 0);
}

int linkat(int from_dir, const char *from, int to_dir, const char *to, int flags)
{
    return (int)__syscall_ret(SYS5(SYS_linkat, from_dir, from, to_dir, to, flags));
}

int symlink(const char *target, const char *path)
{
    return symlinkat(target, AT_FDCWD, path);
}

int symlinkat(const char *target, int dir, const char *path)
{
    return (int)__syscall_ret(SYS3(SYS_symlinkat, target, dir, path));
}

ssize_t readlink(const char *restrict path, char *restrict target, size_t size)
{
    return readlinkat(AT_FDCWD, path, target, size);
}

ssize_t readlinkat(int dir, const char *restrict path, char *restrict target, size_t size)
{
    return __syscall_ret(SYS4(SYS_readlinkat, dir, path, target, size));
}

int unlink(const char *path)
{
    return unlinkat(AT_FDCWD, path, 0);
}

int rmdir(const char *path)
{
    return unlinkat(AT_FDCWD, path, AT_REMOVEDIR);
}

int unlinkat(int dir, const char *path, int flags)
{
    return (int)__syscall_ret(SYS3(SYS_unlinkat, dir, path, flags));
}

int remove(const char *path)
{
    int result = unlink(path);
    return result != 0 && errno == EISDIR ? rmdir(path) : result;
}

int rename(const char *from, const char *to)
{
    return (int)__syscall_ret(SYS2(SYS_rename, from, to));
}

int renameat(int from_dir, const char *from, int to_dir, const char *to)
{
    return (int)__syscall_ret(SYS4(SYS_renameat, from_dir, from, to_dir, to));
}

int renameat2(int from_dir, const char *from, int to_dir, const char *to, unsigned flags)
{
    return (int)__syscall_ret(SYS5(SYS_renameat2, from_dir, from, to_dir, to, flags));
}

int truncate(const char *path, off_t size)
{
    return (int)__syscall_ret(SYS2(SYS_truncate, path, size));
}

int chdir(const char *path)
{
    return (int)__syscall_ret(SYS1(SYS_chdir, path));
}

int fchdir(int fd)
{
    return (int)__syscall_ret(SYS1(SYS_fchdir, fd));
}

int chroot(const char *path)
{
    return (int)__syscall_ret(SYS1(SYS_chroot, path));
}

int chown(const char *path, uid_t uid, gid_t gid)
{
    return fchownat(AT_FDCWD, path, uid, gid, 0);
}

int lchown(const char *path, uid_t uid, gid_t gid)
{
    return fchownat(AT_FDCWD, path, uid, gid, AT_SYMLINK_NOFOLLOW);
}

int fchown(int fd, uid_t uid, gid_t gid)
{
    return (int)__syscall_ret(SYS3(SYS_fchown, fd, uid, gid));
}

int fchownat(int dir, const char *path, uid_t uid, gid_t gid, int flags)
{
    return (int)__syscall_ret(SYS5(SYS_fchownat, dir, path, uid, gid, flags));
}

// With a NULL path the result is malloc'd: of `size` bytes, or as long as needed when size is 0.
char *getcwd(char *path, size_t size)
{
    char local[PATH_MAX];
    long length = SYS2(SYS_getcwd, path != NULL ? path : local,
                       path != NULL                   ? size
                       : size != 0 && size < PATH_MAX ? size
                                                      : PATH_MAX);
    if (path != NULL && size == 0)
        length = -EINVAL;
    if (__syscall_ret(length) < 0)
        return NULL;
    return path != NULL ? path : strdup(local);
}

char *get_current_dir_name(void)
{
    return getcwd(NULL, 0);
}

int mount(const char *source, const char *target, const char *type, unsigned long flags,
          const void *data)
{
    return (int)__syscall_ret(SYS5(SYS_mount, source, target, type, flags, data));
}

int umount(const char *target)
{
    return umount2(target, 0);
}

int umount2(const char *target, int flags)
{
    return (int)__syscall_ret(SYS2(SYS_umount2, target, flags));
}
