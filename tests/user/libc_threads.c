// SPDX-License-Identifier: ISC
// Tests of pthreads, semaphores and thread-local storage as libc makes them.
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <semaphore.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "harness.h"

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static long counter;

static void *count_locked(void *arg)
{
    for (int i = 0; i < 20000; i++) {
        pthread_mutex_lock(&mutex);
        counter++;
        pthread_mutex_unlock(&mutex);
    }
    return arg;
}

static void run_threads(int count, void *(*run)(void *))
{
    pthread_t threads[32];
    for (long i = 0; i < count; i++)
        CHECK_EQ(pthread_create(&threads[i], NULL, run, (void *)i), 0);
    for (long i = 0; i < count; i++) {
        void *result;
        CHECK_EQ(pthread_join(threads[i], &result), 0);
        CHECK_EQ(result, i);
    }
}

TEST(mutex_exact, "a counter under a mutex loses nothing")
{
    run_threads(8, count_locked);
    CHECK_EQ(counter, 160000);
}

TEST(mutex_types, "recursive mutexes count, error-checking ones object")
{
    pthread_mutexattr_t attr;
    pthread_mutex_t recursive, checking;
    pthread_mutexattr_init(&attr);
    pthread_mutexattr_settype(&attr, PTHREAD_MUTEX_RECURSIVE);
    pthread_mutex_init(&recursive, &attr);
    pthread_mutexattr_settype(&attr, PTHREAD_MUTEX_ERRORCHECK);
    pthread_mutex_init(&checking, &attr);
    CHECK(pthread_mutex_lock(&recursive) == 0 && pthread_mutex_lock(&recursive) == 0);
    CHECK(pthread_mutex_trylock(&recursive) == 0);
    for (int i = 0; i < 3; i++)
        CHECK_EQ(pthread_mutex_unlock(&recursive), 0);
    CHECK_EQ(pthread_mutex_unlock(&recursive), EPERM);
    CHECK_EQ(pthread_mutex_lock(&checking), 0);
    CHECK_EQ(pthread_mutex_lock(&checking), EDEADLK);
    CHECK_EQ(pthread_mutex_trylock(&checking), EBUSY);
    CHECK_EQ(pthread_mutex_destroy(&checking), EBUSY);
    CHECK_EQ(pthread_mutex_unlock(&checking), 0);
    struct timespec past = {1, 0};
    CHECK_EQ(pthread_mutex_lock(&mutex), 0);
    CHECK_EQ(pthread_mutex_timedlock(&mutex, &past), ETIMEDOUT);
}

static pthread_cond_t not_empty = PTHREAD_COND_INITIALIZER, not_full = PTHREAD_COND_INITIALIZER;
static long ring[4], ring_count, ring_head;

static void *produce(void *arg)
{
    for (long i = 1; i <= 3000; i++) {
        pthread_mutex_lock(&mutex);
        while (ring_count == 4)
            pthread_cond_wait(&not_full, &mutex);
        ring[(ring_head + ring_count++) % 4] = i;
        pthread_cond_signal(&not_empty);
        pthread_mutex_unlock(&mutex);
    }
    return arg;
}

static void *consume(void *arg)
{
    for (int i = 0; i < 3000; i++) {
        pthread_mutex_lock(&mutex);
        while (ring_count == 0)
            pthread_cond_wait(&not_empty, &mutex);
        counter += ring[ring_head];
        ring_head = (ring_head + 1) % 4;
        ring_count--;
        pthread_cond_signal(&not_full);
        pthread_mutex_unlock(&mutex);
    }
    return arg;
}

static void *produce_or_consume(void *arg)
{
    return (long)arg % 2 ? consume(arg) : produce(arg);
}

TEST(condition, "producers and consumers meet at a ring of four")
{
    run_threads(6, produce_or_consume);
    CHECK_EQ(counter, 3 * 3000L * 3001 / 2);
}

TEST(condition_timeout, "a timed wait ends, with the mutex held")
{
    struct timespec deadline;
    clock_gettime(CLOCK_REALTIME, &deadline);
    deadline.tv_nsec += 10000000;
    if (deadline.tv_nsec >= 1000000000) {
        deadline.tv_sec++;
        deadline.tv_nsec -= 1000000000;
    }
    pthread_mutex_lock(&mutex);
    int error;
    do
        error = pthread_cond_timedwait(&not_empty, &mutex, &deadline);
    while (error == 0);
    CHECK_EQ(error, ETIMEDOUT);
    CHECK_EQ(pthread_mutex_trylock(&mutex), EBUSY);
}

static pthread_rwlock_t rwlock = PTHREAD_RWLOCK_INITIALIZER;
static long first, second;

