// SPDX-License-Identifier: ISC
/*
 * bench [-n COUNT] [NAME...]: what the kernel's basic operations cost, in nanoseconds each. With -n
 * each operation is repeated COUNT times instead of as often as the table says. Under QEMU's -icount one nanosecond is one instruction, and a figure repeats to the digit. One static ELF for
 * Braid and for Linux; docs/performance.md has the tables and the commands.
 *
 * Each measurement runs its operation `count` times in a loop and prints the mean. Memory that a
 * measurement needs is there and touched before the clock starts.
 */
#include <errno.h>
#include <linux/futex.h>
#include <pthread.h>
#include <sched.h>
#include <semaphore.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/sem.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define PAGE 4096ul
#define MIB  (1ul << 20)

static uint64_t now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return t.tv_sec * 1000000000ull + t.tv_nsec;
}

static void die(const char *what)
{
    perror(what);
    exit(1);
}

static void *map(size_t size, int flags)
{
    void *p = mmap(NULL, size, PROT_READ | PROT_WRITE, flags | MAP_ANONYMOUS, -1, 0);
    if (p == MAP_FAILED)
        die("mmap");
    return p;
}

static void touch(char *p, size_t size)
{
    for (size_t i = 0; i < size; i += PAGE)
        p[i] = 1;
}

/* --- calls --- */

static void null_call(unsigned n)
{
    while (n--)
        syscall(SYS_getppid);
}

static void yield_alone(unsigned n)
{
    while (n--)
        sched_yield();
}

static void read_clock(unsigned n)
{
    while (n--)
        now();
}

/* --- two sides: the child does the same as the parent, seen from the other side --- */

static pid_t start_child(void (*child)(unsigned, void *), unsigned n, void *arg)
{
    pid_t pid = fork();
    if (pid < 0)
        die("fork");
    if (pid == 0) {
        child(n, arg);
        _exit(0);
    }
    return pid;
}

static void yield_child(unsigned n, void *unused)
{
    (void)unused;
    yield_alone(n);
}

static void yield_two(unsigned n) // n switches in all
{
    pid_t pid = start_child(yield_child, n / 2, NULL);
    yield_alone(n / 2);
    waitpid(pid, NULL, 0);
}

static void *yield_thread(void *n)
{
    yield_alone((unsigned)(uintptr_t)n);
    return NULL;
}

static void yield_threads(unsigned n) // the same in one address space
{
    pthread_t t;
    if (pthread_create(&t, NULL, yield_thread, (void *)(uintptr_t)(n / 2)))
        die("pthread");
    yield_alone(n / 2);
    pthread_join(t, NULL);
}

struct two_pipes {
    int there[2], back[2];
};

static void pipe_child(unsigned n, void *arg)
{
    struct two_pipes *p = arg;
    char c;
    while (n--)
        if (read(p->there[0], &c, 1) != 1 || write(p->back[1], &c, 1) != 1)
            _exit(1);
}

static void pipe_pingpong(unsigned n)
{
    struct two_pipes p;
    char c = 0;
    if (pipe(p.there) || pipe(p.back))
        die("pipe");
    pid_t pid = start_child(pipe_child, n, &p);
    while (n--)
        if (write(p.there[1], &c, 1) != 1 || read(p.back[0], &c, 1) != 1)
            die("ping-pong");
    waitpid(pid, NULL, 0);
    close(p.there[0]), close(p.there[1]), close(p.back[0]), close(p.back[1]);
}

static void pipe_bytes(unsigned n, size_t size) // a write and a read, both without waiting
{
    static char buf[65536];
    int p[2];
    if (pipe(p))
        die("pipe");
    while (n--)
        if (write(p[1], buf, size) != (ssize_t)size || read(p[0], buf, size) != (ssize_t)size)
            die("pipe");
    close(p[0]), close(p[1]);
}

static void pipe_one_byte(unsigned n)
{
    pipe_bytes(n, 1);
}

