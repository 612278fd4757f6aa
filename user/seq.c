// SPDX-License-Identifier: ISC
//
// seq [-w] [-s SEPARATOR] [FIRST [STEP]] LAST: counts.

#include <ctype.h>
#include <err.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/io.h"

static int places; // behind the point, as many as the most exact operand has

static double number(const char *text, bool count_places)
{
    char *end;
    double value = strtod(text, &end);
    if (*end || end == text)
        errx(1, "invalid floating point argument: '%s'", text);
    const char *point = strchr(text, '.');
    int own = point ? (int)strlen(point + 1) : 0;
    if (count_places && own > places)
        places = own;
    return value;
}

static int width_of(double value)
{
    return snprintf(NULL, 0, "%.*f", places, value);
}

int main(int argc, char **argv)
{
    const char *separator = "\n";
    bool equal_width = false;
    int i = 1;
    // A negative number is no option.
    for (; i < argc && argv[i][0] == '-' && isalpha((unsigned char)argv[i][1]); i++) {
        if (strcmp(argv[i], "-w") == 0)
            equal_width = true;
        else if (strcmp(argv[i], "-s") == 0 && i + 1 < argc)
            separator = argv[++i];
        else
            errx(1, "invalid option '%s'", argv[i]);
    }
    int count = argc - i;
    if (count < 1 || count > 3)
        errx(1, count < 1 ? "missing operand" : "extra operand");
    double first = count > 1 ? number(argv[i], true) : 1;
    double step = count > 2 ? number(argv[i + 1], true) : 1;
    double last = number(argv[argc - 1], false);
    if (step == 0)
        errx(1, "the step must not be 0");
    int width = 0;
    if (equal_width)
        width = width_of(first) > width_of(last) ? width_of(first) : width_of(last);
    // Multiplied, not added up: the error does not grow. Half a last place is allowed for it.
    double steps = (last - first) / step + 1e-9;
    for (long n = 0; (double)n <= steps; n++) {
        if (n)
            fputs(separator, stdout);
        printf("%0*.*f", width, places, first + (double)n * step);
    }
    if (steps >= 0)
        putchar('\n');
    finish(0);
}
