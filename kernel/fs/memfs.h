// SPDX-License-Identifier: ISC
/*
 * The memory file system: the root, /tmp, /dev/shm, and the nodes of /dev. A directory is a tree of
 * names, a regular file a memory object; what is written is there until it is removed.
 */
#pragma once

#include "fs/inode.h"
#include "lib/rbtree.h"

struct memfs_node {
    struct inode inode; // must be first
    union {
        struct {
            struct rbtree entries; // [inode.lock] struct memfs_entry by key
            uint32_t entry_count;  // [inode.lock]
        };
        char *target;           // of a link; constant
        struct memobj contents; // of a regular file
    };
    bool unnamed; // [inode.lock] made by O_TMPFILE, may be linked although it has no name
};

/* A name in a directory. `key` is its place in the listing: the name's hash, made unique. */
struct memfs_entry {
    struct rbnode node;
    uint64_t key;
    struct inode *inode; // referenced
    uint8_t len;
    char name[];
};

static inline struct memfs_node *memfs_node(struct inode *i)
{
    return (struct memfs_node *)i;
}

/* A file system of its own with an empty root directory; NULL without memory. */
struct filesystem *memfs_create(const char *type, const char *source, uint32_t root_mode);
/* A node of any type but a link, with no name yet: one reference, links 0. NULL without memory. */
struct inode *memfs_node_create(struct filesystem *fs, uint32_t mode, uint64_t rdev);
/* A regular file in no directory, for memfd_create. NULL without memory. */
struct inode *memfs_unnamed_file(uint32_t mode);
/* Frames that files may still take: the last ones are kept for processes. */
size_t memfs_frames_left(void);

extern const struct file_ops memfs_file_ops, memfs_directory_ops;

/* memfs_dir.c; dir->lock held, as for inode_ops. */
int memfs_lookup(struct inode *dir, const char *name, size_t len, struct inode **out);
int memfs_create_entry(struct inode *dir, const char *name, size_t len, uint32_t mode,
                       uint64_t rdev, struct inode **out);
int memfs_symlink(struct inode *dir, const char *name, size_t len, const char *target);
int memfs_link(struct inode *dir, const char *name, size_t len, struct inode *target);
int memfs_unlink(struct inode *dir, const char *name, size_t len, struct inode *victim);
int memfs_rename(struct inode *from_dir, const char *from, size_t from_len, struct inode *source,
                 struct inode *to_dir, const char *to, size_t to_len, struct inode *target,
                 bool exchange);
/* memfs_file.c */
int memfs_truncate(struct inode *i, uint64_t size);
extern const struct memobj_ops memfs_contents_ops;
/* Called when the contents are gone too: frees the node. */
void memfs_node_free(struct memfs_node *n);
/* Gives [offset, offset+len) memory and extends the file to it (fallocate). -ENOSPC, -EFBIG */
int memfs_allocate(struct inode *i, uint64_t offset, uint64_t len);
/* Copies between two files without user memory; bytes done, short at the end of `in`. */
ssize_t memfs_copy(struct inode *in, uint64_t in_pos, struct inode *out, uint64_t out_pos,
                   size_t n);
