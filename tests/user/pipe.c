// SPDX-License-Identifier: ISC
//
// Pipes: order and wholeness of what goes through, blocking at full and empty, the ends' closing,
// atomic writes, and every error.
#include "support.h"

#include <poll.h>
#include <sys/ioctl.h>
#include <sys/uio.h>

#define PIPE_SIZE 65536

static int ends[2];

static void make_pipe(int flags)
{
    CHECK(pipe2(ends, flags) == 0);
}

static void write_all(int fd, const void *data, size_t size)
{
    const char *at = data;
    while (size > 0) {
        ssize_t count = write(fd, at, size);
        CHECK(count > 0);
        at += count;
        size -= (size_t)count;
    }
}

static void read_all(int fd, void *data, size_t size)
{
    char *at = data;
    while (size > 0) {
        ssize_t count = read(fd, at, size);
        CHECK(count > 0);
        at += count;
        size -= (size_t)count;
    }
}

TEST(through, "what is written comes out in order; a read takes what is there and no more")
{
    char text[16] = "";
    make_pipe(0);
    CHECK(write(ends[1], "hello ", 6) == 6);
    CHECK(write(ends[1], "world", 5) == 5);
    CHECK(read(ends[0], text, 3) == 3 && !memcmp(text, "hel", 3));
    CHECK(read(ends[0], text, sizeof(text)) == 8 && !memcmp(text, "lo world", 8));
}

TEST(descriptors,
     "pipe gives the two lowest descriptors, one for each direction; flags are as asked")
{
    make_pipe(0);
    CHECK(ends[0] == 3 && ends[1] == 4);
    CHECK(FAILS(write(ends[0], "x", 1), EBADF));
    char byte;
    CHECK(FAILS(read(ends[1], &byte, 1), EBADF));
    CHECK(fcntl(ends[0], F_GETFD) == 0 && (fcntl(ends[0], F_GETFL) & O_ACCMODE) == O_RDONLY);
    CHECK((fcntl(ends[1], F_GETFL) & O_ACCMODE) == O_WRONLY);
    make_pipe(O_CLOEXEC | O_NONBLOCK);
    CHECK(fcntl(ends[0], F_GETFD) == FD_CLOEXEC && fcntl(ends[1], F_GETFD) == FD_CLOEXEC);
    CHECK((fcntl(ends[0], F_GETFL) & O_NONBLOCK) && (fcntl(ends[1], F_GETFL) & O_NONBLOCK));
    struct stat status;
    CHECK(fstat(ends[0], &status) == 0 && S_ISFIFO(status.st_mode) && status.st_size == 0);
}

TEST(errors, "pipe2 refuses unknown flags and bad addresses, and then no descriptor is left open")
{
    CHECK(FAILS(pipe2(ends, 0x40000000), EINVAL));
    CHECK(FAILS(pipe(NOWHERE), EFAULT));
    CHECK(FAILS(pipe(KERNEL_MEMORY), EFAULT));
    CHECK(FAILS(fcntl(3, F_GETFD), EBADF));
    make_pipe(0);
    CHECK(FAILS(lseek(ends[0], 0, SEEK_CUR), ESPIPE));
    char byte = 0;
    CHECK(FAILS(pread(ends[0], &byte, 1, 0), ESPIPE));
    CHECK(FAILS(pwrite(ends[1], &byte, 1, 0), ESPIPE));
    CHECK(FAILS(ftruncate(ends[1], 0), EINVAL));
    CHECK(read(ends[0], &byte, 0) == 0);
    CHECK(write(ends[1], &byte, 0) == 0);
}

