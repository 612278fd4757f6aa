// SPDX-License-Identifier: ISC
/*
 * File systems whose files are made when somebody looks: /proc and /sys. A table describes what is
 * there; an inode is made for each lookup and ends with its last user. Nothing can be created,
 * renamed or removed in them.
 */
#pragma once

#include "fs/inode.h"
#include "fs/text.h"

struct process;
struct thread;
struct gen_node;

struct gen_entry {
    const char *name;
    uint32_t mode; // type and permission bits
    /* A regular file: its text, at open and at each read from position 0. 0 or -errno. */
    int (*show)(struct gen_node *n, struct text *t);
    /* ... or its own operations; f->inode is the node's. */
    const struct file_ops *ops;
    /* A link: its target, or the object it leads to (then link is what readlink shows). */
    ssize_t (*link)(struct gen_node *n, char *buf, size_t size);
    int (*follow)(struct gen_node *n, struct path *out);
    /* A directory: entries that are always there; the last one has no name. */
    const struct gen_entry *children;
    /* ... and others: completes `fresh` (entry, process, thread, number); -ENOENT. */
    int (*find)(struct gen_node *dir, const char *name, size_t len, struct gen_node *fresh);
    /* The first of the others with a number >= *number, which is set; its name. False: no more. */
    bool (*next)(struct gen_node *dir, uint64_t *number, char *name, size_t size);
    uint8_t next_type; // DT_* of those
    /* Text written to the file, at most a page, ended with 0. 0 or -errno. NULL: -EACCES at open.
     */
    int (*store)(struct gen_node *n, char *text, size_t len);
};

struct gen_node {
    struct inode inode; // must be first
    const struct gen_entry *entry;
    struct process *process; // referenced, or NULL
    struct thread *thread;   // referenced, or NULL
    uint64_t number;         // of a descriptor, of a firmware file
};

static inline struct gen_node *gen_node(struct inode *i)
{
    return (struct gen_node *)i;
}

/* A file system with `root` as its top; NULL without memory. */
struct filesystem *genfs_create(const char *type, const char *source, uint32_t magic,
                                const struct gen_entry *root);
/* The number that a name is, or -1: only digits, no leading zero. */
int64_t gen_parse_number(const char *name, size_t len);
