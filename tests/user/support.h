// SPDX-License-Identifier: ISC
//
// What the user-space tests share: waiting for children, gates between processes, shared pages.
//
// Everything here waits for an event (a byte in a pipe, a state in /proc, the end of a child),
// never for a time. Nothing prints: a test prints only what is the same on each run and each
// kernel.
#ifndef TESTS_USER_SUPPORT_H
#define TESTS_USER_SUPPORT_H

#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif

#include "harness.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#define PAGE            4096ul
#define COUNT_OF(array) (sizeof(array) / sizeof((array)[0]))
#define HELPER          static inline __attribute__((unused))

// True if EXPR failed with the error ERR.
#define FAILS(expr, err) (errno = 0, (long)(expr) == -1 && errno == (err))

// A byte of memory at any address, unknown to the optimiser.
HELPER volatile unsigned char *byte_at(uintptr_t address)
{
    __asm__("" : "+r"(address));
    return (volatile unsigned char *)address;
}
// Addresses that no program of ours has mapped, for calls that must refuse them.
#define NOWHERE       ((void *)byte_at(8))
#define KERNEL_MEMORY ((void *)byte_at(0xffffffff80000000))

#define PEEK(address)        (*byte_at((uintptr_t)(address)))
#define POKE(address, value) (*byte_at((uintptr_t)(address)) = (unsigned char)(value))

// A bare system call: the result or a negative errno, with libc out of the way.
HELPER long raw_call(long number, long a, long b, long c, long d, long e, long f)
{
    long result;
    register long r10 __asm__("r10") = d;
    register long r8 __asm__("r8") = e;
    register long r9 __asm__("r9") = f;
    __asm__ volatile("syscall"
                     : "=a"(result)
                     : "0"(number), "D"(a), "S"(b), "d"(c), "r"(r10), "r"(r8), "r"(r9)
                     : "rcx", "r11", "memory");
    return result;
}

// The raw wait status of a child.
HELPER int child_status(pid_t pid)
{
    int status = -1;
    pid_t got;
    do {
        got = waitpid(pid, &status, 0);
    } while (got == -1 && errno == EINTR);
    return got == pid ? status : -1;
}

// How a child ended: its exit status, or 128 + the signal that killed it.
HELPER int child_end(pid_t pid)
{
    int status = child_status(pid);
    if (status == -1)
        return -1;
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

// Runs FUNCTION in a child and tells how that ended (0 when it returned).
HELPER int run_child(void (*function)(void))
{
    pid_t pid = fork();
    if (pid == 0) {
        function();
        _exit(0);
    }
    return pid < 0 ? -1 : child_end(pid);
}

// As run_child, with one argument.
HELPER int run_child_with(void (*function)(void *), void *argument)
{
    pid_t pid = fork();
    if (pid == 0) {
        function(argument);
        _exit(0);
    }
    return pid < 0 ? -1 : child_end(pid);
}

// A gate between processes: one passes when another has opened it, once for each opening.
struct gate {
    int ends[2];
};

HELPER struct gate gate_make(void)
{
    struct gate gate;
    CHECK(pipe(gate.ends) == 0);
    return gate;
}

HELPER void gate_open(struct gate *gate)
{
    CHECK(write(gate->ends[1], "g", 1) == 1);
}

HELPER void gate_pass(struct gate *gate)
{
    char byte;
    ssize_t got;
    do {
        got = read(gate->ends[0], &byte, 1);
    } while (got == -1 && errno == EINTR);
    CHECK(got == 1);
}

// Zeroed memory that children of this process share with it.
HELPER void *shared_memory(size_t size)
{
    void *memory = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    CHECK(memory != MAP_FAILED);
    return memory;
}

// Zeroed memory of this process alone.
HELPER unsigned char *private_memory(size_t size)
{
    void *memory = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    CHECK(memory != MAP_FAILED);
    return memory;
}

// The state letter of a process in /proc/PID/stat, or 0 when there is no such process.
HELPER char process_state(pid_t pid)
{
    char path[64], text[512];
    snprintf(path, sizeof(path), "/proc/%d/stat", (int)pid);
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return 0;
    ssize_t got = read(fd, text, sizeof(text) - 1);
    close(fd);
    if (got <= 0)
        return 0;
    text[got] = 0;
    char *paren = strrchr(text, ')');
    return paren && paren[1] == ' ' ? paren[2] : 0;
}

// Waits until a process is in STATE ('S' asleep, 'T' stopped, 'Z' zombie) as /proc tells it.
HELPER void wait_for_state(pid_t pid, char state)
{
    char now = 0;
    while ((now = process_state(pid)) != state) {
        CHECK(now != 0);
        sched_yield();
    }
}

// Writes a whole file under NAME with MODE.
HELPER void write_file(const char *name, const void *data, size_t size, mode_t mode)
{
    int fd = open(name, O_WRONLY | O_CREAT | O_TRUNC, 0600);
    CHECK(fd >= 0);
    CHECK(write(fd, data, size) == (ssize_t)size);
    CHECK(fchmod(fd, mode) == 0);
    CHECK(close(fd) == 0);
}

// Makes an empty directory of this process's own, and makes it the working directory.
// leave_directory() removes what a test put there.
HELPER void enter_directory(char path[64])
{
    snprintf(path, 64, "/tmp/braid-test-%d", (int)getpid());
    CHECK(mkdir(path, 0755) == 0);
    CHECK(chdir(path) == 0);
}

// Leaves and removes a directory made by enter_directory(); it must be empty again.
HELPER void leave_directory(const char path[64])
{
    CHECK(chdir("/") == 0);
    CHECK(rmdir(path) == 0);
}

#endif
