// SPDX-License-Identifier: ISC
/* System calls that ask for or change the attributes of a file. */
#include "abi/errno.h"
#include "abi/fcntl.h"
#include "abi/stat.h"
#include "fs/path.h"
#include "lib/string.h"
#include "sys/user_path.h"

/*
 * The inode that (dirfd, name, AT_* flags) means, referenced. A user pointer of 0 stands for dirfd
 * itself when `null_is_fd` (utimensat).
 */
static int find_inode(int dirfd, uaddr_t name, int flags, bool null_is_fd, struct inode **out)
{
    struct user_path p;
    unsigned how = (flags & AT_SYMLINK_NOFOLLOW ? 0 : LOOKUP_FOLLOW) |
                   (flags & AT_EMPTY_PATH ? LOOKUP_EMPTY : 0);
    if (!name && null_is_fd)
        return path_lookup(dirfd, "", LOOKUP_EMPTY, out);
    int err = user_path_get(&p, name);
    if (err)
        return err;
    err = path_lookup(dirfd, p.name, how, out);
    user_path_put(&p);
    return err;
}

static int fd_stat(int fd, struct stat *st)
{
    struct file *f = fd_get_any(fd);
    if (!f)
        return -EBADF;
    int err = file_stat(f, st);
    file_put(f);
    return err;
}

/* AT_EMPTY_PATH with an empty name is fstat, also of files without an inode. */
static int stat_at(int dirfd, uaddr_t name, int flags, struct stat *st)
{
    struct user_path p;
    int err = user_path_get(&p, name);
    if (err)
        return err;
    if (!*p.name && (flags & AT_EMPTY_PATH) && dirfd != AT_FDCWD) {
        err = fd_stat(dirfd, st);
    } else {
        struct inode *i;
        unsigned how = (flags & AT_SYMLINK_NOFOLLOW ? 0 : LOOKUP_FOLLOW) |
                       (flags & AT_EMPTY_PATH ? LOOKUP_EMPTY : 0);
        err = path_lookup(dirfd, p.name, how, &i);
        if (!err) {
            inode_stat(i, st);
            inode_put(i);
        }
    }
    user_path_put(&p);
    return err;
}

long sys_newfstatat(int dirfd, uaddr_t name, uaddr_t out, int flags)
{
    if (flags & ~(AT_SYMLINK_NOFOLLOW | AT_EMPTY_PATH | AT_NO_AUTOMOUNT))
        return -EINVAL;
    struct stat st;
    int err = stat_at(dirfd, name, flags, &st);
    return err ? err : copy_out(out, &st);
}

long sys_stat(uaddr_t name, uaddr_t out)
{
    return sys_newfstatat(AT_FDCWD, name, out, 0);
}

long sys_lstat(uaddr_t name, uaddr_t out)
{
    return sys_newfstatat(AT_FDCWD, name, out, AT_SYMLINK_NOFOLLOW);
}

long sys_fstat(int fd, uaddr_t out)
{
    struct stat st;
    int err = fd_stat(fd, &st);
    return err ? err : copy_out(out, &st);
}

static struct statx_timestamp statx_time(const struct timespec *t)
{
    return (struct statx_timestamp){.tv_sec = t->tv_sec, .tv_nsec = (uint32_t)t->tv_nsec};
}

