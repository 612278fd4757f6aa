// SPDX-License-Identifier: ISC
// The harness of the user-space tests: runs each TEST of the program in a child process.
//
// A failing check writes its text into a pipe and ends the process; the parent prints the first
// such text, so that a failure in a grandchild or thread is reported once and in one place. The
// parent holds the time limit itself (alarm in the parent, SIGKILL to the test's group), since a
// test may use alarm or block any signal.
#define _GNU_SOURCE
#include "harness.h"

#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/types.h>
#include <sys/wait.h>
#include <unistd.h>

#define TIME_LIMIT 60
#define REPORT_FD  200 // both ends of the pipe go here and above, away from the tests' descriptors

extern const struct test *__start_harness_tests[];
extern const struct test *__stop_harness_tests[];

static int report_fd = -1;
static volatile pid_t running;
static volatile sig_atomic_t timed_out;

int harness_time_factor(void)
{
    const char *text = getenv("BRAID_TIME_FACTOR");
    int factor = text != NULL ? atoi(text) : 1;
    return factor >= 1 ? factor : 1;
}

void harness_fail(const char *file, int line, const char *format, ...)
{
    char text[512];
    const char *slash = strrchr(file, '/');
    int used = snprintf(text, sizeof(text), "%s:%d: ", slash != NULL ? slash + 1 : file, line);
    va_list args;
    va_start(args, format);
    used += vsnprintf(text + used, sizeof(text) - (size_t)used, format, args);
    va_end(args);
    size_t length = (size_t)used < sizeof(text) ? (size_t)used : sizeof(text) - 1;
    ssize_t ignored = write(report_fd, text, length);
    (void)ignored;
    _exit(1);
}

static void on_alarm(int sig)
{
    (void)sig;
    timed_out = 1;
    kill(-running, SIGKILL);
    kill(running, SIGKILL);
}

static void die(const char *what)
{
    perror(what);
    exit(2);
}

// Makes the pipe with high descriptor numbers; the read end never blocks.
static void report_open(int ends[2])
{
    int low[2];
    if (pipe(low) != 0)
        die("harness: pipe");
    for (int i = 0; i < 2; i++) {
        ends[i] = fcntl(low[i], F_DUPFD_CLOEXEC, REPORT_FD);
        if (ends[i] < 0)
            die("harness: fcntl");
        close(low[i]);
    }
    if (fcntl(ends[0], F_SETFL, O_NONBLOCK) != 0)
        die("harness: fcntl");
}

static void child_run(const struct test *test, const int ends[2])
{
    setpgid(0, 0);
    close(ends[0]);
    report_fd = ends[1];
    signal(SIGALRM, SIG_DFL);
    test->run();
    fflush(NULL);
    _exit(0);
}

static int child_wait(pid_t pid)
{
    int status;
    running = pid;
    timed_out = 0;
    alarm((unsigned)(TIME_LIMIT * harness_time_factor()));
    while (waitpid(pid, &status, 0) < 0)
        if (errno != EINTR)
            die("harness: waitpid");
    alarm(0);
    kill(-pid, SIGKILL); // what the test left behind
    return status;
}

static bool test_run(const struct test *test)
{
    int ends[2];
    char text[513];
    report_open(ends);
    fflush(NULL);
    pid_t pid = fork();
    if (pid < 0)
        die("harness: fork");
    if (pid == 0)
        child_run(test, ends);
    setpgid(pid, pid);
    int status = child_wait(pid);
    ssize_t length = read(ends[0], text, sizeof(text) - 1);
    close(ends[0]);
    close(ends[1]);
    text[length > 0 ? length : 0] = '\0';

    if (timed_out)
        printf("FAILED %s: no end within %d s\n", test->name, TIME_LIMIT * harness_time_factor());
    else if (length > 0)
        printf("FAILED %s: %s\n", test->name, text);
    else if (WIFSIGNALED(status))
        printf("FAILED %s: killed by signal %d\n", test->name, WTERMSIG(status));
    else if (WEXITSTATUS(status) != 0)
        printf("FAILED %s: exit status %d\n", test->name, WEXITSTATUS(status));
    else
        printf("ok %s\n", test->name);
    return !timed_out && length <= 0 && status == 0;
}

static int compare_lines(const void *a, const void *b)
{
    return (*(const struct test *const *)a)->line - (*(const struct test *const *)b)->line;
}

static bool test_wanted(const struct test *test, char **names)
{
    if (*names == NULL)
        return true;
    for (; *names != NULL; names++)
        if (strcmp(*names, test->name) == 0)
            return true;
    return false;
}

int main(int argc, char **argv)
{
    const struct test **test;
    bool list = argc > 1 && strcmp(argv[1], "-l") == 0;
    int passed = 0, failed = 0;
    struct sigaction action = {.sa_handler = on_alarm, .sa_flags = SA_RESTART};
    sigaction(SIGALRM, &action, NULL);
    qsort(__start_harness_tests, (size_t)(__stop_harness_tests - __start_harness_tests),
          sizeof(*__start_harness_tests), compare_lines);

    for (test = __start_harness_tests; test < __stop_harness_tests; test++) {
        if (!test_wanted(*test, argv + (list ? 2 : 1)))
            continue;
        if (list)
            printf("%s: %s\n", (*test)->name, (*test)->sentence);
        else if (test_run(*test))
            passed++;
        else
            failed++;
    }
    if (list)
        return 0;
    printf("%d passed, %d failed\n", passed, failed);
    return failed != 0 || passed == 0;
}
