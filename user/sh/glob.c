// SPDX-License-Identifier: ISC
//
// Patterns and path name expansion. A backslash in a pattern makes the next character literal.
// Characters are bytes, as in the POSIX locale.
// Source: POSIX.1-2017, Shell Command Language, section 2.13.

#include <ctype.h>
#include <dirent.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "expand.h"

static bool in_class(const char *name, size_t length, int c)
{
    static const struct {
        const char *name;
        int (*test)(int);
    } classes[] = {
        {"alnum", isalnum}, {"alpha", isalpha}, {"blank", isblank}, {"cntrl", iscntrl},
        {"digit", isdigit}, {"graph", isgraph}, {"lower", islower}, {"print", isprint},
        {"punct", ispunct}, {"space", isspace}, {"upper", isupper}, {"xdigit", isxdigit},
    };
    for (size_t i = 0; i < sizeof classes / sizeof *classes; i++)
        if (strlen(classes[i].name) == length && memcmp(classes[i].name, name, length) == 0)
            return classes[i].test(c);
    return false;
}

// One character of a bracket expression, perhaps escaped.
static unsigned char bracket_char(const char **p)
{
    if (**p == '\\' && (*p)[1])
        (*p)++;
    return (unsigned char)*(*p)++;
}

// The end of a bracket expression whose `[` is before `p`: the character after its `]`, or NULL
// where it has none and the `[` is an ordinary character.
static const char *bracket_end(const char *p)
{
    if (*p == '!' || *p == '^')
        p++;
    if (*p == ']')
        p++;
    while (*p && *p != ']') {
        if (p[0] == '[' && p[1] == ':') {
            const char *end = strstr(p + 2, ":]");
            if (end)
                p = end + 1;
        } else if (*p == '\\' && p[1]) {
            p++;
        }
        p++;
    }
    return *p ? p + 1 : NULL;
}

static bool bracket_match(const char *p, const char *end, unsigned char c)
{
    bool negate = *p == '!' || *p == '^';
    bool found = false;
    p += negate;
    for (const char *last = end - 1; p < last;) {
        const char *close;
        if (p[0] == '[' && p[1] == ':' && (close = strstr(p + 2, ":]")) && close < last) {
            found |= in_class(p + 2, (size_t)(close - p - 2), c);
            p = close + 2;
            continue;
        }
        unsigned char low = bracket_char(&p), high = low;
        if (p[0] == '-' && p + 1 < last) {
            p++;
            high = bracket_char(&p);
        }
        found |= low <= c && c <= high;
    }
    return found != negate;
}

// Matches one pattern element, which is not `*`, against `c`; *next is what follows it.
static bool match_one(const char *pattern, unsigned char c, const char **next)
{
    *next = pattern + 1;
    if (*pattern == '?')
        return true;
    if (*pattern == '[') {
        const char *end = bracket_end(pattern + 1);
        if (end) {
            *next = end;
            return bracket_match(pattern + 1, end, c);
        }
    }
    if (*pattern == '\\' && pattern[1])
        *next = ++pattern + 1;
    return (unsigned char)*pattern == c;
}

// A failed match goes back to the last `*` only, and lets it take one character more.
bool glob_match(const char *pattern, const char *text)
{
    const char *star = NULL, *star_text = NULL;
    while (*text) {
        const char *next;
        if (*pattern == '*') {
            star = ++pattern;
            star_text = text;
        } else if (*pattern && match_one(pattern, (unsigned char)*text, &next)) {
            pattern = next;
            text++;
        } else if (star) {
            pattern = star;
            text = ++star_text;
        } else {
            return false;
        }
    }
    while (*pattern == '*')
        pattern++;
    return *pattern == '\0';
}

bool glob_has_magic(const char *pattern)
{
    for (; *pattern; pattern++) {
        if (*pattern == '\\' && pattern[1])
            pattern++;
        else if (*pattern == '*' || *pattern == '?' ||
                 (*pattern == '[' && bracket_end(pattern + 1)))
            return true;
    }
    return false;
}

static void add_unescaped(struct buf *path, const char *text)
{
    for (; *text; text++) {
        if (*text == '\\' && text[1])
            text++;
        buf_add(path, *text);
    }
}

static void walk(const char *prefix, const char *pattern, struct list *paths);

// Goes on below `prefix` + `name` with the pattern after this component.
static void walk_into(const char *prefix, const char *name, const char *rest, struct list *paths)
{
    struct buf path;
    buf_init(&path, &temp);
    buf_add_string(&path, prefix);
    buf_add_string(&path, name);
    struct stat status;
    if (!*rest) {
        if (lstat(path.text, &status) == 0)
            list_add(paths, path.text);
        return;
    }
    while (*rest == '/')
        buf_add(&path, *rest++);
    if (*rest || (stat(path.text, &status) == 0 && S_ISDIR(status.st_mode)))
        walk(path.text, rest, paths);
}

static void walk_directory(const char *prefix, const char *component, const char *rest,
                           struct list *paths)
{
    DIR *directory = opendir(*prefix ? prefix : ".");
    if (!directory)
        return;
    const struct dirent *entry;
    while ((entry = readdir(directory))) {
        bool hidden = entry->d_name[0] == '.';
        bool wanted = component[0] == '.' || (component[0] == '\\' && component[1] == '.');
        if ((!hidden || wanted) && glob_match(component, entry->d_name))
            walk_into(prefix, entry->d_name, rest, paths);
    }
    closedir(directory);
}

// Matches `pattern` below the existing directory `prefix`, one component at a time.
static void walk(const char *prefix, const char *pattern, struct list *paths)
{
    if (!*pattern) {
        list_add(paths, arena_strndup(&temp, prefix, strlen(prefix)));
        return;
    }
    size_t length = strcspn(pattern, "/");
    const char *component = arena_strndup(&temp, pattern, length);
    if (glob_has_magic(component)) {
        walk_directory(prefix, component, pattern + length, paths);
        return;
    }
    struct buf name;
    buf_init(&name, &temp);
    add_unescaped(&name, component);
    walk_into(prefix, name.text, pattern + length, paths);
}

static int compare(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

bool glob_paths(const char *pattern, struct list *paths)
{
    int before = paths->count;
    walk("", pattern, paths);
    int found = paths->count - before;
    if (found > 1)
        qsort(paths->items + before, (size_t)found, sizeof *paths->items, compare);
    return found;
}