TEST(bad_addresses, "EFAULT leaves the bytes in the pipe and puts none in")
{
    int waiting = -1;
    char text[4];
    make_pipe(0);
    CHECK(FAILS(write(ends[1], NOWHERE, 4), EFAULT));
    CHECK(ioctl(ends[0], FIONREAD, &waiting) == 0 && waiting == 0);
    CHECK(write(ends[1], "data", 4) == 4);
    CHECK(FAILS(read(ends[0], NOWHERE, 4), EFAULT));
    CHECK(FAILS(read(ends[0], KERNEL_MEMORY, 4), EFAULT));
    CHECK(ioctl(ends[0], FIONREAD, &waiting) == 0 && waiting == 4);
    CHECK(read(ends[0], text, 4) == 4 && !memcmp(text, "data", 4));
}

TEST(end_of_file, "when all writers are gone the rest is read, then 0 each time")
{
    char text[8];
    make_pipe(0);
    int copy = dup(ends[1]);
    CHECK(write(ends[1], "rest", 4) == 4);
    CHECK(close(ends[1]) == 0);
    CHECK(read(ends[0], text, 2) == 2);
    CHECK(write(copy, "!", 1) == 1);
    CHECK(close(copy) == 0);
    CHECK(read(ends[0], text, sizeof(text)) == 3 && !memcmp(text, "st!", 3));
    CHECK(read(ends[0], text, sizeof(text)) == 0);
    CHECK(read(ends[0], text, sizeof(text)) == 0);
}

TEST(blocks_at_empty,
     "a reader sleeps at an empty pipe and wakes for one byte, or for the last writer's end")
{
    make_pipe(0);
    pid_t reader = fork();
    if (reader == 0) {
        char byte;
        close(ends[1]);
        CHECK(read(ends[0], &byte, 1) == 1 && byte == 'x');
        CHECK(read(ends[0], &byte, 1) == 0);
        _exit(0);
    }
    wait_for_state(reader, 'S');
    CHECK(write(ends[1], "x", 1) == 1);
    wait_for_state(reader, 'S');
    CHECK(close(ends[1]) == 0);
    CHECK(child_end(reader) == 0);
}

static void fill(void)
{
    static char block[PIPE_SIZE];
    CHECK(write(ends[1], block, sizeof(block)) == sizeof(block));
}

TEST(blocks_at_full, "a pipe takes 65536 bytes; the writer of one more sleeps until there is room")
{
    static char block[PIPE_SIZE];
    make_pipe(0);
    fill();
    pid_t writer = fork();
    if (writer == 0)
        _exit(write(ends[1], "x", 1) == 1 ? 0 : 1);
    wait_for_state(writer, 'S');
    CHECK(read(ends[0], block, PAGE) == (ssize_t)PAGE);
    CHECK(child_end(writer) == 0);
    read_all(ends[0], block, PIPE_SIZE - PAGE + 1);
    CHECK(block[PIPE_SIZE - PAGE] == 'x');
}

TEST(writer_and_close, "a writer asleep at a full pipe gets EPIPE when the last reader goes")
{
    make_pipe(0);
    fill();
    pid_t writer = fork();
    if (writer == 0) {
        signal(SIGPIPE, SIG_IGN);
        close(ends[0]);
        _exit(FAILS(write(ends[1], "x", 1), EPIPE) ? 0 : 1);
    }
    wait_for_state(writer, 'S');
    CHECK(close(ends[0]) == 0);
    CHECK(child_end(writer) == 0);
}

TEST(non_blocking,
     "O_NONBLOCK: EAGAIN at empty and at full, part of a big write, all or nothing of a small one")
{
    static char block[PIPE_SIZE];
    char byte;
    make_pipe(O_NONBLOCK);
    CHECK(FAILS(read(ends[0], &byte, 1), EAGAIN));
    CHECK(write(ends[1], block, PIPE_SIZE - 100) == PIPE_SIZE - 100);
    CHECK(FAILS(write(ends[1], block, 4096), EAGAIN)); // at most PIPE_BUF: whole or not at all
    CHECK(FAILS(write(ends[1], block, 4096), EAGAIN));
    CHECK(write(ends[1], block, 100) == 100);
    CHECK(FAILS(write(ends[1], block, 1), EAGAIN));
    CHECK(read(ends[0], block, 2 * PAGE) == 2 * (ssize_t)PAGE);
    ssize_t part = write(ends[1], block, PIPE_SIZE);
    CHECK(part > 0 && part <= 2 * (ssize_t)PAGE);
    CHECK(close(ends[1]) == 0);
    read_all(ends[0], block, PIPE_SIZE - 2 * PAGE);
    read_all(ends[0], block, (size_t)part);
    CHECK(read(ends[0], &byte, 1) == 0);
}

