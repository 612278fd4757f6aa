// SPDX-License-Identifier: ISC
//
// Signals: default actions, handlers, masks, pending sets, who may signal whom, and the calls that
// a signal interrupts. (What a handler sees and what it returns to is in signal_frames.c.)
#include "support.h"

#include <sys/time.h>

static volatile sig_atomic_t count, last, depth, deepest;

static void note(int signal)
{
    count++;
    last = signal;
}

static void handle(int signal, void (*handler)(int), int flags)
{
    struct sigaction action = {.sa_handler = handler, .sa_flags = flags};
    CHECK(sigaction(signal, &action, NULL) == 0);
}

static sigset_t set_of(int signal)
{
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, signal);
    return set;
}

static void block(int signal)
{
    sigset_t set = set_of(signal);
    CHECK(sigprocmask(SIG_BLOCK, &set, NULL) == 0);
}

static void unblock(int signal)
{
    sigset_t set = set_of(signal);
    CHECK(sigprocmask(SIG_UNBLOCK, &set, NULL) == 0);
}

static bool is_pending(int signal)
{
    sigset_t set;
    CHECK(sigpending(&set) == 0);
    return sigismember(&set, signal);
}

// Sends SIGNAL to PID once that process sleeps; the child that does it is returned.
static pid_t signal_when_asleep(pid_t pid, int signal)
{
    pid_t teller = fork();
    if (teller == 0) {
        wait_for_state(pid, 'S');
        _exit(kill(pid, signal) ? 1 : 0);
    }
    return teller;
}

TEST(default_actions,
     "each signal does by default what it must: end, be ignored, or stop and continue")
{
    for (int signal = 1; signal <= 31; signal++) {
        bool ignored = signal == SIGCHLD || signal == SIGURG || signal == SIGWINCH;
        bool stops =
            signal == SIGSTOP || signal == SIGTSTP || signal == SIGTTIN || signal == SIGTTOU;
        if (stops)
            continue; // in wait.c
        pid_t pid = fork();
        if (pid == 0) {
            kill(getpid(), signal);
            _exit(1);
        }
        int expected = ignored || signal == SIGCONT ? 1 : 128 + signal;
        CHECK(child_end(pid) == expected);
    }
}

TEST(real_time_default, "real-time signals end the process by default")
{
    pid_t pid = fork();
    if (pid == 0) {
        kill(getpid(), 40);
        _exit(1);
    }
    CHECK(child_end(pid) == 128 + 40);
}

TEST(handler_runs, "a handler runs before kill to oneself returns, with the signal's number")
{
    handle(SIGUSR1, note, 0);
    CHECK(kill(getpid(), SIGUSR1) == 0);
    CHECK(count == 1 && last == SIGUSR1);
    CHECK(raise(SIGUSR1) == 0);
    CHECK(count == 2);
}

TEST(old_action, "sigaction hands out what was set before, flags and mask included")
{
    struct sigaction action = {.sa_handler = note, .sa_flags = SA_RESTART}, old;
    action.sa_mask = set_of(SIGUSR2);
    CHECK(sigaction(SIGUSR1, &action, &old) == 0 && old.sa_handler == SIG_DFL);
    CHECK(sigaction(SIGUSR1, NULL, &old) == 0 && old.sa_handler == note);
    CHECK((old.sa_flags & SA_RESTART) && !(old.sa_flags & SA_NODEFER));
    CHECK(sigismember(&old.sa_mask, SIGUSR2) && !sigismember(&old.sa_mask, SIGUSR1));
}

