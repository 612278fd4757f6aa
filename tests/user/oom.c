// SPDX-License-Identifier: ISC
//
// No memory left: allocations fail with ENOMEM or the process is killed, and nothing else suffers.
//
// On Braid, run in a small machine, the memory itself runs out; on Linux a limit stands in for it.
#include "support.h"

#include <pthread.h>
#include <sys/resource.h>

#define SAW_ENOMEM 48

static void limit_memory(void)
{
    struct rlimit limit = {256 << 20, 256 << 20};
    if (access("/proc/braid/counts", F_OK) != 0)
        CHECK(setrlimit(RLIMIT_AS, &limit) == 0);
}

static bool ended_well(int end)
{
    return end == SAW_ENOMEM || end == 128 + SIGKILL;
}

// After each trial: this process still can do what it could.
static void check_alive(void)
{
    unsigned char *memory = private_memory(256 * PAGE);
    memset(memory, 1, 256 * PAGE);
    CHECK(munmap(memory, 256 * PAGE) == 0);
    pid_t pid = fork();
    if (pid == 0)
        _exit(75);
    CHECK(pid > 0 && child_end(pid) == 75);
}

static void map_without_end(void)
{
    limit_memory();
    for (;;) {
        unsigned char *memory =
            mmap(NULL, 1 << 20, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
        if (memory == MAP_FAILED)
            _exit(errno == ENOMEM ? SAW_ENOMEM : 1);
        memset(memory, 1, 1 << 20);
    }
}

static void allocate_without_end(void)
{
    limit_memory();
    for (size_t size = 1;; size = size * 3 % 100003 + 1) {
        unsigned char *memory = malloc(size);
        if (!memory)
            _exit(errno == ENOMEM ? SAW_ENOMEM : 1);
        memset(memory, 1, size);
    }
}

static void break_without_end(void)
{
    limit_memory();
    for (;;) {
        uintptr_t old = (uintptr_t)syscall(SYS_brk, 0);
        if ((uintptr_t)syscall(SYS_brk, old + (1 << 20)) != old + (1 << 20))
            _exit(SAW_ENOMEM);
        memset((void *)old, 1, 1 << 20);
    }
}

TEST(allocations, "a process that maps, allocates or breaks without end sees ENOMEM or is killed; "
                  "the others live")
{
    for (int round = 0; round < 3; round++) {
        CHECK(ended_well(run_child(map_without_end)));
        check_alive();
        CHECK(ended_well(run_child(allocate_without_end)));
        check_alive();
        CHECK(ended_well(run_child(break_without_end)));
        check_alive();
    }
}

TEST(goes_on, "after ENOMEM from a limit the process frees what it has and goes on")
{
    pid_t pid = fork();
    if (pid == 0) {
        struct rlimit limit = {64 << 20, 64 << 20};
        void *blocks[256];
        int count = 0;
        CHECK(setrlimit(RLIMIT_AS, &limit) == 0);
        while (count < 256 && (blocks[count] = malloc(1 << 20)) != NULL)
            count++;
        CHECK(count > 10 && count < 64 && errno == ENOMEM);
        CHECK(mmap(NULL, 64 << 20, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) == MAP_FAILED);
        while (count > 0)
            free(blocks[--count]);
        CHECK((blocks[0] = malloc(20 << 20)) != NULL);
        _exit(0);
    }
    CHECK(child_end(pid) == 0);
}

static void *wait_for_ever(void *argument)
{
    for (;;)
        pause();
    return argument;
}

TEST(threads, "pthread_create without room for a stack returns EAGAIN")
{
    pid_t pid = fork();
    if (pid == 0) {
        struct rlimit limit = {64 << 20, 64 << 20};
        pthread_attr_t attributes;
        pthread_t thread;
        int error, count = 0;
        CHECK(setrlimit(RLIMIT_AS, &limit) == 0);
        CHECK(pthread_attr_init(&attributes) == 0);
        CHECK(pthread_attr_setstacksize(&attributes, 4 << 20) == 0);
        while ((error = pthread_create(&thread, &attributes, wait_for_ever, NULL)) == 0)
            CHECK(++count < 100);
        _exit(error == EAGAIN && count > 0 ? 0 : 1);
    }
    CHECK(child_end(pid) == 0);
}

TEST(shared, "shared memory is bounded too, and comes back when its last user is gone")
{
    for (int round = 0; round < 20; round++) {
        pid_t pid = fork();
        if (pid == 0) {
            unsigned char *memory = shared_memory(16 << 20);
            memset(memory, round, 16 << 20);
            _exit(memory[(16 << 20) - 1] == round ? 0 : 1);
        }
        CHECK(child_end(pid) == 0);
    }
    check_alive();
}