TEST(set_flags, "F_SETFL switches O_NONBLOCK on and off, for this end and all its duplicates")
{
    char byte;
    make_pipe(0);
    int copy = dup(ends[0]);
    CHECK(fcntl(ends[0], F_SETFL, O_NONBLOCK) == 0);
    CHECK(FAILS(read(copy, &byte, 1), EAGAIN));
    CHECK(!(fcntl(ends[1], F_GETFL) & O_NONBLOCK));
    CHECK(fcntl(copy, F_SETFL, 0) == 0);
    CHECK(!(fcntl(ends[0], F_GETFL) & O_NONBLOCK));
}

TEST(broken, "a write without a reader is EPIPE, with SIGPIPE unless that is ignored")
{
    make_pipe(0);
    CHECK(close(ends[0]) == 0);
    pid_t pid = fork();
    if (pid == 0) {
        ssize_t count = write(ends[1], "x", 1);
        _exit(count == 1);
    }
    CHECK(child_end(pid) == 128 + SIGPIPE);
    signal(SIGPIPE, SIG_IGN);
    CHECK(FAILS(write(ends[1], "x", 1), EPIPE));
}

TEST(bytes_waiting, "FIONREAD tells the bytes in the pipe; other requests are ENOTTY")
{
    int waiting = -1;
    char text[4];
    make_pipe(0);
    CHECK(ioctl(ends[0], FIONREAD, &waiting) == 0 && waiting == 0);
    CHECK(write(ends[1], "12345", 5) == 5);
    CHECK(ioctl(ends[0], FIONREAD, &waiting) == 0 && waiting == 5);
    CHECK(read(ends[0], text, 2) == 2);
    CHECK(ioctl(ends[0], FIONREAD, &waiting) == 0 && waiting == 3);
    CHECK(FAILS(ioctl(ends[0], FIONREAD, NOWHERE), EFAULT));
    CHECK(FAILS(ioctl(ends[0], TIOCGWINSZ, text), ENOTTY));
    CHECK(!isatty(ends[0]));
}

// Writer number N of the atomicity test: records of SIZE bytes, all of its letter.
static void write_records(int n, size_t size, int records)
{
    char record[4096];
    memset(record, 'A' + n, size);
    for (int i = 0; i < records; i++)
        CHECK(write(ends[1], record, size) == (ssize_t)size);
    _exit(0);
}

static void check_atomic(size_t size, int writers, int records)
{
    static char record[4096];
    int counts[16] = {0};
    pid_t pids[16];
    make_pipe(0);
    for (int i = 0; i < writers; i++) {
        pids[i] = fork();
        if (pids[i] == 0)
            write_records(i, size, records);
    }
    CHECK(close(ends[1]) == 0);
    for (int i = 0; i < writers * records; i++) {
        read_all(ends[0], record, size);
        for (size_t at = 1; at < size; at++)
            CHECK(record[at] == record[0]);
        counts[record[0] - 'A']++;
    }
    CHECK(read(ends[0], record, 1) == 0);
    for (int i = 0; i < writers; i++)
        CHECK(counts[i] == records && child_end(pids[i]) == 0);
    CHECK(close(ends[0]) == 0);
}

TEST(atomic, "records of up to PIPE_BUF bytes of eight writers never mix")
{
    check_atomic(100, 8, 500);
    check_atomic(4096, 8, 100);
    check_atomic(4095, 8, 100);
    check_atomic(3000, 8, 100);
}

static uint64_t checksum(uint64_t sum, const unsigned char *data, size_t size)
{
    for (size_t i = 0; i < size; i++)
        sum = sum * 31 + data[i];
    return sum;
}

