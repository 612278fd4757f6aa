// SPDX-License-Identifier: ISC
// Reading from streams.
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "stdio/file.h"

int getc_unlocked(FILE *file)
{
    if (file->unget_count > 0)
        return file->unget[--file->unget_count];
    if (__file_start_reading(file) != 0)
        return EOF;
    if (file->at >= file->end && __file_fill(file) != 0)
        return EOF;
    return (unsigned char)file->buffer[file->at++];
}

int fgetc(FILE *file)
{
    __file_lock(file);
    int c = file_get(file);
    __file_unlock(file);
    return c;
}

int getc(FILE *file)
{
    return fgetc(file);
}

int getchar(void)
{
    return fgetc(stdin);
}

int getchar_unlocked(void)
{
    return getc_unlocked(stdin);
}

// Only one character is promised by C; scanf and programs get four.
int ungetc(int c, FILE *file)
{
    if (c == EOF)
        return EOF;
    __file_lock(file);
    int result = EOF;
    if (__file_start_reading(file) == 0 && file->unget_count < UNGET_MAX) {
        file->unget[file->unget_count++] = (unsigned char)c;
        file->flags &= ~(unsigned)FILE_EOF;
        result = (unsigned char)c;
    }
    __file_unlock(file);
    return result;
}

size_t fread_unlocked(void *restrict data, size_t size, size_t count, FILE *restrict file)
{
    size_t wanted = size * count, got = 0;
    char *to = data;
    if (wanted == 0 || __file_start_reading(file) != 0)
        return 0;
    while (got < wanted && file->unget_count > 0)
        to[got++] = (char)file->unget[--file->unget_count];
    while (got < wanted) {
        size_t ready = file->end - file->at, need = wanted - got;
        if (ready > 0) {
            size_t part = ready < need ? ready : need;
            memcpy(to + got, file->buffer + file->at, part);
            file->at += part;
            got += part;
        } else if (need >= file->size && !(file->flags & (FILE_LINE | FILE_NONE | FILE_EOF))) {
            // Whole blocks go straight to the caller.
            ssize_t direct = file->ops->read(file, to + got, need / file->size * file->size);
            if (direct <= 0) {
                file->flags |= direct == 0 ? FILE_EOF : FILE_ERROR;
                break;
            }
            got += (size_t)direct;
        } else if (__file_fill(file) != 0) {
            break;
        }
    }
    return got / size;
}

size_t fread(void *restrict data, size_t size, size_t count, FILE *restrict file)
{
    __file_lock(file);
    size_t got = fread_unlocked(data, size, count, file);
    __file_unlock(file);
    return got;
}

// Appends what is in the buffer up to and with `end` to `to`, at most `limit` bytes. Returns how
// many; 0 at the end of the file or on error.
static size_t take_until(FILE *file, char *to, size_t limit, int end)
{
    if (file->unget_count > 0) {
        *to = (char)file->unget[--file->unget_count];
        return 1;
    }
    if (__file_start_reading(file) != 0 || (file->at >= file->end && __file_fill(file) != 0))
        return 0;
    size_t size = file->end - file->at;
    if (size > limit)
        size = limit;
    const char *from = file->buffer + file->at, *found = memchr(from, end, size);
    if (found != NULL)
        size = (size_t)(found - from) + 1;
    memcpy(to, from, size);
    file->at += size;
    return size;
}

char *fgets(char *restrict text, int size, FILE *restrict file)
{
    size_t length = 0, limit = (size_t)size - 1;
    if (size <= 0)
        return NULL;
    __file_lock(file);
    unsigned before = file->flags & FILE_ERROR;
    file->flags &= ~(unsigned)FILE_ERROR;
    while (length < limit) {
        size_t part = take_until(file, text + length, limit - length, '\n');
        length += part;
        if (part == 0 || text[length - 1] == '\n')
            break;
    }
    int failed = (length == 0 && limit > 0) || (file->flags & FILE_ERROR) != 0;
    file->flags |= before;
    __file_unlock(file);
    if (failed)
        return NULL;
    text[length] = '\0';
    return text;
}

ssize_t getdelim(char **restrict line, size_t *restrict size, int end, FILE *restrict file)
{
    size_t length = 0;
    if (line == NULL || size == NULL) {
        errno = EINVAL;
        return -1;
    }
    if (*line == NULL)
        *size = 0;
    __file_lock(file);
    for (;;) {
        if (*size < length + 2) {
            size_t larger = *size < 60 ? 120 : *size * 2;
            char *moved = realloc(*line, larger);
            if (moved == NULL) {
                file->flags |= FILE_ERROR;
                length = 0;
                break;
            }
            *line = moved;
            *size = larger;
        }
        size_t part = take_until(file, *line + length, *size - length - 1, end);
        length += part;
        if (part == 0 || (unsigned char)(*line)[length - 1] == (unsigned char)end)
            break;
    }
    __file_unlock(file);
    if (length == 0)
        return -1;
    (*line)[length] = '\0';
    return (ssize_t)length;
}

ssize_t getline(char **restrict line, size_t *restrict size, FILE *restrict file)
{
    return getdelim(line, size, '\n', file);
}
