// SPDX-License-Identifier: ISC
#pragma once

// What POSIX adds to the compiler's own <limits.h>, which includes this file.
#include <abi/limits.h>

#ifndef CHAR_BIT // found first on the search path
#define CHAR_BIT   8
#define SCHAR_MIN  (-128)
#define SCHAR_MAX  127
#define UCHAR_MAX  255
#define CHAR_MIN   SCHAR_MIN
#define CHAR_MAX   SCHAR_MAX
#define SHRT_MIN   (-32768)
#define SHRT_MAX   32767
#define USHRT_MAX  65535
#define INT_MAX    __INT_MAX__
#define INT_MIN    (-INT_MAX - 1)
#define UINT_MAX   (INT_MAX * 2U + 1U)
#define LONG_MAX   __LONG_MAX__
#define LONG_MIN   (-LONG_MAX - 1L)
#define ULONG_MAX  (LONG_MAX * 2UL + 1UL)
#define LLONG_MAX  __LONG_LONG_MAX__
#define LLONG_MIN  (-LLONG_MAX - 1LL)
#define ULLONG_MAX (LLONG_MAX * 2ULL + 1ULL)
#define MB_LEN_MAX 4
#endif

#define SSIZE_MAX                     LONG_MAX
#define LONG_BIT                      64
#define WORD_BIT                      32
#define NL_ARGMAX                     9
#define HOST_NAME_MAX                 64
#define LOGIN_NAME_MAX                256
#define TTY_NAME_MAX                  32
#define LINE_MAX                      2048
#define RE_DUP_MAX                    255
#define PTHREAD_KEYS_MAX              128
#define PTHREAD_STACK_MIN             16384
#define PTHREAD_DESTRUCTOR_ITERATIONS 4
#define SEM_VALUE_MAX                 0x7fffffff
#define SEM_NSEMS_MAX                 256
#define _POSIX_PATH_MAX               256
#define _POSIX_NAME_MAX               14
#define _POSIX_PIPE_BUF               512
#define _POSIX_OPEN_MAX               20
#define _POSIX_ARG_MAX                4096
#define _POSIX_CHILD_MAX              25
