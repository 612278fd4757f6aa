// SPDX-License-Identifier: ISC
//
// The machine and this process's place in it: uname, limits, ids, groups and sessions, yielding.
#include "support.h"

#include <sys/resource.h>
#include <sys/sysinfo.h>
#include <sys/utsname.h>

TEST(uname, "uname fills its six fields; the machine is x86_64")
{
    struct utsname name;
    CHECK(uname(&name) == 0);
    CHECK(name.sysname[0] && name.nodename[0] && name.release[0] && name.version[0]);
    CHECK(!strcmp(name.machine, "x86_64"));
    CHECK(name.release[0] >= '0' && name.release[0] <= '9'); // C libraries parse it
    CHECK(FAILS(syscall(SYS_uname, NOWHERE), EFAULT));
}

TEST(limits,
     "getrlimit and setrlimit: inherited, soft up to hard, raising the hard one needs root, EINVAL")
{
    struct rlimit limit = {64, 128}, found;
    CHECK(setrlimit(RLIMIT_NOFILE, &limit) == 0);
    pid_t pid = fork();
    if (pid == 0) {
        CHECK(getrlimit(RLIMIT_NOFILE, &found) == 0 && found.rlim_cur == 64 &&
              found.rlim_max == 128);
        CHECK(setgid(65534) == 0 && setuid(65534) == 0);
        found = (struct rlimit){128, 128};
        CHECK(setrlimit(RLIMIT_NOFILE, &found) == 0);
        found = (struct rlimit){128, 129};
        CHECK(FAILS(setrlimit(RLIMIT_NOFILE, &found), EPERM));
        _exit(0);
    }
    CHECK(child_end(pid) == 0);
    CHECK(getrlimit(RLIMIT_NOFILE, &found) == 0 && found.rlim_cur == 64);
    found = (struct rlimit){200, 100};
    CHECK(FAILS(setrlimit(RLIMIT_NOFILE, &found), EINVAL));
    CHECK(FAILS(getrlimit(99, &found), EINVAL));
    CHECK(FAILS(syscall(SYS_getrlimit, RLIMIT_NOFILE, NOWHERE), EFAULT));
}

TEST(limit_by_pid, "prlimit reads and changes in one call, for another process too; ESRCH")
{
    struct rlimit limit = {50, 60}, old;
    struct gate go = gate_make();
    pid_t pid = fork();
    if (pid == 0) {
        gate_pass(&go);
        _exit(getrlimit(RLIMIT_NOFILE, &old) == 0 && old.rlim_cur == 50 ? 0 : 1);
    }
    CHECK(syscall(SYS_prlimit64, pid, RLIMIT_NOFILE, &limit, &old) == 0 && old.rlim_cur != 50);
    CHECK(syscall(SYS_prlimit64, pid, RLIMIT_NOFILE, NULL, &old) == 0 && old.rlim_cur == 50);
    gate_open(&go);
    CHECK(child_end(pid) == 0);
    CHECK(FAILS(syscall(SYS_prlimit64, pid, RLIMIT_NOFILE, NULL, &old), ESRCH));
}

TEST(user_ids, "a process that gave up root cannot take it back; a saved id can be")
{
    pid_t pid = fork();
    if (pid == 0) {
        uid_t real, effective, saved;
        CHECK(setresuid(0, 1000, 0) == 0 && geteuid() == 1000 && getuid() == 0);
        CHECK(seteuid(0) == 0 && geteuid() == 0);
        CHECK(setuid(1000) == 0 && getuid() == 1000);
        CHECK(getresuid(&real, &effective, &saved) == 0 && saved == 1000 && effective == 1000);
        CHECK(FAILS(setuid(0), EPERM) && FAILS(seteuid(0), EPERM) && setuid(1000) == 0);
        _exit(0);
    }
    CHECK(child_end(pid) == 0);
}

