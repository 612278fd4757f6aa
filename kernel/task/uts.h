// SPDX-License-Identifier: ISC
/* The system's names: what uname(2) and /proc/sys/kernel say. */
#pragma once

#include "abi/utsname.h"
#include "lib/base.h"
#include "x86/spinlock.h"

/*
 * The release is the Linux release whose interface is meant: C libraries compare it with the oldest
 * one they accept.
 */
#define UTS_SYSNAME "Linux"
#define UTS_RELEASE "6.1.0-braid"
#define UTS_VERSION "#1 SMP PREEMPT Braid"
#define UTS_MACHINE "x86_64"

void uts_get(struct utsname *out);
/* 0, or -EINVAL when it is longer than 64 bytes. */
int uts_set_nodename(const char *name, size_t len);
int uts_set_domainname(const char *name, size_t len);
