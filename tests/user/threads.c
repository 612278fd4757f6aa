// SPDX-License-Identifier: ISC
//
// The thread library on the kernel's clone and futex: create and join, mutexes, conditions, what
// threads share, and how signals and the end of the process treat them.
#include "support.h"

#include <pthread.h>
#include <time.h>

static volatile long counter;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t changed = PTHREAD_COND_INITIALIZER;
static volatile int turn;

static void *identity(void *argument)
{
    return argument;
}

TEST(join_value, "join hands out what the thread returned or passed to pthread_exit")
{
    for (long i = 0; i < 100; i++) {
        pthread_t thread;
        void *value;
        CHECK(pthread_create(&thread, NULL, identity, (void *)(i * 7)) == 0);
        CHECK(pthread_join(thread, &value) == 0);
        CHECK((long)value == i * 7);
    }
}

static void *exits(void *argument)
{
    pthread_exit(argument);
}

TEST(exit_value, "pthread_exit from within ends the thread alone")
{
    pthread_t thread;
    void *value;
    CHECK(pthread_create(&thread, NULL, exits, (void *)99) == 0);
    CHECK(pthread_join(thread, &value) == 0 && (long)value == 99);
}

static volatile long running_total;

static void *add_up(void *argument)
{
    pthread_mutex_lock(&lock);
    for (long i = 0; i < 100000; i++)
        running_total += i;
    pthread_mutex_unlock(&lock);
    return argument;
}

TEST(five_adders, "five threads share one n: it ends at 24999750000")
{
    pthread_t threads[5];
    for (int i = 0; i < 5; i++)
        CHECK(pthread_create(&threads[i], NULL, add_up, NULL) == 0);
    for (int i = 0; i < 5; i++)
        CHECK(pthread_join(threads[i], NULL) == 0);
    CHECK(running_total == 24999750000);
}

static void *count_under_lock(void *argument)
{
    for (int i = 0; i < 20000; i++) {
        pthread_mutex_lock(&lock);
        counter++;
        pthread_mutex_unlock(&lock);
    }
    return argument;
}

TEST(mutex, "eight threads count 160000 under a mutex: nothing is lost")
{
    pthread_t threads[8];
    for (int i = 0; i < 8; i++)
        CHECK(pthread_create(&threads[i], NULL, count_under_lock, NULL) == 0);
    for (int i = 0; i < 8; i++)
        CHECK(pthread_join(threads[i], NULL) == 0);
    CHECK(counter == 160000);
}

TEST(mutex_kinds,
     "trylock is EBUSY when held; a recursive mutex nests; an error-checking one refuses")
{
    pthread_mutex_t mutex;
    pthread_mutexattr_t attributes;
    CHECK(pthread_mutex_lock(&lock) == 0 && pthread_mutex_trylock(&lock) == EBUSY);
    CHECK(pthread_mutex_unlock(&lock) == 0 && pthread_mutex_trylock(&lock) == 0);
    CHECK(pthread_mutex_unlock(&lock) == 0);
    CHECK(pthread_mutexattr_init(&attributes) == 0);
    CHECK(pthread_mutexattr_settype(&attributes, PTHREAD_MUTEX_RECURSIVE) == 0);
    CHECK(pthread_mutex_init(&mutex, &attributes) == 0);
    CHECK(pthread_mutex_lock(&mutex) == 0 && pthread_mutex_lock(&mutex) == 0);
    CHECK(pthread_mutex_unlock(&mutex) == 0 && pthread_mutex_unlock(&mutex) == 0);
    CHECK(pthread_mutex_unlock(&mutex) == EPERM);
    CHECK(pthread_mutexattr_settype(&attributes, PTHREAD_MUTEX_ERRORCHECK) == 0);
    CHECK(pthread_mutex_init(&mutex, &attributes) == 0);
    CHECK(pthread_mutex_lock(&mutex) == 0 && pthread_mutex_lock(&mutex) == EDEADLK);
}

