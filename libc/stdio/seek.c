// SPDX-License-Identifier: ISC
// Positions and the state of streams.
#include <errno.h>

#include "stdio/file.h"

static int seek_locked(FILE *file, off_t offset, int whence)
{
    if (whence == SEEK_CUR && file->state == FILE_READING)
        offset -= (off_t)(file->end - file->at + file->unget_count);
    if (file->state == FILE_WRITING && __file_flush(file) != 0)
        return -1;
    if (file->ops->seek(file, offset, whence) < 0)
        return -1;
    file->state = FILE_IDLE;
    file->at = file->end = 0;
    file->unget_count = 0;
    file->flags &= ~(unsigned)FILE_EOF;
    return 0;
}

int fseeko(FILE *file, off_t offset, int whence)
{
    __file_lock(file);
    int result = seek_locked(file, offset, whence);
    __file_unlock(file);
    return result;
}

int fseek(FILE *file, long offset, int whence)
{
    return fseeko(file, offset, whence);
}

off_t ftello(FILE *file)
{
    __file_lock(file);
    int appending = (file->flags & FILE_APPEND) && file->state == FILE_WRITING && file->at > 0;
    off_t position = file->ops->seek(file, 0, appending ? SEEK_END : SEEK_CUR);
    if (position >= 0 && file->state == FILE_READING)
        position -= (off_t)(file->end - file->at + file->unget_count);
    else if (position >= 0 && file->state == FILE_WRITING)
        position += (off_t)file->at;
    __file_unlock(file);
    return position;
}

long ftell(FILE *file)
{
    return ftello(file);
}

void rewind(FILE *file)
{
    __file_lock(file);
    seek_locked(file, 0, SEEK_SET);
    file->flags &= ~(unsigned)FILE_ERROR;
    __file_unlock(file);
}

int fgetpos(FILE *restrict file, fpos_t *restrict position)
{
    *position = ftello(file);
    return *position < 0 ? -1 : 0;
}

int fsetpos(FILE *file, const fpos_t *position)
{
    return fseeko(file, *position, SEEK_SET);
}

int feof_unlocked(FILE *file)
{
    return (file->flags & FILE_EOF) != 0;
}

int feof(FILE *file)
{
    return feof_unlocked(file);
}

int ferror_unlocked(FILE *file)
{
    return (file->flags & FILE_ERROR) != 0;
}

int ferror(FILE *file)
{
    return ferror_unlocked(file);
}

void clearerr(FILE *file)
{
    __file_lock(file);
    file->flags &= ~(unsigned)(FILE_EOF | FILE_ERROR);
    __file_unlock(file);
}

int fileno_unlocked(FILE *file)
{
    if (file->fd < 0)
        errno = EBADF;
    return file->fd;
}

int fileno(FILE *file)
{
    return fileno_unlocked(file);
}
