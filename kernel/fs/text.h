// SPDX-License-Identifier: ISC
/* A text that grows as it is written: what the generated files of /proc and /sys are made of. */
#pragma once

#include "lib/base.h"

struct text {
    char *data; // allocated, not ended with 0
    size_t len, size;
    bool failed; // no memory: the rest was dropped
};

void text_printf(struct text *t, const char *fmt, ...) printf_like(2, 3);
void text_add(struct text *t, const char *s, size_t len);
/* As Linux shows names in columns: space, tab, newline and backslash as \ooo. */
void text_add_escaped(struct text *t, const char *s, const char *escape);
void text_clear(struct text *t); // keeps the memory
void text_free(struct text *t);
