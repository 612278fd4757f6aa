// SPDX-License-Identifier: ISC
/*
 * Path names: from a string to an inode (fs/walk.c), and the calls that take names (fs/path.c,
 * fs/open.c, fs/rename.c).
 *
 * Names below are kernel strings of less than 4096 bytes (copied in by sys/). dirfd is AT_FDCWD or
 * a descriptor. Errors as Linux: -ENOENT -ENOTDIR -EACCES -ELOOP -ENAMETOOLONG -EBADF -ENOMEM. All
 * may sleep.
 */
#pragma once

#include "fs/inode.h"
#include "lib/base.h"
#include "x86/spinlock.h"

#define PATH_MAX_LEN 4096
#define NAME_MAX_LEN 255
#define LINKS_MAX    40 // links followed in one walk: more is a loop

struct fs_context { // of a process; shared with CLONE_FS
    _Atomic int refs;
    struct spinlock lock;
    struct inode *root, *cwd; // [lock] referenced
    uint32_t umask;           // [lock]
};

struct fs_context *fs_context_create(void); // root and cwd are "/", umask 022; NULL without memory
struct fs_context *fs_context_copy(struct fs_context *c);
void fs_context_get(struct fs_context *c);
void fs_context_put(struct fs_context *c); // may sleep
uint32_t fs_umask(void);                   // the caller's

#define LOOKUP_FOLLOW    1 // the last component's link is followed
#define LOOKUP_DIRECTORY 2 // must be a directory
#define LOOKUP_EMPTY     4 // AT_EMPTY_PATH
#define LOOKUP_PARENT    8 // stop before the last component

/* The inode, referenced. */
int path_lookup(int dirfd, const char *name, unsigned flags, struct inode **out);

/*
 * A walk stops before the last component: `dir` is the directory, `last` the name in it. Links in
 * the middle are followed by putting their target in front of what is left (`rest`, in `buffer`).
 * All inodes are referenced; walk_done drops what is held, also after a failure.
 */
enum last_type { LAST_NAME, LAST_ROOT, LAST_DOT, LAST_DOTDOT };

struct walk {
    struct inode *root; // the caller's
    struct inode *dir;
    struct inode *inode; // what walk_last found, or NULL
    char *object_name;   // allocated: how the object is called that a link led to
    bool is_object;      // `inode` was reached by such a link
    char *buffer;        // allocated, once a link was followed
    const char *rest;
    unsigned links; // followed so far
    enum last_type last_type;
    bool trailing_slash;
    size_t len;
    char last[NAME_MAX_LEN + 1];
};

int walk_parent(struct walk *w, int dirfd, const char *name);
/*
 * Looks the last component up: w->inode, or NULL and 0 when it does not exist and `may_miss`. With
 * `follow`, or a slash behind the name, a link is followed, which moves dir and last.
 */
int walk_last(struct walk *w, bool follow, bool may_miss);
void walk_done(struct walk *w);
/* The name `last` in `dir`, mounts crossed; NULL when there is none. dir->lock held. */
int walk_child_locked(struct walk *w, struct inode **out);
/* The absolute name of what was found, allocated; NULL without memory or for an object without one.
 */
char *walk_path(struct walk *w);
/* Is `above` the directory `dir` or above it, in one file system? */
bool walk_is_ancestor(struct inode *above, struct inode *dir);

/* openat in full; the file with a reference. */
int path_open(int dirfd, const char *name, unsigned flags, uint32_t mode, struct file **out);
/* For execve and #!: needs execute permission, not read. -EACCES when it is no regular file. */
int path_open_exec(int dirfd, const char *name, unsigned at_flags, struct file **out);
int path_mkdir(int dirfd, const char *name, uint32_t mode);
int path_mknod(int dirfd, const char *name, uint32_t mode, uint64_t rdev);
int path_unlink(int dirfd, const char *name, bool directory);
int path_rename(int from_dirfd, const char *from, int to_dirfd, const char *to, unsigned flags);
int path_link(int from_dirfd, const char *from, int to_dirfd, const char *to, unsigned flags);
int path_symlink(const char *target, int dirfd, const char *name);
ssize_t path_readlink(int dirfd, const char *name, char *buf, size_t size);
int path_chdir(const char *name);
int path_fchdir(int fd);
int path_chroot(const char *name);
ssize_t path_getcwd(char *buf, size_t size); // length with the 0; -ERANGE, -ENOENT

/* Start-up: /, /dev, /proc, /sys, /dev/shm, /dev/pts mounted. */
void fs_init(void);
/* Unpacks the boot module and QEMU's opt/braid/extra over the root; says how much and how long. */
void fs_load_root(void);
