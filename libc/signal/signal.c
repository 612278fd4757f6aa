// SPDX-License-Identifier: ISC
// Signals: actions, masks, sending and waiting.
#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stddef.h>
#include <unistd.h>

#include "internal/libc.h"
#include "internal/thread.h"

void __signal_restorer(void); // restorer.S: the system call that ends a handler

int sigaction(int sig, const struct sigaction *restrict action, struct sigaction *restrict old)
{
    struct kernel_sigaction to, from;
    if (action != NULL)
        to = (struct kernel_sigaction){
            .handler = (uintptr_t)action->sa_handler,
            .flags = (unsigned)action->sa_flags | SA_RESTORER,
            .restorer = (uintptr_t)__signal_restorer,
            .mask = action->sa_mask,
        };
    long result = SYS4(SYS_rt_sigaction, sig, action != NULL ? &to : NULL,
                       old != NULL ? &from : NULL, sizeof(ksigset_t));
    if (result == 0 && old != NULL)
        *old = (struct sigaction){
            .sa_handler = (sighandler_t)from.handler,
            .sa_flags = (int)(from.flags & ~(uint64_t)SA_RESTORER),
            .sa_mask = from.mask,
        };
    return (int)__syscall_ret(result);
}

// BSD's meaning, as on Linux: the handler stays and system calls are restarted.
sighandler_t signal(int sig, sighandler_t handler)
{
    struct sigaction action = {.sa_handler = handler, .sa_flags = SA_RESTART}, old = {0};
    return sigaction(sig, &action, &old) != 0 ? SIG_ERR : old.sa_handler;
}

int siginterrupt(int sig, int interrupt)
{
    struct sigaction action = {0};
    if (sigaction(sig, NULL, &action) != 0)
        return -1;
    action.sa_flags = interrupt ? action.sa_flags & ~SA_RESTART : action.sa_flags | SA_RESTART;
    return sigaction(sig, &action, NULL);
}

int pthread_sigmask(int how, const sigset_t *restrict set, sigset_t *restrict old)
{
    return (int)-SYS4(SYS_rt_sigprocmask, how, set, old, sizeof(*set));
}

int sigprocmask(int how, const sigset_t *restrict set, sigset_t *restrict old)
{
    return (int)__syscall_ret(-pthread_sigmask(how, set, old));
}

int sigpending(sigset_t *set)
{
    return (int)__syscall_ret(SYS2(SYS_rt_sigpending, set, sizeof(*set)));
}

int sigsuspend(const sigset_t *mask)
{
    return (int)__syscall_ret(SYS2(SYS_rt_sigsuspend, mask, sizeof(*mask)));
}

int sigtimedwait(const sigset_t *restrict set, siginfo_t *restrict info,
                 const struct timespec *restrict timeout)
{
    return (int)__syscall_ret(SYS4(SYS_rt_sigtimedwait, set, info, timeout, sizeof(*set)));
}

int sigwaitinfo(const sigset_t *restrict set, siginfo_t *restrict info)
{
    return sigtimedwait(set, info, NULL);
}

int sigwait(const sigset_t *restrict set, int *restrict sig)
{
    long result;
    do
        result = SYS4(SYS_rt_sigtimedwait, set, NULL, NULL, sizeof(*set));
    while (result == -EINTR);
    if (result < 0)
        return (int)-result;
    *sig = (int)result;
    return 0;
}

int sigaltstack(const stack_t *restrict stack, stack_t *restrict old)
{
    return (int)__syscall_ret(SYS2(SYS_sigaltstack, stack, old));
}

int kill(pid_t pid, int sig)
{
    return (int)__syscall_ret(SYS2(SYS_kill, pid, sig));
}

int killpg(pid_t group, int sig)
{
    if (group < 0) {
        errno = EINVAL;
        return -1;
    }
    return kill(-group, sig);
}

int tgkill(pid_t process, pid_t thread, int sig)
{
    return (int)__syscall_ret(SYS3(SYS_tgkill, process, thread, sig));
}

// To the calling thread, which has handled it when raise returns.
int raise(int sig)
{
    return tgkill(getpid(), gettid(), sig);
}

int sigqueue(pid_t pid, int sig, const union sigval value)
{
    siginfo_t info = {
        .si_signo = sig,
        .si_code = SI_QUEUE,
        .si_pid = getpid(),
        .si_uid = getuid(),
        .si_value = value,
    };
    return (int)__syscall_ret(SYS3(SYS_rt_sigqueueinfo, pid, sig, &info));
}

int pause(void)
{
    return (int)__syscall_ret(SYS0(SYS_pause));
}

static int set_valid(int sig)
{
    if (sig >= 1 && sig < _NSIG)
        return 1;
    errno = EINVAL;
    return 0;
}

int sigemptyset(sigset_t *set)
{
    *set = 0;
    return 0;
}

int sigfillset(sigset_t *set)
{
    *set = ~0UL;
    return 0;
}

int sigaddset(sigset_t *set, int sig)
{
    if (!set_valid(sig))
        return -1;
    *set |= KSIGBIT(sig);
    return 0;
}

int sigdelset(sigset_t *set, int sig)
{
    if (!set_valid(sig))
        return -1;
    *set &= ~KSIGBIT(sig);
    return 0;
}

int sigismember(const sigset_t *set, int sig)
{
    return set_valid(sig) ? (*set & KSIGBIT(sig)) != 0 : -1;
}

int sigisemptyset(const sigset_t *set)
{
    return *set == 0;
}
