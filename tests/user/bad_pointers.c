// SPDX-License-Identifier: ISC
//
// Hostile pointers: every call with an address in it refuses those that are not the caller's memory
// with EFAULT, whichever argument it is; and no call at all does harm, whatever it is given.
#include "support.h"

#include <linux/futex.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/sem.h>
#include <sys/time.h>
#include <time.h>

#define ARCH_GET_FS 0x1003

// Arguments that are made for each run: X marks the address under test, G a buffer that is good.
#define X    0x5858585858585858l
#define G    0x4747474747474747l
#define PATH 0x5050505050505050l // the name of a file that exists
#define NEW  0x4e4e4e4e4e4e4e4el // the name of one that does not
#define ZERO 0x5a5a5a5a5a5a5a5al // a descriptor of /dev/zero
#define PIPE 0x4f4f4f4f4f4f4f4fl // the writing end of a pipe with some bytes in it
#define DIR_ 0x4444444444444444l // a descriptor of a directory
#define SEM_ 0x5353535353535353l // a semaphore set

struct call {
    const char *name;
    long number;
    long arguments[6];
    bool writes; // the kernel writes there: read-only memory must be refused too
    int size;    // bytes at the address; 0 for a string
};

#define CALL(name, ...)                                                                            \
    {                                                                                              \
#name, SYS_##name, {__VA_ARGS__ }, false, 0                                                \
    }
#define IN(name, size, ...)                                                                        \
    {                                                                                              \
#name, SYS_##name, {__VA_ARGS__ }, false, size                                             \
    }
#define OUT(name, size, ...)                                                                       \
    {                                                                                              \
#name, SYS_##name, {__VA_ARGS__ }, true, size                                              \
    }

static const struct call calls[] = {
    OUT(read, 64, ZERO, X, 64),
    IN(write, 64, PIPE, X, 64),
    OUT(pread64, 64, ZERO, X, 64, 0),
    IN(readv, 16, ZERO, X, 1),
    IN(writev, 16, PIPE, X, 1),
    CALL(open, X, O_RDONLY),
    CALL(openat, AT_FDCWD, X, O_RDONLY),
    CALL(creat, X, 0600),
    CALL(stat, X, G),
    OUT(stat, 144, PATH, X),
    CALL(lstat, X, G),
    OUT(lstat, 144, PATH, X),
    OUT(fstat, 144, ZERO, X),
    CALL(newfstatat, AT_FDCWD, X, G, 0),
    OUT(newfstatat, 144, AT_FDCWD, PATH, X, 0),
    CALL(access, X, F_OK),
    CALL(faccessat, AT_FDCWD, X, F_OK),
    CALL(truncate, X, 0),
    CALL(chdir, X),
    CALL(mkdir, X, 0700),
    CALL(mkdirat, AT_FDCWD, X, 0700),
    CALL(rmdir, X),
    CALL(unlink, X),
    CALL(unlinkat, AT_FDCWD, X, 0),
    CALL(rename, X, NEW),
    CALL(rename, PATH, X),
    CALL(renameat2, AT_FDCWD, PATH, AT_FDCWD, X, 0),
    CALL(link, X, NEW),
    CALL(link, PATH, X),
    CALL(symlink, X, NEW),
    CALL(symlink, PATH, X),
    CALL(readlink, X, G, 64),
    OUT(readlink, 64, (long)"/proc/self/exe", X, 64),
    CALL(chmod, X, 0600),
    CALL(chown, X, 0, 0),
    CALL(utimensat, AT_FDCWD, X, 0, 0),
    OUT(getcwd, 1, X, 64),
    OUT(getdents64, 512, DIR_, X, 512),
    CALL(statfs, X, G),
    OUT(statfs, 120, PATH, X),
    OUT(fstatfs, 120, ZERO, X),
    OUT(pipe, 8, X),
    OUT(pipe2, 8, X, 0),
    OUT(ioctl, 4, PIPE, FIONREAD, X),
    IN(poll, 8, X, 1, 0),
    IN(rt_sigaction, 32, SIGUSR1, X, 0, 8),
    OUT(rt_sigaction, 32, SIGUSR1, 0, X, 8),
    IN(rt_sigprocmask, 8, SIG_BLOCK, X, 0, 8),
    OUT(rt_sigprocmask, 8, SIG_BLOCK, 0, X, 8),
    OUT(rt_sigpending, 8, X, 8),
    IN(rt_sigsuspend, 8, X, 8),
    IN(rt_sigtimedwait, 8, X, 0, 0, 8),
    IN(sigaltstack, 24, X, 0),
    OUT(sigaltstack, 24, 0, X),
    IN(nanosleep, 16, X, 0),
    IN(clock_nanosleep, 16, CLOCK_MONOTONIC, 0, X, 0),
    OUT(clock_gettime, 16, CLOCK_MONOTONIC, X),
    OUT(clock_getres, 16, CLOCK_MONOTONIC, X),
    OUT(gettimeofday, 16, X, 0),
    OUT(times, 32, X),
    OUT(getitimer, 32, ITIMER_REAL, X),
    IN(setitimer, 32, ITIMER_REAL, X, 0),
    IN(futex, 4, X, FUTEX_WAIT, 1, 0, 0, 0),
    IN(futex, 16, G, FUTEX_WAIT, 0, X, 0, 0),
    OUT(uname, 390, X),
    OUT(sysinfo, 112, X),
    OUT(getrusage, 144, RUSAGE_SELF, X),
    OUT(getrlimit, 16, RLIMIT_NOFILE, X),
    IN(setrlimit, 16, RLIMIT_NOFILE, X),
    IN(prlimit64, 16, 0, RLIMIT_NOFILE, X, 0),
    OUT(prlimit64, 16, 0, RLIMIT_NOFILE, 0, X),
    OUT(getresuid, 4, X, G, G),
    OUT(getresgid, 4, G, G, X),
    OUT(getrandom, 32, X, 32, 0),
    OUT(sched_getaffinity, 8, 0, 128, X),
    CALL(prctl, PR_SET_NAME, X),
    OUT(prctl, 16, PR_GET_NAME, X),
    OUT(arch_prctl, 8, ARCH_GET_FS, X),
    IN(semop, 6, SEM_, X, 1),
    OUT(semctl, 8, SEM_, 0, GETALL, X),
    CALL(execve, X, 0, 0),
    IN(execve, 8, (long)"/proc/self/exe", X, 0),
};