static void *read_or_write(void *arg)
{
    for (int i = 0; i < 3000; i++) {
        if ((long)arg % 4 == 0) {
            pthread_rwlock_wrlock(&rwlock);
            first++;
            second++;
        } else {
            pthread_rwlock_rdlock(&rwlock);
            CHECK_EQ(first, second);
        }
        pthread_rwlock_unlock(&rwlock);
    }
    return arg;
}

TEST(read_write_lock, "readers never see a writer's half-made change")
{
    run_threads(8, read_or_write);
    CHECK_EQ(first, 6000);
    CHECK(pthread_rwlock_rdlock(&rwlock) == 0 && pthread_rwlock_tryrdlock(&rwlock) == 0);
    CHECK_EQ(pthread_rwlock_trywrlock(&rwlock), EBUSY);
}

static pthread_barrier_t barrier;
static int phase_count[50], serials;

static void *meet(void *arg)
{
    for (int phase = 0; phase < 50; phase++) {
        __atomic_fetch_add(&phase_count[phase], 1, __ATOMIC_RELAXED);
        if (pthread_barrier_wait(&barrier) == PTHREAD_BARRIER_SERIAL_THREAD)
            __atomic_fetch_add(&serials, 1, __ATOMIC_RELAXED);
        CHECK_EQ(__atomic_load_n(&phase_count[phase], __ATOMIC_RELAXED), 6);
    }
    return arg;
}

TEST(barriers, "nobody passes a barrier before all have come")
{
    CHECK_EQ(pthread_barrier_init(&barrier, NULL, 6), 0);
    run_threads(6, meet);
    CHECK_EQ(serials, 50);
    CHECK_EQ(pthread_barrier_destroy(&barrier), 0);
}

static pthread_once_t once = PTHREAD_ONCE_INIT;
static pthread_key_t key;
static int once_runs, destroyed;

static void destroy_value(void *value)
{
    (void)value;
    __atomic_fetch_add(&destroyed, 1, __ATOMIC_RELAXED);
}

static void run_once(void)
{
    once_runs++;
    pthread_key_create(&key, destroy_value);
}

static _Thread_local long local = 41;
static _Thread_local char local_zero[100];

static void *use_locals(void *arg)
{
    pthread_once(&once, run_once);
    CHECK(pthread_getspecific(key) == NULL && local == 41 && local_zero[99] == 0);
    pthread_setspecific(key, (void *)((long)arg + 1));
    local += (long)arg;
    local_zero[99] = 1;
    errno = (int)(long)arg;
    sched_yield();
    CHECK_EQ(pthread_getspecific(key), (long)arg + 1);
    CHECK_EQ(local, 41 + (long)arg);
    CHECK_EQ(errno, (long)arg);
    return arg;
}

TEST(locals, "thread-local variables, specific values, errno and once")
{
    run_threads(16, use_locals);
    CHECK_EQ(once_runs, 1);
    CHECK_EQ(destroyed, 16);
    CHECK_EQ(local, 41);
}

static sem_t semaphore;
static int inside, most;

static void *enter(void *arg)
{
    for (int i = 0; i < 300; i++) {
        CHECK_EQ(sem_wait(&semaphore), 0);
        int now = __atomic_add_fetch(&inside, 1, __ATOMIC_SEQ_CST);
        int seen = __atomic_load_n(&most, __ATOMIC_SEQ_CST);
        while (now > seen && !__atomic_compare_exchange_n(&most, &seen, now, 0, __ATOMIC_SEQ_CST,
                                                          __ATOMIC_SEQ_CST))
            continue;
        sched_yield();
        __atomic_fetch_sub(&inside, 1, __ATOMIC_SEQ_CST);
        CHECK_EQ(sem_post(&semaphore), 0);
    }
    return arg;
}

TEST(semaphore_bound, "a semaphore of three lets in three and no more")
{
    int value;
    CHECK_EQ(sem_init(&semaphore, 0, 3), 0);
    run_threads(8, enter);
    CHECK(most >= 1 && most <= 3);
    CHECK(sem_getvalue(&semaphore, &value) == 0 && value == 3);
    for (int i = 0; i < 3; i++)
        CHECK_EQ(sem_trywait(&semaphore), 0);
    CHECK_ERR(sem_trywait(&semaphore), EAGAIN);
    struct timespec past = {1, 0};
    CHECK_ERR(sem_timedwait(&semaphore, &past), ETIMEDOUT);
}

static void *pass_detached(void *arg)
{
    sem_post(arg);
    return NULL;
}

TEST(detached, "detached threads free their own stacks: thousands can come and go")
{
    pthread_attr_t attr;
    CHECK_EQ(sem_init(&semaphore, 0, 0), 0);
    pthread_attr_init(&attr);
    pthread_attr_setdetachstate(&attr, PTHREAD_CREATE_DETACHED);
    pthread_attr_setstacksize(&attr, 64 << 10);
    for (int i = 0; i < 2000; i++) {
        pthread_t thread;
        CHECK_EQ(pthread_create(&thread, &attr, pass_detached, &semaphore), 0);
        CHECK_EQ(sem_wait(&semaphore), 0);
    }
}

