// SPDX-License-Identifier: ISC
#pragma once

#include <abi/ipc.h>

#define ipc_perm ipc64_perm

key_t ftok(const char *path, int id);