TEST(not_to_be_caught, "SIGKILL and SIGSTOP take no handler and no mask; bad numbers are EINVAL")
{
    struct sigaction action = {.sa_handler = note};
    CHECK(FAILS(sigaction(SIGKILL, &action, NULL), EINVAL));
    CHECK(FAILS(sigaction(SIGSTOP, &action, NULL), EINVAL));
    CHECK(FAILS(sigaction(0, &action, NULL), EINVAL));
    CHECK(FAILS(sigaction(65, &action, NULL), EINVAL));
    CHECK(FAILS(sigaction(-1, &action, NULL), EINVAL));
    sigset_t all;
    sigfillset(&all);
    CHECK(sigprocmask(SIG_SETMASK, &all, NULL) == 0);
    CHECK(sigprocmask(SIG_SETMASK, NULL, &all) == 0);
    CHECK(!sigismember(&all, SIGKILL) && !sigismember(&all, SIGSTOP) && sigismember(&all, SIGTERM));
    CHECK(FAILS(sigprocmask(99, &all, NULL), EINVAL));
    pid_t pid = fork();
    if (pid == 0)
        for (;;)
            kill(getpid(), SIGKILL);
    CHECK(child_end(pid) == 128 + SIGKILL);
}

TEST(raw_sizes, "the signal calls refuse a set that is not eight bytes and bad addresses")
{
    uint64_t set = 0;
    CHECK(FAILS(syscall(SYS_rt_sigprocmask, SIG_BLOCK, &set, NULL, 4), EINVAL));
    CHECK(FAILS(syscall(SYS_rt_sigprocmask, SIG_BLOCK, 8, NULL, 8), EFAULT));
    CHECK(FAILS(syscall(SYS_rt_sigaction, SIGUSR1, NULL, NULL, 16), EINVAL));
    CHECK(FAILS(syscall(SYS_rt_sigaction, SIGUSR1, 8, NULL, 8), EFAULT));
    CHECK(FAILS(syscall(SYS_rt_sigaction, SIGUSR1, NULL, 8, 8), EFAULT));
    CHECK(FAILS(syscall(SYS_rt_sigpending, 8, 8), EFAULT));
    CHECK(FAILS(syscall(SYS_rt_sigpending, &set, 9), EINVAL));
}

TEST(mask, "a blocked signal stays pending, once however often it was sent, until it is unblocked")
{
    handle(SIGUSR1, note, 0);
    block(SIGUSR1);
    for (int i = 0; i < 5; i++)
        CHECK(kill(getpid(), SIGUSR1) == 0);
    CHECK(count == 0 && is_pending(SIGUSR1) && !is_pending(SIGUSR2));
    unblock(SIGUSR1);
    CHECK(count == 1 && !is_pending(SIGUSR1));
}

TEST(real_time_queues, "real-time signals queue: each one sent is delivered, lowest number first")
{
    handle(40, note, 0);
    handle(41, note, 0);
    block(40);
    block(41);
    for (int i = 0; i < 5; i++) {
        CHECK(kill(getpid(), 41) == 0);
        CHECK(kill(getpid(), 40) == 0);
    }
    unblock(41);
    CHECK(count == 5 && last == 41);
    unblock(40);
    CHECK(count == 10 && last == 40);
}

TEST(ignored_pending,
     "setting a signal to ignore throws a pending one away; an ignored one is not kept")
{
    block(SIGUSR1);
    CHECK(raise(SIGUSR1) == 0 && is_pending(SIGUSR1));
    signal(SIGUSR1, SIG_IGN);
    CHECK(!is_pending(SIGUSR1));
    unblock(SIGUSR1);
    CHECK(raise(SIGUSR1) == 0);
    signal(SIGUSR1, SIG_DFL);
}

static void nest(int signal)
{
    if (++depth > deepest)
        deepest = depth;
    if (++count < 4)
        raise(signal);
    depth--;
}

TEST(deferred, "a signal is blocked while its handler runs; with SA_NODEFER it nests")
{
    handle(SIGUSR1, nest, 0);
    raise(SIGUSR1);
    CHECK(count == 4 && deepest == 1);
    count = deepest = 0;
    handle(SIGUSR1, nest, SA_NODEFER);
    raise(SIGUSR1);
    CHECK(count == 4 && deepest == 4);
}

static void check_mask(int signal)
{
    (void)signal;
    sigset_t now;
    sigprocmask(SIG_BLOCK, NULL, &now);
    count = sigismember(&now, SIGUSR1) + 2 * sigismember(&now, SIGUSR2) +
            4 * sigismember(&now, SIGTERM);
    sigset_t other = set_of(SIGALRM);
    sigprocmask(SIG_BLOCK, &other, NULL);
}