static void *exit_in_call(void *arg)
{
    pthread_cleanup_push(destroy_value, NULL);
    pthread_exit(arg);
    pthread_cleanup_pop(0);
}

static void *detach_self(void *arg)
{
    CHECK_EQ(pthread_detach(pthread_self()), 0);
    sem_post(arg);
    return NULL;
}

TEST(endings, "pthread_exit runs clean-up handlers; a thread may detach itself")
{
    pthread_t thread;
    void *result;
    destroyed = 0;
    CHECK_EQ(pthread_create(&thread, NULL, exit_in_call, (void *)7L), 0);
    CHECK(pthread_join(thread, &result) == 0 && result == (void *)7L && destroyed == 1);
    CHECK_EQ(pthread_join(pthread_self(), NULL), EDEADLK);
    sem_init(&semaphore, 0, 0);
    CHECK_EQ(pthread_create(&thread, NULL, detach_self, &semaphore), 0);
    CHECK_EQ(sem_wait(&semaphore), 0);
}

static long recurse(long depth)
{
    volatile char block[4096];
    block[0] = (char)depth;
    return depth < 0 ? 0 : recurse(depth + 1) + block[0];
}

static void *overflow(void *arg)
{
    return (void *)recurse((long)arg);
}

TEST(guard, "a thread's stack that overflows ends the process by SIGSEGV")
{
    pid_t pid = fork();
    if (pid == 0) {
        pthread_t thread;
        pthread_create(&thread, NULL, overflow, NULL);
        pthread_join(thread, NULL);
        _exit(0);
    }
    int status;
    CHECK_EQ(waitpid(pid, &status, 0), pid);
    CHECK(WIFSIGNALED(status) && WTERMSIG(status) == SIGSEGV);
}

static volatile sig_atomic_t handled_by;

static void on_signal(int sig)
{
    (void)sig;
    handled_by = (int)gettid();
}

static void *wait_for_signal(void *arg)
{
    int *tid = arg;
    *tid = (int)gettid();
    sem_post(&semaphore);
    while (handled_by == 0)
        sched_yield();
    return NULL;
}

TEST(directed_signals, "pthread_kill reaches the thread that was meant")
{
    pthread_t thread;
    int tid;
    signal(SIGUSR1, on_signal);
    sem_init(&semaphore, 0, 0);
    CHECK_EQ(pthread_create(&thread, NULL, wait_for_signal, &tid), 0);
    sem_wait(&semaphore);
    CHECK_EQ(pthread_kill(thread, SIGUSR1), 0);
    CHECK_EQ(pthread_join(thread, NULL), 0);
    CHECK_EQ(handled_by, tid);
}

static void *allocate_for_ever(void *arg)
{
    while (!__atomic_load_n((int *)arg, __ATOMIC_RELAXED)) {
        void *data = malloc(100);
        fprintf(stderr, "%s", "");
        free(data);
    }
    return NULL;
}

TEST(fork_with_threads, "a child of a threaded process can use malloc and stdio")
{
    pthread_t threads[2];
    int stop = 0;
    for (int i = 0; i < 2; i++)
        CHECK_EQ(pthread_create(&threads[i], NULL, allocate_for_ever, &stop), 0);
    for (int i = 0; i < 50; i++) {
        pid_t pid = fork();
        if (pid == 0) {
            for (int size = 1; size < 1000; size *= 2)
                free(malloc((size_t)size));
            fprintf(stderr, "%s", "");
            _exit(3);
        }
        int status;
        CHECK_EQ(waitpid(pid, &status, 0), pid);
        CHECK(WIFEXITED(status) && WEXITSTATUS(status) == 3);
    }
    __atomic_store_n(&stop, 1, __ATOMIC_RELAXED);
    for (int i = 0; i < 2; i++)
        pthread_join(threads[i], NULL);
}

TEST(main_exits_first, "the process lives until its last thread ends, with status 0")
{
    pid_t pid = fork();
    if (pid == 0) {
        pthread_t thread;
        sem_init(&semaphore, 0, 0);
        pthread_create(&thread, NULL, pass_detached, &semaphore);
        pthread_exit((void *)5L);
    }
    int status;
    CHECK_EQ(waitpid(pid, &status, 0), pid);
    CHECK_EQ(status, 0);
}

TEST(names, "a thread has a name of up to 15 characters")
{
    char name[16];
    CHECK_EQ(pthread_setname_np(pthread_self(), "a-name"), 0);
    CHECK(pthread_getname_np(pthread_self(), name, sizeof(name)) == 0);
    CHECK(strcmp(name, "a-name") == 0);
    CHECK_EQ(pthread_setname_np(pthread_self(), "much-too-long-name"), ERANGE);
}
