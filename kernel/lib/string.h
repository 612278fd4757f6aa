// SPDX-License-Identifier: ISC
/* Memory and string helpers with the standard names and meanings; word-wise, without `rep`. */
#pragma once

#include "lib/base.h"

void *memcpy(void *dst, const void *src, size_t n);
void *memmove(void *dst, const void *src, size_t n);
void *memset(void *dst, int c, size_t n);
int memcmp(const void *a, const void *b, size_t n);
void *memchr(const void *s, int c, size_t n);
size_t strlen(const char *s);
size_t strnlen(const char *s, size_t max);
int strcmp(const char *a, const char *b);
int strncmp(const char *a, const char *b, size_t n);
char *strchr(const char *s, int c);
char *strrchr(const char *s, int c);

/* Copies at most size-1 bytes and always ends with 0; returns the length of src. */
size_t strlcpy(char *dst, const char *src, size_t size);

/* Unsigned number in base 10, or 16 with 0x; *end is set behind it. */
uint64_t parse_number(const char *s, const char **end);
