// SPDX-License-Identifier: ISC
//
// What the kernel tells about processes, memory and itself, read from /proc.
//
// Sources: proc(5) for PID/stat, PID/wchan and PID/pagemap (bit 63 of a word: the page is present;
// bits 0 to 54: its frame, 0 for those who may not know it). /proc/braid and the line PageTableRoot
// of PID/status are Braid's own.
#include "tour.h"

#include <fcntl.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

static bool read_text(const char *path, char *text, size_t size)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return false;
    ssize_t length = read(fd, text, size - 1);
    close(fd);
    text[length > 0 ? length : 0] = 0;
    return length > 0;
}

static bool read_process_text(pid_t pid, const char *name, char *text, size_t size)
{
    char path[64];
    snprintf(path, sizeof(path), "/proc/%d/%s", (int)pid, name);
    return read_text(path, text, size);
}

// Reads COUNT words of a process's pagemap, from ADDRESS's on; what cannot be read is 0.
static void read_pagemap(pid_t pid, const void *address, uint64_t *words, size_t count)
{
    char path[64];
    memset(words, 0, count * sizeof(*words));
    snprintf(path, sizeof(path), "/proc/%d/pagemap", (int)pid);
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return;
    off_t offset = (off_t)((uintptr_t)address / PAGE * sizeof(*words));
    ssize_t size = pread(fd, words, count * sizeof(*words), offset);
    (void)size;
    close(fd);
}

static uint64_t frame_in(uint64_t word)
{
    return word >> 63 ? word & ((1ull << 55) - 1) : 0;
}

uint64_t frame_of(pid_t pid, const void *address)
{
    uint64_t word;
    read_pagemap(pid, address, &word, 1);
    return frame_in(word);
}

size_t frames_shared(pid_t one, pid_t other, const void *memory, size_t pages)
{
    static uint64_t first[1024], second[1024];
    size_t shared = 0;
    for (size_t done = 0; done < pages; done += COUNT_OF(first)) {
        const char *from = (const char *)memory + done * PAGE;
        size_t count = pages - done < COUNT_OF(first) ? pages - done : COUNT_OF(first);
        read_pagemap(one, from, first, count);
        read_pagemap(other, from, second, count);
        for (size_t i = 0; i < count; i++)
            shared += frame_in(first[i]) != 0 && frame_in(first[i]) == frame_in(second[i]);
    }
    return shared;
}

// The number behind NAME at the start of a line, in the given base; -1 where there is none.
static long number_behind(const char *text, const char *name, int base)
{
    size_t length = strlen(name);
    for (const char *line = text; line; line = strchr(line, '\n'), line = line ? line + 1 : NULL)
        if (!strncmp(line, name, length) && strchr(" \t:", line[length]))
            return strtol(line + length + 1, NULL, base);
    return -1;
}

static long status_number_in(pid_t pid, const char *name, int base)
{
    char text[4096];
    if (!read_process_text(pid, "status", text, sizeof(text)))
        return -1;
    return number_behind(text, name, base);
}

long status_number(pid_t pid, const char *name)
{
    return status_number_in(pid, name, 10);
}

uint64_t page_root_of(pid_t pid)
{
    long root = status_number_in(pid, "PageTableRoot", 16);
    return root > 0 ? (uint64_t)root : 0;
}

long kernel_count(const char *name)
{
    char text[4096];
    if (!read_text("/proc/braid/counts", text, sizeof(text)))
        return -1;
    return number_behind(text, name, 10);
}

// The letter in a file `stat` of process PID.
static char state_in(pid_t pid, const char *name)
{
    char text[512];
    if (!read_process_text(pid, name, text, sizeof(text)))
        return 0;
    char *name_end = strrchr(text, ')'); // the name may hold brackets and blanks itself
    return name_end && name_end[1] ? name_end[2] : 0;
}

char state_of(pid_t pid)
{
    return state_in(pid, "stat");
}

char thread_state(pid_t pid, pid_t tid)
{
    char name[32];
    snprintf(name, sizeof(name), "task/%d/stat", (int)tid);
    return state_in(pid, name);
}

bool wait_for_state(pid_t pid, char state)
{
    char now;
    while ((now = state_of(pid)) != state && now != 0)
        sched_yield();
    return now == state;
}

const char *waiting_in(pid_t pid, char *text, size_t size)
{
    if (!read_process_text(pid, "wchan", text, size) || !strcmp(text, "0"))
        snprintf(text, size, "-");
    return text;
}

int cpu_count(void)
{
    return (int)sysconf(_SC_NPROCESSORS_ONLN);
}

int use_cpus(int count)
{
    static cpu_set_t all;
    if (CPU_COUNT(&all) == 0 && sched_getaffinity(0, sizeof(all), &all) != 0)
        return 1;
    cpu_set_t chosen = all;
    for (int cpu = 0, found = 0; count > 0 && cpu < CPU_SETSIZE; cpu++)
        if (CPU_ISSET(cpu, &all) && ++found > count)
            CPU_CLR(cpu, &chosen);
    sched_setaffinity(0, sizeof(chosen), &chosen);
    return CPU_COUNT(&all);
}

double seconds_now(void)
{
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}
