// SPDX-License-Identifier: ISC
#pragma once

#include <abi/poll.h>
#include <abi/types.h>
#include <bits/sigset.h>

typedef unsigned long nfds_t;

int poll(struct pollfd *fds, nfds_t count, int timeout);
int ppoll(struct pollfd *fds, nfds_t count, const struct timespec *timeout, const sigset_t *mask);
