// SPDX-License-Identifier: ISC
//
// Finding patterns in a line: fixed strings, or regular expressions by regex.h.

#include "grep.h"

#include <ctype.h>
#include <err.h>
#include <regex.h>
#include <stdlib.h>
#include <string.h>

struct pattern {
    char *text;
    size_t length;
    regex_t regex;
};

static struct pattern *patterns;
static size_t pattern_count;

static void add_one(const char *text, size_t length, const struct matching *how)
{
    patterns = realloc(patterns, (pattern_count + 1) * sizeof *patterns);
    struct pattern *pattern = patterns ? &patterns[pattern_count++] : NULL;
    if (!pattern || !(pattern->text = strndup(text, length)))
        err(2, NULL);
    pattern->length = length;
    if (how->fixed)
        return;
    int flags = (how->extended ? REG_EXTENDED : 0) | (how->ignore_case ? REG_ICASE : 0);
    int error = regcomp(&pattern->regex, pattern->text, flags);
    if (error) {
        char message[128];
        regerror(error, &pattern->regex, message, sizeof message);
        errx(2, "%s", message);
    }
}

void match_add(const char *text, const struct matching *how)
{
    for (;;) {
        size_t length = strcspn(text, "\n");
        add_one(text, length, how);
        if (!text[length])
            return;
        text += length + 1;
    }
}

static bool same(const char *a, const char *b, size_t length, bool ignore_case)
{
    for (size_t i = 0; i < length; i++) {
        unsigned char x = (unsigned char)a[i], y = (unsigned char)b[i];
        if (x != y && (!ignore_case || tolower(x) != tolower(y)))
            return false;
    }
    return true;
}

static bool find_fixed(const struct pattern *pattern, const char *line, size_t length, size_t from,
                       bool ignore_case, size_t *start, size_t *end)
{
    for (size_t i = from; i + pattern->length <= length; i++) {
        if (same(line + i, pattern->text, pattern->length, ignore_case)) {
            *start = i;
            *end = i + pattern->length;
            return true;
        }
    }
    return false;
}

static bool find_regex(const struct pattern *pattern, const char *line, size_t from, size_t *start,
                       size_t *end)
{
    regmatch_t match;
    if (regexec(&pattern->regex, line + from, 1, &match, from ? REG_NOTBOL : 0) != 0)
        return false;
    *start = from + (size_t)match.rm_so;
    *end = from + (size_t)match.rm_eo;
    return true;
}

static bool is_word(const char *line, size_t length, size_t at)
{
    return at < length && (isalnum((unsigned char)line[at]) || line[at] == '_');
}

// Whether a match stands where -w and -x want it.
static bool fits(const char *line, size_t length, size_t start, size_t end,
                 const struct matching *how)
{
    if (how->line)
        return start == 0 && end == length;
    if (how->word)
        return !(start > 0 && is_word(line, length, start - 1)) && !is_word(line, length, end);
    return true;
}

static bool find_pattern(const struct pattern *pattern, const char *line, size_t length,
                         size_t from, const struct matching *how, size_t *start, size_t *end)
{
    for (size_t at = from; at <= length; at = *start + 1) {
        bool found = how->fixed
                         ? find_fixed(pattern, line, length, at, how->ignore_case, start, end)
                         : find_regex(pattern, line, at, start, end);
        if (!found)
            return false;
        if (fits(line, length, *start, *end, how))
            return true;
    }
    return false;
}

bool match_find(const char *line, size_t length, size_t from, const struct matching *how,
                size_t *start, size_t *end)
{
    bool found = false;
    for (size_t i = 0; i < pattern_count; i++) {
        size_t own_start, own_end;
        if (!find_pattern(&patterns[i], line, length, from, how, &own_start, &own_end))
            continue;
        if (!found || own_start < *start || (own_start == *start && own_end > *end)) {
            *start = own_start;
            *end = own_end;
        }
        found = true;
    }
    return found;
}
