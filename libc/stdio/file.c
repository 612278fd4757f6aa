// SPDX-License-Identifier: ISC
// Streams: their list, locks, buffers, and the operations on descriptors.
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "internal/libc.h"
#include "internal/thread.h"
#include "stdio/file.h"

static ssize_t fd_read(FILE *file, char *data, size_t size)
{
    return read(file->fd, data, size);
}

static ssize_t fd_write(FILE *file, const char *data, size_t size)
{
    return write(file->fd, data, size);
}

static off_t fd_seek(FILE *file, off_t offset, int whence)
{
    return lseek(file->fd, offset, whence);
}

static int fd_close(FILE *file)
{
    return close(file->fd);
}

static const struct file_ops fd_ops = {fd_read, fd_write, fd_seek, fd_close};

static FILE file_in, file_out, file_err;

static FILE file_in = {
    .ops = &fd_ops, .fd = 0, .flags = FILE_READ | FILE_STATIC, .next = &file_out};
static FILE file_out = {.ops = &fd_ops,
                        .fd = 1,
                        .flags = FILE_WRITE | FILE_STATIC,
                        .next = &file_err,
                        .previous = &file_in};
static FILE file_err = {.ops = &fd_ops,
                        .fd = 2,
                        .flags = FILE_WRITE | FILE_STATIC | FILE_NONE | FILE_DECIDED,
                        .previous = &file_out};

FILE *const stdin = &file_in;
FILE *const stdout = &file_out;
FILE *const stderr = &file_err;

static FILE *all_files = &file_in; // guarded by list_lock
static struct lock list_lock;

void __file_lock(FILE *file)
{
    struct thread *self = thread_self();
    if (__atomic_load_n(&file->owner, __ATOMIC_RELAXED) != self) {
        __lock_acquire(&file->lock);
        __atomic_store_n(&file->owner, self, __ATOMIC_RELAXED);
    }
    file->depth++;
}

void __file_unlock(FILE *file)
{
    if (--file->depth > 0)
        return;
    __atomic_store_n(&file->owner, NULL, __ATOMIC_RELAXED);
    __lock_release(&file->lock);
}

void flockfile(FILE *file)
{
    __file_lock(file);
}

void funlockfile(FILE *file)
{
    __file_unlock(file);
}

int ftrylockfile(FILE *file)
{
    struct thread *self = thread_self();
    int free = 0;
    if (file->owner != self) {
        if (!__atomic_compare_exchange_n(&file->lock.word, &free, 1, 0, __ATOMIC_ACQUIRE,
                                         __ATOMIC_RELAXED))
            return -1;
        file->owner = self;
    }
    file->depth++;
    return 0;
}

// A thread that waits for input holds its stream's lock, perhaps for ever; so the locks of streams
// are not taken before a fork but made free again in the child.
void __stdio_fork(enum fork_phase phase)
{
    if (phase == FORK_PREPARE) {
        __lock_acquire(&list_lock);
        return;
    }
    if (phase == FORK_CHILD)
        for (FILE *file = all_files; file != NULL; file = file->next)
            if (file->owner != thread_self()) {
                file->lock.word = 0;
                file->owner = NULL;
                file->depth = 0;
            }
    __lock_release(&list_lock);
}

FILE *__file_new(const struct file_ops *ops, void *cookie, int fd, unsigned flags)
{
    FILE *file = calloc(1, sizeof(*file));
    if (file == NULL)
        return NULL;
    file->ops = ops != NULL ? ops : &fd_ops;
    file->cookie = cookie;
    file->fd = fd;
    file->flags = flags;
    __lock_acquire(&list_lock);
    file->next = all_files;
    all_files->previous = file;
    all_files = file;
    __lock_release(&list_lock);
    return file;
}

void __file_remove(FILE *file)
{
    __lock_acquire(&list_lock);
    if (file->next != NULL)
        file->next->previous = file->previous;
    if (file->previous != NULL)
        file->previous->next = file->next;
    else
        all_files = file->next;
    __lock_release(&list_lock);
    if (file->flags & FILE_OWN)
        free(file->buffer);
    free(file);
}

// The first use chooses the buffer: lines on a terminal, whole blocks elsewhere.
static void file_decide(FILE *file)
{
    struct stat found;
    int saved = errno;
    if (!(file->flags & FILE_DECIDED) && file->fd >= 0 && fstat(file->fd, &found) == 0 &&
        S_ISCHR(found.st_mode) && isatty(file->fd))
        file->flags |= FILE_LINE;
    file->flags |= FILE_DECIDED;
    if (file->buffer == NULL && !(file->flags & FILE_NONE)) {
        if (file->size == 0)
            file->size = BUFSIZ;
        file->buffer = malloc(file->size);
        if (file->buffer != NULL)
            file->flags |= FILE_OWN;
    }
    if (file->buffer == NULL) {
        file->buffer = file->tiny;
        file->size = sizeof(file->tiny);
    }
    errno = saved;
}

