// SPDX-License-Identifier: ISC
#pragma once

#include <stddef.h>

typedef struct {
    size_t gl_pathc;
    char **gl_pathv;
    size_t gl_offs;
} glob_t;

#define GLOB_ERR      0x001
#define GLOB_MARK     0x002
#define GLOB_NOSORT   0x004
#define GLOB_DOOFFS   0x008
#define GLOB_NOCHECK  0x010
#define GLOB_APPEND   0x020
#define GLOB_NOESCAPE 0x040
#define GLOB_PERIOD   0x080

#define GLOB_NOSPACE 1
#define GLOB_ABORTED 2
#define GLOB_NOMATCH 3

int glob(const char *pattern, int flags, int (*failed)(const char *path, int error), glob_t *found);
void globfree(glob_t *found);
