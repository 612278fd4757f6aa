// SPDX-License-Identifier: ISC
//
// The futex call itself: waiting for a word to change, waking, time-outs, bit sets, moving waiters.
#include "support.h"

#include <linux/futex.h>
#include <time.h>

static long futex(volatile int *word, int op, int value, const struct timespec *limit,
                  volatile int *other, int value3)
{
    return syscall(SYS_futex, word, op, value, limit, other, value3);
}

// Starts a child that waits for *WORD to be other than 0, and lets it fall asleep.
static pid_t waiter(volatile int *word)
{
    pid_t pid = fork();
    if (pid == 0)
        _exit(futex(word, FUTEX_WAIT, 0, NULL, NULL, 0) == 0 ? 0 : errno);
    wait_for_state(pid, 'S');
    return pid;
}

static struct timespec in_milliseconds(clockid_t clock, long milliseconds)
{
    struct timespec time;
    CHECK(clock_gettime(clock, &time) == 0);
    time.tv_nsec += milliseconds * 1000000;
    time.tv_sec += time.tv_nsec / 1000000000;
    time.tv_nsec %= 1000000000;
    return time;
}

TEST(value_differs, "waiting for a value that is not there any more is EAGAIN at once")
{
    volatile int word = 5;
    CHECK(FAILS(futex(&word, FUTEX_WAIT, 4, NULL, NULL, 0), EAGAIN));
    CHECK(FAILS(futex(&word, FUTEX_WAIT_PRIVATE, 4, NULL, NULL, 0), EAGAIN));
    CHECK(futex(&word, FUTEX_WAKE, 1, NULL, NULL, 0) == 0);
}

TEST(wake_one, "FUTEX_WAKE wakes as many as it says and tells how many it woke")
{
    volatile int *word = shared_memory(PAGE);
    pid_t pids[5];
    for (int i = 0; i < 5; i++)
        pids[i] = waiter(word);
    CHECK(futex(word, FUTEX_WAKE, 1, NULL, NULL, 0) == 1);
    CHECK(wait(NULL) > 0);
    CHECK(futex(word, FUTEX_WAKE, 3, NULL, NULL, 0) == 3);
    for (int i = 0; i < 3; i++)
        CHECK(wait(NULL) > 0);
    CHECK(waitpid(-1, NULL, WNOHANG) == 0);
    CHECK(futex(word, FUTEX_WAKE, 100, NULL, NULL, 0) == 1);
    CHECK(wait(NULL) > 0);
    CHECK(FAILS(wait(NULL), ECHILD));
    (void)pids;
}

TEST(by_place, "shared futexes meet by memory, not by address: two mappings of one page")
{
    volatile int *word = shared_memory(PAGE);
    pid_t pid = waiter(word);
    volatile int *other = (volatile int *)private_memory(PAGE);
    CHECK(futex(other, FUTEX_WAKE, 1, NULL, NULL, 0) == 0);
    CHECK(futex(word, FUTEX_WAKE, 1, NULL, NULL, 0) == 1);
    CHECK(child_end(pid) == 0);
}

TEST(private_to_process, "futexes in private memory of two processes are different ones")
{
    static volatile int word;
    pid_t pid = waiter(&word);
    CHECK(futex(&word, FUTEX_WAKE, 10, NULL, NULL, 0) == 0);
    CHECK(kill(pid, SIGKILL) == 0 && child_end(pid) == 128 + SIGKILL);
}

