// SPDX-License-Identifier: ISC
// System calls from C: numbers and arguments as they are, the result negated errno and all.
// SYSn only spares the casts; __syscall_ret is the one place where errno is set.
#pragma once

#include <abi/errno.h>
#include <abi/syscall.h>
#include <stdint.h>

#define SYS0(n)                SYS6(n, 0, 0, 0, 0, 0, 0)
#define SYS1(n, a)             system_call1((n), (long)(a))
#define SYS2(n, a, b)          system_call3((n), (long)(a), (long)(b), 0)
#define SYS3(n, a, b, c)       system_call3((n), (long)(a), (long)(b), (long)(c))
#define SYS4(n, a, b, c, d)    SYS6(n, a, b, c, d, 0, 0)
#define SYS5(n, a, b, c, d, e) SYS6(n, a, b, c, d, e, 0)
#define SYS6(n, a, b, c, d, e, f)                                                                  \
    system_call6((n), (long)(a), (long)(b), (long)(c), (long)(d), (long)(e), (long)(f))

// A result from -4095 to -1 is an error: stores it in errno and returns -1.
long __syscall_ret(long result);

static inline long system_call1(long number, long a)
{
    long result;
    __asm__ volatile("syscall" : "=a"(result) : "a"(number), "D"(a) : "rcx", "r11", "memory");
    return result;
}

static inline long system_call3(long number, long a, long b, long c)
{
    long result;
    __asm__ volatile("syscall"
                     : "=a"(result)
                     : "a"(number), "D"(a), "S"(b), "d"(c)
                     : "rcx", "r11", "memory");
    return result;
}

static inline long system_call6(long number, long a, long b, long c, long d, long e, long f)
{
    register long r10 __asm__("r10") = d;
    register long r8 __asm__("r8") = e;
    register long r9 __asm__("r9") = f;
    long result;
    __asm__ volatile("syscall"
                     : "=a"(result)
                     : "a"(number), "D"(a), "S"(b), "d"(c), "r"(r10), "r"(r8), "r"(r9)
                     : "rcx", "r11", "memory");
    return result;
}
