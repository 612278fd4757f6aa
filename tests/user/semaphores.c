// SPDX-License-Identifier: ISC
//
// POSIX semaphores: between threads, and between processes in shared memory.
#include "support.h"

#include <pthread.h>
#include <semaphore.h>
#include <time.h>

TEST(counts, "post adds, wait and trywait take, getvalue tells; EAGAIN at zero")
{
    sem_t sem;
    int value;
    CHECK(sem_init(&sem, 0, 2) == 0);
    CHECK(sem_wait(&sem) == 0 && sem_trywait(&sem) == 0);
    CHECK(FAILS(sem_trywait(&sem), EAGAIN));
    CHECK(sem_post(&sem) == 0);
    CHECK(sem_getvalue(&sem, &value) == 0 && value == 1);
    CHECK(sem_wait(&sem) == 0);
    CHECK(sem_getvalue(&sem, &value) == 0 && value == 0);
    CHECK(sem_destroy(&sem) == 0);
}

TEST(limits, "values above SEM_VALUE_MAX are EINVAL, a post beyond it EOVERFLOW")
{
    sem_t sem;
    CHECK(FAILS(sem_init(&sem, 0, 0x80000000u), EINVAL));
    CHECK(sem_init(&sem, 0, 0x7fffffff) == 0);
    CHECK(FAILS(sem_post(&sem), EOVERFLOW));
    CHECK(sem_wait(&sem) == 0 && sem_post(&sem) == 0);
}

static sem_t ping, pong;
static volatile long passes;

static void *answer_pings(void *unused)
{
    for (int i = 0; i < 10000; i++) {
        CHECK(sem_wait(&ping) == 0);
        passes++;
        CHECK(sem_post(&pong) == 0);
    }
    return unused;
}

TEST(ping_pong_threads, "two threads take turns ten thousand times, and no turn is lost or doubled")
{
    pthread_t thread;
    CHECK(sem_init(&ping, 0, 0) == 0 && sem_init(&pong, 0, 0) == 0);
    CHECK(pthread_create(&thread, NULL, answer_pings, NULL) == 0);
    for (int i = 0; i < 10000; i++) {
        CHECK(passes == i);
        CHECK(sem_post(&ping) == 0 && sem_wait(&pong) == 0);
    }
    CHECK(pthread_join(thread, NULL) == 0 && passes == 10000);
}

TEST(ping_pong_processes, "two processes do the same over a semaphore in shared memory")
{
    struct {
        sem_t ping, pong;
        volatile long passes;
    } *both = shared_memory(PAGE);
    CHECK(sem_init(&both->ping, 1, 0) == 0 && sem_init(&both->pong, 1, 0) == 0);
    pid_t pid = fork();
    if (pid == 0) {
        for (int i = 0; i < 5000; i++) {
            CHECK(sem_wait(&both->ping) == 0);
            both->passes++;
            CHECK(sem_post(&both->pong) == 0);
        }
        _exit(0);
    }
    for (int i = 0; i < 5000; i++) {
        CHECK(both->passes == i);
        CHECK(sem_post(&both->ping) == 0 && sem_wait(&both->pong) == 0);
    }
    CHECK(child_end(pid) == 0);
}

TEST(not_shared, "a semaphore in private memory is copied by fork: each process has its own")
{
    static sem_t sem;
    int value;
    CHECK(sem_init(&sem, 0, 1) == 0);
    pid_t pid = fork();
    if (pid == 0)
        _exit(sem_wait(&sem) == 0 && FAILS(sem_trywait(&sem), EAGAIN) ? 0 : 1);
    CHECK(child_end(pid) == 0);
    CHECK(sem_getvalue(&sem, &value) == 0 && value == 1);
}

static sem_t admission;
static volatile int inside, most_inside;
static pthread_mutex_t inside_lock = PTHREAD_MUTEX_INITIALIZER;

static void *visit(void *unused)
{
    for (int i = 0; i < 200; i++) {
        CHECK(sem_wait(&admission) == 0);
        pthread_mutex_lock(&inside_lock);
        if (++inside > most_inside)
            most_inside = inside;
        pthread_mutex_unlock(&inside_lock);
        sched_yield();
        pthread_mutex_lock(&inside_lock);
        inside--;
        pthread_mutex_unlock(&inside_lock);
        CHECK(sem_post(&admission) == 0);
    }
    return unused;
}

TEST(admits_n, "a semaphore of n never lets more than n threads in, for n of 1, 3 and 5")
{
    static const int sizes[] = {1, 3, 5};
    for (size_t i = 0; i < COUNT_OF(sizes); i++) {
        pthread_t threads[8];
        most_inside = 0;
        CHECK(sem_init(&admission, 0, (unsigned)sizes[i]) == 0);
        for (size_t t = 0; t < COUNT_OF(threads); t++)
            CHECK(pthread_create(&threads[t], NULL, visit, NULL) == 0);
        for (size_t t = 0; t < COUNT_OF(threads); t++)
            CHECK(pthread_join(threads[t], NULL) == 0);
        CHECK(inside == 0 && most_inside >= 1 && most_inside <= sizes[i]);
    }
}