TEST(handler_mask, "sa_mask is added while the handler runs, and the old mask comes back after it")
{
    struct sigaction action = {.sa_handler = check_mask};
    action.sa_mask = set_of(SIGUSR2);
    CHECK(sigaction(SIGUSR1, &action, NULL) == 0);
    block(SIGTERM);
    raise(SIGUSR1);
    CHECK(count == 7);
    sigset_t now;
    sigprocmask(SIG_BLOCK, NULL, &now);
    CHECK(!sigismember(&now, SIGUSR1) && !sigismember(&now, SIGUSR2) && sigismember(&now, SIGTERM));
    CHECK(!sigismember(&now, SIGALRM));
}

TEST(reset, "SA_RESETHAND runs the handler once; the second signal takes the default")
{
    pid_t pid = fork();
    if (pid == 0) {
        handle(SIGUSR1, note, SA_RESETHAND);
        raise(SIGUSR1);
        if (count != 1)
            _exit(1);
        raise(SIGUSR1);
        _exit(2);
    }
    CHECK(child_end(pid) == 128 + SIGUSR1);
}

TEST(interrupts_read,
     "a handler ends a blocked pipe read with EINTR; with SA_RESTART the read goes on")
{
    int ends[2];
    char byte = 0;
    CHECK(pipe(ends) == 0);
    handle(SIGUSR1, note, 0);
    pid_t teller = signal_when_asleep(getpid(), SIGUSR1);
    CHECK(FAILS(read(ends[0], &byte, 1), EINTR));
    CHECK(count == 1 && child_end(teller) == 0);

    handle(SIGUSR1, note, SA_RESTART);
    pid_t parent = getpid();
    teller = fork();
    if (teller == 0) {
        wait_for_state(parent, 'S');
        kill(parent, SIGUSR1);
        _exit(write(ends[1], "x", 1) == 1 ? 0 : 1);
    }
    CHECK(read(ends[0], &byte, 1) == 1 && byte == 'x');
    CHECK(count == 2 && child_end(teller) == 0);
}

TEST(ignored_does_not_interrupt, "an ignored signal does not disturb a blocked read")
{
    int ends[2];
    char byte = 0;
    CHECK(pipe(ends) == 0);
    signal(SIGUSR1, SIG_IGN);
    pid_t parent = getpid(), teller = fork();
    if (teller == 0) {
        wait_for_state(parent, 'S');
        kill(parent, SIGUSR1);
        kill(parent, SIGWINCH);
        _exit(write(ends[1], "x", 1) == 1 ? 0 : 1);
    }
    CHECK(read(ends[0], &byte, 1) == 1 && byte == 'x');
    CHECK(child_end(teller) == 0);
}

TEST(stop_does_not_interrupt, "a read that was stopped and continued goes on waiting")
{
    struct gate gate = gate_make();
    pid_t pid = fork();
    if (pid == 0) {
        char byte;
        _exit(read(gate.ends[0], &byte, 1) == 1 ? 0 : 1);
    }
    wait_for_state(pid, 'S');
    CHECK(kill(pid, SIGSTOP) == 0);
    CHECK(waitpid(pid, NULL, WUNTRACED) == pid);
    CHECK(kill(pid, SIGCONT) == 0);
    CHECK(waitpid(pid, NULL, WCONTINUED) == pid);
    gate_open(&gate);
    CHECK(child_end(pid) == 0);
}

TEST(continue_cancels_stop,
     "SIGCONT throws pending stops away and stops throw a pending SIGCONT away")
{
    block(SIGTSTP);
    block(SIGCONT);
    raise(SIGTSTP);
    CHECK(is_pending(SIGTSTP));
    raise(SIGCONT);
    CHECK(!is_pending(SIGTSTP) && is_pending(SIGCONT));
    raise(SIGTSTP);
    CHECK(is_pending(SIGTSTP) && !is_pending(SIGCONT));
    raise(SIGCONT);
}

