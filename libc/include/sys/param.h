// SPDX-License-Identifier: ISC
#pragma once

#include <limits.h>

#define MAXPATHLEN    PATH_MAX
#define MAXSYMLINKS   20
#define HZ            100
#define NOFILE        256
#define MIN(a, b)     (((a) < (b)) ? (a) : (b))
#define MAX(a, b)     (((a) > (b)) ? (a) : (b))
#define howmany(n, d) (((n) + ((d)-1)) / (d))
#define roundup(n, d) (howmany(n, d) * (d))
