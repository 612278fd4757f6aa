// SPDX-License-Identifier: ISC
#pragma once

#include <abi/fcntl.h>
#include <abi/stat.h>
#include <abi/types.h>

#define O_TTY_INIT 0
#define O_SEARCH   O_PATH
#define O_EXEC     O_PATH

int creat(const char *path, mode_t mode);
int fcntl(int fd, int command, ...);
int open(const char *path, int flags, ...);
int openat(int dir, const char *path, int flags, ...);
int posix_fadvise(int fd, off_t offset, off_t length, int advice);
int posix_fallocate(int fd, off_t offset, off_t length);
int fallocate(int fd, int mode, off_t offset, off_t length);
int renameat2(int from_dir, const char *from, int to_dir, const char *to, unsigned flags);
