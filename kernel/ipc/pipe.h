// SPDX-License-Identifier: ISC
/* The inside of a pipe, shared by pipe.c (bytes) and fifo.c (pipes with a name). */
#pragma once

#include "fs/inode.h"
#include "lib/ring.h"

/* Locks: see the head of pipe.c. */
struct pipe {
    struct spinlock lock;
    struct ring ring;                    // size: both mutexes; marks: [lock], see above
    uint32_t capacity;                   // [lock] the ring may grow to this
    unsigned readers, writers;           // [lock] open ends
    unsigned reader_opens, writer_opens; // [lock] opens so far: a FIFO's open waits for the other
    struct wait_queue readable;          // [lock] bytes, or no writer left
    struct wait_queue writable;          // [lock] room, or no reader left
    struct wait_queue opened;            // [lock] an end was opened
    unsigned files;                      // [inode lock] open files: the last one ends the pipe
    struct mutex read_mutex, write_mutex;
};

extern const struct file_ops pipe_ops;

static inline struct pipe *pipe_of(struct file *f)
{
    return f->data;
}

/* The inode's pipe, made if there is none, with one more file counted. NULL without memory. */
struct pipe *pipe_attach(struct inode *i);
/*
 * Counts the ends that f opens, and wakes those who wait for them. Returns how often the other end
 * was opened before, not counting that it is open now.
 */
unsigned pipe_count_ends(struct pipe *p, struct file *f);
/* The last file of an inode ends the pipe. */
void pipe_release(struct file *f);
