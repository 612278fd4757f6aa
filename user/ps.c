// SPDX-License-Identifier: ISC
//
// ps [-eAfxLTH] [-o FIELD,...] [-p PID,...] [aux]: the processes, from /proc.
//
// All processes are shown, whatever the terminal. With -L or -T each thread is a line. What has no
// command line (kernel threads, zombies) is shown by its name in brackets.

#include <ctype.h>
#include <dirent.h>
#include <err.h>
#include <fcntl.h>
#include <pwd.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/io.h"

struct process {
    int pid, tid, parent, group, session, threads;
    unsigned long ticks, size, resident;
    uid_t user;
    char state;
    char name[64];
    char command[512];
};

static void print_pid(const struct process *p, int width);
static void print_tid(const struct process *p, int width);
static void print_parent(const struct process *p, int width);
static void print_group(const struct process *p, int width);
static void print_session(const struct process *p, int width);
static void print_threads(const struct process *p, int width);
static void print_user(const struct process *p, int width);
static void print_state(const struct process *p, int width);
static void print_time(const struct process *p, int width);
static void print_size(const struct process *p, int width);
static void print_resident(const struct process *p, int width);
static void print_name(const struct process *p, int width);
static void print_command(const struct process *p, int width);

static const struct field {
    const char *name, *title;
    int width; // negative: to the left
    void (*print)(const struct process *p, int width);
} fields[] = {
    {"pid", "PID", 5, print_pid},          {"tid", "TID", 5, print_tid},
    {"lwp", "TID", 5, print_tid},          {"ppid", "PPID", 5, print_parent},
    {"pgid", "PGID", 5, print_group},      {"pgrp", "PGID", 5, print_group},
    {"sid", "SID", 5, print_session},      {"nlwp", "NLWP", 4, print_threads},
    {"user", "USER", -8, print_user},      {"stat", "STAT", -4, print_state},
    {"state", "S", -1, print_state},       {"s", "S", -1, print_state},
    {"time", "TIME", 8, print_time},       {"vsz", "VSZ", 7, print_size},
    {"rss", "RSS", 6, print_resident},     {"comm", "COMMAND", -15, print_name},
    {"args", "COMMAND", 0, print_command}, {"command", "COMMAND", 0, print_command},
    {"cmd", "CMD", 0, print_command},
};

#define FIELDS_MAX 24

static const struct field *shown[FIELDS_MAX];
static int shown_count;
static bool threads;
static const char *only; // -p: a list of pids
static bool titles;

// ---- reading

// Reads a small file whole; its length, or -1.
static ssize_t read_file(const char *path, char *text, size_t size)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return -1;
    ssize_t used = 0, got;
    while ((got = read(fd, text + used, size - 1 - (size_t)used)) > 0)
        used += got;
    close(fd);
    text[used] = '\0';
    return got < 0 ? -1 : used;
}

// Takes /proc/PID/stat apart. The name may hold anything, so it ends at the last parenthesis.
static bool parse_stat(char *text, struct process *p)
{
    char *open = strchr(text, '('), *close = strrchr(text, ')');
    if (!open || !close)
        return false;
    snprintf(p->name, sizeof p->name, "%.*s", (int)(close - open - 1), open + 1);
    unsigned long user, system;
    long pages;
    int found = sscanf(close + 2,
                       "%c %d %d %d %*d %*d %*u %*u %*u %*u %*u %lu %lu %*d %*d %*d %*d %d %*d %*u "
                       "%lu %ld",
                       &p->state, &p->parent, &p->group, &p->session, &user, &system, &p->threads,
                       &p->size, &pages);
    if (found < 7)
        return false;
    p->ticks = user + system;
    p->resident = found == 9 ? (unsigned long)pages * 4 : 0;
    return true;
}

static void read_command(const char *folder, struct process *p)
{
    char path[96];
    snprintf(path, sizeof path, "%s/cmdline", folder);
    ssize_t length = read_file(path, p->command, sizeof p->command);
    if (length <= 0) {
        snprintf(p->command, sizeof p->command, "[%s]%s", p->name,
                 p->state == 'Z' ? " <defunct>" : "");
        return;
    }
    while (length > 0 && !p->command[length - 1])
        length--;
    for (ssize_t i = 0; i < length; i++)
        if (!isprint((unsigned char)p->command[i]) && !(p->command[i] & 0x80))
            p->command[i] = p->command[i] ? '?' : ' ';
}

// A process that has gone meanwhile is no error: false.
static bool read_process(const char *folder, int pid, int tid, struct process *p)
{
    char path[96], text[1024];
    struct stat status;
    *p = (struct process){.pid = pid, .tid = tid};
    snprintf(path, sizeof path, "%s/stat", folder);
    if (read_file(path, text, sizeof text) <= 0 || !parse_stat(text, p))
        return false;
    if (stat(folder, &status) == 0)
        p->user = status.st_uid;
    read_command(folder, p);
    return true;
}

// ---- printing

static void print_pid(const struct process *p, int width)
{
    printf("%*d", width, p->pid);
}

static void print_tid(const struct process *p, int width)
{
    printf("%*d", width, p->tid);
}

static void print_parent(const struct process *p, int width)
{
    printf("%*d", width, p->parent);
}

static void print_group(const struct process *p, int width)
{
    printf("%*d", width, p->group);
}

static void print_session(const struct process *p, int width)
{
    printf("%*d", width, p->session);
}

static void print_threads(const struct process *p, int width)
{
    printf("%*d", width, p->threads);
}

static void print_user(const struct process *p, int width)
{
    const struct passwd *user = getpwuid(p->user);
    char number[16];
    snprintf(number, sizeof number, "%u", p->user);
    printf("%*s", width, user ? user->pw_name : number);
}

