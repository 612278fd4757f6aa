// SPDX-License-Identifier: ISC
/* Unit test of static branches (x86/patch.h): here, because it needs threads on every CPU. */
#include "lib/selftest.h"
#include "sched/kthread.h"
#include "sched/sched.h"
#include "x86/patch.h"
#include "x86/smp.h"

#define ROUNDS  50
#define RUNNERS 4

static struct static_branch branch, other;
static volatile unsigned seen_on, seen_off;

static bool __attribute__((noinline)) test_it(void)
{
    return static_branch(&branch);
}

/* Tests the switch all the time, in two places, until it is stopped. */
static void runner(void *unused)
{
    (void)unused;
    while (!kthread_should_stop()) {
        if (static_branch(&branch))
            seen_on++;
        else
            seen_off++;
        test_it();
        cpu_relax();
    }
}

SELFTEST(static_branch_switches, "a static branch says what it was set to, while threads on every CPU run through it")
{
    struct thread *t[RUNNERS];
    for (unsigned i = 0; i < RUNNERS; i++)
        SELFTEST_CHECK((t[i] = kthread_start("runner", runner, NULL)));
    for (unsigned i = 0; i < ROUNDS; i++) {
        static_branch_set(&branch, i % 2);
        SELFTEST_CHECK(static_branch(&branch) == i % 2 && test_it() == i % 2);
        SELFTEST_CHECK(!static_branch(&other));
    }
    for (seen_on = 0; !seen_on;) // it was left on
        schedule();
    static_branch_set(&branch, false);
    static_branch_set(&branch, false);
    SELFTEST_CHECK(!test_it());
    for (seen_off = 0; !seen_off;)
        schedule();
    for (unsigned i = 0; i < RUNNERS; i++)
        kthread_stop(t[i]);
    return true;
}
