// SPDX-License-Identifier: ISC
/*
 * Path names: from a string to an inode. A struct path remembers the absolute name it was reached
 * by, links resolved, so that getcwd and /proc need no search upwards.
 */
#pragma once

#include "lib/base.h"
#include "x86/spinlock.h"

struct inode;
struct file;

#define PATH_MAX_LEN 4096

struct path {
    struct inode *inode; // referenced
    char *name;          // absolute, allocated
};

struct fs_context {      // of a process; shared with CLONE_FS
    _Atomic int refs;
    struct spinlock lock;
    struct path root, cwd; // [lock]
    uint32_t umask;        // [lock]
};

struct fs_context *fs_context_create(void);
struct fs_context *fs_context_copy(struct fs_context *c);
void fs_context_get(struct fs_context *c);
void fs_context_put(struct fs_context *c);

#define LOOKUP_FOLLOW    1 // the last component's link is followed
#define LOOKUP_DIRECTORY 2 // must be a directory
#define LOOKUP_EMPTY     4 // AT_EMPTY_PATH

/*
 * Names below are kernel strings (copied in by sys/). dirfd is AT_FDCWD or a descriptor.
 * Errors as Linux: -ENOENT -ENOTDIR -EACCES -ELOOP -ENAMETOOLONG -EBADF -ENOMEM.
 */
int path_lookup(int dirfd, const char *name, unsigned flags, struct path *out);
void path_put(struct path *p);
int path_copy(struct path *to, const struct path *from);

/* openat in full; the file with a reference. */
int path_open(int dirfd, const char *name, unsigned flags, uint32_t mode, struct file **out);
int path_mkdir(int dirfd, const char *name, uint32_t mode);
int path_mknod(int dirfd, const char *name, uint32_t mode, uint64_t rdev);
int path_unlink(int dirfd, const char *name, bool directory);
int path_rename(int from_dirfd, const char *from, int to_dirfd, const char *to, unsigned flags);
int path_link(int from_dirfd, const char *from, int to_dirfd, const char *to, unsigned flags);
int path_symlink(const char *target, int dirfd, const char *name);
ssize_t path_readlink(int dirfd, const char *name, char *buf, size_t size);
int path_chdir(const char *name);
int path_fchdir(int fd);
ssize_t path_getcwd(char *buf, size_t size); // length with the 0; -ERANGE

/* Start-up: root, /dev, /proc, /sys, /dev/shm mounted. */
void fs_init(void);
int mount_add(struct filesystem *fs, const char *where);
