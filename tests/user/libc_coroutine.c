// SPDX-License-Identifier: ISC
// Tests of the coroutine library's core. They also build with another C library (tests/libc).
#include <coroutine.h>
#include <pthread.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "harness.h"

static void *count_up(void *arg)
{
    for (long i = 0; i < (long)arg; i++)
        co_yield ((void *)i);
    return (void *)-1L;
}

TEST(generator, "each resume gives the next value, and the last the result")
{
    struct co *co = co_create(count_up, (void *)5L, 0);
    CHECK(co_status(co) == CO_SUSPENDED);
    for (long i = 0; i < 5; i++)
        CHECK_EQ(co_resume(co, NULL), i);
    CHECK_EQ(co_resume(co, NULL), -1);
    CHECK(co_status(co) == CO_DONE);
    co_destroy(co);
}

static void *echo_twice(void *arg)
{
    while (arg != NULL)
        arg = co_yield ((void *)((long)arg * 2));
    return NULL;
}

TEST(values, "what resume gives, yield returns, and the other way round")
{
    struct co *co = co_create(echo_twice, (void *)1L, 0);
    CHECK_EQ(co_resume(co, NULL), 2);
    for (long i = 2; i < 100; i++)
        CHECK_EQ(co_resume(co, (void *)i), 2 * i);
    co_destroy(co);
}

struct tree {
    struct tree *left, *right;
    long value;
};

static void walk(const struct tree *tree)
{
    if (tree == NULL)
        return;
    walk(tree->left);
    co_yield ((void *)tree->value);
    walk(tree->right);
}

static void *walk_all(void *arg)
{
    walk(arg);
    return NULL;
}

TEST(recursion, "a coroutine may yield from any depth of calls")
{
    struct tree a = {NULL, NULL, 1}, c = {NULL, NULL, 3}, b = {&a, &c, 2}, e = {NULL, NULL, 5};
    struct tree d = {&b, &e, 4};
    struct co *co = co_create(walk_all, &d, 0);
    for (long i = 1; i <= 5; i++)
        CHECK_EQ(co_resume(co, NULL), i);
    CHECK(co_resume(co, NULL) == NULL);
    co_destroy(co);
}

static void *nested(void *arg)
{
    long depth = (long)arg, sum = depth;
    CHECK(co_self() != NULL);
    if (depth > 0) {
        struct co *inner = co_create(nested, (void *)(depth - 1), 0);
        sum += (long)co_resume(inner, NULL);
        CHECK(co_status(inner) == CO_DONE);
        co_destroy(inner);
    }
    return (void *)sum;
}

TEST(nesting, "coroutines resume coroutines, a hundred deep")
{
    CHECK(co_self() == NULL);
    struct co *co = co_create(nested, (void *)100L, 0);
    CHECK_EQ(co_resume(co, NULL), 5050);
    co_destroy(co);
}

// Callee-saved registers are kept when their values survive in local variables over the switch.
static void *registers(void *arg)
{
    register long a __asm__("rbx") = (long)arg + 1;
    register long b __asm__("r12") = (long)arg + 2;
    register long c __asm__("r13") = (long)arg + 3;
    register long d __asm__("r14") = (long)arg + 4;
    register long e __asm__("r15") = (long)arg + 5;
    for (int i = 0; i < 10; i++) {
        __asm__ volatile("" : "+r"(a), "+r"(b), "+r"(c), "+r"(d), "+r"(e));
        co_yield (NULL);
        __asm__ volatile("" : "+r"(a), "+r"(b), "+r"(c), "+r"(d), "+r"(e));
    }
    return (void *)(a + b + c + d + e);
}

TEST(registers, "each coroutine has its own callee-saved registers")
{
    struct co *co[3];
    for (long i = 0; i < 3; i++)
        co[i] = co_create(registers, (void *)(i * 1000), 0);
    for (int round = 0; round < 10; round++)
        for (int i = 0; i < 3; i++)
            co_resume(co[i], NULL);
    for (long i = 0; i < 3; i++) {
        CHECK_EQ(co_resume(co[i], NULL), 5 * i * 1000 + 15);
        co_destroy(co[i]);
    }
}

static uint32_t mxcsr_get(void)
{
    uint32_t value;
    __asm__ volatile("stmxcsr %0" : "=m"(value));
    return value & 0xffc0;
}

static void mxcsr_set(uint32_t value)
{
    __asm__ volatile("ldmxcsr %0" : : "m"(value));
}