TEST(groups, "setpgid makes and joins groups; EPERM, ESRCH, EACCES after exec, EINVAL")
{
    struct gate go = gate_make();
    pid_t pid = fork();
    if (pid == 0) {
        gate_pass(&go);
        _exit(0);
    }
    CHECK(getpgid(pid) == getpgrp() && setpgid(pid, 0) == 0 && getpgid(pid) == pid);
    CHECK(setpgid(pid, getpgrp()) == 0 && getpgid(pid) == getpgrp());
    CHECK(FAILS(setpgid(pid, 0x7ffffff0), EPERM) && FAILS(setpgid(pid, -1), EINVAL));
    CHECK(FAILS(setpgid(1, 0), ESRCH) && FAILS(getpgid(0x7ffffff0), ESRCH));
    gate_open(&go);
    CHECK(child_end(pid) == 0);

    pid = fork();
    if (pid == 0) {
        char *argv[] = {"sh", "-c", "kill -STOP $$", NULL};
        execv("/bin/sh", argv);
        _exit(1);
    }
    CHECK(waitpid(pid, NULL, WUNTRACED) == pid);
    CHECK(FAILS(setpgid(pid, pid), EACCES));
    CHECK(kill(pid, SIGKILL) == 0 && child_end(pid) == 128 + SIGKILL);
}

TEST(sessions, "setsid makes a session and a group of the caller, but not for a group leader")
{
    CHECK(FAILS(setsid(), EPERM)); // each test leads a group
    pid_t pid = fork();
    if (pid == 0) {
        CHECK(setsid() == getpid() && getpgrp() == getpid() && getsid(0) == getpid());
        CHECK(FAILS(setsid(), EPERM) && FAILS(setpgid(0, 0), EPERM));
        pid_t child = fork();
        if (child == 0)
            _exit(getsid(0) == getppid() ? 0 : 1);
        _exit(child_end(child));
    }
    CHECK(child_end(pid) == 0);
    CHECK(FAILS(getsid(0x7ffffff0), ESRCH));
}

TEST(yields, "two processes that yield both get on: neither starves")
{
    volatile long *counts = shared_memory(PAGE);
    pid_t pids[2];
    for (int i = 0; i < 2; i++) {
        pids[i] = fork();
        if (pids[i] == 0) {
            while (counts[0] < 1000 || counts[1] < 1000) {
                counts[i]++;
                CHECK(sched_yield() == 0);
            }
            _exit(0);
        }
    }
    CHECK(child_end(pids[0]) == 0 && child_end(pids[1]) == 0);
}

TEST(shares_cpu, "eight processes that only compute all get a share: a time slice ends")
{
    volatile long *counts = shared_memory(PAGE);
    pid_t pids[8];
    for (int i = 0; i < 8; i++) {
        pids[i] = fork();
        if (pids[i] == 0)
            for (;;)
                counts[i * 8]++;
    }
    for (int i = 0; i < 8; i++)
        while (counts[i * 8] < 1000)
            ;
    for (int i = 0; i < 8; i++)
        CHECK(kill(pids[i], SIGKILL) == 0 && child_end(pids[i]) == 128 + SIGKILL);
}

TEST(affinity, "sched_getaffinity tells at least one CPU, and the size that it filled in")
{
    cpu_set_t set;
    long size = syscall(SYS_sched_getaffinity, 0, sizeof(set), &set);
    CHECK(size >= 8 && size % 8 == 0);
    CHECK(sched_getaffinity(0, sizeof(set), &set) == 0 && CPU_COUNT(&set) >= 1);
    CHECK(FAILS(syscall(SYS_sched_getaffinity, 0, 0, &set), EINVAL));
    CHECK(FAILS(syscall(SYS_sched_getaffinity, 0x7ffffff0, sizeof(set), &set), ESRCH));
}

TEST(system_info, "sysinfo tells memory, uptime and the number of processes")
{
    struct sysinfo info;
    CHECK(sysinfo(&info) == 0 && info.procs >= 2 && info.mem_unit >= 1);
    CHECK(info.totalram * info.mem_unit > 8 << 20 && info.freeram < info.totalram);
    CHECK(FAILS(syscall(SYS_sysinfo, NOWHERE), EFAULT));
}

TEST(unknown_calls, "numbers without a call are ENOSYS, whatever the arguments")
{
    static const long numbers[] = {350, 400, 600, 1000, 100000, -1, 0x7fffffff, INT64_MAX};
    for (size_t i = 0; i < COUNT_OF(numbers); i++)
        CHECK(raw_call(numbers[i], -1, -1, -1, -1, -1, -1) == -ENOSYS);
}
