// SPDX-License-Identifier: ISC
//
// kill [-s SIGNAL | -SIGNAL] PID...: sends a signal. kill -l [NUMBER]...: names.

#include <err.h>
#include <errno.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/io.h"
#include "common/signals.h"

static int list(char **argv)
{
    for (int i = 1; !*argv && i < NSIG; i++)
        if (signal_name(i))
            printf("%2d) SIG%s\n", i, signal_name(i));
    for (; *argv; argv++) {
        int number = signal_number(*argv);
        if (number < 0 || !signal_name(number & 127))
            errx(1, "%s: invalid signal", *argv);
        if (strspn(*argv, "0123456789") == strlen(*argv))
            printf("%s\n", signal_name(number & 127));
        else
            printf("%d\n", number);
    }
    finish(0);
}

int main(int argc, char **argv)
{
    int number = SIGTERM, i = 1, status = 0;
    if (argc > 1 && strcmp(argv[1], "-l") == 0)
        return list(argv + 2);
    if (argc > 2 && strcmp(argv[1], "-s") == 0) {
        number = signal_number(argv[2]);
        i = 3;
    } else if (argc > 1 && argv[1][0] == '-' && argv[1][1] && strcmp(argv[1], "--") != 0) {
        number = signal_number(argv[1] + 1);
        i = 2;
    }
    if (number < 0)
        errx(1, "%s: invalid signal", argv[i - 1]);
    if (i < argc && strcmp(argv[i], "--") == 0)
        i++;
    if (i == argc)
        errx(1, "usage: kill [-s SIGNAL | -SIGNAL] PID...");
    for (; i < argc; i++) {
        char *end;
        errno = 0;
        long pid = strtol(argv[i], &end, 10);
        if (*end || end == argv[i] || errno)
            warnx("%s: not a process id", argv[i]);
        else if (kill((pid_t)pid, number) == 0)
            continue;
        else
            warn("%s", argv[i]);
        status = 1;
    }
    return status;
}
