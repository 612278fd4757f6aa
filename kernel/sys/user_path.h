// SPDX-License-Identifier: ISC
/* A path name from user memory: short ones on the stack, long ones on the heap. */
#pragma once

#include "abi/errno.h"
#include "lib/base.h"
#include "mm/heap.h"
#include "x86/uaccess.h"

struct user_path {
    const char *name;
    char *large;
    char small[128];
};

/* 0, -EFAULT, -ENAMETOOLONG, -ENOMEM. After 0: user_path_put. */
static inline int must_check user_path_get(struct user_path *p, uaddr_t from)
{
    p->name = p->small;
    p->large = NULL;
    ssize_t len = string_from_user(p->small, from, sizeof(p->small));
    if (likely(len >= 0))
        return 0;
    if (len != -ENAMETOOLONG)
        return (int)len;
    p->name = p->large = kmalloc(4096);
    if (!p->large)
        return -ENOMEM;
    len = string_from_user(p->large, from, 4096);
    if (len < 0)
        kfree(p->large);
    return len < 0 ? (int)len : 0;
}

static inline void user_path_put(struct user_path *p)
{
    kfree(p->large);
}