static int write_all(FILE *file, const char *data, size_t size)
{
    while (size > 0) {
        ssize_t written = file->ops->write(file, data, size);
        if (written < 0) {
            file->flags |= FILE_ERROR;
            return EOF;
        }
        data += written;
        size -= (size_t)written;
    }
    return 0;
}

// What was read ahead of the caller goes back where that is possible, so that another process
// that shares the descriptor finds its place.
int __file_flush(FILE *file)
{
    int result = 0;
    if (file->state == FILE_WRITING && file->at > 0) {
        size_t pending = file->at;
        file->at = 0; // also where it fails: the data is lost, and said to be
        result = write_all(file, file->buffer, pending);
    } else if (file->state == FILE_READING) {
        int saved = errno;
        off_t ahead = (off_t)(file->end - file->at);
        int kept = ahead > 0 && file->ops->seek(file, -ahead, SEEK_CUR) < 0;
        errno = saved;
        if (kept) // a pipe: the caller may still read on
            return 0;
    }
    file->at = file->end = 0;
    file->unget_count = 0;
    file->state = FILE_IDLE;
    return result;
}

int __file_start_reading(FILE *file)
{
    if (file->state == FILE_READING)
        return 0;
    if (!(file->flags & FILE_READ)) {
        errno = EBADF;
        file->flags |= FILE_ERROR;
        return EOF;
    }
    if (__file_flush(file) != 0)
        return EOF;
    if (file->buffer == NULL)
        file_decide(file);
    file->state = FILE_READING;
    return 0;
}

int __file_start_writing(FILE *file)
{
    if (file->state == FILE_WRITING)
        return 0;
    if (!(file->flags & FILE_WRITE)) {
        errno = EBADF;
        file->flags |= FILE_ERROR;
        return EOF;
    }
    __file_flush(file);
    if (file->buffer == NULL)
        file_decide(file);
    file->at = file->end = 0;
    file->state = FILE_WRITING;
    return 0;
}

// A prompt must be seen before the program waits for the answer.
static void flush_prompt(FILE *file)
{
    if (!(file->flags & (FILE_LINE | FILE_NONE)) || file == stdout)
        return;
    if ((stdout->flags & FILE_LINE) && stdout->state == FILE_WRITING && stdout->at > 0) {
        __file_lock(stdout);
        __file_flush(stdout);
        __file_unlock(stdout);
    }
}

int __file_fill(FILE *file)
{
    if (file->flags & FILE_EOF) // sticky, as C17 wants it
        return EOF;
    flush_prompt(file);
    file->at = file->end = 0;
    ssize_t got = file->ops->read(file, file->buffer, file->size);
    if (got <= 0) {
        file->flags |= got == 0 ? FILE_EOF : FILE_ERROR;
        return EOF;
    }
    file->end = (size_t)got;
    return 0;
}

size_t __file_write(FILE *file, const char *data, size_t size)
{
    if (__file_start_writing(file) != 0)
        return 0;
    if (file->flags & FILE_NONE)
        return write_all(file, data, size) == 0 ? size : 0;
    size_t room = file->size - file->at;
    if (size > room) {
        // Fill up, write the block, then whole blocks straight from the caller.
        memcpy(file->buffer + file->at, data, room);
        file->at = file->size;
        if (__file_flush(file) != 0)
            return 0;
        file->state = FILE_WRITING;
        size_t direct = (size - room) / file->size * file->size;
        if (write_all(file, data + room, direct) != 0)
            return room;
        memcpy(file->buffer, data + room + direct, size - room - direct);
        file->at = size - room - direct;
    } else {
        memcpy(file->buffer + file->at, data, size);
        file->at += size;
    }
    if ((file->flags & FILE_LINE) && memrchr(data, '\n', size) != NULL && __file_flush(file) != 0)
        return 0;
    return size;
}

// At exit: everything that is buffered is written, and stays so for output that follows. A stream
// that another thread holds is waited for only if it has something to write.
void __stdio_exit(void)
{
    __lock_acquire(&list_lock);
    for (FILE *file = all_files; file != NULL; file = file->next) {
        if (file->state == FILE_WRITING && file->at > 0)
            __file_lock(file);
        else if (file->state != FILE_READING || ftrylockfile(file) != 0)
            continue;
        __file_flush(file);
        __file_unlock(file);
    }
    __lock_release(&list_lock);
}

int fflush(FILE *file)
{
    int result = 0;
    if (file != NULL) {
        __file_lock(file);
        result = __file_flush(file);
        __file_unlock(file);
        return result;
    }
    __lock_acquire(&list_lock);
    for (file = all_files; file != NULL; file = file->next)
        if (file->state == FILE_WRITING) {
            __file_lock(file);
            result |= __file_flush(file);
            __file_unlock(file);
        }
    __lock_release(&list_lock);
    return result;
}

