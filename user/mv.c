// SPDX-License-Identifier: ISC
//
// mv [-finv] SOURCE... TARGET: renames; over a file system's border, copies and removes.

#include <err.h>
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/files.h"
#include "common/io.h"

struct moving {
    bool interactive, keep, verbose;
};

static bool move(const char *from, const char *to, const void *argument)
{
    const struct moving *how = argument;
    struct stat status;
    if (lstat(to, &status) == 0 && (how->keep || (how->interactive && !ask("mv: overwrite", to))))
        return true;
    if (rename(from, to) < 0) {
        const struct copying copying = {.recursive = true, .preserve = true};
        if (errno != EXDEV) {
            warn("cannot move '%s' to '%s'", from, to);
            return false;
        }
        if (!copy_tree(from, to, &copying) || !remove_tree(from, true, false))
            return false;
    }
    if (how->verbose)
        printf("renamed '%s' -> '%s'\n", from, to);
    return true;
}

int main(int argc, char **argv)
{
    struct moving how = {0};
    int option;
    while ((option = getopt(argc, argv, "finv")) != -1) {
        if (option == '?')
            return 1;
        how.verbose |= option == 'v';
        if (option == 'v')
            continue;
        how.interactive = option == 'i';
        how.keep = option == 'n';
    }
    if (argc - optind < 2)
        errx(1, "usage: mv [-finv] SOURCE... TARGET");
    finish(for_each_target(argv + optind, argc - optind, move, &how));
}