static unsigned char *good, *edge, *read_only;
static int zero, pipe_end, here, semaphores;

static void set_up(char directory[64])
{
    int ends[2];
    enter_directory(directory);
    write_file("exists", "", 0, 0600);
    good = private_memory(2 * PAGE);
    edge = good + PAGE;
    read_only = private_memory(PAGE);
    memset(read_only, 0, PAGE);
    CHECK(munmap(edge, PAGE) == 0 && mprotect(read_only, PAGE, PROT_READ) == 0);
    zero = open("/dev/zero", O_RDWR);
    here = open(".", O_RDONLY);
    CHECK(pipe(ends) == 0 && write(ends[1], "some bytes", 10) == 10);
    pipe_end = ends[1];
    semaphores = semget(IPC_PRIVATE, 4, IPC_CREAT | 0600);
    CHECK(zero >= 0 && here >= 0 && semaphores >= 0);
}

static void tear_down(const char directory[64])
{
    CHECK(semctl(semaphores, 0, IPC_RMID) == 0);
    CHECK(unlink("exists") == 0);
    leave_directory(directory);
}

static long argument_value(long argument, const void *address)
{
    switch (argument) {
    case X:
        return (long)address;
    case G:
        return (long)good;
    case PATH:
        return (long)"exists";
    case NEW:
        return (long)"new";
    case ZERO:
        return zero;
    case PIPE:
        return pipe_end;
    case DIR_:
        return here;
    case SEM_:
        return semaphores;
    default:
        return argument;
    }
}

static long call_with(const struct call *call, const void *address)
{
    long a[6];
    for (int i = 0; i < 6; i++)
        a[i] = argument_value(call->arguments[i], address);
    return raw_call(call->number, a[0], a[1], a[2], a[3], a[4], a[5]);
}

// Makes every call of the table with ADDRESS; each must be EFAULT.
static void check_all(uintptr_t address)
{
    for (size_t i = 0; i < COUNT_OF(calls); i++) {
        long result = call_with(&calls[i], (const void *)address);
        if (result != -EFAULT)
            harness_fail(__FILE__, __LINE__, "%s (entry %zu) with %#lx: %ld", calls[i].name, i,
                         (unsigned long)address, result);
    }
}

TEST(nowhere, "an address where nothing is mapped is EFAULT in every call")
{
    char directory[64];
    set_up(directory);
    check_all(8);
    check_all((uintptr_t)edge);
    check_all(0x600000000120);
    tear_down(directory);
}

