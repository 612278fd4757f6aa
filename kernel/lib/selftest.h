// SPDX-License-Identifier: ISC
/*
 * Unit tests that run inside the kernel (kernel word `selftest`). A test is a name, a sentence that
 * says what holds, and a body that returns true when it does:
 *
 *     SELFTEST(ring_wraps, "what goes into a ring comes out in order, across the wrap")
 *     {
 *         SELFTEST_CHECK(ring_write(&r, "abc", 3) == 3);
 *         return true;
 *     }
 *
 * They live beside what they test, in files named *_test.c, and run in link order in the caller's
 * thread: they may sleep if selftest_run is called from a thread that may.
 */
#pragma once

#include "lib/base.h"
#include "lib/log.h"

struct selftest {
    const char *name, *sentence;
    bool (*run)(void);
};

#define SELFTEST(id, text)                                                                         \
    static bool selftest_##id(void);                                                               \
    static const struct selftest selftest_entry_##id                                               \
        __attribute__((used, section(".selftest"), aligned(8))) = {#id, text, selftest_##id};      \
    static bool selftest_##id(void)

/* Reports the first condition that does not hold and ends the test. */
#define SELFTEST_CHECK(cond)                                                                       \
    do {                                                                                           \
        if (!(cond)) {                                                                             \
            log_error("selftest: %s:%d: %s", __FILE__, __LINE__, #cond);                           \
            return false;                                                                          \
        }                                                                                          \
    } while (0)

/* Runs every test; logs `selftest: NAME ok|FAILED` each and the sums; returns the failures. */
unsigned selftest_run(void);
