// SPDX-License-Identifier: ISC
#pragma once

#include <abi/fcntl.h>
#include <abi/stat.h>
#include <abi/types.h>

#define S_IREAD  S_IRUSR
#define S_IWRITE S_IWUSR
#define S_IEXEC  S_IXUSR

int stat(const char *restrict path, struct stat *restrict stat);
int fstat(int fd, struct stat *stat);
int lstat(const char *restrict path, struct stat *restrict stat);
int fstatat(int dir, const char *restrict path, struct stat *restrict stat, int flags);
int statx(int dir, const char *restrict path, int flags, unsigned mask,
          struct statx *restrict data);
int chmod(const char *path, mode_t mode);
int fchmod(int fd, mode_t mode);
int fchmodat(int dir, const char *path, mode_t mode, int flags);
int mkdir(const char *path, mode_t mode);
int mkdirat(int dir, const char *path, mode_t mode);
int mkfifo(const char *path, mode_t mode);
int mkfifoat(int dir, const char *path, mode_t mode);
int mknod(const char *path, mode_t mode, dev_t device);
int mknodat(int dir, const char *path, mode_t mode, dev_t device);
mode_t umask(mode_t mask);
int futimens(int fd, const struct timespec times[2]);
int utimensat(int dir, const char *path, const struct timespec times[2], int flags);
