// SPDX-License-Identifier: ISC
//
// Descriptors for the small tools.

#include "common/io.h"

#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define BLOCK 65536

int input_open(const char *path)
{
    if (strcmp(path, "-") == 0)
        return 0;
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        warn("%s", path);
    return fd;
}

void input_close(int fd)
{
    if (fd > 0)
        close(fd);
}

bool write_all(int fd, const char *data, size_t size)
{
    while (size) {
        ssize_t done = write(fd, data, size);
        if (done < 0 && errno == EINTR)
            continue;
        if (done < 0)
            return false;
        data += done;
        size -= (size_t)done;
    }
    return true;
}

bool copy_all(int from, int to)
{
    static char block[BLOCK];
    for (;;) {
        ssize_t got = read(from, block, sizeof block);
        if (got < 0 && errno == EINTR)
            continue;
        if (got <= 0)
            return got == 0;
        if (!write_all(to, block, (size_t)got))
            return false;
    }
}

void finish(int status)
{
    if (fflush(stdout) != 0 || ferror(stdout))
        err(status > 1 ? status : 1, "write error");
    exit(status);
}
