// SPDX-License-Identifier: ISC
// errno, and the one place where a system call's result becomes one.
#include <errno.h>

#include "internal/syscall.h"

_Thread_local int errno;

long __syscall_ret(long result)
{
    if (result < 0 && result > -4096) {
        errno = (int)-result;
        return -1;
    }
    return result;
}
