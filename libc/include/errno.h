// SPDX-License-Identifier: ISC
#pragma once

#include <abi/errno.h>

extern _Thread_local int errno;
#define errno errno

extern char *program_invocation_name;
extern char *program_invocation_short_name;
