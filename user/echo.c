// SPDX-License-Identifier: ISC
//
// echo [-neE] [TEXT]...: writes its arguments. -n: no newline; -e: escapes are interpreted.

#include <ctype.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "common/io.h"

// A number of at most `digits` digits.
static int read_number(const char **text, int base, int digits)
{
    int value = 0;
    for (; digits && isxdigit((unsigned char)**text); digits--) {
        int c = tolower((unsigned char)**text);
        int digit = isdigit(c) ? c - '0' : c - 'a' + 10;
        if (digit >= base)
            break;
        value = value * base + digit;
        (*text)++;
    }
    return value;
}

// Writes the escape behind a backslash. False at \c.
static bool put_escape(const char **text)
{
    static const char names[] = "abefnrtv\\", values[] = "\a\b\033\f\n\r\t\v\\";
    char c = *(*text)++;
    const char *at = c ? strchr(names, c) : NULL;
    if (c == 'c')
        return false;
    if (at) {
        putchar(values[at - names]);
    } else if (c == '0') {
        putchar(read_number(text, 8, 3));
    } else if (c == 'x' && isxdigit((unsigned char)**text)) {
        putchar(read_number(text, 16, 2));
    } else {
        putchar('\\');
        if (c)
            putchar(c);
        else
            (*text)--;
    }
    return true;
}

static bool put(const char *text, bool escapes)
{
    while (*text) {
        char c = *text++;
        if (c != '\\' || !escapes)
            putchar(c);
        else if (!put_escape(&text))
            return false;
    }
    return true;
}

int main(int argc, char **argv)
{
    bool newline = true, escapes = false;
    int i = 1;
    // An argument with any other letter is text.
    for (; i < argc && argv[i][0] == '-' && argv[i][1]; i++) {
        if (argv[i][1 + strspn(argv[i] + 1, "neE")])
            break;
        for (const char *p = argv[i] + 1; *p; p++) {
            newline &= *p != 'n';
            escapes = *p == 'e' || (*p != 'E' && escapes);
        }
    }
    for (int first = i; i < argc; i++) {
        if (i > first)
            putchar(' ');
        if (!put(argv[i], escapes))
            finish(0);
    }
    if (newline)
        putchar('\n');
    finish(0);
}
