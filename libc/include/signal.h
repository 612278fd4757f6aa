// SPDX-License-Identifier: ISC
#pragma once

#include <abi/signal.h>
#include <abi/types.h>
#include <bits/pthreadtypes.h>
#include <bits/sigset.h>

typedef int sig_atomic_t;
typedef void (*sighandler_t)(int);

#define SIG_DFL ((sighandler_t)0)
#define SIG_IGN ((sighandler_t)1)
#define SIG_ERR ((sighandler_t)-1)

#define _NSIG    65
#define NSIG     _NSIG
#define SIGRTMIN 34 // as with glibc, which keeps 32 and 33 for itself
#define SIGRTMAX 64

struct sigaction {
    union {
        void (*sa_handler)(int);
        void (*sa_sigaction)(int, siginfo_t *, void *);
    };
    sigset_t sa_mask;
    int sa_flags;
    void (*sa_restorer)(void);
};

sighandler_t signal(int sig, sighandler_t handler);
int sigaction(int sig, const struct sigaction *restrict action, struct sigaction *restrict old);
int sigprocmask(int how, const sigset_t *restrict set, sigset_t *restrict old);
int pthread_sigmask(int how, const sigset_t *restrict set, sigset_t *restrict old);
int sigpending(sigset_t *set);
int sigsuspend(const sigset_t *mask);
int sigwait(const sigset_t *restrict set, int *restrict sig);
int sigwaitinfo(const sigset_t *restrict set, siginfo_t *restrict info);
int sigtimedwait(const sigset_t *restrict set, siginfo_t *restrict info,
                 const struct timespec *restrict timeout);
int sigaltstack(const stack_t *restrict stack, stack_t *restrict old);
int siginterrupt(int sig, int interrupt);
int sigemptyset(sigset_t *set);
int sigfillset(sigset_t *set);
int sigaddset(sigset_t *set, int sig);
int sigdelset(sigset_t *set, int sig);
int sigismember(const sigset_t *set, int sig);
int sigisemptyset(const sigset_t *set);
int sigqueue(pid_t pid, int sig, const union sigval value);
int kill(pid_t pid, int sig);
int killpg(pid_t group, int sig);
int tgkill(pid_t process, pid_t thread, int sig);
int raise(int sig);
int pthread_kill(pthread_t thread, int sig);
void psignal(int sig, const char *text);

extern const char *const sys_siglist[_NSIG];
