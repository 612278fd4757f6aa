// SPDX-License-Identifier: ISC
//
// Exhibit on costs: a process, a thread and a coroutine, each created, switched to, and kept, by
// the same measurements.
//
// Everything here runs on one CPU, so that a switch is a switch and not a wake-up of another CPU.
// Of several rounds the quickest counts: what else the machine does makes a time longer, never
// shorter.
#include "tour.h"

#include <coroutine.h>
#include <errno.h>
#include <semaphore.h>
#include <sys/mman.h>
#include <unistd.h>

#define ROUNDS      5
#define ROUNDS_MOST 20 // where a busy machine hides the order
#define CREATES     50
#define SWITCHES    2000
#define KEPT        64 // how many are there at once to measure the memory of one

// --- create, and wait for the end ----------------------------------------------------------------

static void *do_nothing(void *unused)
{
    return unused;
}

static void create_processes(int count)
{
    while (count-- > 0) {
        pid_t pid = fork_or_die();
        if (pid == 0)
            _exit(0);
        end_of(pid);
    }
}

static void create_threads(int count)
{
    while (count-- > 0)
        pthread_join(thread_or_die(do_nothing, NULL), NULL);
}

static struct co *coroutine_or_die(void *(*function)(void *))
{
    struct co *co = co_create(function, NULL, 0);
    if (!co) {
        perror("tour: co_create");
        _exit(2);
    }
    return co;
}

static void create_coroutines(int count)
{
    while (count-- > 0) {
        struct co *co = coroutine_or_die(do_nothing);
        co_resume(co, NULL);
        co_destroy(co);
    }
}

// --- switch: two take turns, each waits until the other has had its ------------------------------

static struct turns {
    sem_t mine, others;
} * turns; // in memory that processes share

static void wait_for(sem_t *turn)
{
    while (sem_wait(turn) != 0 && errno == EINTR)
        ;
}

static void *take_turns(void *count)
{
    for (long i = 0; i < (long)count; i++) {
        wait_for(&turns->others);
        sem_post(&turns->mine);
    }
    return NULL;
}

static void give_turns(int count)
{
    while (count-- > 0) {
        sem_post(&turns->others);
        wait_for(&turns->mine);
    }
}

static void switch_processes(int count)
{
    pid_t pid = fork_or_die();
    if (pid == 0) {
        take_turns((void *)(long)(count / 2));
        _exit(0);
    }
    give_turns(count / 2);
    end_of(pid);
}

static void switch_threads(int count)
{
    pthread_t thread = thread_or_die(take_turns, (void *)(long)(count / 2));
    give_turns(count / 2);
    pthread_join(thread, NULL);
}

static void *yield_for_ever(void *unused)
{
    for (;;)
        co_yield (unused);
    return NULL;
}

static void switch_coroutines(int count)
{
    struct co *co = coroutine_or_die(yield_for_ever);
    for (int i = 0; i < count / 2; i++)
        co_resume(co, NULL);
    co_destroy(co);
}

// --- memory: how many frames KEPT of them take, all waiting --------------------------------------

static int kept_gate[2];

static volatile pid_t kept_tids[KEPT];

static void *wait_at_gate(void *number)
{
    kept_tids[(long)number] = gettid();
    wait_on(kept_gate[0]);
    return NULL;
}

static long frames_of_processes(void)
{
    pid_t pids[KEPT];
    long before = kernel_count("frames_free");
    for (int i = 0; i < KEPT; i++) {
        pids[i] = fork_or_die();
        if (pids[i] == 0) {
            wait_at_gate((void *)(long)i);
            _exit(0);
        }
        wait_for_state(pids[i], 'S');
    }
    long frames = before - kernel_count("frames_free");
    for (int i = 0; i < KEPT; i++)
        signal_through(kept_gate[1]);
    for (int i = 0; i < KEPT; i++)
        end_of(pids[i]);
    return frames;
}

static long frames_of_threads(void)
{
    pthread_t threads[KEPT];
    long before = kernel_count("frames_free");
    for (long i = 0; i < KEPT; i++) {
        kept_tids[i] = 0;
        threads[i] = thread_or_die(wait_at_gate, (void *)i);
        while (kept_tids[i] == 0 || thread_state(getpid(), kept_tids[i]) != 'S')
            sched_yield();
    }
    long frames = before - kernel_count("frames_free");
    for (int i = 0; i < KEPT; i++)
        signal_through(kept_gate[1]);
    for (int i = 0; i < KEPT; i++)
        pthread_join(threads[i], NULL);
    return frames;
}

