// SPDX-License-Identifier: ISC
#ifndef GREP_GREP_H
#define GREP_GREP_H

#include <stdbool.h>
#include <stddef.h>

// Patterns, compiled: match.c.
struct matching {
    bool fixed, extended, ignore_case, word, line;
};

void match_add(const char *patterns, const struct matching *how); // one a line
// Finds the first match at or after `from`, which is longest where several start there. False
// where there is none.
bool match_find(const char *line, size_t length, size_t from, const struct matching *how,
                size_t *start, size_t *end);

#endif
