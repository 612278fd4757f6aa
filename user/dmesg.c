// SPDX-License-Identifier: ISC
//
// dmesg [-cr]: prints the kernel's log. -c: and empties it; -r: with the level of each line.

#include <ctype.h>
#include <err.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/klog.h>
#include <unistd.h>

#include "common/io.h"

// Actions of syslog(2).
enum { READ_ALL = 3, READ_CLEAR = 4, SIZE_BUFFER = 10 };

static void print(const char *text, int length, bool raw)
{
    bool at_start = true;
    for (const char *p = text; p < text + length; p++) {
        if (at_start && *p == '<' && !raw) {
            const char *q = p + 1;
            while (q < text + length && isdigit((unsigned char)*q))
                q++;
            if (q > p + 1 && q + 1 < text + length && *q == '>')
                p = q + 1;
        }
        putchar(*p);
        at_start = *p == '\n';
    }
    if (!at_start)
        putchar('\n');
}

int main(int argc, char **argv)
{
    bool clear = false, raw = false;
    int option;
    while ((option = getopt(argc, argv, "cr")) != -1) {
        if (option == '?')
            return 1;
        clear |= option == 'c';
        raw |= option == 'r';
    }
    int size = klogctl(SIZE_BUFFER, NULL, 0);
    if (size <= 0)
        size = 1 << 18;
    char *text = malloc((size_t)size);
    if (!text)
        err(1, NULL);
    int length = klogctl(clear ? READ_CLEAR : READ_ALL, text, size);
    if (length < 0)
        err(1, "cannot read the kernel's log");
    print(text, length, raw);
    finish(0);
}