TEST(big_transfer, "16 MiB in pieces of odd sizes come through unchanged")
{
    enum { total = 16 << 20 };
    static unsigned char block[100000];
    make_pipe(0);
    pid_t writer = fork();
    if (writer == 0) {
        unsigned random = 1;
        size_t sent = 0, piece = 1;
        close(ends[0]);
        while (sent < total) {
            if (piece > total - sent)
                piece = total - sent;
            for (size_t i = 0; i < piece; i++)
                block[i] = (unsigned char)((random = random * 1103515245 + 12345) >> 16);
            write_all(ends[1], block, piece);
            sent += piece;
            piece = piece * 7 % 99991 + 1;
        }
        _exit(0);
    }
    close(ends[1]);
    uint64_t sum = 0, expected = 0;
    size_t received = 0;
    ssize_t count;
    while ((count = read(ends[0], block, sizeof(block))) > 0) {
        sum = checksum(sum, block, (size_t)count);
        received += (size_t)count;
    }
    unsigned random = 1;
    for (size_t i = 0; i < total; i++) {
        unsigned char byte = (unsigned char)((random = random * 1103515245 + 12345) >> 16);
        expected = checksum(expected, &byte, 1);
    }
    CHECK(count == 0 && received == total && sum == expected);
    CHECK(child_end(writer) == 0);
}

TEST(big_write, "one write of a megabyte returns only when all of it is through")
{
    enum { total = 1 << 20 };
    unsigned char *data = private_memory(total);
    make_pipe(0);
    pid_t writer = fork();
    if (writer == 0) {
        memset(data, 'w', total);
        _exit(write(ends[1], data, total) == total ? 0 : 1);
    }
    CHECK(close(ends[1]) == 0);
    read_all(ends[0], data, total);
    for (size_t i = 0; i < total; i++)
        CHECK(data[i] == 'w');
    CHECK(child_end(writer) == 0);
}

static void nothing(int signal)
{
    (void)signal;
}

TEST(interrupted_write, "a big write that a signal ends tells how much got through")
{
    enum { total = 1 << 20 };
    unsigned char *data = private_memory(total);
    make_pipe(0);
    pid_t writer = fork();
    if (writer == 0) {
        struct sigaction action = {.sa_handler = nothing};
        CHECK(sigaction(SIGUSR1, &action, NULL) == 0);
        ssize_t count = write(ends[1], data, total);
        _exit(count == PIPE_SIZE ? 0 : 1);
    }
    wait_for_state(writer, 'S');
    CHECK(kill(writer, SIGUSR1) == 0);
    CHECK(child_end(writer) == 0);
}

TEST(vectors, "writev and readv gather and scatter in order; bad counts are EINVAL")
{
    char a[3], b[6];
    struct iovec out[] = {{"ab", 2}, {"", 0}, {"cdefg", 5}};
    struct iovec in[] = {{a, 3}, {b, 6}};
    make_pipe(0);
    CHECK(writev(ends[1], out, 3) == 7);
    CHECK(readv(ends[0], in, 2) == 7 && !memcmp(a, "abc", 3) && !memcmp(b, "defg", 4));
    CHECK(FAILS(readv(ends[0], in, -1), EINVAL));
    CHECK(FAILS(readv(ends[0], in, 1025), EINVAL));
    CHECK(FAILS(writev(ends[1], NOWHERE, 1), EFAULT));
    CHECK(writev(ends[1], out, 0) == 0);
    struct iovec bad[] = {{"xy", 2}, {NOWHERE, 4}};
    ssize_t count = writev(ends[1], bad, 2); // all or the good part: never more
    CHECK(count == -1 || count == 2);
    struct iovec negative[] = {{a, (size_t)-1}};
    CHECK(FAILS(writev(ends[1], negative, 1), EINVAL));
}

