// SPDX-License-Identifier: ISC
// Tests of <stdlib.h> and friends: malloc, sorting, environment, temporary names, paths, jumps,
// exit handlers, mathematics.
#define _GNU_SOURCE
#include <errno.h>
#include <limits.h>
#include <malloc.h>
#include <math.h>
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "harness.h"

static unsigned seed = 1;

static unsigned next_random(void)
{
    seed = seed * 1664525 + 1013904223;
    return seed >> 8;
}

// Allocates, resizes and frees at random; each block is full of a byte of its own.
static void churn(int steps, size_t limit)
{
    static _Thread_local struct {
        unsigned char *data;
        size_t size;
    } blocks[200];
    for (int i = 0; i < steps; i++) {
        unsigned slot = next_random() % 200;
        size_t size = next_random() % (next_random() % 8 ? 300 : limit) + 1;
        unsigned char mark = (unsigned char)slot;
        if (blocks[slot].data != NULL)
            for (size_t at = 0; at < blocks[slot].size; at += 61)
                CHECK(blocks[slot].data[at] == mark);
        if (blocks[slot].data != NULL && next_random() % 3 == 0) {
            free(blocks[slot].data);
            blocks[slot].data = NULL;
            continue;
        }
        unsigned char *data = realloc(blocks[slot].data, size);
        CHECK(data != NULL && (uintptr_t)data % 16 == 0);
        memset(data, mark, size);
        blocks[slot].data = data;
        blocks[slot].size = size;
    }
    for (int i = 0; i < 200; i++) {
        free(blocks[i].data);
        blocks[i].data = NULL;
    }
}

TEST(malloc_large_first, "a large block before any small one is as good as others")
{
    char *large = malloc(1 << 20), *small = malloc(10);
    CHECK(large != NULL && small != NULL);
    large[(1 << 20) - 1] = 1;
    large = realloc(large, 3 << 20);
    CHECK(large != NULL && large[(1 << 20) - 1] == 1);
    free(large);
    free(small);
}

TEST(malloc_churn, "blocks of all sizes keep their contents and never overlap")
{
    churn(50000, 400000);
}

static void *churn_thread(void *arg)
{
    churn(10000, 30000);
    return arg;
}

TEST(malloc_threads, "four threads allocate and free at once")
{
    pthread_t threads[4];
    for (int i = 0; i < 4; i++)
        CHECK_EQ(pthread_create(&threads[i], NULL, churn_thread, NULL), 0);
    for (int i = 0; i < 4; i++)
        pthread_join(threads[i], NULL);
}

TEST(malloc_edges, "zero sizes, overflow, calloc's zeros, alignment")
{
    void *a = malloc(0), *b = malloc(0);
    CHECK(a != NULL && b != NULL && a != b);
    free(a);
    free(b);
    free(NULL);
    volatile size_t huge = SIZE_MAX / 2;
    CHECK(malloc(huge + 100) == NULL && errno == ENOMEM);
    CHECK(calloc(huge, 3) == NULL && errno == ENOMEM);
    for (int i = 0; i < 100; i++) {
        char *data = malloc(1000);
        memset(data, 0xff, 1000);
        free(data);
        data = calloc(10, 100);
        for (int at = 0; at < 1000; at++)
            CHECK(data[at] == 0);
        free(data);
    }
    for (size_t alignment = 8; alignment <= 65536; alignment *= 2) {
        void *data;
        CHECK_EQ(posix_memalign(&data, alignment, 100), 0);
        CHECK_EQ((uintptr_t)data % alignment, 0);
        CHECK(malloc_usable_size(data) >= 100);
        memset(data, 1, 100);
        data = realloc(data, 5000);
        CHECK(((char *)data)[99] == 1);
        free(data);
    }
    CHECK_EQ(posix_memalign(&a, 24, 100), EINVAL);
}

static int dies_of_abort(void (*run)(void))
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

static void free_twice(void)
{
    char *volatile data = malloc(40);
    free(data);
    free(data);
}

static void free_inside(void)
{
    char *volatile data = malloc(64);
    data += 16; // as a variable of its own: the compiler would see through it
    free(data);
}

TEST(malloc_checks, "freeing twice and freeing what is no block stop the program")
{
    CHECK(dies_of_abort(free_twice));
    CHECK(dies_of_abort(free_inside));
}

struct pair {
    int key, order;
};

