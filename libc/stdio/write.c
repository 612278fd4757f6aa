// SPDX-License-Identifier: ISC
// Writing to streams.
#include <string.h>

#include "stdio/file.h"

size_t fwrite_unlocked(const void *restrict data, size_t size, size_t count, FILE *restrict file)
{
    size_t total = size * count;
    if (total == 0)
        return 0;
    size_t written = __file_write(file, data, total);
    return written == total ? count : written / size;
}

size_t fwrite(const void *restrict data, size_t size, size_t count, FILE *restrict file)
{
    __file_lock(file);
    size_t written = fwrite_unlocked(data, size, count, file);
    __file_unlock(file);
    return written;
}

int putc_unlocked(int c, FILE *file)
{
    char byte = (char)c;
    if (file->state == FILE_WRITING && file->at < file->size &&
        !(file->flags & (FILE_LINE | FILE_NONE))) {
        file->buffer[file->at++] = byte;
        return (unsigned char)byte;
    }
    return __file_write(file, &byte, 1) == 1 ? (unsigned char)byte : EOF;
}

int fputc(int c, FILE *file)
{
    __file_lock(file);
    int result = putc_unlocked(c, file);
    __file_unlock(file);
    return result;
}

int putc(int c, FILE *file)
{
    return fputc(c, file);
}

int putchar(int c)
{
    return fputc(c, stdout);
}

int putchar_unlocked(int c)
{
    return putc_unlocked(c, stdout);
}

int fputs_unlocked(const char *restrict text, FILE *restrict file)
{
    size_t length = strlen(text);
    return length == 0 || __file_write(file, text, length) == length ? 0 : EOF;
}

int fputs(const char *restrict text, FILE *restrict file)
{
    __file_lock(file);
    int result = fputs_unlocked(text, file);
    __file_unlock(file);
    return result;
}

int puts(const char *text)
{
    __file_lock(stdout);
    int result = fputs_unlocked(text, stdout) == 0 && putc_unlocked('\n', stdout) != EOF ? 0 : EOF;
    __file_unlock(stdout);
    return result;
}
