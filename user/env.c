// SPDX-License-Identifier: ISC
//
// env [-i] [-u NAME]... [NAME=VALUE]... [COMMAND [ARGUMENT...]]: runs a command in a changed
// environment, or prints it.

#include <err.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/io.h"

extern char **environ;

int main(int argc, char **argv)
{
    static char *empty[] = {NULL};
    int option;
    while ((option = getopt(argc, argv, "+iu:")) != -1) {
        if (option == 'i')
            environ = empty;
        else if (option == 'u')
            unsetenv(optarg);
        else
            return 125;
    }
    if (optind < argc && strcmp(argv[optind], "-") == 0) {
        environ = empty;
        optind++;
    }
    for (; optind < argc && strchr(argv[optind], '='); optind++)
        if (putenv(argv[optind]) != 0)
            err(125, NULL);
    if (optind < argc) {
        execvp(argv[optind], argv + optind);
        err(errno == ENOENT ? 127 : 126, "%s", argv[optind]);
    }
    for (char **entry = environ; *entry; entry++)
        puts(*entry);
    finish(0);
}