static void *take_turns(void *argument)
{
    int mine = (int)(long)argument;
    for (int i = 0; i < 1000; i++) {
        pthread_mutex_lock(&lock);
        while (turn % 3 != mine)
            pthread_cond_wait(&changed, &lock);
        turn++;
        pthread_cond_broadcast(&changed);
        pthread_mutex_unlock(&lock);
    }
    return NULL;
}

TEST(condition, "three threads take turns a thousand times over a condition variable")
{
    pthread_t threads[3];
    for (long i = 0; i < 3; i++)
        CHECK(pthread_create(&threads[i], NULL, take_turns, (void *)i) == 0);
    for (int i = 0; i < 3; i++)
        CHECK(pthread_join(threads[i], NULL) == 0);
    CHECK(turn == 3000);
}

TEST(condition_time_out, "pthread_cond_timedwait ends with ETIMEDOUT and holds the mutex again")
{
    struct timespec deadline;
    CHECK(clock_gettime(CLOCK_REALTIME, &deadline) == 0);
    CHECK(pthread_mutex_lock(&lock) == 0);
    CHECK(pthread_cond_timedwait(&changed, &lock, &deadline) == ETIMEDOUT);
    CHECK(pthread_mutex_trylock(&lock) == EBUSY);
    CHECK(pthread_mutex_unlock(&lock) == 0);
}

static __thread long own = 5;

static void *change_own(void *argument)
{
    if (own != 5)
        return (void *)1;
    for (int i = 0; i < 1000; i++) {
        own += (long)argument;
        if (i % 100 == 0)
            sched_yield();
    }
    errno = (int)(long)argument;
    sched_yield();
    return (void *)(own == 5 + 1000 * (long)argument && errno == (long)argument ? 0l : 2l);
}

TEST(thread_local_storage, "each thread has its own __thread variables and its own errno")
{
    pthread_t threads[8];
    for (long i = 0; i < 8; i++)
        CHECK(pthread_create(&threads[i], NULL, change_own, (void *)(i + 1)) == 0);
    for (int i = 0; i < 8; i++) {
        void *wrong;
        CHECK(pthread_join(threads[i], &wrong) == 0 && wrong == NULL);
    }
    CHECK(own == 5);
}

static void *hold_stack(void *argument)
{
    volatile char big[32 * 1024];
    memset((char *)big, (int)(long)argument, sizeof(big));
    for (int i = 0; i < 50; i++) {
        sched_yield();
        for (size_t at = 0; at < sizeof(big); at += 1000)
            if (big[at] != (char)(long)argument)
                return (void *)1;
    }
    return NULL;
}

TEST(own_stacks, "each thread has its own stack")
{
    pthread_t threads[10];
    for (long i = 0; i < 10; i++)
        CHECK(pthread_create(&threads[i], NULL, hold_stack, (void *)i) == 0);
    for (int i = 0; i < 10; i++) {
        void *wrong;
        CHECK(pthread_join(threads[i], &wrong) == 0 && wrong == NULL);
    }
}

static void *allocate(void *argument)
{
    for (int i = 0; i < 500; i++) {
        size_t size = (size_t)(i * 37 % 3000 + 1);
        unsigned char *block = malloc(size);
        CHECK(block);
        memset(block, (int)(long)argument, size);
        sched_yield();
        CHECK(block[0] == (unsigned char)(long)argument && block[size - 1] == block[0]);
        free(block);
    }
    return argument;
}

TEST(shared_heap, "four threads allocate and free at once without treading on each other")
{
    pthread_t threads[4];
    for (long i = 0; i < 4; i++)
        CHECK(pthread_create(&threads[i], NULL, allocate, (void *)(i + 1)) == 0);
    for (int i = 0; i < 4; i++)
        CHECK(pthread_join(threads[i], NULL) == 0);
}

