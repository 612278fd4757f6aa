// SPDX-License-Identifier: ISC
// Lives of processes: families, programs, signals, sudden ends.
#include "stress.h"

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

// --- families -------------------------------------------------------------------------------------

// Children that end with a number each, waited for in any order.
unsigned job_family(struct random *r)
{
    enum { MOST = 12 };
    unsigned count = 1 + random_below(r, MOST), seen = 0;
    pid_t pids[MOST];
    for (unsigned i = 0; i < count; i++) {
        random_next(r);
        if ((pids[i] = must_fork()) == 0) {
            if (random_one_in(r, 3))
                must_end(must_fork() ?: (_exit(7), 0), 7 << 8);
            _exit(i + 1);
        }
    }
    for (unsigned left = count; left; left--) {
        int status;
        pid_t pid = wait(&status);
        MUST(pid > 0 && WIFEXITED(status));
        unsigned i = WEXITSTATUS(status) - 1;
        MUST(i < count && pids[i] == pid && !(seen >> i & 1));
        seen |= 1u << i;
    }
    MUST(wait(NULL) == -1 && errno == ECHILD);
    return count;
}

// --- programs -------------------------------------------------------------------------------------

static void become(unsigned number)
{
    char text[16];
    snprintf(text, sizeof(text), "%u", number);
    char *const argv[] = {"stress", EXEC_WORD, text, NULL};
    execv(program_path, argv);
    _exit(127);
}

static _Noreturn void spin(void)
{
    for (;;)
        __asm__ volatile("pause");
}

static void *compute(void *unused)
{
    (void)unused;
    spin();
}

unsigned job_exec(struct random *r)
{
    unsigned count = 1 + random_below(r, 8);
    for (unsigned i = 0; i < count; i++) {
        unsigned number = random_below(r, 100);
        bool threads = random_one_in(r, 2);
        pid_t pid = random_one_in(r, 2) || threads ? must_fork() : vfork();
        MUST(pid >= 0);
        if (pid == 0) {
            pthread_t t;
            if (threads) // the other threads end at exec
                MUST(pthread_create(&t, NULL, compute, NULL) == 0 && pthread_create(&t, NULL, compute, NULL) == 0);
            become(number);
        }
        must_end(pid, number << 8);
    }
    return count;
}

// --- signals --------------------------------------------------------------------------------------

// Real-time signals arrive all, in order, each with its value.
static void receive_all(unsigned count, const sigset_t *set, pid_t sender)
{
    for (unsigned i = 0; i < count; i++) {
        siginfo_t info;
        while (sigwaitinfo(set, &info) < 0)
            MUST(errno == EINTR);
        MUST(info.si_signo == SIGRTMIN + 1 && info.si_code == SI_QUEUE);
        MUST(info.si_pid == sender && (unsigned)info.si_value.sival_int == i);
    }
}

static volatile sig_atomic_t ticks;

static void on_tick(int number)
{
    (void)number;
    ticks++;
}

unsigned job_signals(struct random *r)
{
    unsigned count = 1 + random_below(r, 200);
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, SIGRTMIN + 1);
    sigprocmask(SIG_BLOCK, &set, NULL);
    // Ticks of an interval timer interrupt everything that follows.
    struct sigaction action = {.sa_handler = on_tick, .sa_flags = SA_RESTART};
    struct itimerval tick = {{0, 1000}, {0, 1000}}, off = {0};
    MUST(sigaction(SIGVTALRM, &action, NULL) == 0 && setitimer(ITIMER_VIRTUAL, &tick, NULL) == 0);
    pid_t sender = getpid(), receiver = must_fork();
    if (receiver == 0) {
        receive_all(count, &set, sender);
        _exit(0);
    }
    for (unsigned i = 0; i < count; i++)
        while (sigqueue(receiver, SIGRTMIN + 1, (union sigval){.sival_int = (int)i}) != 0)
            MUST(errno == EAGAIN);
    must_end(receiver, 0);
    MUST(setitimer(ITIMER_VIRTUAL, &off, NULL) == 0);
    return count;
}

// --- sudden ends ----------------------------------------------------------------------------------

// In a child: something that does not end by itself.
static _Noreturn void go_on(unsigned how)
{
    int ends[2];
    char byte;
    pthread_t t;
    MUST(pipe(ends) == 0);
    switch (how) {
    case 0:
        spin();
    case 1:
        for (;;)
            MUST(read(ends[0], &byte, 1) <= 0);
    case 2:
        for (unsigned i = 0; i < 3; i++)
            MUST(pthread_create(&t, NULL, compute, NULL) == 0);
        pthread_exit(NULL);
    case 3:
        for (;;)
            poll(NULL, 0, 1);
    default:
        for (;;)
            must_end(must_fork() ?: (_exit(3), 0), 3 << 8);
    }
}

unsigned job_kill(struct random *r)
{
    enum { MOST = 6 };
    static const int numbers[] = {SIGKILL, SIGTERM, SIGHUP, SIGUSR2};
    unsigned count = 1 + random_below(r, MOST);
    pid_t pids[MOST];
    for (unsigned i = 0; i < count; i++) {
        unsigned how = random_below(r, 5);
        if ((pids[i] = must_fork()) == 0)
            go_on(how);
    }
    struct timespec t = {.tv_nsec = random_below(r, 20000000)};
    nanosleep(&t, NULL);
    for (unsigned i = 0; i < count; i++) {
        int number = numbers[random_below(r, 4)];
        if (random_one_in(r, 3))
            MUST(kill(pids[i], SIGSTOP) == 0 && kill(pids[i], SIGCONT) == 0);
        MUST(kill(pids[i], number) == 0);
        must_end(pids[i], number);
    }
    return count;
}
