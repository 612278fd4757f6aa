// SPDX-License-Identifier: ISC
//
// ls [-1aACdFhilLnrRStU] [--color[=WHEN]] [FILE]...: lists files and what directories hold.
//
// This file: options, reading, sorting, recursion. print.c shows a list.

#include "ls.h"

#include <dirent.h>
#include <err.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/files.h"
#include "common/io.h"

struct options options;

static int status;
static bool titles, printed;

static bool read_link(struct entry *entry, const char *path)
{
    char target[PATH_MAX];
    ssize_t length = readlink(path, target, sizeof target);
    if (length < 0)
        return false;
    struct stat ignored;
    entry->target = strndup(target, (size_t)length);
    entry->broken = stat(path, &ignored) < 0;
    return entry->target;
}

bool list_add(struct list *list, const char *path, const char *name, bool follow)
{
    struct entry entry = {0};
    if ((!(follow || options.follow) || stat(path, &entry.status) < 0) &&
        lstat(path, &entry.status) < 0) {
        warn("cannot access '%s'", path);
        return false;
    }
    if (S_ISLNK(entry.status.st_mode))
        read_link(&entry, path);
    if (list->count == list->size) {
        list->size = list->size ? list->size * 2 : 64;
        list->entries = realloc(list->entries, list->size * sizeof *list->entries);
    }
    entry.name = strdup(name);
    if (!list->entries || !entry.name)
        err(2, NULL);
    list->entries[list->count++] = entry;
    return true;
}

void list_free(struct list *list)
{
    for (size_t i = 0; i < list->count; i++) {
        free(list->entries[i].name);
        free(list->entries[i].target);
    }
    free(list->entries);
}

static int compare(const void *first, const void *second)
{
    const struct entry *a = first, *b = second;
    int order = 0;
    if (options.by_size)
        order = (a->status.st_size < b->status.st_size) - (a->status.st_size > b->status.st_size);
    if (options.by_time) {
        const struct timespec *x = &a->status.st_mtim, *y = &b->status.st_mtim;
        order = (x->tv_sec < y->tv_sec) - (x->tv_sec > y->tv_sec);
        if (order == 0)
            order = (x->tv_nsec < y->tv_nsec) - (x->tv_nsec > y->tv_nsec);
    }
    if (order == 0)
        order = strcmp(a->name, b->name);
    return options.reverse ? -order : order;
}

void list_sort(struct list *list)
{
    if (!options.unsorted)
        qsort(list->entries, list->count, sizeof *list->entries, compare);
}

static bool hidden(const char *name)
{
    if (options.all)
        return false;
    bool dots = strcmp(name, ".") == 0 || strcmp(name, "..") == 0;
    return dots || (name[0] == '.' && !options.almost_all);
}

static void list_directory(const char *path)
{
    DIR *directory = opendir(path);
    if (!directory) {
        warn("cannot open directory '%s'", path);
        status = status ? status : 1;
        return;
    }
    struct list list = {0};
    const struct dirent *entry;
    while ((entry = readdir(directory))) {
        if (hidden(entry->d_name))
            continue;
        char *full = path_join(path, entry->d_name);
        if (!list_add(&list, full, entry->d_name, false))
            status = status ? status : 1;
        free(full);
    }
    closedir(directory);
    if (titles)
        printf("%s%s:\n", printed ? "\n" : "", path);
    printed = true;
    list_sort(&list);
    print_list(&list, true);
    for (size_t i = 0; options.recursive && i < list.count; i++) {
        const char *name = list.entries[i].name;
        if (!S_ISDIR(list.entries[i].status.st_mode) || !strcmp(name, ".") || !strcmp(name, ".."))
            continue;
        char *full = path_join(path, name);
        list_directory(full);
        free(full);
    }
    list_free(&list);
}

// Operands that are files come first, then the directories with what they hold.
static void list_operands(char **paths, int count)
{
    struct list files = {0}, directories = {0};
    for (int i = 0; i < count; i++) {
        bool directory = !options.directories && path_is_directory(paths[i]);
        struct stat link;
        // With -l a link is shown itself, not what it leads to.
        if (directory && options.long_form && lstat(paths[i], &link) == 0 &&
            S_ISLNK(link.st_mode) && paths[i][strlen(paths[i]) - 1] != '/')
            directory = false;
        bool follow = directory || (!options.long_form && !options.directories);
        if (!list_add(directory ? &directories : &files, paths[i], paths[i], follow))
            status = 2;
    }
    list_sort(&files);
    list_sort(&directories);
    if (files.count) {
        print_list(&files, false);
        printed = true;
    }
    titles = options.recursive || count > 1;
    for (size_t i = 0; i < directories.count; i++)
        list_directory(directories.entries[i].name);
    list_free(&files);
    list_free(&directories);
}

static void long_option(const char *text)
{
    if (strcmp(text, "--color") == 0 || strcmp(text, "--color=always") == 0)
        options.colour = true;
    else if (strcmp(text, "--color=auto") == 0)
        options.colour = isatty(1);
    else if (strcmp(text, "--color=never") == 0)
        options.colour = false;
    else
        errx(2, "unrecognized option '%s'", text);
}

static bool short_option(char letter)
{
    switch (letter) {
    case '1':
        options.one = true, options.columns = options.long_form = false;
        return true;
    case 'C':
        options.columns = true, options.long_form = false;
        return true;
    case 'l':
        options.long_form = true;
        return true;
    case 'L':
        options.follow = true;
        return true;
    case 'n':
        options.long_form = options.numeric = true;
        return true;
    case 'a':
        options.all = true;
        return true;
    case 'A':
        options.almost_all = true;
        return true;
    case 'd':
        options.directories = true;
        return true;
    case 'F':
        options.classify = true;
        return true;
    case 'h':
        options.human = true;
        return true;
    case 'i':
        options.inodes = true;
        return true;
    case 'r':
        options.reverse = true;
        return true;
    case 'R':
        options.recursive = true;
        return true;
    case 'S':
        options.by_size = true, options.by_time = false;
        return true;
    case 't':
        options.by_time = true, options.by_size = false;
        return true;
    case 'U':
        options.unsorted = true;
        return true;
    default:
        return false;
    }
}

int main(int argc, char **argv)
{
    options.columns = options.colour = isatty(1);
    char **operands = malloc(((size_t)argc + 1) * sizeof *operands);
    int count = 0;
    bool only_operands = false;
    if (!operands)
        err(2, NULL);
    // As with GNU's, options may stand behind operands.
    for (int i = 1; i < argc; i++) {
        if (only_operands || argv[i][0] != '-' || !argv[i][1])
            operands[count++] = argv[i];
        else if (strcmp(argv[i], "--") == 0)
            only_operands = true;
        else if (argv[i][1] == '-')
            long_option(argv[i]);
        else
            for (const char *p = argv[i] + 1; *p; p++)
                if (!short_option(*p))
                    errx(2, "invalid option -- '%c'", *p);
    }
    if (count == 0)
        operands[count++] = (char *)".";
    list_operands(operands, count);
    finish(status);
}
