// SPDX-License-Identifier: ISC
//
// Clocks and sleeping. Upper bounds of time are not tested: a busy machine may be late.
#include "support.h"

#include <sys/resource.h>
#include <sys/time.h>
#include <sys/times.h>
#include <time.h>

static int64_t now(clockid_t clock)
{
    struct timespec time;
    CHECK(clock_gettime(clock, &time) == 0);
    CHECK(time.tv_nsec >= 0 && time.tv_nsec < 1000000000);
    return time.tv_sec * 1000000000ll + time.tv_nsec;
}

static struct timespec spec(int64_t nanoseconds)
{
    return (struct timespec){nanoseconds / 1000000000, nanoseconds % 1000000000};
}

TEST(forward, "the monotonic clock never goes back, in this process or between two")
{
    int64_t last = now(CLOCK_MONOTONIC);
    for (int i = 0; i < 10000; i++) {
        int64_t next = now(CLOCK_MONOTONIC);
        CHECK(next >= last);
        last = next;
    }
    int64_t *childs = shared_memory(PAGE);
    pid_t pid = fork();
    if (pid == 0) {
        *childs = now(CLOCK_MONOTONIC);
        _exit(0);
    }
    CHECK(child_end(pid) == 0 && *childs >= last && now(CLOCK_MONOTONIC) >= *childs);
}

TEST(clocks, "realtime, gettimeofday and time agree; the year is at least 2020; coarse clocks lag "
             "at most a bit")
{
    struct timeval day;
    int64_t before = now(CLOCK_REALTIME);
    CHECK(gettimeofday(&day, NULL) == 0);
    int64_t middle = day.tv_sec * 1000000000ll + day.tv_usec * 1000;
    time_t seconds = time(NULL);
    int64_t after = now(CLOCK_REALTIME);
    CHECK(middle >= before - 1000 && middle <= after && day.tv_usec < 1000000);
    CHECK(seconds >= before / 1000000000 - 1 && seconds <= after / 1000000000);
    CHECK(seconds > 1577836800);
    CHECK(now(CLOCK_REALTIME_COARSE) <= now(CLOCK_REALTIME));
    CHECK(now(CLOCK_MONOTONIC_COARSE) <= now(CLOCK_MONOTONIC));
    CHECK(now(CLOCK_BOOTTIME) >= 0 && now(CLOCK_MONOTONIC_RAW) >= 0);
}

TEST(errors,
     "EINVAL for unknown clocks and bad times, EFAULT for bad addresses; resolutions are told")
{
    struct timespec time, bad = {0, 1000000000}, negative = {-1, 0};
    CHECK(FAILS(clock_gettime(99, &time), EINVAL));
    CHECK(FAILS(syscall(SYS_clock_gettime, CLOCK_MONOTONIC, NOWHERE), EFAULT));
    CHECK(FAILS(syscall(SYS_gettimeofday, NOWHERE, NULL), EFAULT));
    CHECK(clock_getres(CLOCK_MONOTONIC, &time) == 0 && time.tv_sec == 0 && time.tv_nsec > 0);
    CHECK(FAILS(clock_getres(99, &time), EINVAL) && clock_getres(CLOCK_REALTIME, NULL) == 0);
    CHECK(FAILS(nanosleep(&bad, NULL), EINVAL) && FAILS(nanosleep(&negative, NULL), EINVAL));
    CHECK(FAILS(syscall(SYS_nanosleep, NOWHERE, NULL), EFAULT));
    CHECK(clock_nanosleep(99, 0, &time, NULL) == EINVAL);
}

TEST(sleeps, "nanosleep sleeps at least as long as asked, for a nanosecond and for milliseconds")
{
    static const int64_t lengths[] = {0, 1, 1000, 100000, 1000000, 5000000, 20000000};
    for (size_t i = 0; i < COUNT_OF(lengths); i++) {
        struct timespec length = spec(lengths[i]);
        int64_t start = now(CLOCK_MONOTONIC);
        CHECK(nanosleep(&length, NULL) == 0);
        CHECK(now(CLOCK_MONOTONIC) - start >= lengths[i]);
    }
}