TEST(pauses,
     "pause and sigsuspend return EINTR after a handler; sigsuspend swaps the mask for that time")
{
    handle(SIGUSR1, note, 0);
    pid_t teller = signal_when_asleep(getpid(), SIGUSR1);
    CHECK(FAILS(pause(), EINTR));
    CHECK(child_end(teller) == 0);

    block(SIGUSR1);
    raise(SIGUSR1);
    CHECK(count == 1);
    sigset_t none, now;
    sigemptyset(&none);
    CHECK(FAILS(sigsuspend(&none), EINTR));
    CHECK(count == 2);
    sigprocmask(SIG_BLOCK, NULL, &now);
    CHECK(sigismember(&now, SIGUSR1));
}

// Waits, with SIGCHLD blocked by the caller, until its handler has run N times in all.
static void wait_for_count(int n)
{
    sigset_t none;
    sigemptyset(&none);
    while (count < n)
        sigsuspend(&none);
}

TEST(child_signal,
     "SIGCHLD arrives when a child ends, stops and goes on; SA_NOCLDSTOP leaves the last two out")
{
    handle(SIGCHLD, note, 0);
    block(SIGCHLD);
    pid_t pid = fork();
    if (pid == 0)
        for (;;)
            pause();
    kill(pid, SIGSTOP);
    wait_for_count(1);
    CHECK(waitpid(pid, NULL, WUNTRACED) == pid);
    kill(pid, SIGCONT);
    wait_for_count(2);
    CHECK(waitpid(pid, NULL, WCONTINUED) == pid);
    handle(SIGCHLD, note, SA_NOCLDSTOP);
    kill(pid, SIGSTOP);
    CHECK(waitpid(pid, NULL, WUNTRACED) == pid);
    CHECK(!is_pending(SIGCHLD) && count == 2);
    kill(pid, SIGKILL);
    wait_for_count(3);
    CHECK(child_end(pid) == 128 + SIGKILL);
    CHECK(count == 3 && last == SIGCHLD);
}

TEST(broken_pipe, "writing to a pipe without a reader raises SIGPIPE; ignored, it is EPIPE alone")
{
    int ends[2];
    CHECK(pipe(ends) == 0 && close(ends[0]) == 0);
    pid_t pid = fork();
    if (pid == 0)
        _exit(write(ends[1], "x", 1) == 1);
    CHECK(child_end(pid) == 128 + SIGPIPE);
    handle(SIGPIPE, note, 0);
    CHECK(FAILS(write(ends[1], "x", 1), EPIPE) && count == 1);
    signal(SIGPIPE, SIG_IGN);
    CHECK(FAILS(write(ends[1], "x", 1), EPIPE) && count == 1);
}

TEST(kill_errors,
     "kill: ESRCH for nobody, EINVAL for a bad number, EPERM across users, signal 0 tests only")
{
    CHECK(FAILS(kill(0x7ffffff0, SIGTERM), ESRCH));
    CHECK(FAILS(kill(-0x7ffffff0, SIGTERM), ESRCH));
    CHECK(FAILS(kill(getpid(), 65), EINVAL));
    CHECK(FAILS(kill(getpid(), -1), EINVAL));
    CHECK(kill(getpid(), 0) == 0);
    CHECK(kill(getppid(), 0) == 0);
    pid_t pid = fork();
    if (pid == 0) {
        CHECK(setgid(65534) == 0 && setuid(65534) == 0);
        CHECK(FAILS(kill(getppid(), SIGTERM), EPERM));
        CHECK(FAILS(kill(getppid(), 0), EPERM));
        CHECK(FAILS(kill(1, SIGTERM), EPERM));
        CHECK(kill(getpid(), 0) == 0);
        _exit(0);
    }
    CHECK(child_end(pid) == 0);
}

static pid_t sleeper(pid_t group)
{
    pid_t pid = fork();
    if (pid == 0)
        for (;;)
            pause();
    CHECK(pid > 0 && setpgid(pid, group) == 0);
    return pid;
}

