// SPDX-License-Identifier: ISC
#pragma once

#include <stddef.h>

int bcmp(const void *a, const void *b, size_t size);
void bcopy(const void *from, void *to, size_t size);
void bzero(void *data, size_t size);
int ffs(int n);
int ffsl(long n);
int ffsll(long long n);
char *index(const char *text, int c);
char *rindex(const char *text, int c);
int strcasecmp(const char *a, const char *b);
int strncasecmp(const char *a, const char *b, size_t limit);
