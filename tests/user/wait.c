// SPDX-License-Identifier: ISC
//
// wait4: each kind of status, selection by pid and group, WNOHANG, rusage and the errors.
#include "support.h"

#include <sys/resource.h>
#include <sys/time.h>

static pid_t child_that_exits(int code)
{
    pid_t pid = fork();
    if (pid == 0)
        _exit(code);
    CHECK(pid > 0);
    return pid;
}

static pid_t child_that_waits(void)
{
    pid_t pid = fork();
    if (pid == 0)
        for (;;)
            pause();
    CHECK(pid > 0);
    return pid;
}

TEST(status_exit, "the status of an exit has the code in its second byte and 0 in the first")
{
    int status = -1;
    pid_t pid = child_that_exits(0x5a);
    CHECK(wait4(pid, &status, 0, NULL) == pid);
    CHECK(status == 0x5a00);
    CHECK(WIFEXITED(status) && !WIFSIGNALED(status) && !WIFSTOPPED(status));
}

TEST(status_signal, "the status of a killed child has the signal in its low seven bits")
{
    static const int fatal[] = {SIGHUP,  SIGINT,  SIGKILL, SIGUSR1, SIGUSR2,
                                SIGPIPE, SIGALRM, SIGTERM, SIGIO,   SIGPROF};
    for (size_t i = 0; i < COUNT_OF(fatal); i++) {
        int status = -1;
        pid_t pid = child_that_waits();
        CHECK(kill(pid, fatal[i]) == 0);
        CHECK(wait4(pid, &status, 0, NULL) == pid);
        CHECK(status == fatal[i]);
        CHECK(WIFSIGNALED(status) && WTERMSIG(status) == fatal[i]);
    }
}

TEST(status_stop, "WUNTRACED reports a stop once, WCONTINUED the going on, and the end comes last")
{
    int status = -1;
    pid_t pid = child_that_waits();
    CHECK(kill(pid, SIGSTOP) == 0);
    CHECK(wait4(pid, &status, WUNTRACED, NULL) == pid);
    CHECK(WIFSTOPPED(status) && WSTOPSIG(status) == SIGSTOP && status == 0x137f);
    CHECK(wait4(pid, &status, WUNTRACED | WNOHANG, NULL) == 0);
    CHECK(kill(pid, SIGCONT) == 0);
    CHECK(wait4(pid, &status, WCONTINUED, NULL) == pid);
    CHECK(WIFCONTINUED(status) && status == 0xffff);
    CHECK(wait4(pid, &status, WCONTINUED | WNOHANG, NULL) == 0);
    CHECK(kill(pid, SIGTERM) == 0);
    CHECK(wait4(pid, &status, WUNTRACED | WCONTINUED, NULL) == pid);
    CHECK(WIFSIGNALED(status) && WTERMSIG(status) == SIGTERM);
}

TEST(each_stop_signal,
     "SIGTSTP, SIGTTIN and SIGTTOU stop as SIGSTOP does, and SIGKILL ends a stopped child")
{
    // A group of its own with its parent outside, in the same session: not orphaned.
    static const int stops[] = {SIGSTOP, SIGTSTP, SIGTTIN, SIGTTOU};
    for (size_t i = 0; i < COUNT_OF(stops); i++) {
        int status = -1;
        pid_t pid = child_that_waits();
        CHECK(setpgid(pid, pid) == 0);
        CHECK(kill(pid, stops[i]) == 0);
        CHECK(wait4(pid, &status, WUNTRACED, NULL) == pid);
        CHECK(WIFSTOPPED(status) && WSTOPSIG(status) == stops[i]);
        CHECK(process_state(pid) == 'T');
        CHECK(kill(pid, SIGKILL) == 0);
        CHECK(child_end(pid) == 128 + SIGKILL);
    }
}

TEST(nohang, "WNOHANG returns 0 while the child lives and its pid afterwards")
{
    int status = 99;
    pid_t pid = child_that_waits();
    CHECK(waitpid(pid, &status, WNOHANG) == 0);
    CHECK(waitpid(-1, &status, WNOHANG) == 0);
    CHECK(status == 99);
    CHECK(kill(pid, SIGKILL) == 0);
    wait_for_state(pid, 'Z');
    CHECK(waitpid(pid, &status, WNOHANG) == pid);
    CHECK(status == SIGKILL);
    CHECK(FAILS(waitpid(pid, &status, WNOHANG), ECHILD));
}

