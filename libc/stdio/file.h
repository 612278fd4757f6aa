// SPDX-License-Identifier: ISC
// A stream: a buffer between the caller and a descriptor, or whatever its operations stand for.
//
// A stream is idle, reading or writing. While reading, buffer[at..end) has been read ahead; while
// writing, buffer[0..at) is still to be written. All functions here want the stream locked.
#pragma once

#include <stdio.h>
#include <stddef.h>

#include "internal/lock.h"

#define FILE_READ    0x01 // may be read
#define FILE_WRITE   0x02 // may be written
#define FILE_EOF     0x04
#define FILE_ERROR   0x08
#define FILE_LINE    0x10  // flushed at each newline
#define FILE_NONE    0x20  // not buffered
#define FILE_OWN     0x40  // the buffer is ours to free
#define FILE_STATIC  0x80  // the stream itself is not to be freed
#define FILE_DECIDED 0x100 // the kind of buffering has been chosen
#define FILE_APPEND  0x200

#define UNGET_MAX 4

enum file_state { FILE_IDLE, FILE_READING, FILE_WRITING };

struct file_ops {
    ssize_t (*read)(FILE *file, char *data, size_t size);
    ssize_t (*write)(FILE *file, const char *data, size_t size);
    off_t (*seek)(FILE *file, off_t offset, int whence);
    int (*close)(FILE *file);
};

struct file {
    const struct file_ops *ops;
    void *cookie; // of the operations
    int fd;       // -1 where there is none
    unsigned flags;
    enum file_state state;
    char *buffer;
    size_t size, at, end;
    unsigned char unget[UNGET_MAX]; // pushed back, last one first out
    unsigned unget_count;
    char tiny[1]; // the buffer of an unbuffered stream
    struct lock lock;
    void *owner; // the thread that holds the lock
    int depth;
    FILE *next, *previous;
    pid_t child; // of popen
};

void __file_lock(FILE *file);
void __file_unlock(FILE *file);

// A new stream in the list of all, or NULL. `mode` is fopen's.
FILE *__file_new(const struct file_ops *ops, void *cookie, int fd, unsigned flags);
void __file_remove(FILE *file);                     // from the list; frees it
int __file_mode(const char *mode, unsigned *flags); // open's flags, or -1

int __file_flush(FILE *file);         // writes out or gives back what is buffered; 0 or EOF
int __file_start_reading(FILE *file); // 0, or EOF when it cannot be read
int __file_start_writing(FILE *file);
int __file_fill(FILE *file); // reads more; 0, or EOF at end or error
size_t __file_write(FILE *file, const char *data, size_t size);

static inline int file_get(FILE *file)
{
    if (file->unget_count == 0 && file->state == FILE_READING && file->at < file->end)
        return (unsigned char)file->buffer[file->at++];
    return getc_unlocked(file);
}