TEST(thousand_threads, "a thousand threads one after the other, joined, then a hundred detached")
{
    pthread_t thread;
    for (int i = 0; i < 1000; i++) {
        CHECK(pthread_create(&thread, NULL, identity, NULL) == 0);
        CHECK(pthread_join(thread, NULL) == 0);
    }
    for (int i = 0; i < 100; i++) {
        CHECK(pthread_create(&thread, NULL, identity, NULL) == 0);
        CHECK(pthread_detach(thread) == 0);
    }
}

static void *stay(void *argument)
{
    for (;;)
        pause();
    return argument;
}

static void return_with_threads(void)
{
    pthread_t thread;
    for (int i = 0; i < 5; i++)
        CHECK(pthread_create(&thread, NULL, stay, NULL) == 0);
    exit(9);
}

static void *kill_process(void *argument)
{
    raise(SIGTERM);
    return argument;
}

static void die_with_threads(void)
{
    pthread_t thread;
    CHECK(pthread_create(&thread, NULL, stay, NULL) == 0);
    CHECK(pthread_create(&thread, NULL, kill_process, NULL) == 0);
    for (;;)
        pause();
}

TEST(end_together, "exit ends all threads, and so does a deadly signal to one of them")
{
    CHECK(run_child(return_with_threads) == 9);
    CHECK(run_child(die_with_threads) == 128 + SIGTERM);
}

static volatile sig_atomic_t handled;
static volatile pthread_t handled_in;

static void note_thread(int signal)
{
    (void)signal;
    handled_in = pthread_self();
    handled++;
}

static void *wait_for_signal(void *argument)
{
    sigset_t none;
    sigemptyset(&none);
    while (!handled)
        sigsuspend(&none);
    return argument;
}

TEST(directed_signal,
     "pthread_kill reaches that thread; a signal to the process reaches one that does not block it")
{
    struct sigaction action = {.sa_handler = note_thread};
    sigset_t set;
    pthread_t thread;
    CHECK(sigaction(SIGUSR1, &action, NULL) == 0);
    sigemptyset(&set);
    sigaddset(&set, SIGUSR1);
    CHECK(pthread_sigmask(SIG_BLOCK, &set, NULL) == 0);
    for (int way = 0; way < 2; way++) {
        handled = 0;
        CHECK(pthread_create(&thread, NULL, wait_for_signal, NULL) == 0);
        CHECK((way == 0 ? pthread_kill(thread, SIGUSR1) : kill(getpid(), SIGUSR1)) == 0);
        CHECK(pthread_join(thread, NULL) == 0);
        CHECK(handled == 1 && handled_in == thread);
    }
}

TEST(process_mutex, "a process-shared mutex and condition work between processes")
{
    struct {
        pthread_mutex_t mutex;
        pthread_cond_t condition;
        int turn;
    } *both = shared_memory(PAGE);
    pthread_mutexattr_t mutex_attributes;
    pthread_condattr_t condition_attributes;
    CHECK(pthread_mutexattr_init(&mutex_attributes) == 0);
    CHECK(pthread_mutexattr_setpshared(&mutex_attributes, PTHREAD_PROCESS_SHARED) == 0);
    CHECK(pthread_mutex_init(&both->mutex, &mutex_attributes) == 0);
    CHECK(pthread_condattr_init(&condition_attributes) == 0);
    CHECK(pthread_condattr_setpshared(&condition_attributes, PTHREAD_PROCESS_SHARED) == 0);
    CHECK(pthread_cond_init(&both->condition, &condition_attributes) == 0);
    pid_t pid = fork();
    int mine = pid == 0;
    for (int i = 0; i < 500; i++) {
        pthread_mutex_lock(&both->mutex);
        while (both->turn % 2 != mine)
            pthread_cond_wait(&both->condition, &both->mutex);
        both->turn++;
        pthread_cond_signal(&both->condition);
        pthread_mutex_unlock(&both->mutex);
    }
    if (pid == 0)
        _exit(0);
    CHECK(child_end(pid) == 0);
    CHECK(both->turn == 1000);
}
