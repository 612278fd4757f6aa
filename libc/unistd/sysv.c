// SPDX-License-Identifier: ISC
// System V semaphores, shared memory and message queues.
#include <stdarg.h>
#include <sys/msg.h>
#include <sys/sem.h>
#include <sys/shm.h>
#include <sys/stat.h>

#include "internal/syscall.h"

// A key from a file's identity: 8 bits of id, 8 of the device, 16 of the inode number.
key_t ftok(const char *path, int id)
{
    struct stat found;
    if (stat(path, &found) != 0)
        return -1;
    return (key_t)((found.st_ino & 0xffff) | (found.st_dev & 0xff) << 16 |
                   ((unsigned)id & 0xff) << 24);
}

int semget(key_t key, int count, int flags)
{
    return (int)__syscall_ret(SYS3(SYS_semget, key, count, flags));
}

int semop(int id, struct sembuf *operations, size_t count)
{
    return (int)__syscall_ret(SYS3(SYS_semop, id, operations, count));
}

int semtimedop(int id, struct sembuf *operations, size_t count, const struct timespec *timeout)
{
    return (int)__syscall_ret(SYS4(SYS_semtimedop, id, operations, count, timeout));
}

// The fourth argument is a union of int and pointers, passed in one register.
int semctl(int id, int index, int command, ...)
{
    va_list args;
    va_start(args, command);
    long arg = va_arg(args, long);
    va_end(args);
    return (int)__syscall_ret(SYS4(SYS_semctl, id, index, command, arg));
}

int shmget(key_t key, size_t size, int flags)
{
    return (int)__syscall_ret(SYS3(SYS_shmget, key, size, flags));
}

void *shmat(int id, const void *address, int flags)
{
    return (void *)__syscall_ret(SYS3(SYS_shmat, id, address, flags));
}

int shmdt(const void *address)
{
    return (int)__syscall_ret(SYS1(SYS_shmdt, address));
}

int shmctl(int id, int command, struct shmid_ds *data)
{
    return (int)__syscall_ret(SYS3(SYS_shmctl, id, command, data));
}

int msgget(key_t key, int flags)
{
    return (int)__syscall_ret(SYS2(SYS_msgget, key, flags));
}

int msgctl(int id, int command, struct msqid_ds *data)
{
    return (int)__syscall_ret(SYS3(SYS_msgctl, id, command, data));
}

int msgsnd(int id, const void *message, size_t size, int flags)
{
    return (int)__syscall_ret(SYS4(SYS_msgsnd, id, message, size, flags));
}

ssize_t msgrcv(int id, void *message, size_t size, long type, int flags)
{
    return __syscall_ret(SYS5(SYS_msgrcv, id, message, size, type, flags));
}
