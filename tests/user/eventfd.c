// SPDX-License-Identifier: ISC
// Event files: a counter that is written to and read from.
#include "support.h"

#include <poll.h>
#include <sys/eventfd.h>

static bool add(int fd, uint64_t value)
{
    return write(fd, &value, 8) == 8;
}

static long take(int fd)
{
    uint64_t value;
    return read(fd, &value, 8) == 8 ? (long)value : -1;
}

TEST(counts, "writes add up, a read takes all of it; with EFD_SEMAPHORE one at a time")
{
    int fd = eventfd(3, EFD_NONBLOCK);
    CHECK(fd >= 0 && add(fd, 4) && add(fd, 5) && take(fd) == 12);
    CHECK(FAILS(take(fd), EAGAIN));
    fd = eventfd(2, EFD_NONBLOCK | EFD_SEMAPHORE);
    CHECK(take(fd) == 1 && take(fd) == 1 && FAILS(take(fd), EAGAIN));
}

TEST(sleeps, "a reader of 0 sleeps until somebody adds; a writer without room until somebody reads")
{
    int fd = eventfd(0, 0);
    pid_t pid = fork();
    if (pid == 0)
        _exit(take(fd) == 7 && add(fd, 1) && add(fd, 0xfffffffffffffffe) ? 0 : 1);
    wait_for_state(pid, 'S');
    CHECK(add(fd, 7));
    struct pollfd p = {fd, POLLIN, 0};
    CHECK(poll(&p, 1, -1) == 1); // its 1; now it cannot add the largest amount
    wait_for_state(pid, 'S');
    CHECK_EQ(take(fd), 1);
    CHECK_EQ(child_end(pid), 0);
    CHECK_EQ(take(fd), (long)0xfffffffffffffffe);
}

TEST(ready, "poll tells whether there is something to take and room to add")
{
    int fd = eventfd(0, 0);
    struct pollfd p = {fd, POLLIN | POLLOUT, 0};
    CHECK(poll(&p, 1, 0) == 1 && p.revents == POLLOUT);
    CHECK(add(fd, 1) && poll(&p, 1, 0) == 1 && p.revents == (POLLIN | POLLOUT));
    CHECK(add(fd, 0xfffffffffffffffd) && poll(&p, 1, 0) == 1 && p.revents == POLLIN);
}

TEST(errors,
     "EINVAL for short buffers, unknown flags and the one value that cannot be added; EFAULT")
{
    int fd = eventfd(1, EFD_CLOEXEC);
    uint64_t all = ~0ul;
    CHECK(fcntl(fd, F_GETFD) == FD_CLOEXEC);
    CHECK(FAILS(read(fd, &all, 7), EINVAL) && FAILS(write(fd, &all, 7), EINVAL));
    CHECK(FAILS(write(fd, &all, 8), EINVAL) && FAILS(eventfd(0, 0x100), EINVAL));
    CHECK(FAILS(write(fd, NOWHERE, 8), EFAULT));
}
