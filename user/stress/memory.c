// SPDX-License-Identifier: ISC
// Memory: copies that a fork makes, mappings that threads change beside one another, and the order in
// which one CPU sees what another wrote.
#include "stress.h"

#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#define PAGE 4096ul

static void fill(unsigned char *region, size_t pages, unsigned value)
{
    for (size_t i = 0; i < pages; i++)
        *(volatile unsigned *)(region + i * PAGE) = value + i;
}

static void check(const unsigned char *region, size_t pages, unsigned value)
{
    for (size_t i = 0; i < pages; i++)
        MUST(*(volatile const unsigned *)(region + i * PAGE) == value + i);
}

static unsigned char *map(size_t pages)
{
    void *region = mmap(NULL, pages * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    MUST(region != MAP_FAILED);
    return region;
}

// --- copies ---------------------------------------------------------------------------------------

// Each generation writes over what it got and expects its own memory to stay as it was.
static void generation(unsigned char *region, size_t pages, unsigned value, unsigned depth, struct random *r)
{
    check(region, pages, value);
    if (depth == 0)
        return;
    pid_t children[3];
    unsigned count = 1 + random_below(r, 3);
    for (unsigned i = 0; i < count; i++) {
        random_next(r);
        if ((children[i] = must_fork()) == 0) {
            unsigned mine = value + 1000 * (i + 1);
            struct random own = *r;
            check(region, pages, value);
            fill(region, pages, mine);
            generation(region, pages, mine, depth - 1, &own);
            _exit(0);
        }
        if (random_one_in(r, 2))
            fill(region, pages, value); // splits what the child shares
    }
    for (unsigned i = 0; i < count; i++)
        must_end(children[i], 0);
    check(region, pages, value);
}

unsigned job_copies(struct random *r)
{
    size_t pages = 1 + random_below(r, 700);
    unsigned char *region = map(pages);
    fill(region, pages, 7);
    generation(region, pages, 7, 1 + random_below(r, 3), r);
    MUST(munmap(region, pages * PAGE) == 0);
    return pages;
}

// --- mappings -------------------------------------------------------------------------------------

struct mapper {
    pthread_t thread;
    struct random random;
    unsigned rounds;
};

static void change(unsigned char *region, size_t pages, unsigned value, struct random *r)
{
    size_t first = random_below(r, pages), count = 1 + random_below(r, pages - first);
    unsigned char *at = region + first * PAGE;
    switch (random_below(r, 5)) {
    case 0:
        MUST(mprotect(at, count * PAGE, PROT_READ) == 0);
        check(region, pages, value);
        MUST(mprotect(at, count * PAGE, PROT_READ | PROT_WRITE) == 0);
        break;
    case 1:
        MUST(madvise(at, count * PAGE, MADV_DONTNEED) == 0);
        for (size_t i = 0; i < count; i++)
            MUST(*(volatile unsigned *)(at + i * PAGE) == 0);
        break;
    case 2: // a hole, and something new in it
        MUST(munmap(at, count * PAGE) == 0);
        MUST(mmap(at, count * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0) == at);
        break;
    case 3:
        if (random_one_in(r, 4)) {
            pid_t pid = must_fork();
            if (pid == 0) {
                check(region, pages, value);
                fill(region, pages, value + 1);
                _exit(0);
            }
            must_end(pid, 0);
        }
        break;
    default:
        MUST(mprotect(at, count * PAGE, PROT_NONE) == 0);
        MUST(mprotect(at, count * PAGE, PROT_READ | PROT_WRITE) == 0);
    }
}

// The hole of case 2 may be taken by another thread before it is filled: each has a range of its own.
static void *change_mappings(void *argument)
{
    struct mapper *m = argument;
    for (unsigned i = 0; i < m->rounds; i++) {
        size_t pages = 1 + random_below(&m->random, 600);
        unsigned value = random_next(&m->random);
        unsigned char *region = map(pages);
        fill(region, pages, value);
        check(region, pages, value);
        unsigned char *moved = mremap(region, pages * PAGE, (pages + 1) * PAGE, MREMAP_MAYMOVE);
        MUST(moved != MAP_FAILED);
        check(moved, pages, value);
        MUST(munmap(moved, (pages + 1) * PAGE) == 0);
    }
    return NULL;
}

unsigned job_mappings(struct random *r)
{
    struct mapper mappers[3];
    unsigned count = 1 + random_below(r, 3), rounds = 10 + random_below(r, 40);
    for (unsigned i = 0; i < count; i++) {
        mappers[i] = (struct mapper){.random = {random_next(r) | 1}, .rounds = rounds};
        MUST(pthread_create(&mappers[i].thread, NULL, change_mappings, &mappers[i]) == 0);
    }
    // Only this thread makes holes at fixed addresses; they lie inside a range that it keeps reserved
    // but for the moment in between, when the others may take it: so it works in a child alone.
    pid_t pid = must_fork();
    if (pid == 0) {
        unsigned char *region = map(300);
        for (unsigned i = 0; i < rounds; i++) {
            unsigned value = random_next(r);
            fill(region, 300, value);
            change(region, 300, value, r);
        }
        _exit(0);
    }
    for (unsigned i = 0; i < count; i++)
        MUST(pthread_join(mappers[i].thread, NULL) == 0);
    must_end(pid, 0);
    return rounds * (count + 1);
}

// --- ordering -------------------------------------------------------------------------------------

struct shared {
    _Atomic unsigned x, y, data, ready, stop;
    _Atomic unsigned saw_x, saw_y, round, done;
    pthread_mutex_t mutex;
    pthread_cond_t changed;
    unsigned guarded;
};

// With sequentially consistent accesses, of two that write one word and read the other's at least one
// sees what the other wrote (store buffering).
static void *write_y_read_x(void *argument)
{
    struct shared *s = argument;
    for (unsigned i = 1;; i++) {
        while (s->round < i)
            if (s->stop)
                return NULL;
            else
                sched_yield();
        s->y = i;
        s->saw_x = s->x;
        s->done = i;
    }
}

// Message passing: who sees the flag sees the data.
static void *read_messages(void *argument)
{
    struct shared *s = argument;
    while (!s->stop) {
        unsigned flag = atomic_load_explicit(&s->ready, memory_order_acquire);
        unsigned data = atomic_load_explicit(&s->data, memory_order_relaxed);
        MUST(data >= flag);
    }
    return NULL;
}

static void *count_guarded(void *argument)
{
    struct shared *s = argument;
    for (unsigned i = 0; i < 200; i++) {
        pthread_mutex_lock(&s->mutex);
        s->guarded++;
        pthread_cond_broadcast(&s->changed);
        pthread_mutex_unlock(&s->mutex);
    }
    return NULL;
}

unsigned job_ordering(struct random *r)
{
    struct shared s = {.mutex = PTHREAD_MUTEX_INITIALIZER, .changed = PTHREAD_COND_INITIALIZER};
    unsigned rounds = 100 + random_below(r, 1000);
    pthread_t other, reader, counters[2];
    MUST(pthread_create(&other, NULL, write_y_read_x, &s) == 0);
    MUST(pthread_create(&reader, NULL, read_messages, &s) == 0);
    for (unsigned i = 0; i < 2; i++)
        MUST(pthread_create(&counters[i], NULL, count_guarded, &s) == 0);
    for (unsigned i = 1; i <= rounds; i++) {
        s.round = i;
        s.x = i;
        s.saw_y = s.y;
        while (s.done < i)
            sched_yield();
        MUST(s.saw_y == i || s.saw_x == i);
        atomic_store_explicit(&s.data, i, memory_order_relaxed);
        atomic_store_explicit(&s.ready, i, memory_order_release);
    }
    pthread_mutex_lock(&s.mutex);
    while (s.guarded < 400)
        pthread_cond_wait(&s.changed, &s.mutex);
    pthread_mutex_unlock(&s.mutex);
    s.stop = 1;
    MUST(pthread_join(other, NULL) == 0 && pthread_join(reader, NULL) == 0);
    for (unsigned i = 0; i < 2; i++)
        MUST(pthread_join(counters[i], NULL) == 0);
    return rounds;
}
