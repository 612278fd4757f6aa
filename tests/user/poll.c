// SPDX-License-Identifier: ISC
// poll, ppoll, select, pselect: waiting for several descriptors at once.
#include "support.h"

#include <poll.h>
#include <sys/select.h>
#include <time.h>

static int ends[2];

static void make_pipe(void)
{
    CHECK(pipe(ends) == 0);
}

static void no_handler(int sig)
{
    (void)sig;
}

static long now_ms(void)
{
    struct timespec t;
    CHECK(clock_gettime(CLOCK_MONOTONIC, &t) == 0);
    return t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

TEST(nothing, "poll of nothing returns 0 at once or at its time-out")
{
    CHECK_EQ(poll(NULL, 0, 0), 0);
    long start = now_ms();
    CHECK(poll(NULL, 0, 20) == 0 && now_ms() - start >= 20);
}

TEST(descriptors,
     "negative descriptors are passed over, closed ones are POLLNVAL, files always ready")
{
    int file = open("/", O_RDONLY);
    struct pollfd p[3] = {{-1, POLLIN, 7}, {77, POLLIN, 0}, {file, POLLIN | POLLOUT, 0}};
    CHECK_EQ(poll(p, 3, 0), 2);
    CHECK(p[0].revents == 0 && p[1].revents == POLLNVAL && p[2].revents == (POLLIN | POLLOUT));
}

TEST(wakes, "poll sleeps until a byte comes, whichever descriptor it comes to")
{
    int other[2];
    make_pipe();
    CHECK(pipe(other) == 0);
    pid_t pid = fork();
    if (pid == 0) {
        struct pollfd p[2] = {{ends[0], POLLIN, 0}, {other[0], POLLIN, 0}};
        _exit(poll(p, 2, -1) == 1 && p[0].revents == 0 && p[1].revents == POLLIN ? 0 : 1);
    }
    wait_for_state(pid, 'S');
    CHECK(write(other[1], "x", 1) == 1);
    CHECK_EQ(child_end(pid), 0);
}

TEST(many, "two hundred pipes are polled at once; the one that is ready is found")
{
    struct pollfd p[200];
    int write_end = -1;
    for (int i = 0; i < 200; i++) {
        make_pipe();
        p[i] = (struct pollfd){ends[0], POLLIN, 0};
        if (i == 123)
            write_end = ends[1];
    }
    CHECK_EQ(poll(p, 200, 0), 0);
    CHECK(write(write_end, "x", 1) == 1 && poll(p, 200, -1) == 1 && p[123].revents == POLLIN);
}

TEST(errors, "EINVAL for more descriptors than RLIMIT_NOFILE, EFAULT for bad addresses")
{
    CHECK(FAILS(poll(NOWHERE, 1, 0), EFAULT) && FAILS(poll(KERNEL_MEMORY, 1, 0), EFAULT));
    struct pollfd p = {-1, 0, 0};
    CHECK(FAILS(poll(&p, 0xffffffff, 0), EINVAL));
    CHECK(FAILS(select(-1, NULL, NULL, NULL, NULL), EINVAL));
    struct timespec bad = {0, 1000000000};
    CHECK(FAILS(ppoll(&p, 1, &bad, NULL), EINVAL));
    CHECK(FAILS(select(8, NOWHERE, NULL, NULL, NULL), EFAULT));
}

TEST(sets, "select leaves in its sets what is ready and counts the bits")
{
    make_pipe();
    fd_set in, out;
    FD_ZERO(&in);
    FD_ZERO(&out);
    FD_SET(ends[0], &in);
    FD_SET(ends[1], &out);
    struct timeval none = {0, 0};
    CHECK_EQ(select(ends[1] + 1, &in, &out, NULL, &none), 1);
    CHECK(!FD_ISSET(ends[0], &in) && FD_ISSET(ends[1], &out));
    FD_SET(ends[0], &in);
    CHECK(write(ends[1], "x", 1) == 1);
    CHECK_EQ(select(ends[1] + 1, &in, &out, NULL, NULL), 2);
    close(ends[0]);
    FD_SET(ends[0], &in);
    CHECK(FAILS(select(ends[1] + 1, &in, NULL, NULL, NULL), EBADF));
}

TEST(time_left, "select writes back how much of its time is left")
{
    make_pipe();
    CHECK(write(ends[1], "x", 1) == 1);
    fd_set in;
    FD_ZERO(&in);
    FD_SET(ends[0], &in);
    struct timeval t = {100, 0};
    CHECK(select(ends[0] + 1, &in, NULL, NULL, &t) == 1);
    CHECK(t.tv_sec >= 98 && t.tv_sec <= 100);
    struct timeval short_time = {0, 10000};
    CHECK(select(0, NULL, NULL, NULL, &short_time) == 0);
    CHECK(short_time.tv_sec == 0 && short_time.tv_usec == 0);
}

TEST(interrupted, "a handler ends poll with EINTR even with SA_RESTART")
{
    make_pipe();
    pid_t pid = fork();
    if (pid == 0) {
        struct sigaction act = {.sa_handler = no_handler, .sa_flags = SA_RESTART};
        sigaction(SIGUSR1, &act, NULL);
        struct pollfd p = {ends[0], POLLIN, 0};
        _exit(FAILS(poll(&p, 1, 100000), EINTR) ? 0 : 1);
    }
    wait_for_state(pid, 'S');
    kill(pid, SIGUSR1);
    CHECK_EQ(child_end(pid), 0);
}

TEST(stopped, "a stop and a continue do not end poll")
{
    make_pipe();
    pid_t pid = fork();
    if (pid == 0) {
        struct pollfd p = {ends[0], POLLIN, 0};
        _exit(poll(&p, 1, 100000) == 1 ? 0 : 1);
    }
    wait_for_state(pid, 'S');
    kill(pid, SIGSTOP);
    wait_for_state(pid, 'T');
    kill(pid, SIGCONT);
    wait_for_state(pid, 'S');
    CHECK(write(ends[1], "x", 1) == 1);
    CHECK_EQ(child_end(pid), 0);
}

TEST(masks, "ppoll and pselect open a masked signal for the wait alone")
{
    make_pipe();
    sigset_t usr1, none, now;
    sigemptyset(&none);
    sigemptyset(&usr1);
    sigaddset(&usr1, SIGUSR1);
    struct sigaction act = {.sa_handler = no_handler};
    sigaction(SIGUSR1, &act, NULL);
    sigprocmask(SIG_BLOCK, &usr1, NULL);
    struct pollfd p = {ends[0], POLLIN, 0};
    raise(SIGUSR1);
    CHECK(FAILS(ppoll(&p, 1, NULL, &none), EINTR));
    raise(SIGUSR1);
    CHECK(FAILS(pselect(0, NULL, NULL, NULL, NULL, &none), EINTR));
    CHECK(sigprocmask(SIG_BLOCK, NULL, &now) == 0 && sigismember(&now, SIGUSR1) == 1);
    struct timespec zero = {0, 0};
    CHECK_EQ(ppoll(&p, 1, &zero, &none), 0);
    CHECK(sigprocmask(SIG_BLOCK, NULL, &now) == 0 && sigismember(&now, SIGUSR1) == 1);
}
