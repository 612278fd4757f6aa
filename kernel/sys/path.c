// SPDX-License-Identifier: ISC
/* System calls that take path names and make, open, move or remove what they name. */
#include "abi/errno.h"
#include "abi/fcntl.h"
#include "fs/path.h"
#include "lib/string.h"
#include "mm/heap.h"
#include "sys/user_path.h"

// --- open ----------------------------------------------------------------------------------------

#define KNOWN_FLAGS                                                                                \
    (O_ACCMODE | O_CREAT | O_EXCL | O_NOCTTY | O_TRUNC | O_APPEND | O_NONBLOCK | O_SYNC |          \
     O_ASYNC | O_DIRECT | O_LARGEFILE | O_NOFOLLOW | O_NOATIME | O_CLOEXEC | O_PATH | O_TMPFILE)

long sys_openat(int dirfd, uaddr_t name, unsigned flags, unsigned mode)
{
    struct user_path p;
    int err = user_path_get(&p, name);
    if (err)
        return err;
    struct file *f;
    int fd = fd_reserve(flags & O_CLOEXEC); // first: a full table must not create a file
    err = fd < 0 ? fd : path_open(dirfd, p.name, flags & KNOWN_FLAGS, mode, &f);
    user_path_put(&p);
    if (err == 0)
        fd_fill(fd, f);
    else if (fd >= 0)
        fd_unreserve(fd);
    return err < 0 ? err : fd;
}

long sys_open(uaddr_t name, unsigned flags, unsigned mode)
{
    return sys_openat(AT_FDCWD, name, flags, mode);
}

long sys_creat(uaddr_t name, unsigned mode)
{
    return sys_openat(AT_FDCWD, name, O_CREAT | O_WRONLY | O_TRUNC, mode);
}

// --- new names -----------------------------------------------------------------------------------

long sys_mkdirat(int dirfd, uaddr_t name, unsigned mode)
{
    struct user_path p;
    int err = user_path_get(&p, name);
    if (err)
        return err;
    err = path_mkdir(dirfd, p.name, mode);
    user_path_put(&p);
    return err;
}

long sys_mkdir(uaddr_t name, unsigned mode)
{
    return sys_mkdirat(AT_FDCWD, name, mode);
}

long sys_mknodat(int dirfd, uaddr_t name, unsigned mode, unsigned dev)
{
    struct user_path p;
    int err = user_path_get(&p, name);
    if (err)
        return err;
    err = path_mknod(dirfd, p.name, mode, dev);
    user_path_put(&p);
    return err;
}

long sys_mknod(uaddr_t name, unsigned mode, unsigned dev)
{
    return sys_mknodat(AT_FDCWD, name, mode, dev);
}

/* Copies two names in; 0, or the error of the first that fails. After 0: two user_path_put. */
static int two_paths(struct user_path *a, uaddr_t from_a, struct user_path *b, uaddr_t from_b)
{
    int err = user_path_get(a, from_a);
    if (err)
        return err;
    err = user_path_get(b, from_b);
    if (err)
        user_path_put(a);
    return err;
}

long sys_symlinkat(uaddr_t target, int dirfd, uaddr_t name)
{
    struct user_path t, p;
    int err = two_paths(&t, target, &p, name);
    if (err)
        return err;
    err = path_symlink(t.name, dirfd, p.name);
    user_path_put(&p);
    user_path_put(&t);
    return err;
}

long sys_symlink(uaddr_t target, uaddr_t name)
{
    return sys_symlinkat(target, AT_FDCWD, name);
}

long sys_linkat(int from_dirfd, uaddr_t from, int to_dirfd, uaddr_t to, unsigned flags)
{
    struct user_path a, b;
    int err = two_paths(&a, from, &b, to);
    if (err)
        return err;
    err = path_link(from_dirfd, a.name, to_dirfd, b.name, flags);
    user_path_put(&b);
    user_path_put(&a);
    return err;
}

long sys_link(uaddr_t from, uaddr_t to)
{
    return sys_linkat(AT_FDCWD, from, AT_FDCWD, to, 0);
}

long sys_renameat2(int from_dirfd, uaddr_t from, int to_dirfd, uaddr_t to, unsigned flags)
{
    struct user_path a, b;
    int err = two_paths(&a, from, &b, to);
    if (err)
        return err;
    err = path_rename(from_dirfd, a.name, to_dirfd, b.name, flags);
    user_path_put(&b);
    user_path_put(&a);
    return err;
}

long sys_renameat(int from_dirfd, uaddr_t from, int to_dirfd, uaddr_t to)
{
    return sys_renameat2(from_dirfd, from, to_dirfd, to, 0);
}

long sys_rename(uaddr_t from, uaddr_t to)
{
    return sys_renameat2(AT_FDCWD, from, AT_FDCWD, to, 0);
}

// --- names removed -------------------------------------------------------------------------------

long sys_unlinkat(int dirfd, uaddr_t name, int flags)
{
    if (flags & ~AT_REMOVEDIR)
        return -EINVAL;
    struct user_path p;
    int err = user_path_get(&p, name);
    if (err)
        return err;
    err = path_unlink(dirfd, p.name, flags & AT_REMOVEDIR);
    user_path_put(&p);
    return err;
}

