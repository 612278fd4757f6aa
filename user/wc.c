// SPDX-License-Identifier: ISC
//
// wc [-clmwL] [FILE]...: counts lines, words, characters, bytes, and the longest line.

#include <ctype.h>
#include <err.h>
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/io.h"

enum { LINES, WORDS, CHARACTERS, BYTES, LONGEST, KINDS };

static bool wanted[KINDS];
static int width;

static bool count(int fd, unsigned long *counts)
{
    static char block[65536];
    bool in_word = false;
    unsigned long column = 0;
    for (;;) {
        ssize_t got = read(fd, block, sizeof block);
        if (got < 0 && errno == EINTR)
            continue;
        if (got <= 0)
            return got == 0;
        counts[BYTES] += (unsigned long)got;
        for (ssize_t i = 0; i < got; i++) {
            unsigned char c = (unsigned char)block[i];
            bool space = isspace(c), starts = (c & 0xc0) != 0x80;
            counts[LINES] += c == '\n';
            counts[WORDS] += !space && !in_word;
            counts[CHARACTERS] += starts;
            in_word = !space;
            column = c == '\n' ? 0 : c == '\t' ? (column | 7) + 1 : column + starts;
            if (column > counts[LONGEST])
                counts[LONGEST] = column;
        }
    }
}

static void print(const unsigned long *counts, const char *name)
{
    const char *gap = "";
    for (int i = 0; i < KINDS; i++) {
        if (!wanted[i])
            continue;
        printf("%s%*lu", gap, width, counts[i]);
        gap = " ";
    }
    if (name)
        printf(" %s", name);
    putchar('\n');
}

// As GNU's: one number alone is not padded; else as wide as the sum of all sizes needs, and at
// least seven where a size cannot be told beforehand.
static int choose_width(char **paths, int number)
{
    int kinds = 0, minimum = 1;
    for (int i = 0; i < KINDS; i++)
        kinds += wanted[i];
    if (number <= 1 && kinds == 1)
        return 1;
    unsigned long total = 0;
    struct stat status;
    for (int i = 0; i < number || (i == 0 && number == 0); i++) {
        if ((number ? stat(paths[i], &status) : fstat(0, &status)) < 0)
            continue;
        if (S_ISREG(status.st_mode))
            total += (unsigned long)status.st_size;
        else
            minimum = 7;
    }
    int digits = 1;
    for (; total >= 10; total /= 10)
        digits++;
    return digits > minimum ? digits : minimum;
}

int main(int argc, char **argv)
{
    static const char letters[] = "lwmcL";
    bool any = false;
    int option, status = 0;
    while ((option = getopt(argc, argv, "lwmcL")) != -1) {
        for (int i = 0; i < KINDS; i++)
            if (letters[i] == option)
                any = wanted[i] = true;
        if (option == '?')
            return 1;
    }
    if (!any)
        wanted[LINES] = wanted[WORDS] = wanted[BYTES] = true;
    unsigned long total[KINDS] = {0};
    width = choose_width(argv + optind, argc - optind);
    for (int i = optind; i < argc || i == optind; i++) {
        const char *path = i < argc ? argv[i] : NULL;
        unsigned long counts[KINDS] = {0};
        int fd = path ? input_open(path) : 0;
        if (fd < 0 || !count(fd, counts)) {
            if (fd >= 0)
                warn("%s", path ? path : "standard input");
            status = 1;
            if (fd < 0)
                continue;
        }
        input_close(fd);
        print(counts, path);
        for (int k = 0; k < KINDS; k++)
            total[k] = k == LONGEST && counts[k] < total[k] ? total[k]
                       : k == LONGEST                       ? counts[k]
                                                            : total[k] + counts[k];
    }
    if (argc - optind > 1)
        print(total, "total");
    finish(status);
}