long sys_statx(int dirfd, uaddr_t name, int flags, unsigned mask, uaddr_t out)
{
    int sync = flags & (AT_STATX_FORCE_SYNC | AT_STATX_DONT_SYNC);
    if (flags & ~(AT_SYMLINK_NOFOLLOW | AT_EMPTY_PATH | AT_NO_AUTOMOUNT | AT_STATX_FORCE_SYNC |
                  AT_STATX_DONT_SYNC))
        return -EINVAL;
    if (sync == (AT_STATX_FORCE_SYNC | AT_STATX_DONT_SYNC) || (mask & 0x80000000u))
        return -EINVAL;
    struct stat st;
    int err = stat_at(dirfd, name, flags, &st);
    if (err)
        return err;
    struct statx x = {
        .stx_mask = STATX_BASIC_STATS,
        .stx_blksize = (uint32_t)st.st_blksize,
        .stx_nlink = (uint32_t)st.st_nlink,
        .stx_uid = st.st_uid,
        .stx_gid = st.st_gid,
        .stx_mode = (uint16_t)st.st_mode,
        .stx_ino = st.st_ino,
        .stx_size = (uint64_t)st.st_size,
        .stx_blocks = (uint64_t)st.st_blocks,
        .stx_atime = statx_time(&st.st_atim),
        .stx_ctime = statx_time(&st.st_ctim),
        .stx_mtime = statx_time(&st.st_mtim),
        .stx_rdev_major = ABI_MAJOR(st.st_rdev),
        .stx_rdev_minor = ABI_MINOR(st.st_rdev),
        .stx_dev_major = ABI_MAJOR(st.st_dev),
        .stx_dev_minor = ABI_MINOR(st.st_dev),
    };
    return copy_out(out, &x);
}

// --- file systems --------------------------------------------------------------------------------

static int inode_statfs(struct inode *i, uaddr_t out)
{
    struct statfs s = {.f_type = i->fs->magic,
                       .f_bsize = PAGE_SIZE,
                       .f_frsize = PAGE_SIZE,
                       .f_namelen = NAME_MAX_LEN,
                       .f_flags = ST_VALID};
    int err = i->fs->statfs ? i->fs->statfs(i->fs, &s) : 0;
    return err ? err : copy_out(out, &s);
}

long sys_statfs(uaddr_t name, uaddr_t out)
{
    struct inode *i;
    int err = find_inode(AT_FDCWD, name, 0, false, &i);
    if (err)
        return err;
    err = inode_statfs(i, out);
    inode_put(i);
    return err;
}

long sys_fstatfs(int fd, uaddr_t out)
{
    struct file *f = fd_get_any(fd);
    if (!f)
        return -EBADF;
    int err = f->inode ? inode_statfs(f->inode, out) : -ENOSYS;
    file_put(f);
    return err;
}

// --- may I? --------------------------------------------------------------------------------------

static long access_call(int dirfd, uaddr_t name, unsigned mode, int flags)
{
    if ((mode & ~7u) || (flags & ~(AT_EACCESS | AT_SYMLINK_NOFOLLOW | AT_EMPTY_PATH)))
        return -EINVAL;
    struct inode *i;
    int err = find_inode(dirfd, name, flags, false, &i);
    if (err)
        return err;
    err = mode ? inode_permission(i, (int)mode, !(flags & AT_EACCESS)) : 0;
    inode_put(i);
    return err;
}

long sys_access(uaddr_t name, unsigned mode)
{
    return access_call(AT_FDCWD, name, mode, 0);
}

long sys_faccessat(int dirfd, uaddr_t name, unsigned mode)
{
    return access_call(dirfd, name, mode, 0);
}

long sys_faccessat2(int dirfd, uaddr_t name, unsigned mode, int flags)
{
    return access_call(dirfd, name, mode, flags);
}

// --- changes -------------------------------------------------------------------------------------

long sys_fchmodat2(int dirfd, uaddr_t name, unsigned mode, int flags)
{
    if (flags & ~(AT_SYMLINK_NOFOLLOW | AT_EMPTY_PATH))
        return -EINVAL;
    struct inode *i;
    int err = find_inode(dirfd, name, flags, false, &i);
    if (err)
        return err;
    err = inode_chmod(i, mode);
    inode_put(i);
    return err;
}

long sys_fchmodat(int dirfd, uaddr_t name, unsigned mode)
{
    return sys_fchmodat2(dirfd, name, mode, 0);
}

long sys_chmod(uaddr_t name, unsigned mode)
{
    return sys_fchmodat2(AT_FDCWD, name, mode, 0);
}

long sys_fchmod(int fd, unsigned mode)
{
    struct file *f = fd_get(fd);
    if (!f)
        return -EBADF;
    int err = f->inode ? inode_chmod(f->inode, mode) : 0;
    file_put(f);
    return err;
}

