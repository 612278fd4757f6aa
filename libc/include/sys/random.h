// SPDX-License-Identifier: ISC
#pragma once

#include <abi/fcntl.h>

ssize_t getrandom(void *data, size_t size, unsigned flags);