int setvbuf(FILE *restrict file, char *restrict buffer, int mode, size_t size)
{
    if (mode != _IOFBF && mode != _IOLBF && mode != _IONBF)
        return -1;
    __file_lock(file);
    __file_flush(file);
    if (file->flags & FILE_OWN)
        free(file->buffer);
    file->flags &= ~(unsigned)(FILE_OWN | FILE_LINE | FILE_NONE);
    file->flags |= FILE_DECIDED | (mode == _IOLBF ? FILE_LINE : mode == _IONBF ? FILE_NONE : 0);
    file->buffer = mode != _IONBF && size > 0 ? buffer : NULL;
    file->size = mode != _IONBF ? size : 0;
    __file_unlock(file);
    return 0;
}

void setbuf(FILE *restrict file, char *restrict buffer)
{
    setvbuf(file, buffer, buffer != NULL ? _IOFBF : _IONBF, BUFSIZ);
}

void setlinebuf(FILE *file)
{
    setvbuf(file, NULL, _IOLBF, 0);
}

int __file_mode(const char *mode, unsigned *flags)
{
    int how;
    switch (*mode) {
    case 'r':
        how = O_RDONLY;
        *flags = FILE_READ;
        break;
    case 'w':
        how = O_WRONLY | O_CREAT | O_TRUNC;
        *flags = FILE_WRITE;
        break;
    case 'a':
        how = O_WRONLY | O_CREAT | O_APPEND;
        *flags = FILE_WRITE | FILE_APPEND;
        break;
    default:
        errno = EINVAL;
        return -1;
    }
    if (strchr(mode, '+') != NULL) {
        how = (how & ~O_ACCMODE) | O_RDWR;
        *flags |= FILE_READ | FILE_WRITE;
    }
    if (strchr(mode, 'e') != NULL)
        how |= O_CLOEXEC;
    if (strchr(mode, 'x') != NULL)
        how |= O_EXCL;
    return how;
}

FILE *fopen(const char *restrict path, const char *restrict mode)
{
    unsigned flags;
    int how = __file_mode(mode, &flags);
    int fd = how < 0 ? -1 : open(path, how, 0666);
    if (fd < 0)
        return NULL;
    FILE *file = __file_new(NULL, NULL, fd, flags);
    if (file == NULL)
        close(fd);
    else if (flags & FILE_APPEND)
        lseek(fd, 0, SEEK_END);
    return file;
}

FILE *fdopen(int fd, const char *mode)
{
    unsigned flags;
    int how = __file_mode(mode, &flags), now = fcntl(fd, F_GETFL);
    if (how < 0 || now < 0)
        return NULL;
    int access = now & O_ACCMODE;
    if (access != O_RDWR && access != (how & O_ACCMODE)) {
        errno = EINVAL;
        return NULL;
    }
    if ((flags & FILE_APPEND) && !(now & O_APPEND))
        fcntl(fd, F_SETFL, now | O_APPEND);
    if (how & O_CLOEXEC)
        fcntl(fd, F_SETFD, FD_CLOEXEC);
    return __file_new(NULL, NULL, fd, flags);
}

int fclose(FILE *file)
{
    __file_lock(file);
    int result = __file_flush(file);
    if (file->ops->close(file) != 0)
        result = EOF;
    file->fd = -1;
    __file_unlock(file);
    if (!(file->flags & FILE_STATIC))
        __file_remove(file);
    else
        file->flags &= ~(unsigned)(FILE_READ | FILE_WRITE);
    return result;
}

// The stream stays the same object, and keeps the number of its descriptor.
FILE *freopen(const char *restrict path, const char *restrict mode, FILE *restrict file)
{
    unsigned flags;
    int how = __file_mode(mode, &flags), fd = -1;
    __file_lock(file);
    __file_flush(file);
    if (how >= 0 && path != NULL)
        fd = open(path, how, 0666);
    else if (how >= 0) // only another mode for the same file
        fd = fcntl(file->fd, F_DUPFD_CLOEXEC, 0);
    if (fd < 0) {
        __file_unlock(file);
        fclose(file);
        return NULL;
    }
    if (file->fd >= 0 && fd != file->fd) {
        dup3(fd, file->fd, how & O_CLOEXEC);
        close(fd);
    } else {
        file->fd = fd;
    }
    if (file->flags & FILE_OWN) {
        free(file->buffer);
        file->buffer = NULL; // chosen anew: a terminal may have become a file
    }
    file->flags = flags | (file->flags & (FILE_STATIC | FILE_NONE));
    file->state = FILE_IDLE;
    file->at = file->end = 0;
    if (flags & FILE_APPEND)
        lseek(file->fd, 0, SEEK_END);
    __file_unlock(file);
    return file;
}