static int compare_pairs(const void *a, const void *b)
{
    return ((const struct pair *)a)->key - ((const struct pair *)b)->key;
}

TEST(sort, "qsort sorts any number of elements, keeps the order of equals; bsearch finds")
{
    static struct pair pairs[5000];
    for (int count = 0; count <= 5000; count = count * 3 / 2 + 1) {
        for (int i = 0; i < count; i++)
            pairs[i] = (struct pair){(int)(next_random() % 100), i};
        qsort(pairs, (size_t)count, sizeof(pairs[0]), compare_pairs);
        for (int i = 1; i < count; i++)
            CHECK(pairs[i - 1].key < pairs[i].key ||
                  (pairs[i - 1].key == pairs[i].key && pairs[i - 1].order < pairs[i].order));
    }
    int numbers[100];
    for (int i = 0; i < 100; i++)
        numbers[i] = 3 * i;
    for (int i = -1; i < 301; i++) {
        struct pair key = {i, 0};
        int *found = bsearch(&key, numbers, 100, sizeof(int), compare_pairs);
        CHECK(i >= 0 && i < 300 && i % 3 == 0 ? found == &numbers[i / 3] : found == NULL);
    }
}

TEST(environment, "setenv, putenv, unsetenv and getenv agree")
{
    static char put[] = "PUT=1";
    CHECK(setenv("NAME", "one", 1) == 0 && strcmp(getenv("NAME"), "one") == 0);
    CHECK(setenv("NAME", "two", 0) == 0 && strcmp(getenv("NAME"), "one") == 0);
    CHECK(setenv("NAME", "three", 1) == 0 && strcmp(getenv("NAME"), "three") == 0);
    CHECK(putenv(put) == 0);
    put[4] = '2';
    CHECK(strcmp(getenv("PUT"), "2") == 0);
    CHECK(unsetenv("NAME") == 0 && getenv("NAME") == NULL);
    CHECK_ERR(setenv("A=B", "x", 1), EINVAL);
    CHECK_ERR(unsetenv(""), EINVAL);
    for (int i = 0; i < 200; i++) {
        char name[16];
        snprintf(name, sizeof(name), "VAR%d", i);
        CHECK_EQ(setenv(name, name, 1), 0);
    }
    CHECK(strcmp(getenv("VAR150"), "VAR150") == 0);
    clearenv();
    CHECK(getenv("PATH") == NULL && setenv("A", "b", 1) == 0 && strcmp(getenv("A"), "b") == 0);
}

TEST(temporary_names, "mkstemp and mkdtemp make new things with private modes")
{
    char file[] = "/tmp/libc_XXXXXX", other[] = "/tmp/libc_XXXXXX", dir[] = "/tmp/libc_XXXXXX";
    struct stat found;
    int fd = mkstemp(file), fd2 = mkstemp(other);
    CHECK(fd >= 0 && fd2 >= 0 && strcmp(file, other) != 0);
    CHECK(fstat(fd, &found) == 0 && (found.st_mode & 0777) == 0600);
    CHECK(mkdtemp(dir) == dir && stat(dir, &found) == 0 && S_ISDIR(found.st_mode));
    CHECK((found.st_mode & 0777) == 0700);
    char bad[] = "/tmp/XXXXX";
    CHECK_ERR(mkstemp(bad), EINVAL);
    unlink(file);
    unlink(other);
    rmdir(dir);
}

TEST(real_paths, "realpath follows links and takes out dots")
{
    char dir[] = "/tmp/libc_XXXXXX", path[PATH_MAX], expected[PATH_MAX], *found;
    CHECK(mkdtemp(dir) != NULL && chdir(dir) == 0 && mkdir("a", 0700) == 0);
    CHECK(mkdir("a/b", 0700) == 0 && symlink("../a/b", "a/link") == 0 && symlink("x", "x") == 0);
    snprintf(expected, sizeof(expected), "%s/a/b", dir);
    found = realpath("./a//link/../b/.", path);
    CHECK(found == path && strcmp(path, expected) == 0);
    found = realpath("a/link", NULL);
    CHECK(found != NULL && strcmp(found, expected) == 0);
    free(found);
    CHECK(realpath("/", path) != NULL && strcmp(path, "/") == 0);
    CHECK(realpath("a/none", path) == NULL && errno == ENOENT);
    CHECK(realpath("x", path) == NULL && errno == ELOOP);
    CHECK(realpath("", path) == NULL && errno == ENOENT);
    unlink("x");
    unlink("a/link");
    rmdir("a/b");
    rmdir("a");
    CHECK_EQ(chdir("/"), 0);
    rmdir(dir);
}

