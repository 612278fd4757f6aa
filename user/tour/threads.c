// SPDX-License-Identifier: ISC
//
// Exhibits on threads: one memory for all, what that costs without a lock, and semaphores that
// admit a number.
#include "tour.h"

#include <pthread.h>
#include <sched.h>
#include <semaphore.h>
#include <stdlib.h>
#include <time.h>

static void start(pthread_t *thread, void *(*function)(void *), void *argument)
{
    if (pthread_create(thread, NULL, function, argument) != 0) {
        fprintf(stderr, "tour: pthread_create\n");
        exit(2);
    }
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
        start(&threads[i], add_up, (void *)i);
    for (int i = 0; i < 5; i++) {
        pthread_join(threads[i], NULL);
        one_place = one_place && seen_at[i] == &n;
    }
    printf("    the process ends with n = %ld\n", n);
    measured("n = %ld in the end, %s address of n in all threads", n,
             one_place ? "one" : "more than one");
    return holds_if(n == 5 * (99999l * 100000 / 2) && one_place);
}

// --- race ----------------------------------------------------------------------------------------

#define RACERS 2
#define WORK   40 // steps between load and store: the time in which another thread may step in

static volatile long counter;
static volatile bool stop;
static bool with_lock;

// Adds 1 to the counter over and over; hands out how often.
static void *increment(void *unused)
{
    long count = 0;
    while (!stop) {
        if (with_lock)
            pthread_mutex_lock(&lock);
        long value = counter; // load
        for (volatile int i = 0; i < WORK; i++)
            ;
        counter = value + 1; // store: whatever others stored meanwhile is overwritten
        if (with_lock)
            pthread_mutex_unlock(&lock);
        count++;
    }
    (void)unused;
    return (void *)count;
}

// Lets two threads increment for some time: how many increments were made, how many were lost.
static long race(bool locked, double seconds, long *made)
{
    pthread_t threads[RACERS];
    void *count;
    counter = 0;
    stop = false;
    with_lock = locked;
    *made = 0;
    for (int i = 0; i < RACERS; i++)
        start(&threads[i], increment, NULL);
    struct timespec time = {0, (long)(seconds * 1e9)};
    nanosleep(&time, NULL);
    stop = true;
    for (int i = 0; i < RACERS; i++) {
        pthread_join(threads[i], &count);
        *made += (long)count;
    }
    printf("    %s lock: %ld increments made, the counter shows %ld: %ld lost\n",
           locked ? "with a   " : "without a", *made, counter, *made - counter);
    return *made - counter;
}

static enum verdict show_race(void)
{
    long made, made_locked, lost = 0;
    int rounds = 0;
    // On one CPU an update is lost only where a time slice ends between load and store.
    do {
        lost = race(false, 0.2, &made);
    } while (lost == 0 && ++rounds < 10);
    long lost_locked = race(true, 0.2, &made_locked);
    measured("without a lock %ld of %ld increments lost, with it %ld of %ld (%d CPU%s)", lost, made,
             lost_locked, made_locked, cpu_count(), cpu_count() == 1 ? "" : "s");
    return holds_if(lost > 0 && lost_locked == 0 && made_locked > 0);
}

// --- kitchen -------------------------------------------------------------------------------------

#define COOKS  8
#define VISITS 50

static sem_t kitchen;
static pthread_cond_t gathered = PTHREAD_COND_INITIALIZER;
static int room, inside, high_water;

// Goes in and out. The first ROOM cooks wait inside for each other: so many really are admitted.
static void *cook(void *unused)
{
    for (int visit = 0; visit < VISITS; visit++) {
        struct timespec limit;
        clock_gettime(CLOCK_REALTIME, &limit);
        limit.tv_sec += 5; // should the semaphore admit fewer, nobody waits for ever
        sem_wait(&kitchen);
        pthread_mutex_lock(&lock);
        if (++inside > high_water)
            high_water = inside;
        if (high_water >= room)
            pthread_cond_broadcast(&gathered);
        while (high_water < room && pthread_cond_timedwait(&gathered, &lock, &limit) == 0)
            ;
        pthread_mutex_unlock(&lock);
        sched_yield(); // cooking: others may try to come in
        pthread_mutex_lock(&lock);
        inside--;
        pthread_mutex_unlock(&lock);
        sem_post(&kitchen);
    }
    return unused;
}

static enum verdict show_kitchen(void)
{
    static const int sizes[] = {1, 3, 5};
    int marks[COUNT_OF(sizes)];
    bool right = true;
    for (size_t i = 0; i < COUNT_OF(sizes); i++) {
        pthread_t cooks[COOKS];
        room = sizes[i];
        inside = high_water = 0;
        sem_init(&kitchen, 0, (unsigned)room);
        for (int c = 0; c < COOKS; c++)
            start(&cooks[c], cook, NULL);
        for (int c = 0; c < COOKS; c++)
            pthread_join(cooks[c], NULL);
        sem_destroy(&kitchen);
        marks[i] = high_water;
        right = right && high_water == room && inside == 0;
        printf("    a semaphore of %d: of %d cooks at most %d were inside at once%s\n", room, COOKS,
               high_water, room == 1 ? " (a mutex [互斥锁])" : "");
    }
    measured("at most %d, %d and %d inside for n = %d, %d and %d", marks[0], marks[1], marks[2],
             sizes[0], sizes[1], sizes[2]);
    return holds_if(right);
}

const struct exhibit thread_exhibits[] = {
    {"count-threads", "the same with threads [线程]: one shared n, which ends at 24999750000",
     show_count_threads},
    {"race", "unsynchronised increments lose updates; a mutex [互斥锁] makes them exact",
     show_race},
    {"kitchen", "a semaphore [信号量] admits n; a mutex [互斥锁] is the case n = 1", show_kitchen},
    {0},
};
