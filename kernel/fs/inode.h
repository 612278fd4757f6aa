// SPDX-License-Identifier: ISC
/*
 * Inodes, file systems and mounts. One tree of mounted file systems; each file system gives inodes
 * with a table of operations. There is no cache of names: the memory file system is one already.
 *
 * A directory has one place in the tree, so it knows its parent and its name; the way up (..,
 * getcwd) needs no search. A file may have many names and knows none of them.
 *
 * Locks: inode->lock (mutex) guards a directory's entries and an inode's attributes; a file's lock
 * also orders its writers. Order: parent before child; two unrelated directories (rename) by
 * address, under the file system's rename_lock; a directory before a file in it. The page-fault
 * path takes none of these, so user memory may be touched with them held. inode_tree_lock
 * (spinlock) guards parent, name and mounted of every directory.
 */
#pragma once

#include "abi/stat.h"
#include "fs/file.h"
#include "lib/base.h"

struct inode;
struct filesystem;

/* What a link that leads to an object gives (/proc/PID/fd/N). */
struct path {
    struct inode *inode; // referenced
    char *name;          // absolute, allocated; NULL: an object without a name
};

struct inode_ops {
    /* In a directory, whose lock is held for all of these. NULL: -ENOTDIR (lookup), -EPERM. */
    int (*lookup)(struct inode *dir, const char *name, size_t len, struct inode **out);
    /* Makes a file, directory, device... of that mode (type and bits, umask applied). -EEXIST
     * -ENOSPC */
    int (*create)(struct inode *dir, const char *name, size_t len, uint32_t mode, uint64_t rdev,
                  struct inode **out);
    int (*symlink)(struct inode *dir, const char *name, size_t len, const char *target);
    int (*link)(struct inode *dir, const char *name, size_t len, struct inode *target);
    /* `victim` is what lookup gave for the name. A directory must be empty: -ENOTEMPTY. */
    int (*unlink)(struct inode *dir, const char *name, size_t len, struct inode *victim);
    /* All checks of types and permissions are done. `target` is what has the new name, or NULL. */
    int (*rename)(struct inode *from_dir, const char *from, size_t from_len, struct inode *source,
                  struct inode *to_dir, const char *to, size_t to_len, struct inode *target,
                  bool exchange);
    /* A regular file without a name (O_TMPFILE). */
    int (*create_unnamed)(struct inode *dir, uint32_t mode, struct inode **out);
    /* Of a link: the target into buf, at most `size`; its length. May sleep. */
    ssize_t (*readlink)(struct inode *i, char *buf, size_t size);
    /* A link that leads to an object, not to a name (/proc/PID/fd/N, exe, cwd): 0 with *out set. */
    int (*follow)(struct inode *i, struct path *out);
    /* Completes an open file: may set f->ops, f->data. NULL: file_ops below, or by type. */
    int (*open)(struct inode *i, struct file *f);
    int (*truncate)(struct inode *i, uint64_t size); // NULL: -EINVAL
    /* 0, or why the caller may not (see inode_permission). NULL: the mode bits decide. */
    int (*permission)(struct inode *i, int want);
    void (*stat)(struct inode *i, struct stat *st); // adjusts what inode_stat filled; may be NULL
    void (*destroy)(struct inode *i);               // last reference gone; frees it
};

struct inode {
    _Atomic int refs;
    const struct inode_ops *ops;
    const struct file_ops *file_ops; // what open gives, unless ops->open decides
    struct filesystem *fs;
    struct mutex lock;
    uint64_t ino;
    uint32_t mode;                       // [lock] type (constant) and permission bits
    uint32_t uid, gid;                   // [lock]
    uint32_t links;                      // [lock] names in directories
    uint64_t rdev;                       // device number
    struct timespec atime, mtime, ctime; // [lock]; a torn read of a time is harmless
    struct memobj *object;               // contents of a regular file, or NULL
    struct filesystem *mounted;        // [inode_tree_lock] a file system mounted on this directory
    struct inode *parent;              // [inode_tree_lock] of a directory: referenced; NULL: a root
    char *name;                        // [inode_tree_lock] of a directory: in its parent; allocated
    void *pipe;                        // [lock] of a FIFO: ipc/pipe.c's own
    _Atomic(struct file_lock *) locks; // record locks, see fs/lock.h
    void *data;                        // the file system's own
};

