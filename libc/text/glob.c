// SPDX-License-Identifier: ISC
// glob: the paths that match a pattern, component by component.
#include <dirent.h>
#include <errno.h>
#include <fnmatch.h>
#include <glob.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

struct walk {
    glob_t *found;
    int flags;
    int (*failed)(const char *path, int error);
};

static int add(struct walk *walk, const char *path)
{
    glob_t *found = walk->found;
    struct stat stat_of;
    char **larger =
        realloc(found->gl_pathv, (found->gl_offs + found->gl_pathc + 2) * sizeof(char *));
    if (larger == NULL)
        return GLOB_NOSPACE;
    found->gl_pathv = larger;
    char *copy = malloc(strlen(path) + 2);
    if (copy == NULL)
        return GLOB_NOSPACE;
    strcpy(copy, path);
    if ((walk->flags & GLOB_MARK) && stat(path, &stat_of) == 0 && S_ISDIR(stat_of.st_mode) &&
        (*path == '\0' || path[strlen(path) - 1] != '/'))
        strcat(copy, "/");
    char **to = larger + found->gl_offs + found->gl_pathc++;
    to[0] = copy;
    to[1] = NULL;
    return 0;
}

static int has_magic(const char *pattern, size_t length)
{
    for (size_t i = 0; i < length; i++)
        if (pattern[i] == '*' || pattern[i] == '?' || pattern[i] == '[')
            return 1;
    return 0;
}

// Appends `size` characters of a pattern without its backslashes; -1 when there is no room.
static int append_plain(const struct walk *walk, char path[PATH_MAX], const char *pattern,
                        size_t size)
{
    size_t length = strlen(path);
    for (size_t i = 0; i < size; i++) {
        if (pattern[i] == '\\' && !(walk->flags & GLOB_NOESCAPE) && i + 1 < size)
            i++;
        if (length + 1 >= PATH_MAX)
            return -1;
        path[length++] = pattern[i];
    }
    path[length] = '\0';
    return 0;
}

static int walk_pattern(struct walk *walk, char path[PATH_MAX], const char *pattern);

// One component with magic: every entry of the directory `path` that matches it.
static int walk_directory(struct walk *walk, char path[PATH_MAX], const char *pattern,
                          size_t length)
{
    char component[NAME_MAX * 4 + 1];
    size_t path_length = strlen(path);
    int result = 0, flags = FNM_PERIOD | (walk->flags & GLOB_NOESCAPE ? FNM_NOESCAPE : 0);
    struct dirent *entry;
    if (length >= sizeof(component))
        return 0;
    memcpy(component, pattern, length);
    component[length] = '\0';
    DIR *dir = opendir(*path != '\0' ? path : ".");
    if (dir == NULL) {
        int stop = walk->failed != NULL && walk->failed(path, errno) != 0;
        return stop || (walk->flags & GLOB_ERR) ? GLOB_ABORTED : 0;
    }
    if (walk->flags & GLOB_PERIOD)
        flags &= ~FNM_PERIOD;
    while (result == 0 && (entry = readdir(dir)) != NULL) {
        if (fnmatch(component, entry->d_name, flags) != 0 ||
            path_length + strlen(entry->d_name) >= PATH_MAX)
            continue;
        if (pattern[length] == '/' && entry->d_type != DT_DIR && entry->d_type != DT_LNK &&
            entry->d_type != DT_UNKNOWN)
            continue;
        strcpy(path + path_length, entry->d_name);
        result = walk_pattern(walk, path, pattern + length);
        path[path_length] = '\0';
    }
    closedir(dir);
    return result;
}

// `path` is what has been matched; `pattern` the rest. Adds every path there is.
static int walk_pattern(struct walk *walk, char path[PATH_MAX], const char *pattern)
{
    size_t before = strlen(path), slashes = strspn(pattern, "/");
    struct stat found;
    int result = 0;
    if (append_plain(walk, path, pattern, slashes) != 0)
        return 0;
    pattern += slashes;
    size_t length = strcspn(pattern, "/");
    if (length == 0)
        result = lstat(path, &found) == 0 ? add(walk, path) : 0;
    else if (has_magic(pattern, length))
        result = walk_directory(walk, path, pattern, length);
    else if (append_plain(walk, path, pattern, length) == 0 && lstat(path, &found) == 0)
        result = walk_pattern(walk, path, pattern + length);
    path[before] = '\0';
    return result;
}

static int compare(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

int glob(const char *pattern, int flags, int (*failed)(const char *path, int error), glob_t *found)
{
    struct walk walk = {found, flags, failed};
    char path[PATH_MAX] = "";
    if (!(flags & GLOB_DOOFFS))
        found->gl_offs = 0;
    if (!(flags & GLOB_APPEND)) {
        found->gl_pathc = 0;
        found->gl_pathv = calloc(found->gl_offs + 1, sizeof(char *));
        if (found->gl_pathv == NULL)
            return GLOB_NOSPACE;
    }
    size_t before = found->gl_pathc;
    int result = *pattern != '\0' ? walk_pattern(&walk, path, pattern) : 0;
    if (result != 0)
        return result;
    if (found->gl_pathc == before) {
        walk.flags &= ~GLOB_MARK;
        return flags & GLOB_NOCHECK ? add(&walk, pattern) : GLOB_NOMATCH;
    }
    if (!(flags & GLOB_NOSORT))
        qsort(found->gl_pathv + found->gl_offs + before, found->gl_pathc - before, sizeof(char *),
              compare);
    return 0;
}

void globfree(glob_t *found)
{
    for (size_t i = 0; i < found->gl_pathc; i++)
        free(found->gl_pathv[found->gl_offs + i]);
    free(found->gl_pathv);
    found->gl_pathv = NULL;
    found->gl_pathc = 0;
}
