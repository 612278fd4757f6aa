// SPDX-License-Identifier: ISC
//
// yes [TEXT]...: writes its arguments, or y, again and again.

#include <err.h>
#include <stdio.h>
#include <string.h>

#include "common/io.h"

int main(int argc, char **argv)
{
    static char block[8192];
    size_t length = 0;
    for (int i = 1; i < argc || i == 1; i++) {
        const char *word = argc > 1 ? argv[i] : "y";
        size_t size = strlen(word);
        if (length + size + 1 > sizeof block)
            errx(1, "text too long");
        memcpy(block + length, word, size);
        length += size;
        block[length++] = i < argc - 1 ? ' ' : '\n';
    }
    // As many lines as fit are written with one call.
    size_t line = length;
    while (length + line <= sizeof block) {
        memcpy(block + length, block, line);
        length += line;
    }
    while (write_all(1, block, length))
        continue;
    err(1, "standard output");
}