struct filesystem {
    const char *type; // "tmpfs"
    const char *source;
    struct inode *root;       // referenced
    struct inode *covers;     // referenced: the directory it is mounted on, NULL for the root
    uint64_t dev;             // st_dev
    uint32_t magic;           // statfs f_type
    bool no_nodes;            // pseudo file system: source "nodev", shown so in /proc/filesystems
    struct mutex rename_lock; // one rename of directories at a time
    _Atomic uint64_t next_ino;
    int (*statfs)(struct filesystem *fs, struct statfs *out);
    struct filesystem *next; // [mount lock] all mounts, for /proc/mounts
    char mount_point[64];
};

extern struct spinlock inode_tree_lock;

static inline void inode_get(struct inode *i)
{
    atomic_fetch_add_explicit(&i->refs, 1, memory_order_relaxed);
}

void inode_put(struct inode *i); // may sleep; NULL is allowed
size_t inode_count(void);
/* Fills a fresh inode: one reference, all times now, owner the caller, its own number. */
void inode_init(struct inode *i, struct filesystem *fs, const struct inode_ops *ops, uint32_t mode);
/* Called by the file system's destroy before it frees the memory. */
void inode_done(struct inode *i);
/* An inode that is in no directory: a pipe, a socket. NULL without memory. */
struct inode *inode_create_anonymous(uint32_t mode);
void inode_stat(struct inode *i, struct stat *st);

/* Credentials of the caller; the kernel itself is root. */
bool caller_is_privileged(void);
uint32_t caller_uid(void); // fsuid
uint32_t caller_gid(void);
bool caller_in_group(uint32_t gid);
/* want: 4 read, 2 write, 1 execute/search; 0 or -EACCES, by the caller's credentials (real:
 * access(2)'s ids). */
int inode_permission(struct inode *i, int want, bool real_ids);
/* May the caller remove `victim` from `dir` (write permission, sticky bit)? 0, -EACCES, -EPERM. */
int inode_may_delete(struct inode *dir, struct inode *victim);
struct timespec inode_now(void);
void inode_touch_mtime(struct inode *i); // mtime and ctime
void inode_touch_ctime(struct inode *i);
void inode_touch_atime(struct inode *i); // when not newer than mtime (relatime)
/* chmod, chown (-1: as it is), utimensat (NULL: now; UTIME_NOW, UTIME_OMIT). 0, -EPERM, -EACCES */
int inode_chmod(struct inode *i, uint32_t mode);
int inode_chown(struct inode *i, uint32_t uid, uint32_t gid);
int inode_set_times(struct inode *i, const struct timespec times[2]);
/* truncate(2) on an inode: -EISDIR, -EINVAL, -EFBIG; the caller has checked permission. */
int inode_truncate(struct inode *i, uint64_t size);
/* The first time content is written by somebody else than root: set-id bits go. Lock held. */
void inode_drop_setid(struct inode *i);

/* The directory's absolute name below the caller's root; its length, -ENOENT (deleted), -ERANGE. */
ssize_t inode_directory_path(struct inode *dir, char *buf, size_t size);
/* A copy of a name for inode_set_place; NULL without memory. */
char *inode_name_copy(const char *name, size_t len);
/* Gives a directory its place. Consumes the name (from inode_name_copy), references the parent. */
void inode_set_place(struct inode *dir, struct inode *parent, char *name);

/* Mounts. */
struct filesystem *filesystem_create(const char *type, const char *source, uint32_t magic);
void filesystem_destroy(struct filesystem *fs); // before it was mounted
/* Mounts on a directory (consumes nothing); -ENOTDIR, -ENOENT, -EBUSY. "/" is the root. */
int mount_add(struct filesystem *fs, const char *where);
extern struct filesystem *mount_root; // the root file system
/* Walks all mounts in the order of mounting; they are never freed while mounted. */
struct filesystem *mount_next(struct filesystem *after);
/* The kinds that mount(2) offers; `make` gives a file system with a root. */
struct filesystem_type {
    const char *name;
    bool no_device;
    struct filesystem *(*make)(const char *source);
    struct filesystem_type *next;
};
void filesystem_register(struct filesystem_type *t);
struct filesystem_type *filesystem_type_next(struct filesystem_type *after);

/* FIFOs live in ipc/: its open and its end of life are registered here. */
struct fifo_ops {
    int (*open)(struct inode *i, struct file *f);
    void (*destroy)(struct inode *i);
};
extern struct fifo_ops fifo_ops;
