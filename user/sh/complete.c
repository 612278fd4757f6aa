// SPDX-License-Identifier: ISC
//
// Completion: the word before the cursor as a command (built-ins, functions and programs, where a
// command is expected) or as a path. What the candidates have in common is inserted; where that is
// nothing, they are listed.

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "builtin.h"
#include "edit.h"
#include "expand.h"
#include "sh.h"
#include "vars.h"

#define SPECIAL " \t\\\"'`$&|;<>()*?[]#~=!{}"

// The start of the word that ends at the cursor: behind the last separator without a backslash.
static size_t word_before(const struct line *line)
{
    size_t at = line->cursor;
    while (at > 0) {
        bool separates = strchr(" \t;|&<>()=`", line->text[at - 1]);
        bool escaped = at > 1 && line->text[at - 2] == '\\';
        if (separates && !escaped)
            break;
        at--;
    }
    return at;
}

static bool command_expected(const struct line *line, size_t start)
{
    while (start > 0 && line->text[start - 1] == ' ')
        start--;
    return start == 0 || strchr(";|&(`", line->text[start - 1]);
}

static char *unescape(const char *text, size_t length)
{
    struct buf plain;
    buf_init(&plain, &temp);
    for (size_t i = 0; i < length; i++) {
        if (text[i] == '\\' && i + 1 < length)
            i++;
        buf_add(&plain, text[i]);
    }
    return plain.text;
}

static bool starts_with(const char *text, const char *prefix)
{
    return strncmp(text, prefix, strlen(prefix)) == 0;
}

static void add_unique(struct list *list, const char *name)
{
    for (int i = 0; i < list->count; i++)
        if (strcmp(list->items[i], name) == 0)
            return;
    list_add(list, arena_strndup(&temp, name, strlen(name)));
}

static void add_programs(struct list *list, const char *directory, const char *prefix)
{
    DIR *stream = opendir(directory);
    const struct dirent *entry;
    while (stream && (entry = readdir(stream)))
        if (entry->d_name[0] != '.' && starts_with(entry->d_name, prefix))
            add_unique(list, entry->d_name);
    if (stream)
        closedir(stream);
}

static void find_commands(struct list *list, const char *prefix)
{
    for (int i = 0; builtin_name(i); i++)
        if (starts_with(builtin_name(i), prefix))
            add_unique(list, builtin_name(i));
    const char *path = var_get("PATH");
    for (const char *end; path; path = *end ? end + 1 : NULL) {
        end = path + strcspn(path, ":");
        add_programs(list, arena_strndup(&temp, path, (size_t)(end - path)), prefix);
    }
}

// The directory part of a path as it is to be opened, with ~ expanded.
static const char *directory_of(const char *path, size_t length)
{
    if (length == 0)
        return ".";
    const char *home = var_get("HOME");
    struct buf directory;
    buf_init(&directory, &temp);
    if (home && path[0] == '~' && path[1] == '/') {
        buf_add_string(&directory, home);
        path++;
        length--;
    }
    buf_add_bytes(&directory, path, length);
    return directory.text;
}

static bool is_directory(const char *directory, const char *name)
{
    struct buf path;
    struct stat status;
    buf_init(&path, &temp);
    buf_add_string(&path, directory);
    buf_add(&path, '/');
    buf_add_string(&path, name);
    return stat(path.text, &status) == 0 && S_ISDIR(status.st_mode);
}

// Adds the names in `directory`; those of directories end in a slash.
static void find_paths(struct list *list, const char *directory, const char *prefix)
{
    DIR *stream = opendir(directory);
    const struct dirent *entry;
    while (stream && (entry = readdir(stream))) {
        const char *name = entry->d_name;
        if (!starts_with(name, prefix) || (name[0] == '.' && prefix[0] != '.') ||
            strcmp(name, ".") == 0 || strcmp(name, "..") == 0)
            continue;
        struct buf full;
        buf_init(&full, &temp);
        buf_add_string(&full, name);
        if (is_directory(directory, name))
            buf_add(&full, '/');
        list_add(list, full.text);
    }
    if (stream)
        closedir(stream);
}

// The length of what all candidates start with, not ending inside a UTF-8 character.
static size_t common_length(const struct list *list)
{
    size_t common = strlen(list->items[0]);
    for (int i = 1; i < list->count; i++) {
        size_t same = 0;
        while (same < common && list->items[i][same] == list->items[0][same])
            same++;
        common = same;
    }
    while (common && (list->items[0][common] & 0xc0) == 0x80)
        common--;
    return common;
}

static int compare(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

static void show_candidates(struct line *line, struct list *list)
{
    int width = 0;
    qsort(list->items, (size_t)list->count, sizeof *list->items, compare);
    for (int i = 0; i < list->count; i++)
        width = (int)strlen(list->items[i]) > width ? (int)strlen(list->items[i]) : width;
    width += 2;
    int columns = line->columns / width ? line->columns / width : 1;
    int rows = (list->count + columns - 1) / columns;
    screen_leave(line);
    for (int row = 0; row < rows; row++) {
        for (int i = row; i < list->count; i += rows)
            out_format("%-*s", i + rows < list->count ? width : 0, list->items[i]);
        out_string("\r\n");
    }
    out_flush();
}

static void insert_escaped(struct line *line, const char *text, size_t length)
{
    for (size_t i = 0; i < length; i++) {
        if (strchr(SPECIAL, text[i]))
            line_insert(line, "\\", 1);
        line_insert(line, text + i, 1);
    }
}

bool complete(struct line *line)
{
    struct mark mark = arena_mark(&temp);
    size_t start = word_before(line);
    const char *word = unescape(line->text + start, line->cursor - start);
    const char *slash = strrchr(word, '/');
    const char *prefix = slash ? slash + 1 : word;
    struct list list = {0};
    if (command_expected(line, start) && !slash)
        find_commands(&list, word);
    else
        find_paths(&list, directory_of(word, (size_t)(prefix - word)), prefix);
    if (list.count) {
        size_t known = strlen(prefix), common = common_length(&list);
        insert_escaped(line, list.items[0] + known, common - known);
        bool directory = common && list.items[0][common - 1] == '/';
        if (list.count == 1 && !directory)
            line_insert(line, " ", 1);
        else if (list.count > 1 && common == known)
            show_candidates(line, &list);
    }
    arena_release(&temp, mark);
    return list.count;
}
