// SPDX-License-Identifier: ISC
//
// pwd: prints the working directory. (The shell's own keeps the links it came through.)

#include <err.h>
#include <limits.h>
#include <stdio.h>
#include <unistd.h>

#include "common/io.h"

int main(void)
{
    char path[PATH_MAX];
    if (!getcwd(path, sizeof path))
        err(1, NULL);
    puts(path);
    finish(0);
}