static void pipe_64k(unsigned n)
{
    pipe_bytes(n, 65536);
}

static void futex_until(_Atomic int *word, int value)
{
    int seen;
    while ((seen = *word) != value)
        syscall(SYS_futex, word, FUTEX_WAIT, seen, NULL, NULL, 0);
}

static void futex_set(_Atomic int *word, int value)
{
    *word = value;
    syscall(SYS_futex, word, FUTEX_WAKE, 1, NULL, NULL, 0);
}

static void futex_child(unsigned n, void *word)
{
    while (n--) {
        futex_until(word, 1);
        futex_set(word, 0);
    }
}

static void futex_pingpong(unsigned n)
{
    _Atomic int *word = map(PAGE, MAP_SHARED);
    pid_t pid = start_child(futex_child, n, word);
    while (n--) {
        futex_set(word, 1);
        futex_until(word, 0);
    }
    waitpid(pid, NULL, 0);
    munmap(word, PAGE);
}

static void posix_child(unsigned n, void *arg)
{
    sem_t *s = arg;
    while (n--) {
        sem_wait(&s[0]);
        sem_post(&s[1]);
    }
}

static void posix_pingpong(unsigned n)
{
    sem_t *s = map(PAGE, MAP_SHARED);
    sem_init(&s[0], 1, 0);
    sem_init(&s[1], 1, 0);
    pid_t pid = start_child(posix_child, n, s);
    while (n--) {
        sem_post(&s[0]);
        sem_wait(&s[1]);
    }
    waitpid(pid, NULL, 0);
    munmap(s, PAGE);
}

static void sysv_step(int id, int which, int amount)
{
    struct sembuf op = {.sem_num = which, .sem_op = amount};
    if (semop(id, &op, 1))
        die("semop");
}

static void sysv_child(unsigned n, void *id)
{
    while (n--) {
        sysv_step(*(int *)id, 0, -1);
        sysv_step(*(int *)id, 1, 1);
    }
}

static void sysv_pingpong(unsigned n)
{
    int id = semget(IPC_PRIVATE, 2, 0600);
    if (id < 0)
        die("semget");
    pid_t pid = start_child(sysv_child, n, &id);
    while (n--) {
        sysv_step(id, 0, 1);
        sysv_step(id, 1, -1);
    }
    waitpid(pid, NULL, 0);
    semctl(id, 0, IPC_RMID);
}

static void *thread_body(void *arg)
{
    return arg;
}

static void threads(unsigned n)
{
    pthread_t t;
    while (n--)
        if (pthread_create(&t, NULL, thread_body, NULL) || pthread_join(t, NULL))
            die("pthread");
}

/* --- processes --- */

static void fork_exit_wait(unsigned n)
{
    while (n--) {
        pid_t pid = fork();
        if (pid == 0)
            _exit(0);
        if (pid < 0 || waitpid(pid, NULL, 0) != pid)
            die("fork");
    }
}

static void vfork_exit_wait(unsigned n)
{
    while (n--) {
        pid_t pid = vfork();
        if (pid == 0)
            _exit(0);
        if (pid < 0 || waitpid(pid, NULL, 0) != pid)
            die("vfork");
    }
}

static void fork_exec_wait(unsigned n)
{
    char *argv[] = {"bench", "nothing", NULL};
    while (n--) {
        pid_t pid = fork();
        if (pid == 0) {
            execv("/proc/self/exe", argv);
            _exit(127);
        }
        if (pid < 0 || waitpid(pid, NULL, 0) != pid)
            die("fork");
    }
}

static void fork_storm(unsigned n) // all alive at once
{
    unsigned started = 0;
    int hold[2];
    char c;
    if (pipe(hold))
        die("pipe");
    for (; started < n; started++) {
        pid_t pid = fork();
        if (pid < 0)
            die("fork");
        if (pid == 0) {
            close(hold[1]);
            _exit(read(hold[0], &c, 1) != 0);
        }
    }
    close(hold[0]), close(hold[1]);
    while (started--)
        wait(NULL);
}

