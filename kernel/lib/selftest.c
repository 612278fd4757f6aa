// SPDX-License-Identifier: ISC
/* The runner of the kernel's unit tests; the linker gathers the table (linker.ld). */
#include "lib/selftest.h"

extern const struct selftest __selftest_start[], __selftest_end[];

unsigned selftest_run(void)
{
    unsigned passed = 0, failed = 0;

    for (const struct selftest *t = __selftest_start; t < __selftest_end; t++) {
        if (t->run()) {
            log_info("selftest: %s ok", t->name);
            passed++;
        } else {
            log_error("selftest: %s FAILED: not so: %s", t->name, t->sentence);
            failed++;
        }
    }
    log_info("selftest: %u passed, %u failed", passed, failed);
    return failed;
}
