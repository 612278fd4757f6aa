// SPDX-License-Identifier: ISC
// Processes: fork, wait, identities, groups and sessions.
#include <errno.h>
#include <signal.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>
#include <grp.h>

#include "internal/libc.h"
#include "internal/thread.h"

// The locks of malloc and stdio are held over the call, so that another thread cannot leave them
// locked, or their data half changed, in the child, where that thread does not exist.
pid_t fork(void)
{
    sigset_t all = ~0UL, mask;
    __atfork_run(FORK_PREPARE);
    sigprocmask(SIG_BLOCK, &all, &mask); // a handler must not see the locks held
    __stdio_fork(FORK_PREPARE);
    __malloc_fork(FORK_PREPARE);
    long result = SYS0(SYS_fork);
    enum fork_phase phase = result == 0 ? FORK_CHILD : FORK_PARENT;
    if (phase == FORK_CHILD) {
        thread_self()->tid = (int)SYS0(SYS_gettid);
        __thread_count = 1;
    }
    __malloc_fork(phase);
    __stdio_fork(phase);
    sigprocmask(SIG_SETMASK, &mask, NULL);
    __atfork_run(phase);
    return (pid_t)__syscall_ret(result);
}

pid_t wait(int *status)
{
    return wait4(-1, status, 0, NULL);
}

pid_t waitpid(pid_t pid, int *status, int options)
{
    return wait4(pid, status, options, NULL);
}

pid_t wait3(int *status, int options, struct rusage *usage)
{
    return wait4(-1, status, options, usage);
}

pid_t wait4(pid_t pid, int *status, int options, struct rusage *usage)
{
    return (pid_t)__syscall_ret(SYS4(SYS_wait4, pid, status, options, usage));
}

int waitid(idtype_t type, id_t id, siginfo_t *info, int options)
{
    return (int)__syscall_ret(SYS5(SYS_waitid, type, id, info, options, NULL));
}

pid_t getpid(void)
{
    return (pid_t)SYS0(SYS_getpid);
}

pid_t getppid(void)
{
    return (pid_t)SYS0(SYS_getppid);
}

pid_t gettid(void)
{
    return (pid_t)SYS0(SYS_gettid);
}

pid_t getpgid(pid_t pid)
{
    return (pid_t)__syscall_ret(SYS1(SYS_getpgid, pid));
}

pid_t getpgrp(void)
{
    return getpgid(0);
}

pid_t getsid(pid_t pid)
{
    return (pid_t)__syscall_ret(SYS1(SYS_getsid, pid));
}

int setpgid(pid_t pid, pid_t group)
{
    return (int)__syscall_ret(SYS2(SYS_setpgid, pid, group));
}

int setpgrp(void)
{
    return setpgid(0, 0);
}

pid_t setsid(void)
{
    return (pid_t)__syscall_ret(SYS0(SYS_setsid));
}

uid_t getuid(void)
{
    return (uid_t)SYS0(SYS_getuid);
}

uid_t geteuid(void)
{
    return (uid_t)SYS0(SYS_geteuid);
}

gid_t getgid(void)
{
    return (gid_t)SYS0(SYS_getgid);
}

gid_t getegid(void)
{
    return (gid_t)SYS0(SYS_getegid);
}

// The kernel changes the calling thread only; programs with several threads change identity
// before they start them.
int setuid(uid_t uid)
{
    return (int)__syscall_ret(SYS1(SYS_setuid, uid));
}

int setgid(gid_t gid)
{
    return (int)__syscall_ret(SYS1(SYS_setgid, gid));
}

int seteuid(uid_t uid)
{
    return setresuid((uid_t)-1, uid, (uid_t)-1);
}

int setegid(gid_t gid)
{
    return setresgid((gid_t)-1, gid, (gid_t)-1);
}

int setreuid(uid_t real, uid_t effective)
{
    return (int)__syscall_ret(SYS2(SYS_setreuid, real, effective));
}

int setregid(gid_t real, gid_t effective)
{
    return (int)__syscall_ret(SYS2(SYS_setregid, real, effective));
}

int setresuid(uid_t real, uid_t effective, uid_t saved)
{
    return (int)__syscall_ret(SYS3(SYS_setresuid, real, effective, saved));
}

int setresgid(gid_t real, gid_t effective, gid_t saved)
{
    return (int)__syscall_ret(SYS3(SYS_setresgid, real, effective, saved));
}

int getresuid(uid_t *real, uid_t *effective, uid_t *saved)
{
    return (int)__syscall_ret(SYS3(SYS_getresuid, real, effective, saved));
}

int getresgid(gid_t *real, gid_t *effective, gid_t *saved)
{
    return (int)__syscall_ret(SYS3(SYS_getresgid, real, effective, saved));
}

int getgroups(int size, gid_t list[])
{
    return (int)__syscall_ret(SYS2(SYS_getgroups, size, list));
}

int setgroups(size_t count, const gid_t *list)
{
    return (int)__syscall_ret(SYS2(SYS_setgroups, count, list));
}

int prctl(int option, ...)
{
    va_list args;
    va_start(args, option);
    long a = va_arg(args, long), b = va_arg(args, long);
    long c = va_arg(args, long), d = va_arg(args, long);
    va_end(args);
    return (int)__syscall_ret(SYS5(SYS_prctl, option, a, b, c, d));
}

int arch_prctl(int option, unsigned long address)
{
    return (int)__syscall_ret(SYS2(SYS_arch_prctl, option, address));
}

int daemon(int keep_directory, int keep_files)
{
    pid_t pid = fork();
    if (pid != 0) {
        if (pid > 0)
            _exit(0);
        return -1;
    }
    if (setsid() < 0 || (!keep_directory && chdir("/") != 0))
        return -1;
    if (!keep_files) {
        int fd = open("/dev/null", O_RDWR);
        if (fd < 0)
            return -1;
        for (int i = 0; i < 3; i++)
            dup2(fd, i);
        if (fd > 2)
            close(fd);
    }
    return 0;
}
