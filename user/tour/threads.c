// SPDX-License-Identifier: ISC
//
// Exhibits on what a thread is: what it shares with the others of its process and what is its own,
// how it begins and ends, and that it can take all the others with it.
#include "tour.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

pthread_t thread_or_die(void *(*function)(void *), void *argument)
{
    pthread_t thread;
    if (pthread_create(&thread, NULL, function, argument) != 0) {
        fflush(stdout);
        fprintf(stderr, "tour: pthread_create\n");
        exit(2);
    }
    return thread;
}

// --- count-threads -------------------------------------------------------------------------------

static volatile long n;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static const volatile void *seen_at[5];

static void *add_up(void *argument)
{
    long number = (long)argument;
    pthread_mutex_lock(&lock);
    for (long i = 0; i < 100000; i++)
        n += i;
    printf("    thread %ld  n = %ld at %p\n", number, n, (const void *)&n);
    seen_at[number] = &n;
    pthread_mutex_unlock(&lock);
    return NULL;
}

// The same program as count-processes with threads, one after the other under a lock.
static enum verdict show_count_threads(void)
{
    pthread_t threads[5];
    bool one_place = true;
    n = 0;
    for (long i = 0; i < 5; i++)
        threads[i] = thread_or_die(add_up, (void *)i);
    for (int i = 0; i < 5; i++) {
        pthread_join(threads[i], NULL);
        one_place = one_place && seen_at[i] == &n;
    }
    printf("    the process ends with n = %ld\n", n);
    measured("n = %ld in the end, %s address of n in all threads", n,
             one_place ? "one" : "more than one");
    return holds_if(n == 5 * (99999l * 100000 / 2) && one_place);
}

// --- shared-and-own ------------------------------------------------------------------------------

#define PORTION 100 // bytes that one thread reads of the file

static int global;
static _Thread_local int own;

// What one thread sees. The addresses are noted while both threads are there.
struct view {
    pid_t tid;
    const void *text, *global, *heap, *stack, *own;
    off_t offset;     // where the open file stands
    long in_register; // what its register r15 holds while the other's holds something else
    int global_value, own_value, heap_value;
};

static struct {
    struct view views[2];
    pthread_barrier_t together;
    volatile int holding; // how many threads have their number in the register
    int *heap, file;
} pair;

// Puts a number into register r15, gives way until both threads have done so, and looks again.
static long hold_in_register(long number)
{
    long found;
    __asm__ volatile("mov %[number], %%r15\n\t"
                     "lock incl (%[holding])\n"
                     "1: mov $24, %%eax\n\t" // sched_yield
                     "syscall\n\t"
                     "cmpl $2, (%[holding])\n\t"
                     "jl 1b\n\t"
                     "mov %%r15, %[found]"
                     : [found] "=r"(found)
                     : [number] "r"(number), [holding] "r"(&pair.holding)
                     : "rax", "rcx", "r11", "r15", "memory", "cc");
    return found;
}

// Thread 0 writes and reads the file; when it has, thread 1 looks at what it finds in its places.
static void *look_around(void *argument)
{
    long number = (long)argument;
    struct view *view = &pair.views[number];
    char portion[PORTION];
    if (number == 0) {
        global = own = *pair.heap = 7;
        if (read(pair.file, portion, sizeof(portion)) != (ssize_t)sizeof(portion))
            pair.file = -1;
    }
    pthread_barrier_wait(&pair.together);
    *view = (struct view){.tid = gettid(),
                          .text = (const void *)look_around,
                          .global = &global,
                          .heap = pair.heap,
                          .stack = &number,
                          .own = &own,
                          .offset = lseek(pair.file, 0, SEEK_CUR),
                          .in_register = hold_in_register(1000 + number),
                          .global_value = global,
                          .own_value = own,
                          .heap_value = *pair.heap};
    pthread_barrier_wait(&pair.together);
    return NULL;
}

// One row of the table; true where the two are, as they should be, one place or two.
static bool print_places(const char *name, const void *first, const void *second, bool shared)
{
    printf("    %-15s%16p %16p  %s\n", name, first, second,
           first == second ? "one, shared" : "two, each its own");
    return (first == second) == shared;
}

static enum verdict show_shared_and_own(void)
{
    const struct view *a = &pair.views[0], *b = &pair.views[1];
    pair.heap = calloc(1, sizeof(int));
    pair.file = open("/proc/self/exe", O_RDONLY | O_CLOEXEC);
    pair.holding = global = 0;
    pthread_barrier_init(&pair.together, NULL, 2);
    pthread_t first = thread_or_die(look_around, (void *)0l);
    pthread_t second = thread_or_die(look_around, (void *)1l);
    pthread_join(first, NULL);
    pthread_join(second, NULL);