TEST(time_out,
     "ETIMEDOUT: FUTEX_WAIT takes a duration, WAIT_BITSET a point in time on either clock")
{
    volatile int word = 0;
    struct timespec limit = {0, 2000000}, start, end;
    CHECK(clock_gettime(CLOCK_MONOTONIC, &start) == 0);
    CHECK(FAILS(futex(&word, FUTEX_WAIT, 0, &limit, NULL, 0), ETIMEDOUT));
    CHECK(clock_gettime(CLOCK_MONOTONIC, &end) == 0);
    CHECK((end.tv_sec - start.tv_sec) * 1000000000 + end.tv_nsec - start.tv_nsec >= 2000000);
    limit = in_milliseconds(CLOCK_MONOTONIC, 2);
    CHECK(FAILS(futex(&word, FUTEX_WAIT_BITSET, 0, &limit, NULL, -1), ETIMEDOUT));
    limit = in_milliseconds(CLOCK_REALTIME, 2);
    CHECK(FAILS(futex(&word, FUTEX_WAIT_BITSET | FUTEX_CLOCK_REALTIME, 0, &limit, NULL, -1),
                ETIMEDOUT));
    limit = (struct timespec){0, 0};
    CHECK(FAILS(futex(&word, FUTEX_WAIT_BITSET, 0, &limit, NULL, -1), ETIMEDOUT));
    CHECK(FAILS(futex(&word, FUTEX_WAIT, 0, &limit, NULL, 0), ETIMEDOUT));
}

TEST(bad_arguments, "EINVAL for odd addresses, bad times, empty bit sets; EFAULT for no memory; "
                    "ENOSYS for no such call")
{
    volatile int words[2] = {0, 0};
    struct timespec bad = {0, 1000000000}, negative = {-1, 0};
    volatile int *odd = (volatile int *)((char *)words + 1);
    CHECK(FAILS(futex(odd, FUTEX_WAIT, 0, NULL, NULL, 0), EINVAL));
    CHECK(FAILS(futex(words, FUTEX_WAIT, 0, &bad, NULL, 0), EINVAL));
    CHECK(FAILS(futex(words, FUTEX_WAIT, 0, &negative, NULL, 0), EINVAL));
    CHECK(FAILS(futex(words, FUTEX_WAIT_BITSET, 0, NULL, NULL, 0), EINVAL));
    CHECK(FAILS(futex(NOWHERE, FUTEX_WAIT, 0, NULL, NULL, 0), EFAULT));
    CHECK(FAILS(futex(KERNEL_MEMORY, FUTEX_WAIT, 0, NULL, NULL, 0), EFAULT));
    CHECK(FAILS(futex(KERNEL_MEMORY, FUTEX_WAKE, 1, NULL, NULL, 0), EFAULT));
    CHECK(FAILS(futex(words, FUTEX_WAIT, 0, NOWHERE, NULL, 0), EFAULT));
    CHECK(FAILS(futex(words, 99, 0, NULL, NULL, 0), ENOSYS));
}

TEST(bit_sets, "a wake with a bit set wakes only waiters that share a bit with it")
{
    volatile int *word = shared_memory(PAGE);
    pid_t pids[2];
    for (int i = 0; i < 2; i++) {
        pids[i] = fork();
        if (pids[i] == 0)
            _exit(futex(word, FUTEX_WAIT_BITSET, 0, NULL, NULL, 1 << i) == 0 ? 0 : 1);
        wait_for_state(pids[i], 'S');
    }
    CHECK(futex(word, FUTEX_WAKE_BITSET, 10, NULL, NULL, 4) == 0);
    CHECK(futex(word, FUTEX_WAKE_BITSET, 10, NULL, NULL, 2) == 1);
    CHECK(child_end(pids[1]) == 0);
    CHECK(futex(word, FUTEX_WAKE, 10, NULL, NULL, 0) == 1);
    CHECK(child_end(pids[0]) == 0);
}

TEST(requeue, "requeue wakes some and moves others to a second word; CMP_REQUEUE first compares")
{
    volatile int *words = shared_memory(PAGE);
    pid_t pids[4];
    for (int i = 0; i < 4; i++)
        pids[i] = waiter(&words[0]);
    CHECK(FAILS(futex(&words[0], FUTEX_CMP_REQUEUE, 1, (void *)2, &words[1], 7), EAGAIN));
    // One is woken, two are moved: Linux tells the sum.
    CHECK(futex(&words[0], FUTEX_CMP_REQUEUE, 1, (void *)2, &words[1], 0) == 3);
    CHECK(wait(NULL) > 0);
    CHECK(futex(&words[1], FUTEX_WAKE, 10, NULL, NULL, 0) == 2);
    CHECK(wait(NULL) > 0 && wait(NULL) > 0);
    CHECK(futex(&words[0], FUTEX_WAKE, 10, NULL, NULL, 0) == 1);
    CHECK(wait(NULL) > 0);
    (void)pids;
}

