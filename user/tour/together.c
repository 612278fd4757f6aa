// SPDX-License-Identifier: ISC
//
// Exhibits on threads that work together: what is lost without a lock, how many a semaphore admits,
// what waiting costs, and what several CPUs give.
#include "tour.h"

#include <sched.h>
#include <semaphore.h>
#include <stdatomic.h>
#include <time.h>
#include <unistd.h>

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

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
        threads[i] = thread_or_die(increment, NULL);
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
            cooks[c] = thread_or_die(cook, NULL);
        for (int c = 0; c < COOKS; c++)
            pthread_join(cooks[c], NULL);
        sem_destroy(&kitchen);
        marks[i] = high_water;
        right = right && high_water == room && inside == 0;
        printf("    a semaphore of %d: of %d cooks at most %d were inside%s\n", room, COOKS,
               high_water, room == 1 ? " (a mutex [互斥锁])" : "");
    }
    measured("at most %d, %d and %d inside for n = %d, %d and %d", marks[0], marks[1], marks[2],
             sizes[0], sizes[1], sizes[2]);
    return holds_if(right);
}

// --- producer-consumer ---------------------------------------------------------------------------

#define SLOTS 4
#define ITEMS 10000l

// A bounded buffer: a lock, and a condition for each reason to wait.
static struct {
    pthread_mutex_t lock;
    pthread_cond_t not_empty, not_full;
    long items[SLOTS];
    unsigned first;
    volatile unsigned count;
    volatile bool polls; // the consumer asks over and over instead of waiting
    volatile pid_t consumer, producer;
} buffer = {.lock = PTHREAD_MUTEX_INITIALIZER,
            .not_empty = PTHREAD_COND_INITIALIZER,
            .not_full = PTHREAD_COND_INITIALIZER};

static void put(long item)
{
    pthread_mutex_lock(&buffer.lock);
    while (buffer.count == SLOTS)
        pthread_cond_wait(&buffer.not_full, &buffer.lock);
    buffer.items[(buffer.first + buffer.count++) % SLOTS] = item;
    pthread_cond_signal(&buffer.not_empty);
    pthread_mutex_unlock(&buffer.lock);
}

static long get(void)
{
    while (buffer.polls && buffer.count == 0)
        ;
    pthread_mutex_lock(&buffer.lock);
    while (buffer.count == 0)
        pthread_cond_wait(&buffer.not_empty, &buffer.lock);
    long item = buffer.items[buffer.first];
    buffer.first = (buffer.first + 1) % SLOTS;
    buffer.count--;
    pthread_cond_signal(&buffer.not_full);
    pthread_mutex_unlock(&buffer.lock);
    return item;
}

static void *produce(void *unused)
{
    buffer.producer = gettid();
    for (long i = 1; i <= ITEMS; i++)
        put(i);
    put(0); // the end
    return unused;
}

// Takes items until the end: how many came in order.
static void *consume(void *unused)
{
    long item, in_order = 0;
    buffer.consumer = gettid();
    while ((item = get()) != 0)
        in_order += item == in_order + 1;
    (void)unused;
    return (void *)in_order;
}

static double cpu_seconds(pthread_t thread)
{
    clockid_t clock;
    struct timespec used = {0};
    if (pthread_getcpuclockid(thread, &clock) == 0)
        clock_gettime(clock, &used);
    return (double)used.tv_sec + (double)used.tv_nsec / 1e9;
}

// Computes for a tenth of a second; how much of it another thread ran, too.
static double share_meanwhile(pthread_t other)
{
    double start = seconds_now(), used = cpu_seconds(other);
    while (seconds_now() < start + 0.1)
        ;
    used = cpu_seconds(other) - used;
    return used / (seconds_now() - start);
}

static void wait_until_blocked(volatile pid_t *tid)
{
    while (*tid == 0)
        sched_yield();
    while (thread_state(getpid(), *tid) != 'S')
        sched_yield();
}