TEST(no_child, "ECHILD: no child, not my child, an empty group, already waited for")
{
    CHECK(FAILS(wait(NULL), ECHILD));
    CHECK(FAILS(waitpid(getpid(), NULL, 0), ECHILD));
    CHECK(FAILS(waitpid(getppid(), NULL, 0), ECHILD));
    CHECK(FAILS(waitpid(0, NULL, 0), ECHILD));
    CHECK(FAILS(waitpid(-getpgrp(), NULL, 0), ECHILD));
    CHECK(FAILS(waitpid(0x7fffffff, NULL, 0), ECHILD));
    CHECK(FAILS(waitpid((pid_t)0x80000000, NULL, 0), ESRCH));
    pid_t pid = child_that_exits(1);
    CHECK(child_end(pid) == 1);
    CHECK(FAILS(waitpid(pid, NULL, 0), ECHILD));
}

TEST(bad_arguments,
     "unknown options are EINVAL; a bad status address is EFAULT, and the child is gone then")
{
    CHECK(FAILS(waitpid(-1, NULL, 0x100), EINVAL));
    CHECK(FAILS(waitpid(-1, NULL, ~0), EINVAL));
    pid_t pid = child_that_exits(1);
    CHECK(FAILS(waitpid(pid, NOWHERE, 0), EFAULT));
    CHECK(FAILS(waitpid(pid, NULL, 0), ECHILD));
}

TEST(selects_by_pid, "a pid selects that child, however many others have ended")
{
    enum { children = 8 };
    pid_t pids[children];
    for (int i = 0; i < children; i++)
        pids[i] = child_that_exits(i);
    for (int i = 0; i < children; i++)
        wait_for_state(pids[i], 'Z');
    static const int order[children] = {3, 7, 0, 5, 1, 6, 2, 4};
    for (int i = 0; i < children; i++) {
        int status = -1;
        CHECK(waitpid(pids[order[i]], &status, 0) == pids[order[i]]);
        CHECK(WEXITSTATUS(status) == order[i]);
    }
}

TEST(selects_by_group, "0 selects this group's children, -N those of group N, -1 all")
{
    pid_t mine = child_that_waits(), other = child_that_waits();
    CHECK(setpgid(other, other) == 0);
    kill(other, SIGKILL);
    wait_for_state(other, 'Z');
    CHECK(waitpid(0, NULL, WNOHANG) == 0);
    kill(mine, SIGKILL);
    wait_for_state(mine, 'Z');
    CHECK(waitpid(-mine, NULL, WNOHANG) == -1 && errno == ECHILD);
    CHECK(waitpid(0, NULL, 0) == mine);
    CHECK(waitpid(-other, NULL, 0) == other);
    CHECK(FAILS(waitpid(-1, NULL, 0), ECHILD));
}

TEST(not_grandchildren, "a grandchild is nobody's to wait for but its parent's")
{
    struct gate go = gate_make(), told = gate_make();
    pid_t pid = fork();
    if (pid == 0) {
        pid_t grandchild = fork();
        if (grandchild == 0) {
            gate_pass(&go);
            _exit(0);
        }
        CHECK(write(told.ends[1], &grandchild, sizeof(grandchild)) == sizeof(grandchild));
        _exit(child_end(grandchild));
    }
    pid_t grandchild;
    CHECK(read(told.ends[0], &grandchild, sizeof(grandchild)) == sizeof(grandchild));
    CHECK(FAILS(waitpid(grandchild, NULL, 0), ECHILD));
    gate_open(&go);
    CHECK(child_end(pid) == 0);
}

TEST(zombie, "an ended child is a zombie until it is waited for: it has a pid and takes signals")
{
    pid_t pid = child_that_exits(4);
    wait_for_state(pid, 'Z');
    CHECK(kill(pid, 0) == 0);
    CHECK(kill(pid, SIGKILL) == 0);
    CHECK(child_end(pid) == 4);
    CHECK(FAILS(kill(pid, 0), ESRCH));
    CHECK(process_state(pid) == 0);
}