long sys_fchownat(int dirfd, uaddr_t name, unsigned uid, unsigned gid, int flags)
{
    if (flags & ~(AT_SYMLINK_NOFOLLOW | AT_EMPTY_PATH))
        return -EINVAL;
    struct inode *i;
    int err = find_inode(dirfd, name, flags, false, &i);
    if (err)
        return err;
    err = inode_chown(i, uid, gid);
    inode_put(i);
    return err;
}

long sys_chown(uaddr_t name, unsigned uid, unsigned gid)
{
    return sys_fchownat(AT_FDCWD, name, uid, gid, 0);
}

long sys_lchown(uaddr_t name, unsigned uid, unsigned gid)
{
    return sys_fchownat(AT_FDCWD, name, uid, gid, AT_SYMLINK_NOFOLLOW);
}

long sys_fchown(int fd, unsigned uid, unsigned gid)
{
    struct file *f = fd_get(fd);
    if (!f)
        return -EBADF;
    int err = f->inode ? inode_chown(f->inode, uid, gid) : 0;
    file_put(f);
    return err;
}

static bool nsec_valid(long n)
{
    return (n >= 0 && n < (long)NSEC_PER_SEC) || n == UTIME_NOW || n == UTIME_OMIT;
}

static long set_times(int dirfd, uaddr_t name, const struct timespec *times, int flags,
                      bool null_is_fd)
{
    struct inode *i;
    int err = find_inode(dirfd, name, flags, null_is_fd, &i);
    if (err)
        return err;
    err = inode_set_times(i, times);
    inode_put(i);
    return err;
}

long sys_utimensat(int dirfd, uaddr_t name, uaddr_t times, int flags)
{
    struct timespec t[2];
    if (times) {
        if (copy_from_user(t, times, sizeof(t)) < 0)
            return -EFAULT;
        if (t[0].tv_nsec == UTIME_OMIT && t[1].tv_nsec == UTIME_OMIT)
            return 0; // nothing is to change, so nothing is looked at
        if (!nsec_valid(t[0].tv_nsec) || !nsec_valid(t[1].tv_nsec))
            return -EINVAL;
    }
    if ((flags & ~(AT_SYMLINK_NOFOLLOW | AT_EMPTY_PATH)) || (!name && flags))
        return -EINVAL;
    return set_times(dirfd, name, times ? t : NULL, flags, dirfd != AT_FDCWD);
}

/* utimes and futimesat: microseconds. */
static long set_times_usec(int dirfd, uaddr_t name, uaddr_t times)
{
    struct timeval v[2];
    struct timespec t[2];
    if (!times)
        return set_times(dirfd, name, NULL, 0, dirfd != AT_FDCWD);
    if (copy_from_user(v, times, sizeof(v)) < 0)
        return -EFAULT;
    for (int k = 0; k < 2; k++) {
        if (v[k].tv_usec < 0 || v[k].tv_usec >= 1000000)
            return -EINVAL;
        t[k] = (struct timespec){v[k].tv_sec, v[k].tv_usec * 1000};
    }
    return set_times(dirfd, name, t, 0, dirfd != AT_FDCWD);
}

long sys_utimes(uaddr_t name, uaddr_t times)
{
    return set_times_usec(AT_FDCWD, name, times);
}

long sys_futimesat(int dirfd, uaddr_t name, uaddr_t times)
{
    return set_times_usec(dirfd, name, times);
}

long sys_utime(uaddr_t name, uaddr_t times)
{
    int64_t v[2];
    if (!times)
        return set_times(AT_FDCWD, name, NULL, 0, false);
    if (copy_from_user(v, times, sizeof(v)) < 0)
        return -EFAULT;
    struct timespec t[2] = {{v[0], 0}, {v[1], 0}};
    return set_times(AT_FDCWD, name, t, 0, false);
}

long sys_truncate(uaddr_t name, off_t size)
{
    if (size < 0)
        return -EINVAL;
    struct inode *i;
    int err = find_inode(AT_FDCWD, name, 0, false, &i);
    if (err)
        return err;
    err = S_ISDIR(i->mode) ? -EISDIR : !S_ISREG(i->mode) ? -EINVAL : 0;
    if (!err)
        err = inode_permission(i, 2, false);
    if (!err)
        err = inode_truncate(i, (uint64_t)size);
    inode_put(i);
    return err;
}
