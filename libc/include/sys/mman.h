// SPDX-License-Identifier: ISC
#pragma once

#include <abi/mman.h>
#include <abi/types.h>

#define MAP_FAILED ((void *)-1)

void *mmap(void *address, size_t size, int prot, int flags, int fd, off_t offset);
void *mremap(void *address, size_t old_size, size_t size, int flags, ...);
int munmap(void *address, size_t size);
int mprotect(void *address, size_t size, int prot);
int msync(void *address, size_t size, int flags);
int madvise(void *address, size_t size, int advice);
int posix_madvise(void *address, size_t size, int advice);
int mincore(void *address, size_t size, unsigned char *resident);
int mlock(const void *address, size_t size);
int munlock(const void *address, size_t size);
int mlockall(int flags);
int munlockall(void);
int shm_open(const char *name, int flags, mode_t mode);
int shm_unlink(const char *name);
int memfd_create(const char *name, unsigned flags);

#define POSIX_MADV_NORMAL     MADV_NORMAL
#define POSIX_MADV_RANDOM     MADV_RANDOM
#define POSIX_MADV_SEQUENTIAL MADV_SEQUENTIAL
#define POSIX_MADV_WILLNEED   MADV_WILLNEED
#define POSIX_MADV_DONTNEED   MADV_DONTNEED