static void print_state(const struct process *p, int width)
{
    printf("%*s", width, (char[2]){p->state, '\0'});
}

static void print_time(const struct process *p, int width)
{
    unsigned long seconds = p->ticks / (unsigned long)sysconf(_SC_CLK_TCK);
    char text[32];
    snprintf(text, sizeof text, "%02lu:%02lu:%02lu", seconds / 3600, seconds / 60 % 60,
             seconds % 60);
    printf("%*s", width, text);
}

static void print_size(const struct process *p, int width)
{
    printf("%*lu", width, p->size / 1024);
}

static void print_resident(const struct process *p, int width)
{
    printf("%*lu", width, p->resident);
}

static void print_name(const struct process *p, int width)
{
    printf("%*s", width, p->name);
}

static void print_command(const struct process *p, int width)
{
    printf("%*s", width, p->command);
}

static void print_titles(void)
{
    for (int i = 0; i < shown_count; i++)
        printf("%s%*s", i ? " " : "",
               i == shown_count - 1 && shown[i]->width < 0 ? 0 : shown[i]->width, shown[i]->title);
    putchar('\n');
}

static void print_process(const struct process *p)
{
    for (int i = 0; i < shown_count; i++) {
        bool last = i == shown_count - 1;
        if (i)
            putchar(' ');
        shown[i]->print(p, last && shown[i]->width < 0 ? 0 : shown[i]->width);
    }
    putchar('\n');
}

// ---- walking

static int compare_numbers(const void *a, const void *b)
{
    return *(const int *)a - *(const int *)b;
}

// The numeric names in a directory, sorted; -1 where it cannot be read.
static int read_numbers(const char *path, int **numbers)
{
    DIR *directory = opendir(path);
    *numbers = NULL;
    if (!directory)
        return -1;
    int count = 0;
    const struct dirent *entry;
    while ((entry = readdir(directory))) {
        if (!isdigit((unsigned char)entry->d_name[0]))
            continue;
        if (count % 64 == 0)
            *numbers = realloc(*numbers, ((size_t)count + 64) * sizeof **numbers);
        if (!*numbers)
            err(1, NULL);
        (*numbers)[count++] = atoi(entry->d_name);
    }
    closedir(directory);
    if (count)
        qsort(*numbers, (size_t)count, sizeof **numbers, compare_numbers);
    return count;
}

static bool wanted(int pid)
{
    for (const char *p = only; p && *p; p += strspn(p, ", ")) {
        if (strtol(p, (char **)&p, 10) == pid)
            return true;
        p += strcspn(p, ", ");
    }
    return !only;
}

static bool print_threads_of(int pid)
{
    char folder[64];
    int *tids;
    struct process p;
    bool any = false;
    snprintf(folder, sizeof folder, "/proc/%d/task", pid);
    int count = read_numbers(folder, &tids);
    for (int i = 0; i < count; i++) {
        snprintf(folder, sizeof folder, "/proc/%d/task/%d", pid, tids[i]);
        if (!read_process(folder, pid, tids[i], &p))
            continue;
        any = true;
        print_process(&p);
    }
    free(tids);
    return any;
}

static bool print_all(void)
{
    int *pids;
    bool any = false;
    int count = read_numbers("/proc", &pids);
    if (count < 0)
        err(1, "/proc");
    for (int i = 0; i < count; i++) {
        char folder[64];
        struct process p;
        if (!wanted(pids[i]))
            continue;
        if (threads && print_threads_of(pids[i])) {
            any = true;
            continue;
        }
        snprintf(folder, sizeof folder, "/proc/%d", pids[i]);
        if (!read_process(folder, pids[i], pids[i], &p))
            continue;
        any = true;
        print_process(&p);
    }
    free(pids);
    return any;
}

// ---- options

static void show(const char *name, size_t length)
{
    for (size_t i = 0; i < sizeof fields / sizeof *fields; i++) {
        if (strlen(fields[i].name) == length && strncmp(fields[i].name, name, length) == 0) {
            if (shown_count == FIELDS_MAX)
                errx(1, "too many fields");
            shown[shown_count++] = &fields[i];
            return;
        }
    }
    errx(1, "unknown field '%.*s'", (int)length, name);
}

// A list of fields; NAME= gives the last one no title, and where none has one, no title line.
static void show_list(const char *list)
{
    while (*list) {
        size_t length = strcspn(list, ", =");
        if (length)
            show(list, length);
        titles |= length && list[length] != '=';
        list += length;
        if (*list == '=')
            list += strcspn(list, ",");
        list += strspn(list, ", ");
    }
}

int main(int argc, char **argv)
{
    int option;
    bool users = false;
    // The letters of the BSD form stand without a dash: ps aux.
    if (argc > 1 && isalpha((unsigned char)argv[1][0])) {
        users = strchr(argv[1], 'u');
        threads = strchr(argv[1], 'H');
        optind = 2;
    }
    while ((option = getopt(argc, argv, "eAafxlwLTHo:p:")) != -1) {
        switch (option) {
        case 'L':
        case 'T':
        case 'H':
            threads = true;
            break;
        case 'o':
            show_list(optarg);
            break;
        case 'p':
            only = optarg;
            break;
        case '?':
            return 1;
        }
    }
    if (!shown_count) {
        if (users)
            show_list("user,pid,vsz,rss,stat,time,args");
        else
            show_list(threads ? "pid,tid,ppid,stat,time,args" : "pid,ppid,stat,time,args");
    }
    if (titles)
        print_titles();
    bool any = print_all();
    finish(!any);
}
