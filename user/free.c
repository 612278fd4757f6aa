// SPDX-License-Identifier: ISC
//
// free [-bkmgh]: how much memory there is and how it is used, from /proc/meminfo.

#include <err.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "common/io.h"

static unsigned shift; // from bytes to the unit
static bool human;

struct memory {
    unsigned long total, free, available, shared, buffers, cached, reclaimable;
    unsigned long swap_total, swap_free;
};

static void read_memory(struct memory *m)
{
    const struct {
        const char *name;
        unsigned long *value;
    } wanted[] = {
        {"MemTotal", &m->total},           {"MemFree", &m->free},
        {"MemAvailable", &m->available},   {"Shmem", &m->shared},
        {"Buffers", &m->buffers},          {"Cached", &m->cached},
        {"SwapTotal", &m->swap_total},     {"SwapFree", &m->swap_free},
        {"SReclaimable", &m->reclaimable},
    };
    FILE *file = fopen("/proc/meminfo", "re");
    if (!file)
        err(1, "/proc/meminfo");
    char line[128], name[64];
    unsigned long value;
    while (fgets(line, sizeof line, file)) {
        if (sscanf(line, "%63[^:]: %lu", name, &value) != 2)
            continue;
        for (size_t i = 0; i < sizeof wanted / sizeof *wanted; i++)
            if (strcmp(wanted[i].name, name) == 0)
                *wanted[i].value = value * 1024;
    }
    fclose(file);
}

static void print_size(unsigned long bytes)
{
    if (!human) {
        printf(" %11lu", bytes >> shift);
        return;
    }
    static const char *const units[] = {"B", "Ki", "Mi", "Gi", "Ti"};
    double value = (double)bytes;
    int unit = 0;
    for (; value >= 1024 && unit < 4; unit++)
        value /= 1024;
    char text[32];
    snprintf(text, sizeof text, value < 10 && unit ? "%.1f%s" : "%.0f%s", value, units[unit]);
    printf(" %11s", text);
}

int main(int argc, char **argv)
{
    int option;
    shift = 10;
    while ((option = getopt(argc, argv, "bkmgh")) != -1) {
        switch (option) {
        case 'b':
            shift = 0;
            break;
        case 'k':
            shift = 10;
            break;
        case 'm':
            shift = 20;
            break;
        case 'g':
            shift = 30;
            break;
        case 'h':
            human = true;
            break;
        default:
            return 1;
        }
    }
    struct memory m = {0};
    read_memory(&m);
    unsigned long cache = m.buffers + m.cached + m.reclaimable;
    unsigned long spare = m.available ? m.available : m.free + cache;
    printf("%7s %12s %11s %11s %11s %11s %11s\n", "", "total", "used", "free", "shared",
           "buff/cache", "available");
    printf("%-8s", "Mem:");
    const unsigned long values[] = {m.total, m.total - spare, m.free, m.shared, cache, spare};
    for (size_t i = 0; i < sizeof values / sizeof *values; i++)
        print_size(values[i]);
    printf("\n%-8s", "Swap:");
    print_size(m.swap_total);
    print_size(m.swap_total - m.swap_free);
    print_size(m.swap_free);
    putchar('\n');
    finish(0);
}
