// SPDX-License-Identifier: ISC
#ifndef LS_LS_H
#define LS_LS_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/stat.h>

struct options {
    bool all, almost_all, one, long_form, recursive, reverse, human, inodes, directories;
    bool by_time, by_size, unsorted, classify, columns, colour, numeric, follow;
};

extern struct options options;

struct entry {
    char *name;
    char *target; // of a symbolic link, NULL where it is none
    bool broken;  // the link leads nowhere
    struct stat status;
};

struct list {
    struct entry *entries;
    size_t count, size;
};

// Adds an entry for `path`, shown as `name`. False after a message.
bool list_add(struct list *list, const char *path, const char *name, bool follow);
void list_sort(struct list *list);
void list_free(struct list *list);

void print_list(const struct list *list, bool total); // print.c

#endif
