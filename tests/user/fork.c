// SPDX-License-Identifier: ISC
//
// fork: two returns, two memories, many children, and what a child keeps of its parent.
// (Copy on write has its own file, cow.c; wait4's kinds of status are in wait.c.)
#include "support.h"

static int global_value = 1;
static const int constant_value = 42;

TEST(two_returns, "fork returns 0 in the child and the child's pid in the parent")
{
    pid_t parent = getpid();
    pid_t pid = fork();
    if (pid == 0) {
        CHECK(getpid() != parent);
        CHECK(getppid() == parent);
        _exit(17);
    }
    CHECK(pid > 0 && pid != parent);
    CHECK(child_end(pid) == 17);
}

TEST(separate_memory, "text, data, heap and stack are copies: neither side sees the other's writes")
{
    int on_stack = 10;
    int *on_heap = malloc(sizeof(int));
    CHECK(on_heap);
    *on_heap = 20;
    struct gate written = gate_make(), seen = gate_make();

    pid_t pid = fork();
    if (pid == 0) {
        gate_pass(&written);
        CHECK(global_value == 1 && on_stack == 10 && *on_heap == 20 && constant_value == 42);
        global_value = 2;
        on_stack = 11;
        *on_heap = 21;
        gate_open(&seen);
        CHECK(global_value == 2 && on_stack == 11 && *on_heap == 21);
        _exit(0);
    }
    global_value = 3;
    on_stack = 12;
    *on_heap = 22;
    gate_open(&written);
    gate_pass(&seen);
    CHECK(global_value == 3 && on_stack == 12 && *on_heap == 22);
    CHECK(child_end(pid) == 0);
}

TEST(exit_codes, "the low eight bits of every exit code reach the parent")
{
    static const int codes[] = {0, 1, 2, 127, 128, 200, 254, 255, 256, 257, -1};
    for (size_t i = 0; i < COUNT_OF(codes); i++) {
        pid_t pid = fork();
        if (pid == 0)
            _exit(codes[i]);
        CHECK(child_end(pid) == (codes[i] & 0xff));
    }
}

TEST(many_children, "a hundred children live at once, each with its own pid and exit code")
{
    enum { children = 100 };
    pid_t pids[children];
    struct gate go = gate_make();
    for (int i = 0; i < children; i++) {
        pids[i] = fork();
        CHECK(pids[i] >= 0);
        if (pids[i] == 0) {
            gate_pass(&go);
            _exit(i);
        }
        for (int j = 0; j < i; j++)
            CHECK(pids[i] != pids[j]);
    }
    for (int i = 0; i < children; i++)
        CHECK(kill(pids[i], 0) == 0);
    for (int i = 0; i < children; i++)
        gate_open(&go);
    for (int i = children - 1; i >= 0; i--)
        CHECK(child_end(pids[i]) == i);
    CHECK(FAILS(wait(NULL), ECHILD));
}

TEST(five_counters, "five children each count to 4999950000; the parent's counter stays 0")
{
    static volatile long n;
    for (int child = 0; child < 5; child++) {
        pid_t pid = fork();
        if (pid == 0) {
            for (long i = 0; i < 100000; i++)
                n += i;
            _exit(n == 4999950000 ? 0 : 1);
        }
        CHECK(child_end(pid) == 0);
    }
    CHECK(n == 0);
}

TEST(chain, "a child of a child of a child: sixteen generations hand a value up")
{
    volatile int depth = 0;
    for (;;) {
        pid_t pid = fork();
        CHECK(pid >= 0);
        if (pid != 0) {
            int end = child_end(pid);
            if (depth == 0) {
                CHECK(end == 16);
                return;
            }
            _exit(end);
        }
        if (++depth == 16)
            _exit(depth);
    }
}

TEST(orphan, "the child of a dead parent is adopted and goes on")
{
    struct gate orphaned = gate_make(), done = gate_make();
    pid_t pid = fork();
    if (pid == 0) {
        pid_t middle = getpid();
        if (fork() == 0) {
            gate_pass(&orphaned);
            CHECK(getppid() != middle);
            gate_open(&done);
            _exit(0);
        }
        _exit(3);
    }
    CHECK(child_end(pid) == 3);
    gate_open(&orphaned);
    gate_pass(&done);
    CHECK(FAILS(wait(NULL), ECHILD));
}

