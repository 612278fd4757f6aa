// SPDX-License-Identifier: ISC
//
// head [-n LINES | -c BYTES | -LINES] [-qv] [FILE]...: the first part of files.

#include <ctype.h>
#include <err.h>
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/io.h"

static long limit = 10;
static bool bytes;

static long number(const char *text)
{
    char *end;
    long value = strtol(text, &end, 10);
    if (*end == 'k' || *end == 'K')
        value *= 1024, end++;
    else if (*end == 'm' || *end == 'M')
        value *= 1024 * 1024, end++;
    if (*end || end == text || value < 0)
        errx(1, "invalid number '%s'", text);
    return value;
}

static bool head(int fd)
{
    static char block[8192];
    long left = limit;
    while (left > 0) {
        size_t size = bytes && left < (long)sizeof block ? (size_t)left : sizeof block;
        ssize_t got = read(fd, block, size);
        if (got < 0 && errno == EINTR)
            continue;
        if (got <= 0)
            return got == 0;
        ssize_t used = 0;
        if (bytes)
            left -= used = got;
        while (!bytes && used < got && left > 0)
            left -= block[used++] == '\n';
        // What was read too far is given back, for whoever reads next, where that can be done.
        if (used < got)
            lseek(fd, used - got, SEEK_CUR);
        fwrite(block, 1, (size_t)used, stdout);
    }
    return true;
}

int main(int argc, char **argv)
{
    bool quiet = false, verbose = false;
    int option, status = 0;
    if (argc > 1 && argv[1][0] == '-' && isdigit((unsigned char)argv[1][1])) {
        limit = number(argv[1] + 1);
        argv[1] = argv[0];
        argv++;
        argc--;
    }
    while ((option = getopt(argc, argv, "n:c:qv")) != -1) {
        switch (option) {
        case 'n':
        case 'c':
            limit = number(optarg);
            bytes = option == 'c';
            break;
        case 'q':
            quiet = true;
            break;
        case 'v':
            verbose = true;
            break;
        default:
            return 1;
        }
    }
    int count = argc - optind;
    bool titles = verbose || (count > 1 && !quiet), first = true;
    for (int i = optind; i < argc || i == optind; i++) {
        const char *path = count ? argv[i] : "-";
        int fd = input_open(path);
        if (fd < 0) {
            status = 1;
            continue;
        }
        if (titles)
            printf("%s==> %s <==\n", first ? "" : "\n", fd ? path : "standard input");
        first = false;
        if (!head(fd)) {
            warn("error reading '%s'", path);
            status = 1;
        }
        input_close(fd);
    }
    finish(status);
}