long sys_unlink(uaddr_t name)
{
    return sys_unlinkat(AT_FDCWD, name, 0);
}

long sys_rmdir(uaddr_t name)
{
    return sys_unlinkat(AT_FDCWD, name, AT_REMOVEDIR);
}

// --- where the process stands --------------------------------------------------------------------

static long call_on_path(uaddr_t name, int (*call)(const char *name))
{
    struct user_path p;
    int err = user_path_get(&p, name);
    if (err)
        return err;
    err = call(p.name);
    user_path_put(&p);
    return err;
}

long sys_chdir(uaddr_t name)
{
    return call_on_path(name, path_chdir);
}

long sys_chroot(uaddr_t name)
{
    return call_on_path(name, path_chroot);
}

long sys_fchdir(int fd)
{
    return path_fchdir(fd);
}

long sys_getcwd(uaddr_t buf, size_t size)
{
    char *text = kmalloc(PATH_MAX_LEN);
    if (!text)
        return -ENOMEM;
    ssize_t len = path_getcwd(text, PATH_MAX_LEN);
    if (len == -ERANGE)
        len = -ENAMETOOLONG;
    else if (len >= 0 && (size_t)len > size)
        len = -ERANGE;
    else if (len >= 0 && copy_to_user(buf, text, (size_t)len) < 0)
        len = -EFAULT;
    kfree(text);
    return len;
}

long sys_readlinkat(int dirfd, uaddr_t name, uaddr_t buf, int size)
{
    if (size <= 0)
        return -EINVAL;
    struct user_path p;
    int err = user_path_get(&p, name);
    if (err)
        return err;
    char *text = kmalloc(PATH_MAX_LEN);
    ssize_t len = -ENOMEM;
    if (text)
        len = path_readlink(dirfd, p.name, text, MIN((size_t)size, (size_t)PATH_MAX_LEN));
    if (len > 0 && copy_to_user(buf, text, (size_t)len) < 0)
        len = -EFAULT;
    kfree(text);
    user_path_put(&p);
    return len;
}

long sys_readlink(uaddr_t name, uaddr_t buf, int size)
{
    return sys_readlinkat(AT_FDCWD, name, buf, size);
}

// --- mounts --------------------------------------------------------------------------------------

#define MS_REMOUNT   32ul
#define MS_BIND      4096ul
#define MS_MOVE      8192ul
#define MS_SPREADING (1ul << 17 | 1ul << 18 | 1ul << 19 | 1ul << 20) // unbindable ... shared

static struct filesystem_type *find_type(const char *name)
{
    struct filesystem_type *t = filesystem_type_next(NULL);
    while (t && strcmp(t->name, name) != 0)
        t = filesystem_type_next(t);
    return t;
}

static int mount_new(uaddr_t source, const char *target, uaddr_t type)
{
    char kind[32];
    struct user_path s = {.name = "none"};
    ssize_t len = string_from_user(kind, type, sizeof(kind));
    if (len < 0)
        return len == -ENAMETOOLONG ? -ENODEV : (int)len;
    struct filesystem_type *t = find_type(kind);
    if (!t)
        return -ENODEV;
    int err = source ? user_path_get(&s, source) : 0;
    if (err)
        return err;
    struct filesystem *fs = t->make(s.name);
    err = fs ? mount_add(fs, target) : -ENOMEM;
    if (fs && err) {
        inode_put(fs->root);
        filesystem_destroy(fs);
    }
    if (source)
        user_path_put(&s);
    return err;
}

/* Mounts a new tmpfs, proc or sysfs; changes no option of a mount that is there. */
long sys_mount(uaddr_t source, uaddr_t target, uaddr_t type, uint64_t flags, uaddr_t data)
{
    (void)data;
    struct user_path p;
    int err = user_path_get(&p, target);
    if (err)
        return err;
    struct inode *dir;
    err = path_lookup(AT_FDCWD, p.name, LOOKUP_FOLLOW, &dir);
    if (!err)
        inode_put(dir);
    if (!err && !caller_is_privileged())
        err = -EPERM;
    if (!err && (flags & (MS_BIND | MS_MOVE | MS_SPREADING)))
        err = -EINVAL;
    if (!err && !(flags & MS_REMOUNT))
        err = type ? mount_new(source, p.name, type) : -EINVAL;
    user_path_put(&p);
    return err;
}

/* Nothing mounted is ever given up: -EBUSY for a mount point, -EINVAL for anything else. */
long sys_umount2(uaddr_t name, int flags)
{
    (void)flags;
    struct user_path p;
    int err = user_path_get(&p, name);
    if (err)
        return err;
    struct inode *dir;
    err = path_lookup(AT_FDCWD, p.name, LOOKUP_FOLLOW, &dir);
    user_path_put(&p);
    if (err)
        return err;
    err = !caller_is_privileged() ? -EPERM : dir == dir->fs->root ? -EBUSY : -EINVAL;
    inode_put(dir);
    return err;
}