TEST(kill_group, "kill(-N) reaches group N and only it; kill(0) reaches the caller's own group")
{
    pid_t a = sleeper(0), b = sleeper(a), other = sleeper(0);
    CHECK(kill(-a, SIGTERM) == 0);
    CHECK(child_end(a) == 128 + SIGTERM && child_end(b) == 128 + SIGTERM);
    CHECK(waitpid(other, NULL, WNOHANG) == 0);
    CHECK(kill(other, SIGKILL) == 0 && child_end(other) == 128 + SIGKILL);

    pid_t leader = fork();
    if (leader == 0) {
        CHECK(setpgid(0, 0) == 0);
        handle(SIGUSR1, note, 0);
        pid_t member = fork();
        if (member == 0) {
            signal(SIGUSR1, SIG_DFL);
            for (;;)
                pause();
        }
        wait_for_state(member, 'S');
        CHECK(kill(0, SIGUSR1) == 0);
        CHECK(count == 1);
        _exit(child_end(member) == 128 + SIGUSR1 ? 0 : 1);
    }
    CHECK(child_end(leader) == 0);
}

TEST(alarm_clock, "alarm raises SIGALRM once and tells what was left of the one before")
{
    handle(SIGALRM, note, 0);
    CHECK(alarm(100) == 0);
    unsigned left = alarm(1);
    CHECK(left >= 99 && left <= 100);
    CHECK(FAILS(pause(), EINTR));
    CHECK(count == 1 && last == SIGALRM);
    CHECK(alarm(0) == 0);
}

TEST(interval_timer,
     "setitimer fires again and again, getitimer tells the interval, EINVAL for bad ones")
{
    struct itimerval timer = {.it_interval = {0, 5000}, .it_value = {0, 5000}}, now;
    handle(SIGALRM, note, 0);
    CHECK(setitimer(ITIMER_REAL, &timer, NULL) == 0);
    CHECK(getitimer(ITIMER_REAL, &now) == 0 && now.it_interval.tv_usec == 5000);
    while (count < 3)
        pause();
    memset(&timer, 0, sizeof(timer));
    CHECK(setitimer(ITIMER_REAL, &timer, &now) == 0 && now.it_interval.tv_usec == 5000);
    int seen = count;
    CHECK(getitimer(ITIMER_REAL, &now) == 0 && now.it_value.tv_usec == 0);
    CHECK(count == seen);
    timer.it_value.tv_usec = 1000000;
    CHECK(FAILS(setitimer(ITIMER_REAL, &timer, NULL), EINVAL));
    timer.it_value.tv_usec = -1;
    CHECK(FAILS(setitimer(ITIMER_REAL, &timer, NULL), EINVAL));
    CHECK(FAILS(setitimer(9, &now, NULL), EINVAL));
}

TEST(alarm_over_exec, "an alarm set before execve ends the new program")
{
    pid_t pid = fork();
    if (pid == 0) {
        struct itimerval timer = {.it_value = {0, 20000}};
        char *argv[] = {"/bin/sh", "-c", "while :; do :; done", NULL};
        CHECK(setitimer(ITIMER_REAL, &timer, NULL) == 0);
        execv(argv[0], argv);
        _exit(1);
    }
    CHECK(child_end(pid) == 128 + SIGALRM);
}

TEST(interrupts_loop, "a signal reaches a program that makes no system call")
{
    static volatile int *ready;
    ready = shared_memory(PAGE);
    pid_t pid = fork();
    if (pid == 0)
        for (;;)
            *ready = 1;
    while (!*ready)
        sched_yield();
    CHECK(kill(pid, SIGTERM) == 0);
    CHECK(child_end(pid) == 128 + SIGTERM);
}

TEST(wait_for_signal,
     "sigtimedwait takes a pending signal without a handler, and times out with EAGAIN")
{
    sigset_t set = set_of(SIGUSR1);
    siginfo_t info;
    struct timespec none = {0, 0};
    block(SIGUSR1);
    CHECK(FAILS(sigtimedwait(&set, &info, &none), EAGAIN));
    raise(SIGUSR1);
    CHECK(sigtimedwait(&set, &info, &none) == SIGUSR1);
    CHECK(info.si_signo == SIGUSR1 && info.si_pid == getpid());
    CHECK(!is_pending(SIGUSR1));
}
