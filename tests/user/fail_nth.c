// SPDX-License-Identifier: ISC
/*
 * Each allocation that the kernel makes for an operation fails once, one after the other: the
 * operation may then fail, with a decent error, or do without; the next one works. A kernel without
 * /proc/thread-self/fail-nth (Linux has it only with CONFIG_FAULT_INJECTION) just does the operations.
 *
 * That nothing is lost on those paths shows in the kernel's counts, which are compared after each
 * test program.
 */
#include "harness.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/sem.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#define TRIES_MAX 2000

static int control = -1;

static void inject(int nth)
{
    char text[16];
    int len = snprintf(text, sizeof(text), "%d", nth);
    // The write may need the very allocation that is to fail; the second one does not fail, then.
    if (control >= 0 && pwrite(control, text, len, 0) != len && pwrite(control, text, len, 0) != len)
        _exit(3);
}

/* Did the allocation fail? Ends the injection. */
static int injected(void)
{
    char text[16] = "1";
    if (control < 0)
        return 0;
    int left = pread(control, text, sizeof(text) - 1, 0) > 0 ? atoi(text) : 1;
    inject(0);
    return left == 0;
}

static int decent(void)
{
    return errno == ENOMEM || errno == EAGAIN || errno == ENFILE || errno == ENOSPC || errno == EFAULT;
}

/*
 * Runs operation() with the 1st, 2nd, ... allocation failing, each in a child, until it needs fewer.
 * The operation returns 0 when it worked, -1 with errno when not. A child may also be killed for
 * want of memory, as a page fault can say no other way.
 */
static int try_all(int (*operation)(void))
{
    for (int nth = 1; nth < TRIES_MAX; nth++) {
        fflush(stdout);
        pid_t pid = fork();
        if (pid < 0)
            return -1;
        if (pid == 0) {
            control = open("/proc/thread-self/fail-nth", O_RDWR | O_CLOEXEC);
            inject(nth);
            int result = operation();
            int good = result == 0 || decent();
            int again = injected();
            if (!good || (!again && result != 0))
                _exit(2);
            if (operation() != 0) // and now, with memory, it works
                _exit(2);
            _exit(again ? 1 : 0);
        }
        int status;
        if (waitpid(pid, &status, 0) != pid)
            return -1;
        if (WIFSIGNALED(status) && (WTERMSIG(status) == SIGKILL || WTERMSIG(status) == SIGSEGV ||
                                    WTERMSIG(status) == SIGBUS))
            continue;
        if (!WIFEXITED(status) || WEXITSTATUS(status) > 1)
            return -1;
        if (WEXITSTATUS(status) == 0)
            return 0;
    }
    return -1;
}

static int do_pipe(void)
{
    char buf[8192] = "x";
    int p[2];
    if (pipe(p))
        return -1;
    struct pollfd f = {.fd = p[0], .events = POLLIN};
    int ok = write(p[1], buf, sizeof(buf)) > 0 && poll(&f, 1, 0) == 1 && read(p[0], buf, sizeof(buf)) > 0;
    int e = errno;
    close(p[0]);
    close(p[1]);
    errno = e;
    return ok ? 0 : -1;
}

static int do_fork(void)
{
    int status;
    pid_t pid = fork();
    if (pid == 0)
        _exit(0);
    return pid > 0 && waitpid(pid, &status, 0) == pid ? 0 : -1;
}

static int do_exec(void)
{
    static char *const argv[] = {"true", NULL}, *const envp[] = {"A=B", NULL};
    int status;
    pid_t pid = vfork();
    if (pid == 0) {
        execve("/bin/true", argv, envp);
        _exit(errno);
    }
    if (pid < 0 || waitpid(pid, &status, 0) != pid)
        return -1;
    if (WIFSIGNALED(status)) // past the point of no return
        errno = ENOMEM;
    else
        errno = WEXITSTATUS(status);
    return status ? -1 : 0;
}

static void *nothing(void *arg)
{
    return arg;
}

static int do_thread(void)
{
    pthread_t t;
    int err = pthread_create(&t, NULL, nothing, NULL);
    if (err) {
        errno = err;
        return -1;
    }
    return pthread_join(t, NULL);
}

static int do_memory(void)
{
    size_t size = 3 << 20;
    char *p = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (p == MAP_FAILED)
        return -1;
    for (size_t i = 0; i < size; i += 1 << 20)
        p[i] = 1;
    int ok = !mprotect(p + (1 << 20), 4096, PROT_READ) && !munmap(p + (2 << 20), 4096);
    int e = errno;
    while (munmap(p, size))
        ;
    errno = e;
    return ok ? 0 : -1;
}

static int do_files(void)
{
    char dir[64], a[96], b[96];
    snprintf(dir, sizeof(dir), "/tmp/fail-nth.%d", (int)getpid());
    snprintf(a, sizeof(a), "%s/a", dir);
    snprintf(b, sizeof(b), "%s/b", dir);
    int ok = 0, e = 0, fd = -1;
    if (mkdir(dir, 0700) == 0 && (fd = open(a, O_RDWR | O_CREAT, 0600)) >= 0 && write(fd, dir, 10) == 10 &&
        symlink(a, b) == 0 && rename(b, a) == 0)
        ok = 1;
    e = errno;
    if (fd >= 0)
        close(fd);
    for (int tries = 0; tries < 2; tries++) { // the first may be the allocation that fails
        unlink(a);
        unlink(b);
        rmdir(dir);
    }
    errno = e;
    return ok ? 0 : -1;
}

static int do_semaphores(void)
{
    int id = semget(IPC_PRIVATE, 3, 0600);
    if (id < 0)
        return -1;
    struct sembuf ops[2] = {{0, 1, SEM_UNDO}, {1, 2, SEM_UNDO}};
    int ok = semop(id, ops, 2) == 0, e = errno;
    while (semctl(id, 0, IPC_RMID))
        if (errno == EINVAL)
            return -1;
    errno = e;
    return ok ? 0 : -1;
}

TEST(pipes, "each allocation of pipe, write, poll and read fails once")
{
    CHECK(try_all(do_pipe) == 0);
}

TEST(forks, "each allocation of fork and wait fails once")
{
    CHECK(try_all(do_fork) == 0);
}

TEST(execs, "each allocation of vfork, execve and wait fails once")
{
    CHECK(try_all(do_exec) == 0);
}

TEST(threads, "each allocation of a thread's start and end fails once")
{
    CHECK(try_all(do_thread) == 0);
}

TEST(memory, "each allocation of mmap, faults, mprotect and munmap fails once")
{
    CHECK(try_all(do_memory) == 0);
}

TEST(files, "each allocation of mkdir, open, write, symlink and rename fails once")
{
    CHECK(try_all(do_files) == 0);
}

TEST(semaphores, "each allocation of semget and semop with SEM_UNDO fails once")
{
    CHECK(try_all(do_semaphores) == 0);
}
