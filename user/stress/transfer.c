// SPDX-License-Identifier: ISC
// Data from one process to another: through pipes, files, and words that are waited for.
#include "stress.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/futex.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

static unsigned char byte_of(size_t position, unsigned tag)
{
    return (position * 131 + (position >> 8) + tag) & 0xff;
}

// --- pipes ----------------------------------------------------------------------------------------

static void write_stream(int fd, size_t size, unsigned tag, struct random *r)
{
    static unsigned char data[20000];
    for (size_t at = 0; at < size;) {
        size_t n = 1 + random_below(r, random_one_in(r, 4) ? sizeof(data) : 600);
        if (n > size - at)
            n = size - at;
        for (size_t i = 0; i < n; i++)
            data[i] = byte_of(at + i, tag);
        ssize_t done = write(fd, data, n);
        MUST(done > 0);
        at += done;
    }
}

static void check_stream(int fd, size_t size, unsigned tag, struct random *r)
{
    static unsigned char data[20000];
    size_t at = 0;
    for (;;) {
        struct pollfd ready = {.fd = fd, .events = POLLIN};
        if (random_one_in(r, 8))
            MUST(poll(&ready, 1, -1) == 1);
        ssize_t n = read(fd, data, 1 + random_below(r, sizeof(data)));
        MUST(n >= 0);
        if (n == 0)
            break;
        for (ssize_t i = 0; i < n; i++)
            MUST(data[i] == byte_of(at + i, tag));
        at += n;
    }
    MUST(at == size);
}

static void pass_on(int in, int out, struct random *r)
{
    static char data[5000];
    ssize_t n;
    while ((n = read(in, data, 1 + random_below(r, sizeof(data)))) > 0)
        for (ssize_t done = 0, now; done < n; done += now)
            MUST((now = write(out, data + done, n - done)) > 0);
    MUST(n == 0);
}

// A writer, some processes that pass on, and this one, which compares.
unsigned job_pipes(struct random *r)
{
    size_t size = 1 + random_below(r, 300000);
    unsigned tag = random_below(r, 256), stages = 1 + random_below(r, 4);
    pid_t children[5];
    int in = -1, ends[2];
    for (unsigned i = 0; i < stages; i++) {
        MUST(pipe(ends) == 0);
        random_next(r);
        if ((children[i] = must_fork()) == 0) {
            struct random own = *r;
            close(ends[0]);
            if (i == 0)
                write_stream(ends[1], size, tag, &own);
            else
                pass_on(in, ends[1], &own);
            _exit(0);
        }
        close(ends[1]);
        if (in >= 0)
            close(in);
        in = ends[0];
    }
    check_stream(in, size, tag, r);
    for (unsigned i = 0; i < stages; i++)
        must_end(children[i], 0);
    return size;
}

// --- files ----------------------------------------------------------------------------------------

#define FILE_MAX 60000u

static unsigned char model[FILE_MAX];

static void compare(int fd, size_t size)
{
    static unsigned char data[FILE_MAX];
    struct stat status;
    MUST(fstat(fd, &status) == 0 && (size_t)status.st_size == size);
    MUST(pread(fd, data, sizeof(data), 0) == (ssize_t)size);
    MUST(memcmp(data, model, size) == 0);
    if (!size)
        return;
    unsigned char *mapped = mmap(NULL, size, PROT_READ, MAP_SHARED, fd, 0);
    MUST(mapped != MAP_FAILED && memcmp(mapped, model, size) == 0);
    MUST(munmap(mapped, size) == 0);
}

// Random writes, truncations and renames of a file, beside a copy in memory.
unsigned job_files(struct random *r)
{
    unsigned steps = 20 + random_below(r, 60);
    size_t size = 0;
    char name[32], other[32];
    snprintf(name, sizeof(name), "f%d", (int)getpid());
    snprintf(other, sizeof(other), "g%d", (int)getpid());
    int fd = open(name, O_RDWR | O_CREAT | O_EXCL, 0600);
    MUST(fd >= 0);
    for (unsigned i = 0; i < steps; i++) {
        size_t at = random_below(r, FILE_MAX - 1), n = 1 + random_below(r, FILE_MAX - at);
        switch (random_below(r, 4)) {
        case 0:
            MUST(ftruncate(fd, at) == 0);
            if (at < size)
                memset(model + at, 0, size - at);
            size = at;
            break;
        case 1:
            MUST(rename(name, other) == 0);
            MUST(access(name, F_OK) == -1 && rename(other, name) == 0);
            break;
        default:
            memset(model + at, random_next(r), n);
            MUST(pwrite(fd, model + at, n, at) == (ssize_t)n);
            size = at + n > size ? at + n : size;
        }
        compare(fd, size);
    }
    MUST(unlink(name) == 0 && access(name, F_OK) == -1);
    compare(fd, size); // it lives as long as it is open
    close(fd);
    return steps;
}

// --- futexes --------------------------------------------------------------------------------------

// Processes that take turns: each waits for its number in a shared word, and passes it on.
unsigned job_futex(struct random *r)
{
    unsigned players = 2 + random_below(r, 4), rounds = 50 + random_below(r, 300);
    _Atomic unsigned *turn = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    MUST(turn != MAP_FAILED);
    unsigned *sum = (unsigned *)turn + 16; // whoever has the turn may change it
    pid_t children[6];
    for (unsigned me = 0; me < players; me++) {
        if ((children[me] = must_fork()) != 0)
            continue;
        for (unsigned i = 0; i < rounds; i++) {
            unsigned now;
            while ((now = *turn) % players != me)
                syscall(SYS_futex, turn, FUTEX_WAIT, now, NULL, NULL, 0);
            MUST(*sum == now);
            *sum = now + 1;
            *turn = now + 1;
            syscall(SYS_futex, turn, FUTEX_WAKE, players, NULL, NULL, 0);
        }
        _exit(0);
    }
    for (unsigned i = 0; i < players; i++)
        must_end(children[i], 0);
    MUST(*sum == players * rounds);
    MUST(munmap((void *)turn, 4096) == 0);
    return players * rounds;
}
