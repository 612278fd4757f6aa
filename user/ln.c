// SPDX-License-Identifier: ISC
//
// ln [-fnsv] TARGET... [LINK]: links, with -s symbolic ones.

#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/files.h"
#include "common/io.h"

static bool force, symbolic, verbose, no_dereference;

static bool is_link(const char *path)
{
    struct stat status;
    return lstat(path, &status) == 0 && S_ISLNK(status.st_mode);
}

static bool make_link(const char *target, const char *path, const void *unused)
{
    (void)unused;
    if (force && unlink(path) < 0 && errno != ENOENT) {
        warn("cannot remove '%s'", path);
        return false;
    }
    if ((symbolic ? symlink(target, path) : linkat(AT_FDCWD, target, AT_FDCWD, path, 0)) < 0) {
        warn("failed to create %slink '%s'", symbolic ? "symbolic " : "", path);
        return false;
    }
    if (verbose)
        printf("'%s' -> '%s'\n", path, target);
    return true;
}

int main(int argc, char **argv)
{
    int option;
    while ((option = getopt(argc, argv, "fnsv")) != -1) {
        if (option == '?')
            return 1;
        force |= option == 'f';
        symbolic |= option == 's';
        verbose |= option == 'v';
        no_dereference |= option == 'n';
    }
    char **operands = argv + optind;
    int count = argc - optind;
    if (count == 0)
        errx(1, "missing operand");
    if (count == 1) {
        char *base = path_base(operands[0]);
        bool ok = make_link(operands[0], base, NULL);
        free(base);
        finish(!ok);
    }
    if (count == 2 && no_dereference && is_link(operands[1]))
        finish(!make_link(operands[0], operands[1], NULL));
    finish(for_each_target(operands, count, make_link, NULL));
}
