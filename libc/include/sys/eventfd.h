// SPDX-License-Identifier: ISC
#pragma once

#include <abi/poll.h>
#include <stdint.h>

typedef uint64_t eventfd_t;

int eventfd(unsigned value, int flags);
int eventfd_read(int fd, eventfd_t *value);
int eventfd_write(int fd, eventfd_t value);
