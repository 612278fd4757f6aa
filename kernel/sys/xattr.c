// SPDX-License-Identifier: ISC
/*
 * Extended attributes. No file system has any: a file that exists answers -EOPNOTSUPP, or an empty
 * list, which tells ls and cp that there is nothing to show or copy.
 */
#include "abi/errno.h"
#include "abi/fcntl.h"
#include "fs/path.h"
#include "sys/user_path.h"

#define XATTR_NAME_MAX 255

/* 0 when the path leads to a file. */
static int check_path(uaddr_t name, bool follow)
{
    struct user_path p;
    struct inode *i;
    int err = user_path_get(&p, name);
    if (err)
        return err;
    err = path_lookup(AT_FDCWD, p.name, follow ? LOOKUP_FOLLOW : 0, &i);
    user_path_put(&p);
    if (!err)
        inode_put(i);
    return err;
}

static int check_fd(int fd)
{
    struct file *f = fd_get(fd);
    if (f)
        file_put(f);
    return f ? 0 : -EBADF;
}

/* 0 when the attribute's name can be read and is one: -ERANGE otherwise. */
static int check_attribute(uaddr_t attribute)
{
    char text[XATTR_NAME_MAX + 1];
    ssize_t len = string_from_user(text, attribute, sizeof(text));
    return len == -ENAMETOOLONG || len == 0 ? -ERANGE : len < 0 ? (int)len : 0;
}

static long refuse(int err, uaddr_t attribute)
{
    if (!err)
        err = check_attribute(attribute);
    return err ? err : -EOPNOTSUPP;
}

long sys_getxattr(uaddr_t name, uaddr_t attribute)
{
    return refuse(check_path(name, true), attribute);
}

long sys_lgetxattr(uaddr_t name, uaddr_t attribute)
{
    return refuse(check_path(name, false), attribute);
}

long sys_fgetxattr(int fd, uaddr_t attribute)
{
    return refuse(check_fd(fd), attribute);
}

long sys_setxattr(uaddr_t name, uaddr_t attribute)
{
    return refuse(check_path(name, true), attribute);
}

long sys_lsetxattr(uaddr_t name, uaddr_t attribute)
{
    return refuse(check_path(name, false), attribute);
}

long sys_fsetxattr(int fd, uaddr_t attribute)
{
    return refuse(check_fd(fd), attribute);
}

long sys_removexattr(uaddr_t name, uaddr_t attribute)
{
    return refuse(check_path(name, true), attribute);
}

long sys_lremovexattr(uaddr_t name, uaddr_t attribute)
{
    return refuse(check_path(name, false), attribute);
}

long sys_fremovexattr(int fd, uaddr_t attribute)
{
    return refuse(check_fd(fd), attribute);
}

long sys_listxattr(uaddr_t name)
{
    return check_path(name, true);
}

long sys_llistxattr(uaddr_t name)
{
    return check_path(name, false);
}

long sys_flistxattr(int fd)
{
    return check_fd(fd);
}
