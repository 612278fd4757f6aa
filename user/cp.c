// SPDX-License-Identifier: ISC
//
// cp [-afiprRuvLPd] SOURCE... TARGET: copies files and, with -r, trees.

#include <err.h>
#include <stdbool.h>
#include <unistd.h>

#include "common/files.h"
#include "common/io.h"

static bool copy(const char *from, const char *to, const void *how)
{
    return copy_tree(from, to, how);
}

int main(int argc, char **argv)
{
    // -1: not said. Links are followed unless the copy is recursive.
    int option, follow = -1;
    struct copying how = {0};
    while ((option = getopt(argc, argv, "afiprRuvLPd")) != -1) {
        switch (option) {
        case 'a':
            how.recursive = how.preserve = true;
            follow = 0;
            break;
        case 'f':
            how.force = true;
            break;
        case 'i':
            how.interactive = true;
            break;
        case 'p':
            how.preserve = true;
            break;
        case 'r':
        case 'R':
            how.recursive = true;
            break;
        case 'u':
            how.update = true;
            break;
        case 'v':
            how.verbose = true;
            break;
        case 'L':
            follow = 1;
            break;
        case 'd':
        case 'P':
            follow = 0;
            break;
        default:
            return 1;
        }
    }
    how.follow = follow >= 0 ? follow : !how.recursive;
    if (argc - optind < 2)
        errx(1, "usage: cp [-afiprRuvLPd] SOURCE... TARGET");
    finish(for_each_target(argv + optind, argc - optind, copy, &how));
}
