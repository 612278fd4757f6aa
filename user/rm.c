// SPDX-License-Identifier: ISC
//
// rm [-dfirRv] FILE...: removes files and, with -r, trees.

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

static bool force, interactive, recursive, directories, verbose;

static bool is_dot(const char *path)
{
    char *base = path_base(path);
    bool dot = strcmp(base, ".") == 0 || strcmp(base, "..") == 0 || strcmp(base, "/") == 0;
    free(base);
    return dot;
}

static bool remove_operand(const char *path)
{
    struct stat status;
    bool directory = lstat(path, &status) == 0 && S_ISDIR(status.st_mode);
    if (recursive && is_dot(path)) {
        warnx("refusing to remove '.', '..' or '/': skipping '%s'", path);
        return false;
    }
    if (directory && !recursive && !directories) {
        errno = EISDIR;
        warn("cannot remove '%s'", path);
        return false;
    }
    if (interactive && !ask("rm: remove", path))
        return true;
    if (directory && !recursive) {
        if (rmdir(path) == 0)
            return true;
        warn("cannot remove '%s'", path);
        return false;
    }
    return remove_tree(path, force, verbose);
}

int main(int argc, char **argv)
{
    int option, status = 0;
    while ((option = getopt(argc, argv, "dfirRv")) != -1) {
        switch (option) {
        case 'd':
            directories = true;
            break;
        case 'f':
            force = true;
            interactive = false;
            break;
        case 'i':
            interactive = true;
            force = false;
            break;
        case 'r':
        case 'R':
            recursive = true;
            break;
        case 'v':
            verbose = true;
            break;
        default:
            return 1;
        }
    }
    if (optind == argc && !force)
        errx(1, "missing operand");
    for (int i = optind; i < argc; i++)
        if (!remove_operand(argv[i]))
            status = 1;
    finish(status);
}