TEST(timed, "sem_timedwait ends with ETIMEDOUT at its point in time, takes at once what is there, "
            "checks the time")
{
    sem_t sem;
    struct timespec deadline, now;
    CHECK(sem_init(&sem, 0, 0) == 0);
    CHECK(clock_gettime(CLOCK_REALTIME, &deadline) == 0);
    deadline.tv_nsec += 5000000;
    if (deadline.tv_nsec >= 1000000000) {
        deadline.tv_nsec -= 1000000000;
        deadline.tv_sec++;
    }
    CHECK(FAILS(sem_timedwait(&sem, &deadline), ETIMEDOUT));
    CHECK(clock_gettime(CLOCK_REALTIME, &now) == 0);
    CHECK(now.tv_sec > deadline.tv_sec ||
          (now.tv_sec == deadline.tv_sec && now.tv_nsec >= deadline.tv_nsec));
    CHECK(FAILS(sem_timedwait(&sem, &deadline), ETIMEDOUT)); // long past
    CHECK(sem_post(&sem) == 0 && sem_timedwait(&sem, &deadline) == 0);
    deadline.tv_nsec = 1000000000;
    CHECK(FAILS(sem_timedwait(&sem, &deadline), EINVAL));
}

static void nothing(int signal)
{
    (void)signal;
}

TEST(interrupted,
     "a handler without SA_RESTART ends sem_wait with EINTR, and the semaphore is not taken")
{
    sem_t *sem = shared_memory(PAGE);
    struct sigaction action = {.sa_handler = nothing};
    int value;
    CHECK(sem_init(sem, 1, 0) == 0);
    CHECK(sigaction(SIGUSR1, &action, NULL) == 0);
    pid_t pid = fork();
    if (pid == 0)
        _exit(FAILS(sem_wait(sem), EINTR) ? 0 : 1);
    wait_for_state(pid, 'S');
    CHECK(kill(pid, SIGUSR1) == 0);
    CHECK(child_end(pid) == 0);
    CHECK(sem_post(sem) == 0);
    CHECK(sem_getvalue(sem, &value) == 0 && value == 1);
}

static void post_from_handler(int signal)
{
    (void)signal;
    sem_post(&ping);
}

TEST(post_in_handler, "sem_post may be called in a signal handler")
{
    struct sigaction action = {.sa_handler = post_from_handler};
    CHECK(sem_init(&ping, 0, 0) == 0);
    CHECK(sigaction(SIGUSR1, &action, NULL) == 0);
    CHECK(raise(SIGUSR1) == 0);
    CHECK(sem_wait(&ping) == 0);
}

TEST(many_waiters, "ten processes wait; ten posts let all of them go, each once")
{
    sem_t *sem = shared_memory(PAGE);
    pid_t pids[10];
    CHECK(sem_init(sem, 1, 0) == 0);
    for (size_t i = 0; i < COUNT_OF(pids); i++) {
        pids[i] = fork();
        if (pids[i] == 0)
            _exit(sem_wait(sem) == 0 ? 0 : 1);
    }
    for (size_t i = 0; i < COUNT_OF(pids); i++)
        wait_for_state(pids[i], 'S');
    for (size_t i = 0; i < COUNT_OF(pids); i++)
        CHECK(sem_post(sem) == 0);
    for (size_t i = 0; i < COUNT_OF(pids); i++)
        CHECK(child_end(pids[i]) == 0);
    CHECK(FAILS(sem_trywait(sem), EAGAIN));
}

// A bounded buffer: producers and consumers over two counting semaphores and one binary one.
struct buffer {
    sem_t free, used, lock;
    int items[8], in, out;
    long taken;
};

static void produce(struct buffer *buffer, int first, int count)
{
    for (int i = first; i < first + count; i++) {
        CHECK(sem_wait(&buffer->free) == 0 && sem_wait(&buffer->lock) == 0);
        buffer->items[buffer->in++ % 8] = i;
        CHECK(sem_post(&buffer->lock) == 0 && sem_post(&buffer->used) == 0);
    }
    _exit(0);
}

static void consume(struct buffer *buffer, int count)
{
    for (int i = 0; i < count; i++) {
        CHECK(sem_wait(&buffer->used) == 0 && sem_wait(&buffer->lock) == 0);
        buffer->taken += buffer->items[buffer->out++ % 8];
        CHECK(sem_post(&buffer->lock) == 0 && sem_post(&buffer->free) == 0);
    }
    _exit(0);
}

TEST(bounded_buffer, "three producers and three consumers pass 3000 numbers through eight slots")
{
    struct buffer *buffer = shared_memory(sizeof(*buffer));
    pid_t pids[6];
    CHECK(sem_init(&buffer->free, 1, 8) == 0 && sem_init(&buffer->used, 1, 0) == 0);
    CHECK(sem_init(&buffer->lock, 1, 1) == 0);
    for (int i = 0; i < 6; i++) {
        pids[i] = fork();
        if (pids[i] == 0 && i < 3)
            produce(buffer, i * 1000, 1000);
        if (pids[i] == 0)
            consume(buffer, 1000);
    }
    for (int i = 0; i < 6; i++)
        CHECK(child_end(pids[i]) == 0);
    CHECK(buffer->taken == 2999l * 3000 / 2 && buffer->in == 3000 && buffer->out == 3000);
}
