// SPDX-License-Identifier: ISC
//
// sleep NUMBER[smhd]...: waits as long as the sum of its arguments.

#include <err.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static double seconds_of(const char *text)
{
    static const char units[] = "smhd";
    static const double factors[] = {1, 60, 3600, 86400};
    char *end;
    double value = strtod(text, &end);
    const char *unit = *end && !end[1] ? strchr(units, *end) : NULL;
    if (end == text || value < 0 || (*end && !unit))
        errx(1, "invalid time interval '%s'", text);
    return unit ? value * factors[unit - units] : value;
}

int main(int argc, char **argv)
{
    double seconds = 0;
    if (argc < 2)
        errx(1, "missing operand");
    for (int i = 1; i < argc; i++)
        seconds += seconds_of(argv[i]);
    if (seconds > 1e9)
        seconds = 1e9;
    struct timespec left = {.tv_sec = (time_t)seconds};
    left.tv_nsec = (long)((seconds - (double)left.tv_sec) * 1e9);
    while (nanosleep(&left, &left) < 0)
        if (errno != EINTR)
            err(1, NULL);
    return 0;
}
