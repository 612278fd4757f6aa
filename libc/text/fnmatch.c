// SPDX-License-Identifier: ISC
// fnmatch: shell patterns with * ? [...] and backslash.
#include <ctype.h>
#include <fnmatch.h>
#include <string.h>

static int fold(int c, int flags)
{
    return flags & FNM_CASEFOLD ? tolower(c) : c;
}

// The end of a bracket expression that starts behind its [, or NULL: then [ is an ordinary
// character.
static const char *bracket_end(const char *at, int flags)
{
    if (*at == '!' || *at == '^')
        at++;
    for (const char *start = at; *at != '\0'; at++) {
        if (*at == ']' && at > start)
            return at;
        if (*at == '[' && at[1] == ':') {
            const char *end = strstr(at + 2, ":]");
            if (end != NULL)
                at = end + 1;
        } else if (*at == '\\' && !(flags & FNM_NOESCAPE) && at[1] != '\0') {
            at++;
        } else if (*at == '/' && (flags & FNM_PATHNAME)) {
            return NULL;
        }
    }
    return NULL;
}

static int class_has(const char *name, size_t length, int c)
{
    static const struct {
        const char *name;
        int (*has)(int);
    } classes[] = {
        {"alnum", isalnum}, {"alpha", isalpha}, {"blank", isblank}, {"cntrl", iscntrl},
        {"digit", isdigit}, {"graph", isgraph}, {"lower", islower}, {"print", isprint},
        {"punct", ispunct}, {"space", isspace}, {"upper", isupper}, {"xdigit", isxdigit},
    };
    for (size_t i = 0; i < sizeof(classes) / sizeof(classes[0]); i++)
        if (strlen(classes[i].name) == length && memcmp(classes[i].name, name, length) == 0)
            return classes[i].has(c);
    return 0;
}

static int bracket_has(const char *at, const char *end, int c, int flags)
{
    int invert = *at == '!' || *at == '^', found = 0;
    c = fold(c, flags);
    for (at += invert; at < end; at++) {
        if (at[0] == '[' && at[1] == ':') {
            const char *close = strstr(at + 2, ":]");
            if (close != NULL && close < end) {
                found |= class_has(at + 2, (size_t)(close - at - 2), c);
                at = close + 1;
                continue;
            }
        }
        if (*at == '\\' && !(flags & FNM_NOESCAPE))
            at++;
        int low = fold((unsigned char)*at, flags), high = low;
        if (at[1] == '-' && at + 2 < end) {
            at += 2;
            if (*at == '\\' && !(flags & FNM_NOESCAPE))
                at++;
            high = fold((unsigned char)*at, flags);
        }
        found |= low <= c && c <= high;
    }
    return found != invert;
}

// A period that only a period in the pattern matches.
static int hidden(const char *string, const char *start, int flags)
{
    return *string == '.' && (flags & FNM_PERIOD) &&
           (string == start || ((flags & FNM_PATHNAME) && string[-1] == '/'));
}

// Matches one pattern element other than * against *string; returns the rest of the pattern, or
// NULL where it does not match.
static const char *match_one(const char *pattern, const char *string, const char *start, int flags)
{
    int c = (unsigned char)*string, slash = c == '/' && (flags & FNM_PATHNAME);
    if (c == '\0')
        return NULL;
    if (*pattern == '?')
        return slash || hidden(string, start, flags) ? NULL : pattern + 1;
    if (*pattern == '[') {
        const char *end = bracket_end(pattern + 1, flags);
        if (end != NULL) {
            if (slash || hidden(string, start, flags) || !bracket_has(pattern + 1, end, c, flags))
                return NULL;
            return end + 1;
        }
    }
    if (*pattern == '\\' && !(flags & FNM_NOESCAPE) && pattern[1] != '\0')
        pattern++;
    return fold((unsigned char)*pattern, flags) == fold(c, flags) ? pattern + 1 : NULL;
}

// On a mismatch the last * takes one character more: earlier ones need no second try. Under
// FNM_PATHNAME a * cannot take a slash, which makes that mismatch final.
int fnmatch(const char *pattern, const char *string, int flags)
{
    const char *start = string, *star = NULL, *star_string = NULL;
    for (;;) {
        const char *rest;
        if (*pattern == '*') {
            if (hidden(string, start, flags))
                return FNM_NOMATCH;
            star = ++pattern;
            star_string = string;
        } else if (*pattern == '\0' && *string == '\0') {
            return 0;
        } else if ((rest = match_one(pattern, string, start, flags)) != NULL && *pattern != '\0') {
            pattern = rest;
            string++;
        } else {
            if (star == NULL || *star_string == '\0' ||
                (*star_string == '/' && (flags & FNM_PATHNAME)))
                return FNM_NOMATCH;
            pattern = star;
            string = ++star_string;
        }
    }
}
