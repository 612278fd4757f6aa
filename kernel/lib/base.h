// SPDX-License-Identifier: ISC
/*
 * The few words that every file of the kernel uses: fixed-width types, the three kinds of address,
 * page sizes, and helpers of one line.
 *
 * Three kinds of address that cannot be mixed by mistake:
 *   physical        phys_t    a struct: no arithmetic, no dereference, no silent conversion
 *   kernel virtual  a C pointer
 *   user virtual    uaddr_t   an integer: only the copy routines of x86/uaccess.h reach what it names
 */
#pragma once

#include <stdarg.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef int64_t ssize_t;
typedef int64_t off_t;
typedef uint64_t uaddr_t;
typedef struct {
    uint64_t addr;
} phys_t;

#define PHYS(a)    ((phys_t){(a)})
#define PAGE_SHIFT 12
#define PAGE_SIZE  4096ul
#define PAGE_MASK  (~(PAGE_SIZE - 1))

#define ARRAY_SIZE(a)     (sizeof(a) / sizeof((a)[0]))
#define MIN(a, b)         ({ typeof(a) _a = (a); typeof(b) _b = (b); _a < _b ? _a : _b; })
#define MAX(a, b)         ({ typeof(a) _a = (a); typeof(b) _b = (b); _a > _b ? _a : _b; })
#define ALIGN_DOWN(x, a)  ((x) & ~((typeof(x))(a) - 1))
#define ALIGN_UP(x, a)    ALIGN_DOWN((x) + (typeof(x))(a) - 1, a)
#define DIV_ROUND_UP(x, n) (((x) + (n) - 1) / (n))
#define container_of(ptr, type, member) ((type *)((char *)(ptr) - offsetof(type, member)))

#define static_assert _Static_assert // C17 has it in <assert.h>, which is no header of the compiler's
#define likely(x)   __builtin_expect(!!(x), 1)
#define unlikely(x) __builtin_expect(!!(x), 0)
#define noreturn    __attribute__((noreturn))
#define printf_like(f, a) __attribute__((format(printf, f, a)))
#define must_check  __attribute__((warn_unused_result))

#define NSEC_PER_SEC 1000000000ull
#define NEVER        UINT64_MAX // a deadline that is never reached