TEST(kernel_memory,
     "addresses in the kernel's half, at its ends and beyond any address are EFAULT in every call")
{
    static const uintptr_t addresses[] = {
        0x00007ffffffff000, 0x0000800000000000, 0x8000000000000000, 0xffff800000000000,
        0xffff888000000000, 0xffffffff80000000, 0xffffffff80100000, 0xfffffffffffff000};
    char directory[64];
    set_up(directory);
    for (size_t i = 0; i < COUNT_OF(addresses); i++)
        check_all(addresses[i]);
    tear_down(directory);
}

TEST(last_bytes, "addresses whose object would wrap round the end of all memory are EFAULT")
{
    char directory[64];
    set_up(directory);
    check_all(0xfffffffffffffff8);
    tear_down(directory);
}

TEST(half_there,
     "a structure or string that begins in the last mapped bytes and ends beyond them is EFAULT")
{
    char directory[64];
    set_up(directory);
    for (size_t i = 0; i < COUNT_OF(calls); i++) {
        if (calls[i].size == 1 || calls[i].number == SYS_read || calls[i].number == SYS_pread64 ||
            calls[i].number == SYS_write || calls[i].number == SYS_getrandom ||
            calls[i].number == SYS_readlink || calls[i].number == SYS_getdents64)
            continue; // these may do the part that they can
        if (calls[i].number == SYS_sched_getaffinity || calls[i].number == SYS_semctl ||
            calls[i].number == SYS_getresuid || calls[i].number == SYS_getresgid ||
            calls[i].number == SYS_futex)
            continue; // of a size of the kernel's, or of a word that is aligned
        memset(good, 'p', PAGE);
        size_t part = calls[i].size ? (size_t)calls[i].size / 2 : 3;
        long result = call_with(&calls[i], edge - part);
        if (result != -EFAULT)
            harness_fail(__FILE__, __LINE__, "%s (entry %zu): %ld", calls[i].name, i, result);
    }
    tear_down(directory);
}

TEST(read_only_memory, "results are not written into read-only memory, nor into the program's text")
{
    char directory[64];
    set_up(directory);
    for (size_t i = 0; i < COUNT_OF(calls); i++) {
        if (!calls[i].writes)
            continue;
        long result = call_with(&calls[i], read_only);
        if (result != -EFAULT)
            harness_fail(__FILE__, __LINE__, "%s (entry %zu): %ld", calls[i].name, i, result);
        result = call_with(&calls[i], (const void *)((uintptr_t)check_all & ~15ul));
        if (result != -EFAULT)
            harness_fail(__FILE__, __LINE__, "%s (entry %zu), text: %ld", calls[i].name, i, result);
    }
    tear_down(directory);
}

TEST(lengths, "lengths that reach out of user space or wrap round are refused, never followed")
{
    static const size_t lengths[] = {1ul << 47, 1ul << 62, ~0ul, ~0ul >> 1, 0x8000000000000000};
    unsigned char *memory = private_memory(PAGE);
    int fd = open("/dev/zero", O_RDWR);
    for (size_t i = 0; i < COUNT_OF(lengths); i++) {
        long size = (long)lengths[i];
        CHECK(raw_call(SYS_read, fd, (long)memory, size, 0, 0, 0) < 0);
        CHECK(raw_call(SYS_munmap, (long)memory, size, 0, 0, 0, 0) == -EINVAL);
        CHECK(raw_call(SYS_getdents64, open("/", O_RDONLY), 8, size, 0, 0, 0) < 0);
    }
    CHECK(memory[PAGE - 1] == 0);
}

TEST(thread_addresses,
     "clone with bad id addresses makes its child all the same; with a bad stack that one dies")
{
    long pid =
        raw_call(SYS_clone, SIGCHLD | CLONE_PARENT_SETTID | CLONE_CHILD_SETTID, 0, 8, 8, 0, 0);
    if (pid == 0)
        raw_call(SYS_exit_group, 72, 0, 0, 0, 0, 0);
    CHECK(pid > 0 && child_end((pid_t)pid) == 72);
    pid = raw_call(SYS_clone, SIGCHLD | CLONE_CHILD_CLEARTID, 0, 0, (long)KERNEL_MEMORY, 0, 0);
    if (pid == 0)
        raw_call(SYS_exit_group, 73, 0, 0, 0, 0, 0);
    CHECK(pid > 0 && child_end((pid_t)pid) == 73);
}
