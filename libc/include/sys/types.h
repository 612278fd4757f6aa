// SPDX-License-Identifier: ISC
#pragma once

#include <abi/types.h>
#include <bits/pthreadtypes.h>

typedef void *timer_t;
typedef long quad_t;
typedef unsigned long u_quad_t;
typedef unsigned char u_char;
typedef unsigned short u_short;
typedef unsigned int u_int;
typedef unsigned long u_long;
typedef unsigned short ushort;
typedef unsigned int uint;
typedef unsigned long ulong;
typedef char *caddr_t;
typedef uint8_t u_int8_t;
typedef uint16_t u_int16_t;
typedef uint32_t u_int32_t;
typedef uint64_t u_int64_t;
typedef off_t off64_t;
typedef ino_t ino64_t;

#include <sys/select.h>
