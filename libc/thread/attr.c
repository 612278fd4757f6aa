// SPDX-License-Identifier: ISC
// Attributes of threads, their names, CPUs and clocks.
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

#include "internal/libc.h"
#include "internal/thread.h"

int pthread_attr_destroy(pthread_attr_t *attr)
{
    (void)attr;
    return 0;
}

int pthread_attr_setdetachstate(pthread_attr_t *attr, int state)
{
    if (state != PTHREAD_CREATE_JOINABLE && state != PTHREAD_CREATE_DETACHED)
        return EINVAL;
    attr->detached = state;
    return 0;
}

int pthread_attr_getdetachstate(const pthread_attr_t *attr, int *state)
{
    *state = attr->detached;
    return 0;
}

int pthread_attr_setstacksize(pthread_attr_t *attr, size_t size)
{
    if (size < PTHREAD_STACK_MIN || size > PTRDIFF_MAX / 2)
        return EINVAL;
    attr->stack = NULL;
    attr->stack_size = size;
    return 0;
}

int pthread_attr_getstacksize(const pthread_attr_t *restrict attr, size_t *restrict size)
{
    *size = attr->stack_size;
    return 0;
}

int pthread_attr_setguardsize(pthread_attr_t *attr, size_t size)
{
    if (size > PTRDIFF_MAX / 2)
        return EINVAL;
    attr->guard_size = size;
    return 0;
}

int pthread_attr_getguardsize(const pthread_attr_t *restrict attr, size_t *restrict size)
{
    *size = attr->guard_size;
    return 0;
}

int pthread_attr_setstack(pthread_attr_t *attr, void *stack, size_t size)
{
    if (size < PTHREAD_STACK_MIN || size > PTRDIFF_MAX / 2)
        return EINVAL;
    attr->stack = stack;
    attr->stack_size = size;
    return 0;
}

int pthread_attr_getstack(const pthread_attr_t *restrict attr, void **restrict stack,
                          size_t *restrict size)
{
    *stack = attr->stack;
    *size = attr->stack_size;
    return 0;
}

// Where the kernel put the main thread's stack can be read in /proc only.
static int main_stack(pthread_attr_t *attr)
{
    char line[256];
    unsigned long low, high, here = (unsigned long)&line;
    struct rlimit limit;
    FILE *maps = fopen("/proc/self/maps", "re");
    if (maps == NULL)
        return errno;
    int found = 0;
    while (!found && fgets(line, sizeof(line), maps) != NULL)
        found = sscanf(line, "%lx-%lx", &low, &high) == 2 && low <= here && here < high;
    fclose(maps);
    if (!found)
        return ENOENT;
    attr->stack_size = high - low;
    if (getrlimit(RLIMIT_STACK, &limit) == 0 && limit.rlim_cur != RLIM_INFINITY)
        attr->stack_size = limit.rlim_cur;
    attr->stack = (void *)(high - attr->stack_size);
    return 0;
}

int pthread_getattr_np(pthread_t handle, pthread_attr_t *attr)
{
    struct thread *thread = (struct thread *)handle;
    pthread_attr_init(attr);
    attr->detached = thread->state == THREAD_DETACHED;
    if (thread->map == NULL)
        return main_stack(attr);
    attr->stack = thread->stack;
    attr->stack_size = thread->stack_size;
    attr->guard_size = thread->guard_size;
    return 0;
}

static int open_name(const struct thread *thread, int flags)
{
    char path[48];
    snprintf(path, sizeof(path), "/proc/self/task/%d/comm", thread->tid);
    return open(path, flags | O_CLOEXEC);
}

int pthread_setname_np(pthread_t handle, const char *name)
{
    const struct thread *thread = (struct thread *)handle;
    size_t length = strlen(name);
    if (length > 15)
        return ERANGE;
    if (thread == thread_self())
        return prctl(PR_SET_NAME, name) != 0 ? errno : 0;
    int fd = open_name(thread, O_WRONLY);
    if (fd < 0)
        return errno;
    int error = write(fd, name, length) < 0 ? errno : 0;
    close(fd);
    return error;
}

int pthread_getname_np(pthread_t handle, char *name, size_t size)
{
    const struct thread *thread = (struct thread *)handle;
    if (size < 16)
        return ERANGE;
    if (thread == thread_self())
        return prctl(PR_GET_NAME, name) != 0 ? errno : 0;
    int fd = open_name(thread, O_RDONLY);
    if (fd < 0)
        return errno;
    ssize_t length = read(fd, name, size - 1);
    int error = length < 0 ? errno : 0;
    close(fd);
    if (length > 0)
        name[length - (name[length - 1] == '\n')] = '\0';
    return error;
}

int pthread_setaffinity_np(pthread_t handle, size_t size, const cpu_set_t *set)
{
    return sched_setaffinity(((struct thread *)handle)->tid, size, set) != 0 ? errno : 0;
}

int pthread_getaffinity_np(pthread_t handle, size_t size, cpu_set_t *set)
{
    return sched_getaffinity(((struct thread *)handle)->tid, size, set) != 0 ? errno : 0;
}

// The number of a thread's CPU clock is made of its id (Linux, posix-timers).
int pthread_getcpuclockid(pthread_t handle, clockid_t *clock)
{
    *clock = (clockid_t)(-((struct thread *)handle)->tid - 1) * 8 + 6;
    return 0;
}
