// SPDX-License-Identifier: ISC
//
// Many at once: processes, threads, files. Afterwards all must be gone; where the kernel tells its
// own counts (/proc/braid/counts) they must be what they were.
#include "support.h"

#include <pthread.h>
#include <sys/resource.h>

// A number out of /proc/braid/counts, or 0 where there is none.
static long kernel_count(const char *name)
{
    char text[2048];
    int fd = open("/proc/braid/counts", O_RDONLY);
    ssize_t length = fd < 0 ? 0 : read(fd, text, sizeof(text) - 1);
    close(fd);
    text[length > 0 ? length : 0] = 0;
    size_t size = strlen(name);
    for (char *line = text; line; line = strchr(line, '\n') ? strchr(line, '\n') + 1 : NULL)
        if (!strncmp(line, name, size) && line[size] == ' ')
            return atol(line + size);
    return 0;
}

// Waits until a count is about what it was: the kernel may put off the last of the work, and others
// may begin something meanwhile, but what is tested here makes hundreds.
static void wait_for_count(const char *name, long value)
{
    while (kernel_count(name) > value + 50)
        sched_yield();
}

TEST(processes, "200 processes are alive at once, each with memory of its own; then all are gone")
{
    enum { count = 200 };
    static pid_t pids[count];
    struct gate ready = gate_make(), go = gate_make();
    long processes = kernel_count("processes"), tables = kernel_count("page_tables");
    for (int i = 0; i < count; i++) {
        pids[i] = fork();
        CHECK(pids[i] >= 0);
        if (pids[i] == 0) {
            unsigned char *memory = private_memory(16 * PAGE);
            memset(memory, i, 16 * PAGE);
            gate_open(&ready);
            gate_pass(&go);
            for (size_t at = 0; at < 16 * PAGE; at += PAGE)
                CHECK(memory[at] == (unsigned char)i);
            _exit(i & 0x7f);
        }
    }
    for (int i = 0; i < count; i++)
        gate_pass(&ready);
    for (int i = 0; i < count; i++)
        CHECK(kill(pids[i], 0) == 0);
    for (int i = 0; i < count; i++)
        gate_open(&go);
    for (int i = 0; i < count; i++)
        CHECK(child_end(pids[i]) == (i & 0x7f));
    wait_for_count("processes", processes);
    wait_for_count("page_tables", tables);
}

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t changed = PTHREAD_COND_INITIALIZER;
static int alive, released;

static void *live(void *argument)
{
    pthread_mutex_lock(&lock);
    alive++;
    pthread_cond_broadcast(&changed);
    while (!released)
        pthread_cond_wait(&changed, &lock);
    pthread_mutex_unlock(&lock);
    return argument;
}

TEST(threads, "500 threads are alive at once in one process; then all are gone")
{
    enum { count = 500 };
    static pthread_t threads[count];
    long before = kernel_count("threads");
    pthread_attr_t attributes;
    CHECK(pthread_attr_init(&attributes) == 0);
    CHECK(pthread_attr_setstacksize(&attributes, 64 * 1024) == 0);
    for (long i = 0; i < count; i++)
        CHECK(pthread_create(&threads[i], &attributes, live, (void *)i) == 0);
    pthread_mutex_lock(&lock);
    while (alive < count)
        pthread_cond_wait(&changed, &lock);
    released = 1;
    pthread_cond_broadcast(&changed);
    pthread_mutex_unlock(&lock);
    for (long i = 0; i < count; i++) {
        void *value;
        CHECK(pthread_join(threads[i], &value) == 0 && (long)value == i);
    }
    wait_for_count("threads", before);
}

TEST(process_limit, "RLIMIT_NPROC: fork is EAGAIN for a user with too many processes, and works "
                    "again after one ended")
{
    pid_t pid = fork();
    if (pid == 0) {
        struct rlimit limit = {5, 5};
        pid_t children[5], child;
        uid_t user = 100000 + (uid_t)getpid(); // nobody else's
        CHECK(setgid(65533) == 0 && setuid(user) == 0);
        CHECK(setrlimit(RLIMIT_NPROC, &limit) == 0);
        for (int i = 0; i < 5; i++) {
            children[i] = fork();
            if (children[i] == 0)
                for (;;)
                    pause();
            CHECK(i < 4 ? children[i] > 0 : children[i] == -1 && errno == EAGAIN);
        }
        CHECK(kill(children[0], SIGKILL) == 0 && child_end(children[0]) == 128 + SIGKILL);
        child = fork();
        if (child == 0)
            _exit(5);
        CHECK(child > 0 && child_end(child) == 5);
        for (int i = 1; i < 4; i++)
            CHECK(kill(children[i], SIGKILL) == 0 && child_end(children[i]) == 128 + SIGKILL);
        _exit(74);
    }
    CHECK(child_end(pid) == 74);
}

TEST(deep_family, "a hundred generations alive at once, each the child of the one before")
{
    struct gate bottom = gate_make();
    int depth = 0;
    for (;;) {
        pid_t pid = fork();
        CHECK(pid >= 0);
        if (pid == 0 && ++depth < 100)
            continue;
        if (pid == 0) {
            gate_open(&bottom);
            _exit(0);
        }
        CHECK(child_end(pid) == 0);
        if (depth > 0)
            _exit(0);
        gate_pass(&bottom);
        return;
    }
}

TEST(fork_storm, "twenty processes fork and wait at once, fifty times each")
{
    pid_t pids[20];
    for (int i = 0; i < 20; i++) {
        pids[i] = fork();
        if (pids[i] == 0) {
            for (int n = 0; n < 50; n++) {
                pid_t child = fork();
                if (child == 0)
                    _exit(n);
                CHECK(child > 0 && child_end(child) == n);
            }
            _exit(0);
        }
    }
    for (int i = 0; i < 20; i++)
        CHECK(child_end(pids[i]) == 0);
}

TEST(killed_at_any_time, "a process with children, threads and pipes is killed at any moment, a "
                         "hundred times: nothing remains")
{
    long processes = kernel_count("processes"), files = kernel_count("files");
    for (int round = 0; round < 100; round++) {
        pid_t pid = fork();
        if (pid == 0) {
            for (;;) {
                int ends[2];
                pthread_t thread;
                if (pipe(ends) == 0 && write(ends[1], "x", 1) == 1)
                    close(ends[0]);
                close(ends[1]);
                if (pthread_create(&thread, NULL, live, NULL) == 0)
                    pthread_detach(thread);
                pid_t child = fork();
                if (child == 0)
                    _exit(0);
                child_end(child);
            }
        }
        for (int i = 0; i < round; i++)
            sched_yield();
        CHECK(kill(pid, SIGKILL) == 0);
        CHECK(child_end(pid) == 128 + SIGKILL);
    }
    wait_for_count("processes", processes);
    wait_for_count("files", files);
}
