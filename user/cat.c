// SPDX-License-Identifier: ISC
//
// cat [-nbsE] [FILE]...: writes files one after the other.

#include <err.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/io.h"

static bool number, number_filled, squeeze, show_ends;

// Line numbers and squeezing go on over all files.
static void print_lines(FILE *file)
{
    static int line;
    static bool at_start = true, was_empty;
    int c;
    while ((c = getc(file)) != EOF) {
        bool empty = at_start && c == '\n';
        if (squeeze && empty && was_empty)
            continue;
        if (at_start && (number || (number_filled && !empty)))
            printf("%6d\t", ++line);
        if (c == '\n' && show_ends)
            putchar('$');
        putchar(c);
        at_start = c == '\n';
        was_empty = empty;
    }
}

static bool cat(const char *path)
{
    int fd = input_open(path);
    if (fd < 0)
        return false;
    bool ok = true;
    if (number || number_filled || squeeze || show_ends) {
        FILE *file = fd == 0 ? stdin : fdopen(fd, "r");
        if (!file)
            err(1, "%s", path);
        print_lines(file);
        ok = !ferror(file);
        if (file != stdin)
            fclose(file);
        return ok;
    }
    if (!copy_all(fd, 1)) {
        warn("%s", path);
        ok = false;
    }
    input_close(fd);
    return ok;
}

int main(int argc, char **argv)
{
    int option, status = 0;
    while ((option = getopt(argc, argv, "nbsEuv")) != -1) {
        switch (option) {
        case 'n':
            number = true;
            break;
        case 'b':
            number_filled = true;
            break;
        case 's':
            squeeze = true;
            break;
        case 'E':
            show_ends = true;
            break;
        case '?':
            return 1;
        }
    }
    if (number_filled)
        number = false;
    if (optind == argc && !cat("-"))
        status = 1;
    for (int i = optind; i < argc; i++)
        if (!cat(argv[i]))
            status = 1;
    finish(status);
}
