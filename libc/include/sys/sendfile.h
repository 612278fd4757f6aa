// SPDX-License-Identifier: ISC
#pragma once

#include <abi/types.h>

ssize_t sendfile(int out, int in, off_t *offset, size_t size);
