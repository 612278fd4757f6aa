// SPDX-License-Identifier: ISC
//
// rmdir [-p] DIRECTORY...: removes empty directories; -p: and their parents.

#include <err.h>
#include <stdbool.h>
#include <string.h>
#include <unistd.h>

static bool remove_one(char *path, bool parents)
{
    for (;;) {
        if (rmdir(path) < 0) {
            warn("failed to remove '%s'", path);
            return false;
        }
        char *slash = parents ? strrchr(path, '/') : NULL;
        while (slash && !slash[1] && slash > path) {
            *slash = '\0';
            slash = strrchr(path, '/');
        }
        if (!slash || slash == path)
            return true;
        *slash = '\0';
    }
}

int main(int argc, char **argv)
{
    bool parents = false;
    int option, status = 0;
    while ((option = getopt(argc, argv, "p")) != -1) {
        if (option == '?')
            return 1;
        parents = true;
    }
    if (optind == argc)
        errx(1, "missing operand");
    for (int i = optind; i < argc; i++)
        if (!remove_one(argv[i], parents))
            status = 1;
    return status;
}