TEST(sigchld_ignored, "with SIGCHLD ignored children leave no zombies and wait ends with ECHILD")
{
    signal(SIGCHLD, SIG_IGN);
    for (int i = 0; i < 5; i++)
        child_that_exits(i);
    CHECK(FAILS(wait(NULL), ECHILD));
}

TEST(no_child_wait_flag, "SA_NOCLDWAIT does the same with a handler")
{
    struct sigaction action = {.sa_handler = SIG_DFL, .sa_flags = SA_NOCLDWAIT};
    CHECK(sigaction(SIGCHLD, &action, NULL) == 0);
    child_that_exits(1);
    CHECK(FAILS(wait(NULL), ECHILD));
}

static void burn(long microseconds)
{
    struct rusage usage;
    do {
        for (volatile int i = 0; i < 100000; i++)
            ;
        CHECK(getrusage(RUSAGE_SELF, &usage) == 0);
    } while (usage.ru_utime.tv_sec * 1000000L + usage.ru_utime.tv_usec < microseconds);
}

TEST(usage,
     "rusage tells the child's CPU time and faults, and RUSAGE_CHILDREN adds up the waited-for")
{
    struct rusage usage, before, after;
    CHECK(getrusage(RUSAGE_CHILDREN, &before) == 0);
    pid_t pid = fork();
    if (pid == 0) {
        burn(50000);
        unsigned char *memory = private_memory(64 * PAGE);
        for (int i = 0; i < 64; i++)
            memory[i * PAGE] = 1;
        _exit(0);
    }
    int status;
    CHECK(wait4(pid, &status, 0, &usage) == pid && status == 0);
    CHECK(usage.ru_utime.tv_sec * 1000000L + usage.ru_utime.tv_usec >= 50000);
    CHECK(usage.ru_utime.tv_usec < 1000000 && usage.ru_stime.tv_usec < 1000000);
    CHECK(usage.ru_minflt >= 64);
    CHECK(getrusage(RUSAGE_CHILDREN, &after) == 0);
    CHECK(timercmp(&after.ru_utime, &before.ru_utime, >));
    CHECK(FAILS(getrusage(7, &usage), EINVAL));
    CHECK(FAILS(getrusage(RUSAGE_SELF, NOWHERE), EFAULT));
}

static void nothing(int signal)
{
    (void)signal;
}

TEST(interrupted, "a handler ends the wait with EINTR; with SA_RESTART it goes on")
{
    struct sigaction action = {.sa_handler = nothing};
    pid_t parent = getpid(), pid = child_that_waits();
    CHECK(sigaction(SIGUSR1, &action, NULL) == 0);
    pid_t teller = fork();
    if (teller == 0) {
        wait_for_state(parent, 'S');
        kill(parent, SIGUSR1);
        _exit(0);
    }
    CHECK(FAILS(waitpid(pid, NULL, 0), EINTR));
    CHECK(child_end(teller) == 0);

    action.sa_flags = SA_RESTART;
    CHECK(sigaction(SIGUSR1, &action, NULL) == 0);
    teller = fork();
    if (teller == 0) {
        wait_for_state(parent, 'S');
        kill(parent, SIGUSR1);
        kill(pid, SIGKILL);
        _exit(0);
    }
    int status;
    CHECK(waitpid(pid, &status, 0) == pid && status == SIGKILL);
    CHECK(child_end(teller) == 0);
}

TEST(waitid_keeps, "waitid with WNOWAIT tells and leaves the child; without it takes it")
{
    siginfo_t info = {0};
    pid_t pid = child_that_exits(21);
    CHECK(waitid(P_PID, pid, &info, WEXITED | WNOWAIT) == 0);
    CHECK(info.si_pid == pid && info.si_status == 21 && info.si_code == CLD_EXITED);
    CHECK(info.si_signo == SIGCHLD);
    memset(&info, 0, sizeof(info));
    CHECK(waitid(P_ALL, 0, &info, WEXITED) == 0);
    CHECK(info.si_pid == pid);
    CHECK(FAILS(waitid(P_ALL, 0, &info, WEXITED), ECHILD));
    CHECK(FAILS(waitid(P_ALL, 0, &info, 0), EINVAL));
}