static void nothing(int signal)
{
    (void)signal;
}

TEST(requeue_to_itself, "requeueing to the same word ends, and its waiters can be woken")
{
    volatile int *word = shared_memory(PAGE);
    pid_t a = waiter(word), b = waiter(word);
    CHECK(futex(word, FUTEX_REQUEUE, 0, (void *)(uintptr_t)INT32_MAX, word, 0) == 2);
    CHECK(futex(word, FUTEX_WAKE, 5, NULL, NULL, 0) == 2);
    CHECK(child_end(a) == 0 && child_end(b) == 0);
}

TEST(untouched_memory, "a word that was never touched is 0; one whose memory is gone is EFAULT")
{
    volatile int *word = shared_memory(PAGE), *mine = (volatile int *)private_memory(2 * PAGE);
    struct timespec limit = {0, 1000};
    CHECK(FAILS(futex(word, FUTEX_WAIT, 1, NULL, NULL, 0), EAGAIN));
    CHECK(FAILS(futex(mine, FUTEX_WAIT_PRIVATE, 0, &limit, NULL, 0), ETIMEDOUT));
    CHECK(munmap((char *)mine + PAGE, PAGE) == 0);
    volatile int *gone = (volatile int *)((char *)mine + PAGE);
    CHECK(FAILS(futex(gone, FUTEX_WAIT_PRIVATE, 0, &limit, NULL, 0), EFAULT));
    CHECK(FAILS(futex(gone, FUTEX_WAIT, 0, &limit, NULL, 0), EFAULT));
}

TEST(interrupted,
     "a handler ends the wait with EINTR, and restarts it with SA_RESTART when it has no time-out")
{
    volatile int *word = shared_memory(PAGE);
    struct sigaction action = {.sa_handler = nothing};
    CHECK(sigaction(SIGUSR1, &action, NULL) == 0);
    pid_t pid = waiter(word);
    CHECK(kill(pid, SIGUSR1) == 0);
    CHECK(child_end(pid) == EINTR);
    action.sa_flags = SA_RESTART;
    CHECK(sigaction(SIGUSR1, &action, NULL) == 0);
    pid = waiter(word);
    CHECK(kill(pid, SIGUSR1) == 0);
    while (futex(word, FUTEX_WAKE, 1, NULL, NULL, 0) == 0)
        sched_yield();
    CHECK(child_end(pid) == 0);
}

TEST(killed_waiter, "a waiter killed in its sleep takes no wake-up with it")
{
    volatile int *word = shared_memory(PAGE);
    pid_t first = waiter(word), second = waiter(word);
    CHECK(kill(first, SIGKILL) == 0 && child_end(first) == 128 + SIGKILL);
    CHECK(futex(word, FUTEX_WAKE, 1, NULL, NULL, 0) == 1);
    CHECK(child_end(second) == 0);
}

TEST(no_lost_wake_up, "two processes hand a word to and fro ten thousand times")
{
    volatile int *turn = shared_memory(PAGE);
    pid_t pid = fork();
    int mine = pid == 0;
    for (int i = 0; i < 10000; i++) {
        while (__atomic_load_n(turn, __ATOMIC_ACQUIRE) != mine)
            futex(turn, FUTEX_WAIT, !mine, NULL, NULL, 0);
        __atomic_store_n(turn, !mine, __ATOMIC_RELEASE);
        futex(turn, FUTEX_WAKE, 1, NULL, NULL, 0);
    }
    if (pid == 0)
        _exit(0);
    CHECK(child_end(pid) == 0);
}
