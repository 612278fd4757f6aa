// SPDX-License-Identifier: ISC
// A small harness for tests that are ordinary programs and run on Linux and on Braid alike.
//
//     #include "harness.h"
//
//     TEST(pipe_eof, "a read from a pipe without writers returns 0")
//     {
//         int fd[2];
//         CHECK(pipe(fd) == 0);
//         close(fd[1]);
//         char c;
//         CHECK_EQ(read(fd[0], &c, 1), 0);
//     }
//
// Each test runs in a child process of its own (the leader of its own process group, which is
// killed afterwards), in the order of the file; it passes when its function returns. Descriptors
// from 3 on are free in a test. The program prints one line for each test, `ok NAME` or
// `FAILED NAME: file:line: condition`, then `N passed, N failed`, and exits with 1 when any
// failed. A test that takes more than 60 s (times $BRAID_TIME_FACTOR) has failed.
//
// Arguments: names of the tests to run (default: all), `-l` to list them with their sentences.
#pragma once

#include <errno.h>

struct test {
    const char *name;
    const char *sentence;
    void (*run)(void);
    int line; // the order; compilers do not keep that of the file
};

// The linker gathers the pointers; pointers rather than structs, since the compiler may align a
// struct more than an array of them would be.
#define TEST(name, sentence)                                                                       \
    static void test_##name(void);                                                                 \
    static const struct test test_record_##name = {#name, sentence, test_##name, __LINE__};        \
    static const struct test *test_pointer_##name                                                  \
        __attribute__((section("harness_tests"), used)) = &test_record_##name;                     \
    static void test_##name(void)

#define CHECK(cond)                                                                                \
    do {                                                                                           \
        if (!(cond))                                                                               \
            harness_fail(__FILE__, __LINE__, "%s", #cond);                                         \
    } while (0)

// The two sides as long integers; both values are shown when they differ.
#define CHECK_EQ(a, b)                                                                             \
    do {                                                                                           \
        long check_a = (long)(a), check_b = (long)(b);                                             \
        if (check_a != check_b)                                                                    \
            harness_fail(__FILE__, __LINE__, "%s == %s (%ld, %ld)", #a, #b, check_a, check_b);     \
    } while (0)

// The call returns -1 with this errno.
#define CHECK_ERR(call, error)                                                                     \
    do {                                                                                           \
        errno = 0;                                                                                 \
        long check_result = (long)(call);                                                          \
        int check_errno = errno;                                                                   \
        if (check_result != -1 || check_errno != (error))                                          \
            harness_fail(__FILE__, __LINE__, "%s fails with %s (result %ld, errno %d)", #call,     \
                         #error, check_result, check_errno);                                       \
    } while (0)

// Ends the whole process as failed, with this reason; also from a thread or a child of a test.
_Noreturn void harness_fail(const char *file, int line, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

// $BRAID_TIME_FACTOR, at least 1: how much slower than hardware this machine may be.
int harness_time_factor(void);
