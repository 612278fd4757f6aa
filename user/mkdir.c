// SPDX-License-Identifier: ISC
//
// mkdir [-pv] [-m MODE] DIRECTORY...

#include <err.h>
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/files.h"
#include "common/io.h"

static bool parents, verbose;

static bool make(const char *path, mode_t mode, bool may_exist)
{
    if (mkdir(path, mode) == 0) {
        if (verbose)
            printf("mkdir: created directory '%s'\n", path);
        return true;
    }
    if (may_exist && errno == EEXIST && path_is_directory(path))
        return true;
    warn("cannot create directory '%s'", path);
    return false;
}

// Makes what leads to `path`; these get the usual mode, and are writable for their owner.
static bool make_parents(char *path, mode_t mask)
{
    for (char *p = path + 1; *p; p++) {
        if (*p != '/' || p[-1] == '/')
            continue;
        *p = '\0';
        bool ok = make(path, (0777 & ~mask) | 0300, true);
        *p = '/';
        if (!ok)
            return false;
    }
    return true;
}

int main(int argc, char **argv)
{
    int option, status = 0;
    long mode = -1;
    char *end;
    while ((option = getopt(argc, argv, "pvm:")) != -1) {
        switch (option) {
        case 'p':
            parents = true;
            break;
        case 'v':
            verbose = true;
            break;
        case 'm':
            mode = strtol(optarg, &end, 8);
            if (*end || mode < 0 || mode > 07777)
                errx(1, "invalid mode '%s'", optarg);
            break;
        default:
            return 1;
        }
    }
    if (optind == argc)
        errx(1, "missing operand");
    mode_t mask = umask(0);
    umask(mask);
    for (int i = optind; i < argc; i++) {
        if ((parents && !make_parents(argv[i], mask)) || !make(argv[i], 0777, parents))
            status = 1;
        else if (mode >= 0 && chmod(argv[i], (mode_t)mode) < 0)
            err(1, "%s", argv[i]);
    }
    finish(status);
}
