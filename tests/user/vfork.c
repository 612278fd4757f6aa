// SPDX-License-Identifier: ISC
//
// vfork: the child borrows the parent's memory, and the parent waits until it execs or exits.
#include "support.h"

static volatile int shared_value;
static volatile int order;

TEST(shares_memory, "what the vfork child writes, the parent reads")
{
    shared_value = 1;
    pid_t pid = vfork();
    if (pid == 0) {
        shared_value = 2;
        _exit(0);
    }
    CHECK(pid > 0);
    CHECK(shared_value == 2);
    CHECK(child_end(pid) == 0);
}

TEST(parent_waits, "the parent does not run before the child has ended, a hundred times")
{
    for (volatile int i = 0; i < 100; i++) {
        order = 0;
        pid_t pid = vfork();
        if (pid == 0) {
            for (int step = 0; step < 20; step++)
                raw_call(SYS_sched_yield, 0, 0, 0, 0, 0, 0);
            order = 1;
            _exit(i);
        }
        CHECK(order == 1);
        CHECK(child_end(pid) == i);
    }
}

TEST(exec_releases,
     "execve in the child lets the parent go on and leaves the parent's memory alone")
{
    char *argv[] = {"/bin/sh", "-c", "exit 9", NULL};
    char *envp[] = {NULL};
    shared_value = 5;
    pid_t pid = vfork();
    if (pid == 0) {
        shared_value = 6;
        execve(argv[0], argv, envp);
        _exit(127);
    }
    CHECK(shared_value == 6);
    CHECK(child_end(pid) == 9);
    CHECK(shared_value == 6);
}

TEST(exec_failure,
     "after a failed execve the child still runs on the parent's memory and can tell it why")
{
    static volatile int reason;
    reason = 0;
    pid_t pid = vfork();
    if (pid == 0) {
        char *argv[] = {"/nothing/here", NULL};
        execve(argv[0], argv, argv + 1);
        reason = errno;
        _exit(127);
    }
    CHECK(reason == ENOENT);
    CHECK(child_end(pid) == 127);
}

TEST(descriptors_are_own,
     "descriptors are copied, not shared: closing in the child leaves the parent's open")
{
    int fd = open("/dev/null", O_RDONLY);
    CHECK(fd >= 0);
    pid_t pid = vfork();
    if (pid == 0) {
        close(fd);
        _exit(0);
    }
    CHECK(child_end(pid) == 0);
    CHECK(fcntl(fd, F_GETFD) == 0);
}

TEST(killed_child, "a vfork child killed by a signal releases the parent too")
{
    pid_t pid = vfork();
    if (pid == 0) {
        kill(getpid(), SIGKILL);
        _exit(0);
    }
    CHECK(child_end(pid) == 128 + SIGKILL);
}

TEST(faulting_child, "a vfork child that faults dies alone; the borrowed memory lives on")
{
    shared_value = 70;
    pid_t pid = vfork();
    if (pid == 0) {
        shared_value = 71;
        PEEK(8);
        _exit(0);
    }
    CHECK(shared_value == 71);
    CHECK(child_end(pid) == 128 + SIGSEGV);
}

TEST(memory_mapped_by_child, "memory that the child maps stays for the parent")
{
    static unsigned char *volatile where;
    pid_t pid = vfork();
    if (pid == 0) {
        where = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
        where[0] = 33;
        _exit(0);
    }
    CHECK(child_end(pid) == 0);
    CHECK(where[0] == 33);
    CHECK(munmap(where, PAGE) == 0);
}