// What share of a CPU a consumer used at an empty buffer, while this thread computed.
static double consumer_share(bool polls, long *in_order)
{
    void *result;
    buffer.polls = polls;
    buffer.consumer = 0;
    pthread_t consumer = thread_or_die(consume, NULL);
    if (!polls)
        wait_until_blocked(&buffer.consumer);
    double share = share_meanwhile(consumer);
    buffer.polls = false;
    produce(NULL);
    pthread_join(consumer, &result);
    *in_order = (long)result;
    return share;
}

// The same of a producer at a full buffer.
static double producer_share(long *in_order)
{
    buffer.polls = false;
    buffer.producer = 0;
    pthread_t producer = thread_or_die(produce, NULL);
    wait_until_blocked(&buffer.producer);
    double share = share_meanwhile(producer);
    *in_order = (long)consume(NULL);
    pthread_join(producer, NULL);
    return share;
}

static enum verdict show_producer_consumer(void)
{
    long in_order[3];
    double empty = consumer_share(false, &in_order[0]), full = producer_share(&in_order[1]);
    double polling = consumer_share(true, &in_order[2]);
    printf("    CPU time that was used in 100 ms\n"
           "      by a consumer that waits at the empty buffer: %10.6f ms\n"
           "      by a producer that waits at the full buffer:  %10.6f ms\n"
           "      by a consumer that asks over and over:        %10.6f ms\n",
           empty * 100, full * 100, polling * 100);
    printf("    then %ld, %ld and %ld of %ld items went through %d slots in order\n", in_order[0],
           in_order[1], in_order[2], ITEMS, SLOTS);
    measured("of a CPU used a blocked consumer %g, a blocked producer %g, a polling consumer %.2f",
             empty, full, polling);
    return holds_if(empty == 0 && full == 0 && polling > 0.05 && in_order[0] == ITEMS &&
                    in_order[1] == ITEMS && in_order[2] == ITEMS);
}

// --- parallel ------------------------------------------------------------------------------------

#define CHUNK 500l // numbers that are tested under one hold of the big lock

static struct {
    long limit;
    bool one_lock;
    atomic_long next, primes;
} job;

static bool is_prime(long number)
{
    for (long i = 2; i * i <= number; i++)
        if (number % i == 0)
            return false;
    return number > 1;
}

// Takes portions of the numbers below the limit, as long as there are any, and counts the primes.
static void *count_primes(void *unused)
{
    long from, found = 0;
    while ((from = atomic_fetch_add(&job.next, CHUNK)) < job.limit) {
        if (job.one_lock)
            pthread_mutex_lock(&lock); // whoever computes holds it, as in an interpreter with a GIL
        for (long i = from; i < from + CHUNK; i++)
            found += is_prime(i);
        if (job.one_lock)
            pthread_mutex_unlock(&lock);
    }
    atomic_fetch_add(&job.primes, found);
    return unused;
}

// One way to do the job, and its best time.
struct way {
    const char *name;
    int threads, cpus;
    bool one_lock;
    double seconds, cpu_seconds;
    long primes;
};

static double process_cpu_seconds(void)
{
    struct timespec used;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &used);
    return (double)used.tv_sec + (double)used.tv_nsec / 1e9;
}

static void do_job(struct way *way)
{
    pthread_t threads[2];
    use_cpus(way->cpus);
    job.one_lock = way->one_lock;
    job.next = job.primes = 0;
    double start = seconds_now(), cpu_start = process_cpu_seconds();
    for (int i = 0; i < way->threads; i++)
        threads[i] = thread_or_die(count_primes, NULL);
    for (int i = 0; i < way->threads; i++)
        pthread_join(threads[i], NULL);
    double seconds = seconds_now() - start;
    if (way->seconds == 0 || seconds < way->seconds) {
        way->seconds = seconds;
        way->cpu_seconds = process_cpu_seconds() - cpu_start;
    }
    way->primes = job.primes;
}

// Makes the job so large that one thread has a tenth of a second to do.
static void size_job(struct way *one)
{
    for (job.limit = 50 * CHUNK; one->seconds < 0.1; job.limit *= 2) {
        one->seconds = 0;
        do_job(one);
    }
    job.limit /= 2;
}

