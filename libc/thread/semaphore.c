// SPDX-License-Identifier: ISC
// POSIX semaphores on futexes.
//
// Value and number of waiters are two halves of one word: a post adds one and learns in the same
// step whether it has to wake somebody. It may not look again, since the woken thread may have
// destroyed the semaphore by then.
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <semaphore.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "internal/libc.h"

#define WAITER (1UL << 32)

static int fail(int error)
{
    errno = error;
    return -1;
}

int sem_init(sem_t *sem, int shared, unsigned value)
{
    if (value > SEM_VALUE_MAX)
        return fail(EINVAL);
    *sem = (sem_t){.state = value, .shared = shared != 0};
    return 0;
}

int sem_destroy(sem_t *sem)
{
    (void)sem;
    return 0;
}

int sem_getvalue(sem_t *restrict sem, int *restrict value)
{
    *value = (int)__atomic_load_n(&sem->state, __ATOMIC_RELAXED);
    return 0;
}

int sem_post(sem_t *sem)
{
    int shared = sem->shared;
    unsigned long state = __atomic_load_n(&sem->state, __ATOMIC_RELAXED);
    do
        if ((unsigned)state == SEM_VALUE_MAX)
            return fail(EOVERFLOW);
    while (!__atomic_compare_exchange_n(&sem->state, &state, state + 1, 1, __ATOMIC_RELEASE,
                                        __ATOMIC_RELAXED));
    if (state >= WAITER)
        __futex_wake((int *)&sem->state, 1, shared); // the low half: x86 is little-endian
    return 0;
}

// Takes one, and with it `release` off the state; 0 when the value is 0.
static int take(sem_t *sem, unsigned long release)
{
    unsigned long state = __atomic_load_n(&sem->state, __ATOMIC_RELAXED);
    while ((unsigned)state != 0)
        if (__atomic_compare_exchange_n(&sem->state, &state, state - 1 - release, 1,
                                        __ATOMIC_ACQUIRE, __ATOMIC_RELAXED))
            return 1;
    return 0;
}

int sem_trywait(sem_t *sem)
{
    return take(sem, 0) ? 0 : fail(EAGAIN);
}

int sem_clockwait(sem_t *restrict sem, clockid_t clock, const struct timespec *restrict deadline)
{
    if (take(sem, 0))
        return 0;
    if (deadline != NULL && (unsigned long)deadline->tv_nsec >= 1000000000)
        return fail(EINVAL);
    __atomic_fetch_add(&sem->state, WAITER, __ATOMIC_RELAXED);
    while (!take(sem, WAITER)) {
        int error = __futex_wait((int *)&sem->state, 0, clock, deadline, sem->shared);
        if (error != 0) {
            __atomic_fetch_sub(&sem->state, WAITER, __ATOMIC_RELAXED);
            return fail(error);
        }
    }
    return 0;
}

int sem_wait(sem_t *sem)
{
    return sem_clockwait(sem, CLOCK_REALTIME, NULL);
}

int sem_timedwait(sem_t *restrict sem, const struct timespec *restrict deadline)
{
    return sem_clockwait(sem, CLOCK_REALTIME, deadline);
}

// Named semaphores: a file /dev/shm/sem.NAME, mapped. A process that opens one twice gets the same
// address; so the open ones are kept in a list, by the identity of the file.
struct named {
    sem_t *sem;
    dev_t device;
    ino_t inode;
    int count;
    struct named *next;
};

static struct named *named_list;
static struct lock named_lock;

static int sem_path(const char *name, char path[static 300])
{
    while (*name == '/')
        name++;
    if (*name == '\0' || strchr(name, '/') != NULL)
        return fail(EINVAL);
    if (strlen(name) > NAME_MAX - 4)
        return fail(ENAMETOOLONG);
    snprintf(path, 300, "/dev/shm/sem.%s", name);
    return 0;
}

// A file with an initialised semaphore appears under its name all at once, by a link from a
// temporary name; the loser of a race gets EEXIST.
static int create_file(const char *path, mode_t mode, unsigned value)
{
    char temporary[] = "/dev/shm/sem.XXXXXX";
    sem_t sem;
    sem_init(&sem, 1, value);
    int fd = mkstemp(temporary);
    if (fd < 0)
        return -1;
    mode_t mask = umask(0);
    umask(mask);
    if (write(fd, &sem, sizeof(sem)) != sizeof(sem) || fchmod(fd, mode & ~mask) != 0 ||
        link(temporary, path) != 0) {
        int error = errno;
        close(fd);
        fd = fail(error);
    }
    int error = errno;
    unlink(temporary);
    errno = error;
    return fd;
}

static int open_file(const char *path, int flags, mode_t mode, unsigned value)
{
    for (;;) {
        int fd = -1;
        if ((flags & (O_CREAT | O_EXCL)) != (O_CREAT | O_EXCL)) {
            fd = open(path, O_RDWR | O_NOFOLLOW | O_CLOEXEC);
            if (fd >= 0 || errno != ENOENT || !(flags & O_CREAT))
                return fd;
        }
        fd = create_file(path, mode, value);
        if (fd >= 0 || errno != EEXIST || (flags & O_EXCL))
            return fd;
    }
}

static sem_t *map_named(int fd)
{
    struct stat found;
    if (fstat(fd, &found) != 0)
        return SEM_FAILED;
    for (struct named *named = named_list; named != NULL; named = named->next)
        if (named->device == found.st_dev && named->inode == found.st_ino) {
            named->count++;
            return named->sem;
        }
    struct named *named = malloc(sizeof(*named));
    if (named == NULL)
        return SEM_FAILED;
    void *map = mmap(NULL, sizeof(sem_t), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    if (map == MAP_FAILED) {
        free(named);
        return SEM_FAILED;
    }
    *named = (struct named){map, found.st_dev, found.st_ino, 1, named_list};
    named_list = named;
    return map;
}

sem_t *sem_open(const char *name, int flags, ...)
{
    char path[300];
    va_list args;
    va_start(args, flags);
    mode_t mode = flags & O_CREAT ? va_arg(args, mode_t) : 0;
    unsigned value = flags & O_CREAT ? va_arg(args, unsigned) : 0;
    va_end(args);
    if (value > SEM_VALUE_MAX) {
        errno = EINVAL;
        return SEM_FAILED;
    }
    if (sem_path(name, path) != 0)
        return SEM_FAILED;
    int fd = open_file(path, flags, mode, value);
    if (fd < 0)
        return SEM_FAILED;
    __lock_acquire(&named_lock);
    sem_t *sem = map_named(fd);
    __lock_release(&named_lock);
    int error = errno;
    close(fd);
    errno = error;
    return sem;
}

int sem_close(sem_t *sem)
{
    int result = -1;
    __lock_acquire(&named_lock);
    for (struct named **link = &named_list; *link != NULL; link = &(*link)->next) {
        struct named *named = *link;
        if (named->sem != sem)
            continue;
        if (--named->count == 0) {
            *link = named->next;
            munmap(sem, sizeof(*sem));
            free(named);
        }
        result = 0;
        break;
    }
    __lock_release(&named_lock);
    return result == 0 ? 0 : fail(EINVAL);
}

int sem_unlink(const char *name)
{
    char path[300];
    if (sem_path(name, path) != 0)
        return errno == EINVAL ? fail(ENOENT) : -1;
    return unlink(path);
}
