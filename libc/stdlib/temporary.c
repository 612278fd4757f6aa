// SPDX-License-Identifier: ISC
// Names for temporary files: the six X at the end of a template become random letters.
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

static int open_file(const char *path, int flags)
{
    return open(path, O_RDWR | O_CREAT | O_EXCL | flags, 0600);
}

static int make_directory(const char *path, int flags)
{
    (void)flags;
    return mkdir(path, 0700);
}

static int find_unused(const char *path, int flags)
{
    struct stat found;
    (void)flags;
    if (lstat(path, &found) != 0)
        return errno == ENOENT ? 0 : -1;
    errno = EEXIST;
    return -1;
}

static void fill(char *letters)
{
    static const char alphabet[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";
    uint64_t random;
    if (getrandom(&random, sizeof(random), GRND_NONBLOCK) != sizeof(random)) {
        struct timespec now;
        clock_gettime(CLOCK_MONOTONIC, &now);
        random = (uint64_t)now.tv_nsec * 0x9e3779b97f4a7c15ULL ^ (uintptr_t)&now;
    }
    for (int i = 0; i < 6; i++, random /= 62)
        letters[i] = alphabet[random % 62];
}

// Tries names until `make` succeeds or fails for another reason than that the name is taken.
static int try_names(char *path, int flags, int (*make)(const char *, int))
{
    size_t length = strlen(path);
    if (length < 6 || strcmp(path + length - 6, "XXXXXX") != 0) {
        errno = EINVAL;
        return -1;
    }
    for (int tries = 0; tries < 100; tries++) {
        fill(path + length - 6);
        int result = make(path, flags);
        if (result >= 0 || errno != EEXIST)
            return result;
    }
    return -1;
}

int mkostemp(char *path, int flags)
{
    return try_names(path, flags & ~O_ACCMODE, open_file);
}

int mkstemp(char *path)
{
    return mkostemp(path, 0);
}

char *mkdtemp(char *path)
{
    return try_names(path, 0, make_directory) == 0 ? path : NULL;
}

char *mktemp(char *path)
{
    if (try_names(path, 0, find_unused) != 0)
        *path = '\0';
    return path;
}
