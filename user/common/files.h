// SPDX-License-Identifier: ISC
#ifndef COMMON_FILES_H
#define COMMON_FILES_H

#include <stdbool.h>

// Work on trees of files, for cp, mv, rm and ln. All say what went wrong and go on with the rest;
// false if anything did.

struct copying {
    bool recursive, preserve, follow, force, verbose, interactive, update;
};

bool copy_tree(const char *from, const char *to, const struct copying *how);
bool remove_tree(const char *path, bool force, bool verbose);

// DIRECTORY/NAME; of malloc.
char *path_join(const char *directory, const char *name);
// The last component of a path, without slashes at its end; of malloc.
char *path_base(const char *path);
bool path_is_directory(const char *path);
// Asks on the terminal; whether the answer begins with y.
bool ask(const char *question, const char *path);

// For `TOOL SOURCE... TARGET`: calls act(source, target, how) for each, with the source's name
// added to a target that is a directory. The result is the exit status.
int for_each_target(char **operands, int count,
                    bool (*act)(const char *, const char *, const void *), const void *how);

#endif
