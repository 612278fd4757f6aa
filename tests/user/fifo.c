// SPDX-License-Identifier: ISC
// FIFOs: pipes with a name. Who waits for whom at open, what is left when all are gone.
#include "support.h"

#include <poll.h>

static char directory[64];

static void set_up(void)
{
    enter_directory(directory);
    CHECK(mkfifo("pipe", 0600) == 0);
}

static void tear_down(void)
{
    CHECK(unlink("pipe") == 0);
    leave_directory(directory);
}

TEST(meets, "opening for reading waits for a writer, and the bytes come through")
{
    set_up();
    pid_t pid = fork();
    if (pid == 0) {
        int fd = open("pipe", O_RDONLY);
        char text[8];
        _exit(fd >= 0 && read(fd, text, sizeof(text)) == 5 && memcmp(text, "hello", 5) == 0 &&
                      read(fd, text, sizeof(text)) == 0
                  ? 0
                  : 1);
    }
    wait_for_state(pid, 'S');
    int fd = open("pipe", O_WRONLY);
    CHECK(fd >= 0 && write(fd, "hello", 5) == 5 && close(fd) == 0);
    CHECK_EQ(child_end(pid), 0);
    tear_down();
}

TEST(writer_waits, "opening for writing waits for a reader")
{
    set_up();
    pid_t pid = fork();
    if (pid == 0) {
        int fd = open("pipe", O_WRONLY);
        _exit(fd >= 0 && write(fd, "x", 1) == 1 ? 0 : 1);
    }
    wait_for_state(pid, 'S');
    int fd = open("pipe", O_RDONLY);
    char byte;
    CHECK(fd >= 0 && read(fd, &byte, 1) == 1 && byte == 'x');
    CHECK_EQ(child_end(pid), 0);
    tear_down();
}

TEST(nonblocking, "O_NONBLOCK: reading opens at once, writing is ENXIO without a reader")
{
    set_up();
    CHECK(FAILS(open("pipe", O_WRONLY | O_NONBLOCK), ENXIO));
    int in = open("pipe", O_RDONLY | O_NONBLOCK);
    char byte;
    CHECK(in >= 0 && read(in, &byte, 1) == 0);
    int out = open("pipe", O_WRONLY | O_NONBLOCK);
    CHECK(out >= 0 && FAILS(read(in, &byte, 1), EAGAIN));
    CHECK(write(out, "y", 1) == 1 && read(in, &byte, 1) == 1 && byte == 'y');
    tear_down();
}

TEST(both_ways, "O_RDWR never waits, and one end is enough to keep the bytes")
{
    set_up();
    int fd = open("pipe", O_RDWR);
    char byte;
    CHECK(fd >= 0 && write(fd, "z", 1) == 1);
    int in = open("pipe", O_RDONLY);
    CHECK(in >= 0 && read(in, &byte, 1) == 1 && byte == 'z');
    CHECK(close(in) == 0 && write(fd, "q", 1) == 1 && close(fd) == 0);
    in = open("pipe", O_RDONLY | O_NONBLOCK);
    CHECK(read(in, &byte, 1) == 0); // the last close emptied it
    tear_down();
}

TEST(hang_up, "poll tells POLLHUP only once a writer has come and gone")
{
    set_up();
    int in = open("pipe", O_RDONLY | O_NONBLOCK);
    struct pollfd p = {.fd = in, .events = POLLIN};
    CHECK_EQ(poll(&p, 1, 0), 0);
    int out = open("pipe", O_WRONLY);
    CHECK_EQ(poll(&p, 1, 0), 0);
    CHECK(close(out) == 0 && poll(&p, 1, 0) == 1 && p.revents == POLLHUP);
    out = open("pipe", O_WRONLY);
    CHECK_EQ(poll(&p, 1, 0), 0);
    tear_down();
}

static void no_handler(int sig)
{
    (void)sig;
}

TEST(interrupted, "a signal ends the wait at open with EINTR, and leaves no end behind")
{
    set_up();
    pid_t pid = fork();
    if (pid == 0) {
        struct sigaction act = {.sa_handler = no_handler};
        sigaction(SIGUSR1, &act, NULL);
        _exit(FAILS(open("pipe", O_RDONLY), EINTR) ? 0 : 1);
    }
    wait_for_state(pid, 'S');
    kill(pid, SIGUSR1);
    CHECK_EQ(child_end(pid), 0);
    CHECK(FAILS(open("pipe", O_WRONLY | O_NONBLOCK), ENXIO));
    tear_down();
}

TEST(kind, "stat tells a FIFO; it cannot be sought, mapped or truncated")
{
    set_up();
    struct stat st;
    int fd = open("pipe", O_RDWR);
    CHECK(fstat(fd, &st) == 0 && S_ISFIFO(st.st_mode) && st.st_size == 0);
    CHECK(FAILS(lseek(fd, 0, SEEK_SET), ESPIPE) && FAILS(pread(fd, &st, 1, 0), ESPIPE));
    CHECK(FAILS(ftruncate(fd, 0), EINVAL));
    CHECK(mmap(NULL, PAGE, PROT_READ, MAP_PRIVATE, fd, 0) == MAP_FAILED && errno == ENODEV);
    CHECK(FAILS(mkfifo("pipe", 0600), EEXIST));
    tear_down();
}