    printf("    %-15s%16d %16d\n", "thread", (int)a->tid, (int)b->tid);
    bool shared = print_places("text", a->text, b->text, true);
    shared = print_places("global", a->global, b->global, true) && shared;
    shared = print_places("heap", a->heap, b->heap, true) && shared;
    bool separate = print_places("stack", a->stack, b->stack, false);
    separate = print_places("thread-local", a->own, b->own, false) && separate;
    printf("    %-15s%16ld %16ld  at the same time\n", "register r15", a->in_register,
           b->in_register);
    printf("    thread %d wrote 7 to all; thread %d finds global %d, heap %d, its own %d\n",
           (int)a->tid, (int)b->tid, b->global_value, b->heap_value, b->own_value);
    printf("    thread %d read %d bytes of a file; for thread %d it stands at byte %ld\n",
           (int)a->tid, PORTION, (int)b->tid, (long)b->offset);
    measured("text, global, heap: %s, the file stands at %ld for both; stack, thread-local: %s, "
             "r15: %ld and %ld",
             shared ? "one address" : "two", (long)b->offset, separate ? "two" : "one address",
             a->in_register, b->in_register);
    shared = shared && b->global_value == 7 && b->heap_value == 7 && b->offset == PORTION;
    separate = separate && b->own_value == 0 && a->in_register == 1000 && b->in_register == 1001;
    pthread_barrier_destroy(&pair.together);
    close(pair.file);
    free(pair.heap);
    return holds_if(shared && separate);
}

// --- lifecycle -----------------------------------------------------------------------------------

#define DETACHED 200

static int gate[2];
static volatile pid_t newborn;

// Waits at the gate, then adds up to what it was given.
static void *live(void *argument)
{
    long sum = 0;
    newborn = gettid();
    wait_on(gate[0]);
    for (long i = 1; i <= (long)argument; i++)
        sum += i;
    return (void *)sum;
}

// A new thread, once it waits at the gate.
static pthread_t create_at_gate(long argument)
{
    newborn = 0;
    pthread_t thread = thread_or_die(live, (void *)argument);
    while (newborn == 0)
        sched_yield();
    while (thread_state(getpid(), newborn) != 'S')
        sched_yield();
    return thread;
}

// Create, start, join.
static bool live_once(void)
{
    void *sum;
    pthread_t thread = create_at_gate(100);
    long threads = status_number(getpid(), "Threads");
    printf("    create: thread %d is there, threads: %ld; it waits for its start (state %c)\n",
           (int)newborn, threads, thread_state(getpid(), newborn));
    signal_through(gate[1]);
    pthread_join(thread, &sum);
    while (thread_state(getpid(), newborn) != 0) // the kernel still puts its stack away
        sched_yield();
    long left = status_number(getpid(), "Threads");
    printf("    start, join: it returned 1 + ... + 100 = %ld; threads: %ld\n", (long)sum, left);
    return (long)sum == 5050 && threads == 2 && left == 1;
}

static bool live_detached(void)
{
    long kernel_threads = kernel_count("threads");
    pthread_t thread = create_at_gate(1);
    pthread_detach(thread);
    int refused = pthread_join(thread, NULL);
    signal_through(gate[1]);
    for (int i = 1; i < DETACHED; i++) {
        pthread_detach(thread_or_die(live, (void *)1l));
        signal_through(gate[1]);
    }
    while (status_number(getpid(), "Threads") > 1)
        sched_yield();
    printf("    detach: to wait for it is refused (%s)\n", strerror(refused));
    printf("    %d detached threads have ended; threads left: %ld", DETACHED,
           status_number(getpid(), "Threads") - 1);
    if (kernel_threads >= 0)
        printf(", in the whole kernel: %ld", kernel_count("threads") - kernel_threads);
    printf("\n");
    return refused == EINVAL && kernel_count("threads") <= kernel_threads;
}

// A detached thread that never ends, and one that goes on until its process's first thread is gone.
static void *daemon_thread(void *told)
{
    signal_through((int)(long)told);
    for (;;)
        pause();
    return NULL;
}

static void *survivor(void *told)
{
    char state;
    while ((state = thread_state(getpid(), getpid())) != 0 && state != 'Z')
        sched_yield();
    signal_through((int)(long)told);
    return NULL;
}