TEST(absolute, "clock_nanosleep with TIMER_ABSTIME sleeps until then, and not at all for the past")
{
    struct timespec until = spec(now(CLOCK_MONOTONIC) + 5000000), past = {0, 0};
    CHECK(clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &until, NULL) == 0);
    CHECK(now(CLOCK_MONOTONIC) >= until.tv_sec * 1000000000ll + until.tv_nsec);
    CHECK(clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &past, NULL) == 0);
    until = spec(now(CLOCK_REALTIME) + 3000000);
    CHECK(clock_nanosleep(CLOCK_REALTIME, TIMER_ABSTIME, &until, NULL) == 0);
}

static void nothing(int signal)
{
    (void)signal;
}

TEST(interrupted, "a handler ends nanosleep with EINTR, SA_RESTART or not, and the rest is told")
{
    struct sigaction action = {.sa_handler = nothing, .sa_flags = SA_RESTART};
    pid_t parent = getpid();
    CHECK(sigaction(SIGUSR1, &action, NULL) == 0);
    struct timespec hour = {3600, 0}, rest = {0, 0};
    pid_t pid = fork();
    if (pid == 0) {
        wait_for_state(parent, 'S');
        _exit(kill(parent, SIGUSR1));
    }
    CHECK(FAILS(nanosleep(&hour, &rest), EINTR));
    CHECK(rest.tv_sec > 3500 && rest.tv_sec <= 3600 && rest.tv_nsec < 1000000000);
    CHECK(child_end(pid) == 0);
}

TEST(stopped_sleep, "a sleep goes on after stop and continue, and is not shortened by it")
{
    int64_t *length = shared_memory(PAGE);
    pid_t pid = fork();
    if (pid == 0) {
        struct timespec time = {0, 30000000};
        int64_t start = now(CLOCK_MONOTONIC);
        CHECK(nanosleep(&time, NULL) == 0);
        *length = now(CLOCK_MONOTONIC) - start;
        _exit(0);
    }
    wait_for_state(pid, 'S');
    CHECK(kill(pid, SIGSTOP) == 0 && waitpid(pid, NULL, WUNTRACED) == pid);
    CHECK(kill(pid, SIGCONT) == 0);
    CHECK(child_end(pid) == 0 && *length >= 30000000);
}

TEST(cpu_time, "CPU time counts while the process computes and stands still while it sleeps")
{
    int64_t start = now(CLOCK_PROCESS_CPUTIME_ID);
    while (now(CLOCK_PROCESS_CPUTIME_ID) - start < 20000000)
        ;
    int64_t before = now(CLOCK_PROCESS_CPUTIME_ID), thread = now(CLOCK_THREAD_CPUTIME_ID);
    struct timespec length = {0, 100000000};
    CHECK(nanosleep(&length, NULL) == 0);
    CHECK(now(CLOCK_PROCESS_CPUTIME_ID) - before < 50000000);
    CHECK(now(CLOCK_THREAD_CPUTIME_ID) - thread < 50000000);
}

TEST(process_times,
     "times tells the CPU time of this process and of its waited-for children, in ticks of 1/100 s")
{
    struct tms times_now;
    CHECK(sysconf(_SC_CLK_TCK) == 100);
    pid_t pid = fork();
    if (pid == 0) {
        while (now(CLOCK_PROCESS_CPUTIME_ID) < 60000000)
            ;
        _exit(0);
    }
    CHECK(times(&times_now) != -1 && times_now.tms_cutime + times_now.tms_cstime == 0);
    CHECK(child_end(pid) == 0);
    CHECK(times(&times_now) != -1 && times_now.tms_cutime + times_now.tms_cstime >= 3);
    clock_t first = times(NULL), second = times(NULL);
    CHECK(second >= first);
    CHECK(FAILS(syscall(SYS_times, NOWHERE), EFAULT));
}

TEST(many_sleepers, "fifty processes sleep for different times and all wake")
{
    pid_t pids[50];
    for (int i = 0; i < 50; i++) {
        pids[i] = fork();
        if (pids[i] == 0) {
            struct timespec time = spec((i * 37 % 50 + 1) * 500000ll);
            _exit(nanosleep(&time, NULL) == 0 ? 0 : 1);
        }
    }
    for (int i = 0; i < 50; i++)
        CHECK(child_end(pids[i]) == 0);
}
