// SPDX-License-Identifier: ISC
// poll and select.
#include <errno.h>
#include <poll.h>
#include <sys/select.h>

#include "internal/syscall.h"

int poll(struct pollfd *fds, nfds_t count, int timeout)
{
    return (int)__syscall_ret(SYS3(SYS_poll, fds, count, timeout));
}

// The kernel writes the time left into the timeouts of ppoll and pselect6; C's do not change.
int ppoll(struct pollfd *fds, nfds_t count, const struct timespec *timeout, const sigset_t *mask)
{
    struct timespec copy;
    if (timeout != NULL)
        copy = *timeout;
    return (int)__syscall_ret(
        SYS5(SYS_ppoll, fds, count, timeout != NULL ? &copy : NULL, mask, sizeof(*mask)));
}

int pselect(int count, fd_set *restrict in, fd_set *restrict out, fd_set *restrict except,
            const struct timespec *restrict timeout, const sigset_t *restrict mask)
{
    struct timespec copy;
    struct pselect6_mask with_size = {mask, sizeof(*mask)};
    if (timeout != NULL)
        copy = *timeout;
    return (int)__syscall_ret(
        SYS6(SYS_pselect6, count, in, out, except, timeout != NULL ? &copy : NULL, &with_size));
}

// Linux's select does change its timeout, and programs rely on it.
int select(int count, fd_set *restrict in, fd_set *restrict out, fd_set *restrict except,
           struct timeval *restrict timeout)
{
    struct timespec copy;
    if (timeout != NULL) {
        if (timeout->tv_sec < 0 || timeout->tv_usec < 0) {
            errno = EINVAL;
            return -1;
        }
        copy.tv_sec = timeout->tv_sec + timeout->tv_usec / 1000000;
        copy.tv_nsec = timeout->tv_usec % 1000000 * 1000;
    }
    long result = SYS6(SYS_pselect6, count, in, out, except, timeout != NULL ? &copy : NULL, NULL);
    if (timeout != NULL)
        *timeout = (struct timeval){copy.tv_sec, copy.tv_nsec / 1000};
    return (int)__syscall_ret(result);
}