static uint16_t x87_get(void)
{
    uint16_t value;
    __asm__ volatile("fnstcw %0" : "=m"(value));
    return value;
}

static void x87_set(uint16_t value)
{
    __asm__ volatile("fldcw %0" : : "m"(value));
}

static void *round_up(void *arg)
{
    (void)arg;
    uint32_t mine = 0x1f80 | 0x4000; // towards plus infinity
    mxcsr_set(mine);
    x87_set(0x0a7f);
    for (int i = 0; i < 3; i++) {
        co_yield (NULL);
        CHECK_EQ(mxcsr_get(), mine);
        CHECK_EQ(x87_get(), 0x0a7f);
    }
    return NULL;
}

TEST(control_words, "the rounding modes of SSE and x87 belong to the coroutine")
{
    uint32_t mxcsr = mxcsr_get();
    uint16_t x87 = x87_get();
    struct co *co = co_create(round_up, NULL, 0);
    for (int i = 0; i < 4; i++) {
        co_resume(co, NULL);
        CHECK_EQ(mxcsr_get(), mxcsr);
        CHECK_EQ(x87_get(), x87);
    }
    co_destroy(co);
}

static void *alignment(void *arg)
{
    (void)arg;
    char text[64];
    _Alignas(16) char block[16];
    snprintf(text, sizeof(text), "%.3f", 1.5);
    CHECK(strcmp(text, "1.500") == 0);
    return (void *)((uintptr_t)block % 16);
}

TEST(alignment, "the stack of a coroutine is aligned as the ABI wants it")
{
    struct co *co = co_create(alignment, NULL, 0);
    CHECK_EQ(co_resume(co, NULL), 0);
    co_destroy(co);
}

static char order[64];

static void *append(void *arg)
{
    for (int i = 0; i < 3; i++) {
        strcat(order, arg);
        co_pass();
    }
    return arg;
}

TEST(queue, "spawned coroutines run in turn, in the order of the queue")
{
    struct co *a = co_spawn(append, "a", 0), *b = co_spawn(append, "b", 0);
    struct co *c = co_spawn(append, "c", 0);
    CHECK(co_status(a) == CO_READY);
    co_run();
    CHECK(strcmp(order, "abcabcabc") == 0);
    CHECK(co_status(b) == CO_DONE);
    CHECK(strcmp(co_join(a), "a") == 0 && strcmp(co_join(b), "b") == 0);
    CHECK(strcmp(co_join(c), "c") == 0);
}

static void *sum_of_children(void *arg)
{
    long n = (long)arg, sum = 1;
    if (n > 0) {
        struct co *left = co_spawn(sum_of_children, (void *)(n - 1), 0);
        struct co *right = co_spawn(sum_of_children, (void *)(n - 1), 0);
        sum += (long)co_join(right) + (long)co_join(left);
    }
    return (void *)sum;
}

TEST(join, "a tree of coroutines joins its children and counts its nodes")
{
    struct co *root = co_spawn(sum_of_children, (void *)9L, 0);
    CHECK_EQ(co_join(root), 1023);
}

static struct co *waiting;
static int turns;

static void *wait_for_wake(void *arg)
{
    waiting = co_self();
    co_park();
    turns++;
    co_park(); // the wake for this one came early
    turns++;
    return arg;
}

static void *wake_twice(void *arg)
{
    CHECK(co_status(waiting) == CO_BLOCKED);
    co_wake(waiting);
    CHECK(co_status(waiting) == CO_READY);
    co_wake(waiting); // it is awake already: nothing more to do
    co_pass();
    CHECK_EQ(turns, 1);
    co_wake(waiting);
    return arg;
}

TEST(park, "a parked coroutine goes on when it is woken, and not before")
{
    struct co *a = co_spawn(wait_for_wake, NULL, 0), *b = co_spawn(wake_twice, NULL, 0);
    co_run();
    CHECK_EQ(turns, 2);
    co_join(a);
    co_join(b);
}

static void *wake_oneself(void *arg)
{
    co_wake(co_self());
    co_park();
    return arg;
}

TEST(early_wake, "a wake before the park is not lost")
{
    CHECK(co_join(co_spawn(wake_oneself, &turns, 0)) == &turns);
}

static void *park_inside(void *arg)
{
    waiting = co_self();
    co_park();
    co_yield (arg);
    return NULL;
}

static void *resume_parking(void *arg)
{
    struct co *inner = co_create(park_inside, arg, 0);
    void *value = co_resume(inner, NULL);
    co_resume(inner, NULL);
    co_destroy(inner);
    return value;
}

