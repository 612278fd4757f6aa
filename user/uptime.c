// SPDX-License-Identifier: ISC
//
// uptime: the time, how long the system has run, and how many threads wanted to run (1, 5, 15 min).

#include <err.h>
#include <stdio.h>
#include <time.h>

#include "common/io.h"

int main(void)
{
    double up = 0, load[3];
    FILE *file = fopen("/proc/uptime", "re");
    if (!file || fscanf(file, "%lf", &up) != 1)
        err(1, "/proc/uptime");
    fclose(file);
    time_t now = time(NULL);
    struct tm *local = localtime(&now);
    long minutes = (long)up / 60, days = minutes / 1440;
    printf(" %02d:%02d:%02d up ", local->tm_hour, local->tm_min, local->tm_sec);
    if (days)
        printf("%ld day%s, ", days, days == 1 ? "" : "s");
    if (minutes % 1440 >= 60)
        printf("%2ld:%02ld", minutes % 1440 / 60, minutes % 60);
    else
        printf("%ld min", minutes % 60);
    file = fopen("/proc/loadavg", "re");
    if (file && fscanf(file, "%lf %lf %lf", &load[0], &load[1], &load[2]) == 3)
        printf(",  load average: %.2f, %.2f, %.2f", load[0], load[1], load[2]);
    if (file)
        fclose(file);
    putchar('\n');
    finish(0);
}
