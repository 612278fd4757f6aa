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

static uint64_t pagemap_frame(int fd, const void *address)
{
    uint64_t word;
    off_t offset = (off_t)((uintptr_t)address / PAGE * sizeof(word));
    if (pread(fd, &word, sizeof(word), offset) != sizeof(word) || !(word >> 63))
        return 0;
    return word & ((1ull << 55) - 1);
}

static int open_pagemap(pid_t pid)
{
    char path[64];
    snprintf(path, sizeof(path), "/proc/%d/pagemap", (int)pid);
    return open(path, O_RDONLY | O_CLOEXEC);
}

uint64_t frame_of(pid_t pid, const void *address)
{
    int fd = open_pagemap(pid);
    if (fd < 0)
        return 0;
    uint64_t frame = pagemap_frame(fd, address);
    close(fd);
    return frame;
}

size_t frames_shared(pid_t one, pid_t other, const void *memory, size_t pages)
{
    int first = open_pagemap(one), second = open_pagemap(other);
    size_t shared = 0;
    for (size_t i = 0; first >= 0 && second >= 0 && i < pages; i++) {
        const char *page = (const char *)memory + i * PAGE;
        uint64_t frame = pagemap_frame(first, page);
        shared += frame != 0 && frame == pagemap_frame(second, page);
    }
    if (first >= 0)
        close(first);
    if (second >= 0)
        close(second);
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

uint64_t page_root_of(pid_t pid)
{
    char text[4096];
    if (!read_process_text(pid, "status", text, sizeof(text)))
        return 0;
    long root = number_behind(text, "PageTableRoot", 16);
    return root > 0 ? (uint64_t)root : 0;
}

long kernel_count(const char *name)
{
    char text[4096];
    if (!read_text("/proc/braid/counts", text, sizeof(text)))
        return -1;
    return number_behind(text, name, 10);
}

char state_of(pid_t pid)
{
    char text[512];
    if (!read_process_text(pid, "stat", text, sizeof(text)))
        return 0;
    char *name_end = strrchr(text, ')'); // the name may hold brackets and blanks itself
    return name_end && name_end[1] ? name_end[2] : 0;
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

double seconds_now(void)
{
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}