TEST(polled, "poll tells readable, writable, and the other end's going")
{
    struct pollfd reader = {.events = POLLIN}, writer = {.events = POLLOUT};
    char byte;
    make_pipe(0);
    reader.fd = ends[0];
    writer.fd = ends[1];
    CHECK(poll(&reader, 1, 0) == 0);
    CHECK(poll(&writer, 1, 0) == 1 && writer.revents == POLLOUT);
    CHECK(write(ends[1], "x", 1) == 1);
    CHECK(poll(&reader, 1, -1) == 1 && reader.revents == POLLIN);
    CHECK(read(ends[0], &byte, 1) == 1);
    fill();
    CHECK(poll(&writer, 1, 0) == 0);
    CHECK(close(ends[0]) == 0);
    CHECK(poll(&writer, 1, -1) == 1 && (writer.revents & POLLERR));
    make_pipe(0);
    reader.fd = ends[0];
    CHECK(close(ends[1]) == 0);
    CHECK(poll(&reader, 1, -1) == 1 && reader.revents == POLLHUP);
}

TEST(ring, "a token goes a thousand times round a ring of ten processes")
{
    enum { members = 10, rounds = 1000 };
    int first[2], in, out;
    CHECK(pipe(first) == 0);
    in = first[0];
    for (int i = 1; i < members; i++) {
        make_pipe(0);
        pid_t pid = fork();
        if (pid == 0) {
            int token;
            close(ends[0]);
            close(first[1]);
            while (read(in, &token, sizeof(token)) == sizeof(token)) {
                token++;
                write_all(ends[1], &token, sizeof(token));
            }
            _exit(0);
        }
        CHECK(close(ends[1]) == 0 && close(in) == 0);
        in = ends[0];
    }
    out = first[1];
    int token = 0;
    for (int i = 0; i < rounds; i++) {
        token++;
        write_all(out, &token, sizeof(token));
        read_all(in, &token, sizeof(token));
    }
    CHECK(token == members * rounds);
    CHECK(close(out) == 0);
    for (int i = 1; i < members; i++)
        CHECK(wait(NULL) > 0);
}

TEST(two_readers, "each byte goes to exactly one of several readers")
{
    enum { readers = 4, total = 20000 };
    volatile unsigned *counts = shared_memory(PAGE);
    make_pipe(0);
    pid_t pids[readers];
    for (int i = 0; i < readers; i++) {
        pids[i] = fork();
        if (pids[i] == 0) {
            char bytes[7];
            ssize_t count;
            close(ends[1]);
            while ((count = read(ends[0], bytes, sizeof(bytes))) > 0)
                counts[i] += (unsigned)count;
            _exit(count == 0 ? 0 : 1);
        }
    }
    for (int i = 0; i < total / 10; i++)
        write_all(ends[1], "0123456789", 10);
    CHECK(close(ends[1]) == 0);
    unsigned sum = 0;
    for (int i = 0; i < readers; i++) {
        CHECK(child_end(pids[i]) == 0);
        sum += counts[i];
    }
    CHECK(sum == total);
}

TEST(killed_reader, "a reader killed in its sleep leaves the pipe usable")
{
    char byte;
    make_pipe(0);
    pid_t reader = fork();
    if (reader == 0)
        _exit(read(ends[0], &byte, 1) == 1);
    wait_for_state(reader, 'S');
    CHECK(kill(reader, SIGKILL) == 0 && child_end(reader) == 128 + SIGKILL);
    CHECK(write(ends[1], "y", 1) == 1 && read(ends[0], &byte, 1) == 1 && byte == 'y');
}

TEST(many_pipes, "four hundred pipes at once, each with its own byte")
{
    static int many[400][2];
    for (int i = 0; i < 400; i++) {
        CHECK(pipe(many[i]) == 0);
        char byte = (char)i;
        CHECK(write(many[i][1], &byte, 1) == 1);
    }
    for (int i = 399; i >= 0; i--) {
        char byte;
        CHECK(read(many[i][0], &byte, 1) == 1 && byte == (char)i);
    }
}