static double gain(const struct way *one, const struct way *way)
{
    return one->seconds / way->seconds;
}

static bool shows_it(const struct way ways[4])
{
    return gain(&ways[0], &ways[2]) >= 1.5 && gain(&ways[0], &ways[3]) <= 1.2;
}

// Did the threads get less than their CPUs; or CPUs that, being virtual, shared a real one?
static bool is_busy(const struct way *way, const struct way *one)
{
    bool waited = way->cpu_seconds < 0.8 * way->cpus * way->seconds;
    bool slower = way->cpu_seconds > 1.3 * one->cpu_seconds;
    if (waited || slower)
        printf("    %s: %s\n", way->name,
               waited ? "other programs had the CPUs, too"
                      : "both worked, each more slowly than one alone:\n"
                        "      they are virtual, and the machine had no two for them");
    return waited || slower;
}

// Does the job in the first COUNT ways by turns. Whatever else runs on the machine makes a time
// longer, never shorter: the best of some rounds counts, of more where a busy machine hides it.
static void do_rounds(struct way *ways, size_t count)
{
    size_job(&ways[0]);
    for (int round = 0; round < 5 || (round < 15 && count == 4 && !shows_it(ways)); round++)
        for (size_t w = 0; w < count; w++)
            do_job(&ways[w]);
    use_cpus(0);
    printf("    primes below %ld: %ld\n", job.limit, ways[0].primes);
    for (size_t w = 0; w < count; w++)
        printf("    %-20s  %.3f s, speed-up %.2f, CPUs in use %.2f\n", ways[w].name,
               ways[w].seconds, gain(&ways[0], &ways[w]), ways[w].cpu_seconds / ways[w].seconds);
}

static enum verdict show_parallel(void)
{
    struct way ways[] = {{.name = "1 thread on 1 CPU", .threads = 1, .cpus = 1},
                         {.name = "2 threads on 1 CPU", .threads = 2, .cpus = 1},
                         {.name = "2 threads on 2 CPUs", .threads = 2, .cpus = 2},
                         {.name = "... and one lock", .threads = 2, .cpus = 2, .one_lock = true}};
    const struct way *one = &ways[0], *two = &ways[2];
    size_t count = use_cpus(0) > 1 ? 4 : 2; // with one CPU there is only half of it
    do_rounds(ways, count);
    for (size_t w = 1; w < count; w++)
        if (ways[w].primes != one->primes)
            return DOES_NOT_HOLD;
    if (count == 2) {
        printf("    this machine has one CPU\n");
        measured("one CPU: speed-up of 2 threads %.2f", gain(one, &ways[1]));
        return NOT_MEASURABLE;
    }
    measured("2 threads on 1 CPU: speed-up %.2f, on 2 CPUs %.2f, on 2 CPUs with one lock %.2f",
             gain(one, &ways[1]), gain(one, two), gain(one, &ways[3]));
    if (!shows_it(ways) && (is_busy(one, one) || is_busy(two, one)))
        return NOT_MEASURABLE;
    return holds_if(shows_it(ways));
}

const struct exhibit together_exhibits[] = {
    {"race", "unsynchronised increments lose updates; a mutex [互斥锁] makes them exact", show_race,
     "Two threads load a counter, add one, and store it, over and over; then the same with a lock "
     "around it."},
    {"kitchen", "a semaphore [信号量] admits n; a mutex [互斥锁] is the case n = 1", show_kitchen,
     "Cooks go in and out of a kitchen that a semaphore guards; the most that were inside at once "
     "are counted."},
    {"producer-consumer", "blocked [阻塞] threads use no CPU", show_producer_consumer,
     "A thread waits for a buffer that stays empty, then for one that stays full, while another "
     "computes; then everything is let through."},
    {"parallel", "threads [线程] use several CPUs; one big lock takes that away", show_parallel,
     "Prime numbers are counted by one thread and by two, on one CPU and on two, and once with a "
     "lock around each portion of the work."},
    {0},
};