// How a process ends whose first thread returns from main (`leave` false) or only ends itself.
static int end_with_daemon(bool leave)
{
    int told[2];
    pipe_or_die(told);
    pid_t pid = fork_or_die();
    if (pid == 0) {
        pthread_detach(thread_or_die(leave ? survivor : daemon_thread, (void *)(long)told[1]));
        if (leave)
            pthread_exit(NULL);
        wait_on(told[0]);
        exit(3);
    }
    if (leave)
        wait_on(told[0]); // what the other thread said after the first had ended
    int end = end_of(pid);
    close(told[0]);
    close(told[1]);
    return end;
}

static enum verdict show_lifecycle(void)
{
    pipe_or_die(gate);
    bool joined = live_once(), detached = live_detached();
    close(gate[0]);
    close(gate[1]);
    int returned = end_with_daemon(false), left = end_with_daemon(true);
    printf("    daemon: main returns 3 while a detached thread waits for ever;\n"
           "      the process ends with status %d\n",
           returned);
    printf("    main's thread ends itself only: the process goes on until its last thread\n"
           "      has ended, with status %d\n",
           left);
    measured("create and join: %s; %d detached threads left nothing: %s; with a daemon main ends "
             "the process (%d)",
             joined ? "yes" : "no", DETACHED, detached ? "yes" : "no", returned);
    return holds_if(joined && detached && returned == 3 && left == 0);
}

// --- thread-crash --------------------------------------------------------------------------------

// What the threads of the crashing process tell, in memory that outlives it.
struct crash {
    volatile pid_t tids[3];
    volatile int finished;
};

static struct crash *crash;
static int crash_go[2], never[2];

static void *crash_worker(void *argument)
{
    long number = (long)argument;
    volatile int *volatile nothing = NULL;
    crash->tids[number] = gettid();
    if (number == 0)
        for (;;) // computes
            ;
    wait_on(number == 1 ? never[0] : crash_go[0]);
    *nothing = 1; // number 2; number 1 waits for a byte that never comes
    crash->finished++;
    return NULL;
}

static void crashing_process(void)
{
    pthread_t threads[3];
    for (long i = 0; i < 3; i++)
        threads[i] = thread_or_die(crash_worker, (void *)i);
    for (int i = 0; i < 3; i++)
        pthread_join(threads[i], NULL);
    crash->finished++;
    _exit(0);
}

static enum verdict show_thread_crash(void)
{
    int left = 0;
    crash = shared_memory(PAGE);
    pipe_or_die(crash_go);
    pipe_or_die(never);
    pid_t pid = fork_or_die();
    if (pid == 0)
        crashing_process();
    for (int i = 0; i < 3; i++) {
        while (crash->tids[i] == 0)
            sched_yield();
        while (thread_state(pid, crash->tids[i]) != (i == 0 ? 'R' : 'S'))
            sched_yield();
    }
    long threads = status_number(pid, "Threads");
    printf("    process %d has %ld threads: %d computes, %d waits, %d is about to fault\n",
           (int)pid, threads, (int)crash->tids[0], (int)crash->tids[1], (int)crash->tids[2]);
    signal_through(crash_go[1]);
    int end = end_of(pid);
    for (int i = 0; i < 3; i++)
        left += thread_state(pid, crash->tids[i]) != 0;
    printf("    its parent is told: killed by signal %d (%s)\n", end - 128,
           end > 128 ? strsignal(end - 128) : "none");
    printf("    threads that are left: %d; that finished their work: %d\n"
           "    (in crash-isolation, the other processes finished theirs)\n",
           left, crash->finished);
    measured("%ld threads, one faults: the process is killed by signal %d, %d threads left, %d "
             "finished",
             threads, end - 128, left, crash->finished);
    bool all = end == 128 + SIGSEGV && threads == 4 && left == 0 && crash->finished == 0;
    munmap(crash, PAGE);
    for (int i = 0; i < 2; i++) {
        close(crash_go[i]);
        close(never[i]);
    }
    return holds_if(all);
}

const struct exhibit thread_exhibits[] = {
    {"count-threads", "the same with threads [线程]: one shared n, which ends at 24999750000",
     show_count_threads, "The same five additions, by five threads."},
    {"shared-and-own",
     "threads [线程] share heap, globals and files; each has its stack, registers, thread-local "
     "data",
     show_shared_and_own,
     "Two threads say where they see the same things; one writes and reads, and the other looks "
     "what it finds."},
    {"lifecycle", "a thread [线程] is created, started, and joined or detached", show_lifecycle,
     "Threads are created that wait at a gate; some are waited for, some are not, and some outlive "
     "their process's first thread."},
    {"thread-crash", "one thread's [线程] fault ends the whole process", show_thread_crash,
     "A process has four threads; one of them writes through a null pointer."},
    {0},
};
