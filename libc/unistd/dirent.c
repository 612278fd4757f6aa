// SPDX-License-Identifier: ISC
// Directories: getdents64 with a buffer.
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "internal/syscall.h"

struct directory {
    int fd;
    off_t position; // of the entry that readdir gives next
    size_t at, end; // in the buffer
    char buffer[4096] __attribute__((aligned(8)));
};

DIR *opendir(const char *path)
{
    int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0)
        return NULL;
    DIR *dir = calloc(1, sizeof(*dir));
    if (dir == NULL)
        close(fd);
    else
        dir->fd = fd;
    return dir;
}

DIR *fdopendir(int fd)
{
    struct stat found;
    if (fstat(fd, &found) != 0)
        return NULL;
    if (!S_ISDIR(found.st_mode)) {
        errno = ENOTDIR;
        return NULL;
    }
    DIR *dir = calloc(1, sizeof(*dir));
    if (dir != NULL) {
        dir->fd = fd;
        fcntl(fd, F_SETFD, FD_CLOEXEC);
    }
    return dir;
}

struct dirent *readdir(DIR *dir)
{
    if (dir->at >= dir->end) {
        long got = SYS3(SYS_getdents64, dir->fd, dir->buffer, sizeof(dir->buffer));
        if (got == -ENOENT) // the directory itself is gone: simply no more entries
            got = 0;
        if (__syscall_ret(got) <= 0)
            return NULL;
        dir->at = 0;
        dir->end = (size_t)got;
    }
    struct dirent *entry = (struct dirent *)(dir->buffer + dir->at);
    dir->at += entry->d_reclen;
    dir->position = entry->d_off;
    return entry;
}

int closedir(DIR *dir)
{
    int fd = dir->fd;
    free(dir);
    return close(fd);
}

int dirfd(DIR *dir)
{
    return dir->fd;
}

long telldir(DIR *dir)
{
    return dir->position;
}

void seekdir(DIR *dir, long position)
{
    dir->position = lseek(dir->fd, position, SEEK_SET);
    dir->at = dir->end = 0;
}

void rewinddir(DIR *dir)
{
    seekdir(dir, 0);
}

int alphasort(const struct dirent **a, const struct dirent **b)
{
    return strcmp((*a)->d_name, (*b)->d_name);
}

static int list_add(struct dirent ***list, size_t count, const struct dirent *entry)
{
    if ((count & (count + 1)) == 0 || count == 0) { // room for 2^n - 1 is full
        struct dirent **larger = realloc(*list, (count * 2 + 1) * sizeof(**list));
        if (larger == NULL)
            return -1;
        *list = larger;
    }
    struct dirent *copy = malloc(entry->d_reclen);
    if (copy == NULL)
        return -1;
    (*list)[count] = memcpy(copy, entry, entry->d_reclen);
    return 0;
}

int scandir(const char *path, struct dirent ***list, int (*select)(const struct dirent *),
            int (*compare)(const struct dirent **, const struct dirent **))
{
    DIR *dir = opendir(path);
    if (dir == NULL)
        return -1;
    struct dirent *entry;
    size_t count = 0;
    int failed = 0, saved = errno;
    *list = NULL;
    errno = 0;
    while (!failed && (entry = readdir(dir)) != NULL)
        if (select == NULL || select(entry)) {
            failed = list_add(list, count, entry) != 0;
            count += !failed;
        }
    if (errno == 0)
        errno = saved;
    else
        failed = 1;
    closedir(dir);
    if (failed) {
        while (count > 0)
            free((*list)[--count]);
        free(*list);
        return -1;
    }
    if (compare != NULL && count > 1)
        qsort(*list, count, sizeof(**list), (int (*)(const void *, const void *))compare);
    return (int)count;
}