TEST(descriptors_are_shared, "parent and child share the offset of a file that was open")
{
    int fd = open("/proc/self/exe", O_RDONLY);
    CHECK(fd >= 0);
    pid_t pid = fork();
    if (pid == 0) {
        CHECK(lseek(fd, 100, SEEK_SET) == 100);
        _exit(0);
    }
    CHECK(child_end(pid) == 0);
    CHECK(lseek(fd, 0, SEEK_CUR) == 100);

    // Closing in the child does not close in the parent.
    pid = fork();
    if (pid == 0)
        _exit(close(fd));
    CHECK(child_end(pid) == 0);
    CHECK(fcntl(fd, F_GETFD) == 0);
}

TEST(inherited, "a child keeps directory, umask, group, session, handlers and mask; pending "
                "signals stay behind")
{
    CHECK(chdir("/usr") == 0);
    umask(0123);
    signal(SIGUSR1, SIG_IGN);
    sigset_t blocked, pending;
    sigemptyset(&blocked);
    sigaddset(&blocked, SIGUSR2);
    CHECK(sigprocmask(SIG_BLOCK, &blocked, NULL) == 0);
    CHECK(raise(SIGUSR2) == 0);
    pid_t group = getpgrp(), session = getsid(0);

    pid_t pid = fork();
    if (pid == 0) {
        char where[64];
        CHECK(getcwd(where, sizeof(where)) && strcmp(where, "/usr") == 0);
        CHECK(umask(0) == 0123);
        CHECK(getpgrp() == group && getsid(0) == session);
        CHECK(signal(SIGUSR1, SIG_DFL) == SIG_IGN);
        CHECK(sigprocmask(SIG_BLOCK, NULL, &blocked) == 0 && sigismember(&blocked, SIGUSR2));
        CHECK(sigpending(&pending) == 0 && !sigismember(&pending, SIGUSR2));
        _exit(0);
    }
    CHECK(child_end(pid) == 0);
    CHECK(sigpending(&pending) == 0 && sigismember(&pending, SIGUSR2));
}

TEST(fpu_is_copied, "floating-point registers have the same values on both sides of fork")
{
    double value = 1.5, in_child = 0;
    pid_t pid;
    // xmm7 is set before the call and read after it; fork here is the bare system call.
    __asm__ volatile("movsd %2, %%xmm7\n\tsyscall\n\tmovsd %%xmm7, %1"
                     : "=a"(pid), "=m"(in_child)
                     : "m"(value), "0"(SYS_fork)
                     : "rcx", "r11", "xmm7", "memory");
    if (pid == 0)
        _exit(in_child == 1.5 ? 0 : 1);
    CHECK(pid > 0 && in_child == 1.5);
    CHECK(child_end(pid) == 0);
}

TEST(registers_are_copied, "callee-saved registers are the same on both sides; rax alone differs")
{
    long rbx, r12, r15;
    pid_t pid;
    __asm__ volatile("mov $0x1111, %%rbx\n\tmov $0x2222, %%r12\n\tmov $0x3333, %%r15\n\tsyscall\n\t"
                     "mov %%rbx, %1\n\tmov %%r12, %2\n\tmov %%r15, %3"
                     : "=a"(pid), "=m"(rbx), "=m"(r12), "=m"(r15)
                     : "0"(SYS_fork)
                     : "rbx", "r12", "r15", "rcx", "r11", "memory");
    if (pid == 0)
        _exit(rbx == 0x1111 && r12 == 0x2222 && r15 == 0x3333 ? 0 : 1);
    CHECK(rbx == 0x1111 && r12 == 0x2222 && r15 == 0x3333);
    CHECK(child_end(pid) == 0);
}

TEST(thousand_forks, "a thousand forks one after the other all succeed")
{
    for (int i = 0; i < 1000; i++) {
        pid_t pid = fork();
        if (pid == 0)
            _exit(i & 0x7f);
        CHECK(pid > 0);
        CHECK(child_end(pid) == (i & 0x7f));
    }
}

TEST(tree, "a binary tree of 127 processes: each adds its subtree's count")
{
    // A node of height h counts 1 + both children; the root of height 6 counts 127.
    int height = 6;
    for (;;) {
        pid_t left = fork();
        CHECK(left >= 0);
        if (left == 0) {
            if (--height == 0)
                _exit(1);
            continue;
        }
        pid_t right = fork();
        CHECK(right >= 0);
        if (right == 0) {
            if (--height == 0)
                _exit(1);
            continue;
        }
        int count = 1 + child_end(left) + child_end(right);
        if (height < 6)
            _exit(count);
        CHECK(count == 127);
        return;
    }
}