static long frames_of_coroutines(void)
{
    struct co *cos[KEPT];
    long before = kernel_count("frames_free");
    for (int i = 0; i < KEPT; i++) {
        cos[i] = coroutine_or_die(yield_for_ever);
        co_resume(cos[i], NULL);
    }
    long frames = before - kernel_count("frames_free");
    for (int i = 0; i < KEPT; i++)
        co_destroy(cos[i]);
    return frames;
}

// --- the table -----------------------------------------------------------------------------------

struct kind {
    const char *name;
    void (*create)(int count), (*switch_over)(int count);
    long (*frames)(void);
    double create_us, switch_us; // of one
};

// Microseconds of one of COUNT operations in the quickest round so far.
static void measure(void (*operation)(int count), int count, double *best)
{
    double start = seconds_now();
    operation(count);
    double us = (seconds_now() - start) * 1e6 / count;
    if (*best == 0 || us < *best)
        *best = us;
}

static void print_ratios(const struct kind *process, const struct kind *thread,
                         const struct kind *co)
{
    printf("    to create a process takes %.1f times as long as a thread (on Solaris: 30),\n"
           "    to switch %.1f times (5); a thread %.0f and %.0f times as long as a coroutine\n",
           process->create_us / thread->create_us, process->switch_us / thread->switch_us,
           thread->create_us / co->create_us, thread->switch_us / co->switch_us);
    measured(
        "process : thread : coroutine: create %.0f : %.0f : 1, switch %.0f : %.0f : 1; process : "
        "thread %.1f and %.1f (Solaris 30 and 5)",
        process->create_us / co->create_us, thread->create_us / co->create_us,
        process->switch_us / co->switch_us, thread->switch_us / co->switch_us,
        process->create_us / thread->create_us, process->switch_us / thread->switch_us);
}

static bool are_ordered(const struct kind kinds[3])
{
    bool ordered = true;
    for (int k = 0; k < 2; k++)
        ordered = ordered && kinds[k].create_us > kinds[k + 1].create_us &&
                  kinds[k].switch_us > kinds[k + 1].switch_us;
    return ordered;
}

static enum verdict show_costs(void)
{
    struct kind kinds[] = {
        {"process [进程]", create_processes, switch_processes, frames_of_processes, 0, 0},
        {"thread [线程]", create_threads, switch_threads, frames_of_threads, 0, 0},
        {"coroutine [协程]", create_coroutines, switch_coroutines, frames_of_coroutines, 0, 0},
    };
    turns = shared_memory(PAGE);
    sem_init(&turns->mine, 1, 0);
    sem_init(&turns->others, 1, 0);
    pipe_or_die(kept_gate);
    use_cpus(1);
    for (int round = 0; round < ROUNDS || (round < ROUNDS_MOST && !are_ordered(kinds)); round++)
        for (size_t k = 0; k < COUNT_OF(kinds); k++) {
            measure(kinds[k].create, CREATES, &kinds[k].create_us);
            measure(kinds[k].switch_over, SWITCHES, &kinds[k].switch_us);
        }
    printf("    %-18s%15s%12s%12s\n", "one", "create and end", "switch", "memory");
    for (size_t k = 0; k < COUNT_OF(kinds); k++) {
        printf("    ");
        print_padded(kinds[k].name, 18);
        printf("%12.2f us%9.2f us", kinds[k].create_us, kinds[k].switch_us);
        long frames = kinds[k].frames();
        if (kernel_count("frames_free") >= 0)
            printf("%8.1f KiB\n", (double)frames * (PAGE >> 10) / KEPT);
        else
            printf("%12s\n", "?"); // not told here
    }
    print_ratios(&kinds[0], &kinds[1], &kinds[2]);
    use_cpus(0);
    close(kept_gate[0]);
    close(kept_gate[1]);
    munmap(turns, PAGE);
    return holds_if(are_ordered(kinds));
}

const struct exhibit cost_exhibits[] = {
    {"costs", "creation and switch: process > thread > coroutine [进程 > 线程 > 协程]", show_costs,
     "One after the other is created and waited for; two of a kind take turns on one CPU; some are "
     "kept waiting, and the frames that they take are counted."},
    {0},
};
