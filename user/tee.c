// SPDX-License-Identifier: ISC
//
// tee [-ai] [FILE]...: copies standard input to standard output and to files.

#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <stdlib.h>
#include <unistd.h>

#include "common/io.h"

int main(int argc, char **argv)
{
    static char block[65536];
    bool append = false;
    int option, status = 0;
    while ((option = getopt(argc, argv, "ai")) != -1) {
        if (option == '?')
            return 1;
        if (option == 'i')
            signal(SIGINT, SIG_IGN);
        append |= option == 'a';
    }
    int count = argc - optind + 1;
    int *outputs = malloc((size_t)count * sizeof *outputs);
    if (!outputs)
        err(1, NULL);
    outputs[0] = 1;
    for (int i = 1; i < count; i++) {
        const char *path = argv[optind + i - 1];
        int mode = append ? O_APPEND : O_TRUNC;
        outputs[i] = open(path, O_WRONLY | O_CREAT | O_CLOEXEC | mode, 0666);
        if (outputs[i] < 0) {
            warn("%s", path);
            status = 1;
        }
    }
    ssize_t got;
    while ((got = read(0, block, sizeof block)) != 0) {
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            err(1, "read error");
        // An output that fails is given up; the others go on.
        for (int i = 0; i < count; i++) {
            if (outputs[i] < 0 || write_all(outputs[i], block, (size_t)got))
                continue;
            warn("%s", i ? argv[optind + i - 1] : "standard output");
            outputs[i] = -1;
            status = 1;
        }
    }
    return status;
}
