// SPDX-License-Identifier: ISC
#pragma once

#include <abi/poll.h>
#include <bits/sigset.h>

int epoll_create(int size);
int epoll_create1(int flags);
int epoll_ctl(int epoll, int operation, int fd, struct epoll_event *event);
int epoll_wait(int epoll, struct epoll_event *events, int count, int timeout);
int epoll_pwait(int epoll, struct epoll_event *events, int count, int timeout,
                const sigset_t *mask);