static void fork_with(size_t mib, unsigned n)
{
    char *p = map(mib * MIB, MAP_PRIVATE);
    touch(p, mib * MIB);
    uint64_t start = now();
    fork_exit_wait(n);
    printf("fork, exit, wait with %zu MiB touched: %lu\n", mib, (now() - start) / n);
    munmap(p, mib * MIB);
}

/* --- memory --- */

#define FAULT_PAGES 1024u

static void anonymous_faults(unsigned n) // n pages
{
    char *p = map(n * PAGE, MAP_PRIVATE);
    touch(p, n * PAGE);
    munmap(p, n * PAGE);
}

static void map_unmap(unsigned n)
{
    while (n--)
        munmap(map(65536, MAP_PRIVATE), 65536);
}

static void cow_faults(void)
{
    char *p = map(FAULT_PAGES * PAGE, MAP_PRIVATE);
    touch(p, FAULT_PAGES * PAGE);
    fflush(stdout);
    pid_t pid = fork();
    if (pid == 0) {
        uint64_t start = now();
        p[0] = 2;
        uint64_t first = now();
        touch(p + PAGE, 256 * PAGE);
        uint64_t end = now();
        printf("first write after fork: %lu\nlater writes after fork: %lu\n", first - start,
               (end - first) / 256);
        fflush(stdout);
        _exit(0);
    }
    waitpid(pid, NULL, 0);
    munmap(p, FAULT_PAGES * PAGE);
}

static const struct {
    const char *name;
    void (*run)(unsigned n);
    unsigned count;
} table[] = {
    {"null system call", null_call, 10000},
    {"clock_gettime", read_clock, 10000},
    {"sched_yield, alone", yield_alone, 10000},
    {"sched_yield, two processes", yield_two, 4000},
    {"sched_yield, two threads", yield_threads, 4000},
    {"pipe, ping-pong", pipe_pingpong, 1000},
    {"pipe, 1 byte in and out", pipe_one_byte, 5000},
    {"pipe, 64 KiB in and out", pipe_64k, 200},
    {"futex, ping-pong", futex_pingpong, 1000},
    {"POSIX semaphore, ping-pong", posix_pingpong, 1000},
    {"System V semaphore, ping-pong", sysv_pingpong, 1000},
    {"thread, create and join", threads, 500},
    {"fork, exit, wait", fork_exit_wait, 200},
    {"vfork, exit, wait", vfork_exit_wait, 200},
    {"fork, exec, exit, wait", fork_exec_wait, 100},
    {"fork, 1000 at once", fork_storm, 1000},
    {"anonymous page, first write", anonymous_faults, 4096},
    {"mmap and munmap of 64 KiB", map_unmap, 2000},
};

static int wanted(const char *name, int argc, char **argv)
{
    for (int i = 1; i < argc; i++)
        if (strstr(name, argv[i]))
            return 1;
    return argc == 1;
}

int main(int argc, char **argv)
{
    static const size_t sizes[] = {1, 16, 64, 256, 1024};
    if (argc == 2 && !strcmp(argv[1], "nothing"))
        return 0;
    setvbuf(stdout, NULL, _IONBF, 0);
    unsigned count = 0;
    if (argc > 2 && !strcmp(argv[1], "-n")) {
        count = (unsigned)atoi(argv[2]);
        argc -= 2;
        argv += 2;
    }
    for (unsigned i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
        if (!wanted(table[i].name, argc, argv))
            continue;
        table[i].run(2); // warm: what the first use needs is there
        unsigned n = count ? count : table[i].count;
        uint64_t start = now();
        table[i].run(n);
        printf("%s: %lu\n", table[i].name, (now() - start) / n);
    }
    if (wanted("writes after fork", argc, argv))
        cow_faults();
    for (unsigned i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++)
        if (wanted("MiB", argc, argv))
            fork_with(sizes[i], sizes[i] > 64 ? 3 : 20);
    return 0;
}
