// SPDX-License-Identifier: ISC
// Memory mappings and the break.
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "internal/syscall.h"

void *mmap(void *address, size_t size, int prot, int flags, int fd, off_t offset)
{
    return (void *)__syscall_ret(SYS6(SYS_mmap, address, size, prot, flags, fd, offset));
}

void *mremap(void *address, size_t old_size, size_t size, int flags, ...)
{
    va_list args;
    va_start(args, flags);
    void *to = va_arg(args, void *);
    va_end(args);
    return (void *)__syscall_ret(SYS5(SYS_mremap, address, old_size, size, flags, to));
}

int munmap(void *address, size_t size)
{
    return (int)__syscall_ret(SYS2(SYS_munmap, address, size));
}

int mprotect(void *address, size_t size, int prot)
{
    return (int)__syscall_ret(SYS3(SYS_mprotect, address, size, prot));
}

int msync(void *address, size_t size, int flags)
{
    return (int)__syscall_ret(SYS3(SYS_msync, address, size, flags));
}

int madvise(void *address, size_t size, int advice)
{
    return (int)__syscall_ret(SYS3(SYS_madvise, address, size, advice));
}

int posix_madvise(void *address, size_t size, int advice)
{
    if (advice == MADV_DONTNEED) // POSIX's keeps the contents, Linux's does not
        return 0;
    return (int)-SYS3(SYS_madvise, address, size, advice);
}

int mincore(void *address, size_t size, unsigned char *resident)
{
    return (int)__syscall_ret(SYS3(SYS_mincore, address, size, resident));
}

int mlock(const void *address, size_t size)
{
    return (int)__syscall_ret(SYS2(SYS_mlock, address, size));
}

int munlock(const void *address, size_t size)
{
    return (int)__syscall_ret(SYS2(SYS_munlock, address, size));
}

int mlockall(int flags)
{
    return (int)__syscall_ret(SYS1(SYS_mlockall, flags));
}

int munlockall(void)
{
    return (int)__syscall_ret(SYS0(SYS_munlockall));
}

int memfd_create(const char *name, unsigned flags)
{
    return (int)__syscall_ret(SYS2(SYS_memfd_create, name, flags));
}

// A POSIX shared memory object is a file in /dev/shm; its name has one slash, at the front.
static int shm_path(const char *name, char path[static 300])
{
    while (*name == '/')
        name++;
    if (*name == '\0' || strchr(name, '/') != NULL || strlen(name) > NAME_MAX) {
        errno = strlen(name) > NAME_MAX ? ENAMETOOLONG : EINVAL;
        return -1;
    }
    strcpy(stpcpy(path, "/dev/shm/"), name);
    return 0;
}

int shm_open(const char *name, int flags, mode_t mode)
{
    char path[300];
    if (shm_path(name, path) != 0)
        return -1;
    return open(path, flags | O_NOFOLLOW | O_CLOEXEC, mode);
}

int shm_unlink(const char *name)
{
    char path[300];
    return shm_path(name, path) != 0 ? -1 : unlink(path);
}

// The kernel returns the break, changed or not.
int brk(void *end)
{
    if ((void *)SYS1(SYS_brk, end) == end)
        return 0;
    errno = ENOMEM;
    return -1;
}

void *sbrk(intptr_t change)
{
    char *old = (char *)SYS1(SYS_brk, 0);
    if (change != 0 && brk(old + change) != 0)
        return (void *)-1;
    return old;
}
