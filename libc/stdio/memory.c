// SPDX-License-Identifier: ISC
// Streams on memory: fmemopen on a given area, open_memstream on one that grows.
#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "stdio/file.h"

struct memory {
    char *data;
    size_t size;   // room, without the byte for the final zero of open_memstream
    size_t length; // what has been written, or was there
    size_t position;
    int append;
    int own;       // data is ours to free
    char **result; // open_memstream's places
    size_t *result_length;
};

static ssize_t memory_read(FILE *file, char *data, size_t size)
{
    struct memory *memory = file->cookie;
    size_t left = memory->position < memory->length ? memory->length - memory->position : 0;
    if (size > left)
        size = left;
    memcpy(data, memory->data + memory->position, size);
    memory->position += size;
    return (ssize_t)size;
}

static int memory_grow(struct memory *memory, size_t need)
{
    size_t size = need > memory->size * 2 ? need : memory->size * 2;
    char *larger = realloc(memory->data, size + 1);
    if (larger == NULL)
        return -1;
    memset(larger + memory->size, 0, size + 1 - memory->size);
    memory->data = larger;
    memory->size = size;
    return 0;
}

static ssize_t memory_write(FILE *file, const char *data, size_t size)
{
    struct memory *memory = file->cookie;
    if (memory->append)
        memory->position = memory->length;
    size_t need = memory->position + size;
    if (need > memory->size) {
        if (memory->result != NULL && memory_grow(memory, need) != 0)
            return -1;
        if (memory->position >= memory->size) {
            errno = ENOSPC;
            return -1;
        }
        if (need > memory->size)
            size = memory->size - memory->position;
    }
    memcpy(memory->data + memory->position, data, size);
    memory->position += size;
    if (memory->position > memory->length) {
        memory->length = memory->position;
        if (memory->result != NULL || memory->length < memory->size)
            memory->data[memory->length] = '\0';
    }
    if (memory->result != NULL) {
        *memory->result = memory->data;
        *memory->result_length = memory->position;
    }
    return (ssize_t)size;
}

static off_t memory_seek(FILE *file, off_t offset, int whence)
{
    struct memory *memory = file->cookie;
    off_t base = whence == SEEK_SET   ? 0
                 : whence == SEEK_CUR ? (off_t)memory->position
                                      : (off_t)memory->length;
    off_t limit = memory->result != NULL ? PTRDIFF_MAX - base : (off_t)memory->size - base;
    if (offset < -base || offset > limit) {
        errno = EINVAL;
        return -1;
    }
    memory->position = (size_t)(base + offset);
    if (memory->result != NULL)
        *memory->result_length =
            memory->position < memory->length ? memory->position : memory->length;
    return base + offset;
}

static int memory_close(FILE *file)
{
    struct memory *memory = file->cookie;
    if (memory->own)
        free(memory->data);
    free(memory);
    return 0;
}

static const struct file_ops memory_ops = {memory_read, memory_write, memory_seek, memory_close};

FILE *fmemopen(void *restrict data, size_t size, const char *restrict mode)
{
    unsigned flags;
    if (__file_mode(mode, &flags) < 0)
        return NULL;
    struct memory *memory = calloc(1, sizeof(*memory));
    if (memory == NULL)
        return NULL;
    memory->own = data == NULL;
    memory->data = data != NULL ? data : calloc(1, size + 1);
    memory->size = size;
    if (*mode == 'r')
        memory->length = data != NULL ? size : 0;
    else if (*mode == 'a' && data != NULL)
        memory->length = memory->position = strnlen(data, size);
    else if (memory->data != NULL && size > 0)
        memory->data[0] = '\0';
    memory->append = (flags & FILE_APPEND) != 0;
    FILE *file =
        memory->data != NULL ? __file_new(&memory_ops, memory, -1, flags | FILE_DECIDED) : NULL;
    if (file == NULL) {
        if (memory->own)
            free(memory->data);
        free(memory);
    }
    return file;
}

FILE *open_memstream(char **result, size_t *length)
{
    struct memory *memory = calloc(1, sizeof(*memory));
    if (memory == NULL)
        return NULL;
    memory->result = result;
    memory->result_length = length;
    if (memory_grow(memory, 64) == 0) {
        FILE *file = __file_new(&memory_ops, memory, -1, FILE_WRITE | FILE_DECIDED);
        if (file != NULL) {
            *result = memory->data;
            *length = 0;
            return file;
        }
    }
    free(memory->data);
    free(memory);
    return NULL;
}