static void *wake_other(void *arg)
{
    co_wake(waiting);
    return arg;
}

TEST(nested_park, "a coroutine may park while another waits for its value")
{
    struct co *outer = co_spawn(resume_parking, "value", 0);
    struct co *other = co_spawn(wake_other, NULL, 0);
    CHECK(strcmp(co_join(outer), "value") == 0);
    co_join(other);
}

static long detached_done;

static void *run_detached(void *arg)
{
    co_pass();
    detached_done++;
    return arg;
}

TEST(detach, "detached coroutines free themselves: their stacks are used again")
{
    struct co *first = NULL;
    int again = 0;
    for (int i = 0; i < 10000; i++) {
        struct co *co = co_spawn(run_detached, NULL, 0);
        CHECK(co != NULL);
        if (first == NULL)
            first = co;
        else
            again += co == first;
        co_detach(co);
        if (i % 100 == 99)
            co_run();
    }
    co_run();
    CHECK_EQ(detached_done, 10000);
    CHECK(again > 0);
}

TEST(many, "10000 coroutines are alive at once, each with its own stack")
{
    static struct co *co[10000];
    for (int i = 0; i < 10000; i++) {
        co[i] = co_create(count_up, (void *)3L, 16 << 10);
        CHECK(co[i] != NULL);
        CHECK_EQ(co_resume(co[i], NULL), 0);
    }
    for (int i = 0; i < 10000; i++) {
        CHECK_EQ(co_resume(co[i], NULL), 1);
        co_destroy(co[i]);
    }
}

static long recurse(long depth)
{
    volatile char block[512];
    block[0] = (char)depth;
    if (depth == 0)
        return block[0];
    return recurse(depth - 1) + block[0];
}

static void *recurse_deep(void *arg)
{
    return (void *)recurse((long)arg);
}

TEST(stack_size, "a large stack is as large as it was asked for")
{
    struct co *co = co_create(recurse_deep, (void *)10000L, 16 << 20);
    co_resume(co, NULL);
    CHECK(co_status(co) == CO_DONE);
    co_destroy(co);
}

TEST(overflow, "a stack that overflows meets its guard")
{
    pid_t pid = fork();
    if (pid == 0) {
        signal(SIGSEGV, SIG_DFL);
        // A neighbour below, so that an overflow without a guard would hit mapped memory.
        struct co *below = co_create(recurse_deep, (void *)1L, 0);
        struct co *co = co_create(recurse_deep, (void *)1000000L, 0);
        co_resume(below, NULL);
        co_resume(co, NULL);
        _exit(0);
    }
    int status;
    CHECK_EQ(waitpid(pid, &status, 0), pid);
    CHECK(WIFSIGNALED(status) && WTERMSIG(status) == SIGSEGV);
}

static int ends_by_abort(void (*run)(void))
{
    int status;
    pid_t pid = fork();
    if (pid == 0) {
        fclose(stderr);
        run();
        _exit(0);
    }
    return waitpid(pid, &status, 0) == pid && WIFSIGNALED(status) && WTERMSIG(status) == SIGABRT;
}

static void resume_done(void)
{
    struct co *co = co_create(count_up, NULL, 0);
    co_resume(co, NULL);
    co_resume(co, NULL);
}

static void yield_outside(void)
{
    co_yield (NULL);
}

static void *park_for_ever(void *arg)
{
    co_park();
    return arg;
}

static void join_parked(void)
{
    co_join(co_spawn(park_for_ever, NULL, 0));
}

TEST(misuse, "resuming what is done, yielding outside, waiting for what cannot come: abort")
{
    CHECK(ends_by_abort(resume_done));
    CHECK(ends_by_abort(yield_outside));
    CHECK(ends_by_abort(join_parked));
}

static void *thread_run(void *arg)
{
    struct co *co = co_spawn(sum_of_children, (void *)6L, 0);
    CHECK(co_self() == NULL);
    *(long *)arg = (long)co_join(co);
    return NULL;
}

TEST(threads, "each thread has its own queue; stacks come from one pool")
{
    pthread_t threads[4];
    long sums[4];
    for (int i = 0; i < 4; i++)
        CHECK_EQ(pthread_create(&threads[i], NULL, thread_run, &sums[i]), 0);
    for (int i = 0; i < 4; i++) {
        CHECK_EQ(pthread_join(threads[i], NULL), 0);
        CHECK_EQ(sums[i], 127);
    }
}
