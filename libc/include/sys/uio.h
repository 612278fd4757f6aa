// SPDX-License-Identifier: ISC
#pragma once

#include <abi/limits.h>
#include <abi/uio.h>

#define UIO_MAXIOV IOV_MAX

ssize_t readv(int fd, const struct iovec *parts, int count);
ssize_t writev(int fd, const struct iovec *parts, int count);
ssize_t preadv(int fd, const struct iovec *parts, int count, off_t offset);
ssize_t pwritev(int fd, const struct iovec *parts, int count, off_t offset);