static jmp_buf jump;
static sigjmp_buf signal_jump;

static void jump_deep(int depth)
{
    if (depth > 0)
        jump_deep(depth - 1);
    else if (depth == 0)
        longjmp(jump, 42);
}

static void on_signal(int sig)
{
    siglongjmp(signal_jump, sig);
}

TEST(jumps, "longjmp comes back with its value; siglongjmp restores the mask")
{
    volatile int kept = 7;
    int value = setjmp(jump);
    if (value == 0) {
        kept = 8;
        jump_deep(20);
    }
    CHECK_EQ(value, 42);
    CHECK_EQ(kept, 8);
    if (setjmp(jump) == 0)
        longjmp(jump, 0);
    signal(SIGUSR1, on_signal);
    for (volatile int i = 0; i < 3; i++) {
        value = sigsetjmp(signal_jump, 1);
        if (value == 0)
            raise(SIGUSR1); // blocked in the handler: a second one would hang without the mask
        CHECK_EQ(value, SIGUSR1);
    }
}

static int exit_pipe[2];

static void write_a(void)
{
    CHECK_EQ(write(exit_pipe[1], "a", 1), 1);
}

static void write_b(void)
{
    CHECK_EQ(write(exit_pipe[1], "b", 1), 1);
    atexit(write_a);
}

TEST(exit_handlers, "atexit's handlers run last to first, also those registered meanwhile")
{
    char text[8] = "";
    CHECK_EQ(pipe(exit_pipe), 0);
    pid_t pid = fork();
    if (pid == 0) {
        atexit(write_a);
        atexit(write_b);
        exit(5);
    }
    int status;
    waitpid(pid, &status, 0);
    CHECK_EQ(WEXITSTATUS(status), 5);
    CHECK_EQ(read(exit_pipe[0], text, sizeof(text)), 3);
    CHECK(strcmp(text, "baa") == 0);
}

static int near(double a, double b)
{
    return fabs(a - b) <= 4e-16 * fabs(b);
}

TEST(mathematics, "roots, powers, logarithms and roundings at known places")
{
    CHECK(sqrt(2) == M_SQRT2 && cbrt(27) == 3 && hypot(3, 4) == 5);
    CHECK(pow(2, 10) == 1024 && pow(2, -1) == 0.5 && pow(-2, 3) == -8 && pow(10, 15) == 1e15);
    CHECK(near(pow(2, 0.5), M_SQRT2) && isnan(pow(-1, 0.5)) && pow(0, 0) == 1);
    CHECK(near(exp(1), M_E) && exp(0) == 1 && isinf(exp(1000)) && exp(-1000) == 0);
    CHECK(near(log(10), M_LN10) && log(1) == 0 && log2(8) == 3 && log10(1000) == 3);
    CHECK(isinf(log(0)) && isnan(log(-1)));
    CHECK(floor(-1.5) == -2 && ceil(-1.5) == -1 && trunc(-1.5) == -1 && round(-1.5) == -2);
    CHECK(rint(0.5) == 0 && rint(1.5) == 2 && round(0.5) == 1 && lround(2.5) == 3);
    CHECK(signbit(ceil(-0.5)) && floor(1e300) == 1e300);
    CHECK(fmod(10, 3) == 1 && fmod(-10, 3) == -1 && fmod(1e300, 7) == 1);
    int exponent;
    double whole;
    CHECK(frexp(48, &exponent) == 0.75 && exponent == 6 && ldexp(0.75, 6) == 48);
    CHECK(modf(-3.25, &whole) == -0.25 && whole == -3);
    CHECK(near(sin(M_PI / 6), 0.5) && near(cos(M_PI / 3), 0.5) && near(tan(M_PI / 4), 1));
    CHECK(atan(1) == M_PI_4 && atan2(-1, -1) == -3 * M_PI_4 && near(asin(0.5), M_PI / 6));
}

TEST(random_numbers, "random repeats with its seed, as it does on Linux")
{
    srandom(1);
    CHECK_EQ(random(), 1804289383);
    CHECK_EQ(random(), 846930886);
    srand(42);
    CHECK_EQ(rand(), 71876166);
    srand48(1);
    CHECK_EQ((long)(drand48() * 1e9), 41630344);
}
