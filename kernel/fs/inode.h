// SPDX-License-Identifier: ISC
/*
 * Inodes, mounts and names. One tree of mounted file systems; each file system gives inodes with a
 * table of operations. There is no cache of names: the memory file system is one already.
 *
 * Locks: inode->lock (mutex) guards a directory's entries and an inode's attributes. Two directories
 * are locked in the order of their addresses (rename), under rename_lock.
 */
#pragma once

#include "abi/stat.h"
#include "fs/file.h"
#include "lib/base.h"

struct inode;
struct filesystem;
struct path;

struct inode_ops {
    /* In a directory: 0 with *out referenced, or -ENOENT... dir->lock is held for all of these. */
    int (*lookup)(struct inode *dir, const char *name, size_t len, struct inode **out);
    int (*create)(struct inode *dir, const char *name, size_t len, uint32_t mode, uint64_t rdev, struct inode **out);
    int (*symlink)(struct inode *dir, const char *name, size_t len, const char *target);
    int (*link)(struct inode *dir, const char *name, size_t len, struct inode *target);
    int (*unlink)(struct inode *dir, const char *name, size_t len, bool directory);
    int (*rename)(struct inode *from_dir, const char *from, size_t from_len, struct inode *to_dir, const char *to,
                  size_t to_len, unsigned flags);
    /* Of a link: the target into buf; its length. `size` at most. May sleep. */
    ssize_t (*readlink)(struct inode *i, char *buf, size_t size);
    /* A link that leads to an object, not to a name (/proc/PID/fd/N, exe, cwd): 0 with *out referenced. */
    int (*follow)(struct inode *i, struct path *out);
    /* Makes an open file's operations; NULL: by type (device numbers, FIFOs). */
    int (*open)(struct inode *i, struct file *f);
    int (*set_attributes)(struct inode *i); // after chmod, chown, utimes changed the fields
    int (*truncate)(struct inode *i, uint64_t size);
    void (*destroy)(struct inode *i);       // last reference gone
};

struct inode {
    _Atomic int refs;
    const struct inode_ops *ops;
    const struct file_ops *file_ops; // what open gives, unless ops->open decides
    struct filesystem *fs;
    struct mutex lock;
    uint64_t ino;
    uint32_t mode;      // type and permission bits
    uint32_t uid, gid;
    uint32_t links;     // names in directories
    uint64_t rdev;      // device number
    struct timespec atime, mtime, ctime;
    struct memobj *object; // contents of a regular file, or NULL
    struct filesystem *mounted; // a file system mounted on this directory
    void *data;         // the file system's own
};

struct filesystem {
    const char *type;   // "tmpfs"
    const char *source;
    struct inode *root;
    struct inode *covers; // the directory it is mounted on, NULL for the root
    uint64_t dev;       // st_dev
    uint32_t magic;     // statfs f_type
    int (*statfs)(struct filesystem *fs, struct statfs *out);
    struct filesystem *next; // all mounts, for /proc/mounts
    char mount_point[64];
};

void inode_get(struct inode *i);
void inode_put(struct inode *i); // may sleep
size_t inode_count(void);
void inode_stat(struct inode *i, struct stat *st);
/* want: 4 read, 2 write, 1 execute/search; 0 or -EACCES, by the caller's credentials (real: access(2)'s ids). */
int inode_permission(struct inode *i, int want, bool real_ids);
void inode_touch_mtime(struct inode *i);
