// SPDX-License-Identifier: ISC
// readv and writev.
#pragma once

#include "types.h"

struct iovec {
    void *iov_base;
    size_t iov_len;
};
