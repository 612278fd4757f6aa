// SPDX-License-Identifier: ISC
// Several CPUs: affinity, changes of page tables that threads on other CPUs must see, forks under
// writing threads, signals to threads that never enter the kernel. With one CPU all of it must hold
// too; with more there are races to lose.
#include "affinity.h"

#include <stdatomic.h>

// --- affinity -------------------------------------------------------------------------------------

TEST(affinity_moves, "after sched_setaffinity returns the caller runs where it asked to")
{
    int count = cpus();
    for (int round = 0; round < 5; round++) {
        for (int i = 0; i < count; i++) {
            int cpu = cpu_number(i);
            bind_to(0, cpu);
            CHECK(running_on() == cpu);
            cpu_set_t now;
            CHECK(sched_getaffinity(0, sizeof(now), &now) == 0 && CPU_COUNT(&now) == 1);
            CHECK(CPU_ISSET(cpu, &now));
            unbind();
        }
    }
}

static void check_binding(void *cpu)
{
    for (int i = 0; i < 100; i++) {
        CHECK(running_on() == *(int *)cpu);
        sched_yield();
    }
}

TEST(affinity_inherited, "a child runs where its parent was bound to")
{
    for (int i = 0; i < 4; i++) {
        int cpu = cpu_number(i);
        bind_to(0, cpu);
        CHECK(run_child_with(check_binding, &cpu) == 0);
        unbind();
    }
}

TEST(affinity_refused, "a mask without any CPU of the machine, and one that cannot be read")
{
    long none = 0;
    CHECK(raw_call(SYS_sched_setaffinity, 0, sizeof(none), (long)&none, 0, 0, 0) == -EINVAL);
    CHECK(raw_call(SYS_sched_setaffinity, 0, sizeof(none), (long)NOWHERE, 0, 0, 0) == -EFAULT);
    CHECK(raw_call(SYS_sched_getaffinity, 0, 0, (long)&none, 0, 0, 0) == -EINVAL);
}

struct roamer {
    _Atomic pid_t id;
    _Atomic int cpu;
    _Atomic bool stop;
};

static void *roam(void *argument)
{
    struct roamer *r = argument;
    r->id = gettid();
    while (!r->stop)
        r->cpu = running_on();
    return NULL;
}

TEST(affinity_of_others, "a running thread moves to where another sends it")
{
    struct roamer r = {.cpu = -1};
    pthread_t thread = start(roam, &r);
    while (!r.id)
        sched_yield();
    for (int i = 0; i < 8; i++) {
        bind_to(r.id, cpu_number(i));
        while (r.cpu != cpu_number(i))
            sched_yield();
    }
    r.stop = true;
    CHECK(pthread_join(thread, NULL) == 0);
}

// --- page tables ----------------------------------------------------------------------------------

static unsigned char *page;
static _Atomic bool stop_now;
static _Atomic unsigned faults;
static _Atomic bool may_go_on;

static void *write_on(void *unused)
{
    (void)unused;
    for (unsigned i = 1; !stop_now; i++)
        *(volatile unsigned *)page = i;
    return NULL;
}

static void wait_at_fault(int signal)
{
    (void)signal;
    may_go_on = false;
    faults++;
    while (!may_go_on)
        __asm__ volatile("pause");
}

TEST(protect_stops_writers, "once mprotect has returned no thread writes to the page any more")
{
    page = private_memory(PAGE);
    struct sigaction action = {.sa_handler = wait_at_fault};
    CHECK(sigaction(SIGSEGV, &action, NULL) == 0);
    pthread_t thread = start(write_on, NULL);
    for (unsigned i = 0; i < 40; i++) {
        unsigned before = faults;
        while (*(volatile unsigned *)page == 0)
            sched_yield();
        CHECK(mprotect(page, PAGE, PROT_READ) == 0);
        unsigned seen = *(volatile unsigned *)page;
        while (faults == before) // it tries again only in vain
            CHECK(*(volatile unsigned *)page == seen);
        CHECK(*(volatile unsigned *)page == seen);
        CHECK(mprotect(page, PAGE, PROT_READ | PROT_WRITE) == 0);
        may_go_on = true;
        while (*(volatile unsigned *)page == seen)
            sched_yield();
    }
    stop_now = true;
    CHECK(pthread_join(thread, NULL) == 0);
}

static _Atomic unsigned gone; // values up to this one have been thrown away
static _Atomic bool stale;

static void *look_for_stale(void *unused)
{
    (void)unused;
    while (!stop_now) {
        unsigned before = gone, value = *(volatile unsigned *)page;
        if (value && value <= before)
            stale = true;
    }
    return NULL;
}

TEST(discard_is_seen, "once madvise(MADV_DONTNEED) has returned no thread sees the old page")
{
    pthread_t threads[3];
    page = private_memory(PAGE);
    for (size_t i = 0; i < COUNT_OF(threads); i++)
        threads[i] = start(look_for_stale, NULL);
    for (unsigned i = 1; i <= 1000; i++) {
        *(volatile unsigned *)page = i;
        CHECK(madvise(page, PAGE, MADV_DONTNEED) == 0);
        gone = i;
        // The frame is in other hands now: what these write must not be seen either.
        unsigned char *other = private_memory(PAGE);
        *(volatile unsigned *)other = 1;
        CHECK(munmap(other, PAGE) == 0);
    }
    stop_now = true;
    for (size_t i = 0; i < COUNT_OF(threads); i++)
        CHECK(pthread_join(threads[i], NULL) == 0);
    CHECK(!stale);
}

struct sleeper {
    struct gate go, done;
    unsigned seen;
};

static void *read_when_told(void *argument)
{
    struct sleeper *s = argument;
    bind_to(0, cpu_number(1));
    for (;;) {
        gate_pass(&s->go);
        if (stop_now)
            return NULL;
        s->seen = *(volatile unsigned *)page;
        gate_open(&s->done);
    }
}

TEST(sleepers_see_changes, "a thread that slept on another CPU while its page was replaced sees the new one")
{
    struct sleeper s = {.go = gate_make(), .done = gate_make()};
    page = private_memory(2 * PAGE);
    page[PAGE] = 1; // the page table stays
    bind_to(0, cpu_number(0));
    pthread_t thread = start(read_when_told, &s);
    for (unsigned i = 1; i <= 500; i++) {
        *(volatile unsigned *)page = i;
        gate_open(&s.go);
        gate_pass(&s.done);
        CHECK(s.seen == i);
        CHECK(madvise(page, PAGE, MADV_DONTNEED) == 0);
        if (i % 2)
            CHECK(madvise(page, 2 * PAGE, MADV_DONTNEED) == 0); // and the table may go
    }
    stop_now = true;
    gate_open(&s.go);
    CHECK(pthread_join(thread, NULL) == 0);
}

#define REGION_PAGES 40ul

struct writer {
    unsigned char *region;
    _Atomic unsigned rounds;
};

// Writes a number to each page, then expects to find it there.
static void *write_and_check(void *argument)
{
    struct writer *w = argument;
    for (unsigned value = 1; !stop_now; value++) {
        for (size_t i = 0; i < REGION_PAGES; i++)
            *(volatile unsigned *)(w->region + i * PAGE) = value;
        for (size_t i = 0; i < REGION_PAGES; i++)
            CHECK(*(volatile unsigned *)(w->region + i * PAGE) == value);
        w->rounds++;
    }
    return NULL;
}

// In the child nobody writes: what it sees must stay.
static void check_snapshot(struct writer *w)
{
    unsigned values[REGION_PAGES];
    for (size_t i = 0; i < REGION_PAGES; i++)
        values[i] = *(volatile unsigned *)(w->region + i * PAGE);
    for (unsigned round = 0; round < 20; round++)
        for (size_t i = 0; i < REGION_PAGES; i++)
            CHECK(*(volatile unsigned *)(w->region + i * PAGE) == values[i]);
    for (size_t i = 0; i < REGION_PAGES; i++) {
        CHECK(values[i] == values[0] || values[i] + 1 == values[0]);
        *(volatile unsigned *)(w->region + i * PAGE) = 0xdead0000;
    }
}

TEST(fork_under_writers, "forks while other threads write: a child's memory stands still, the parent's goes on")
{
    struct writer writers[3];
    pthread_t threads[COUNT_OF(writers)];
    for (size_t i = 0; i < COUNT_OF(writers); i++) {
        writers[i] = (struct writer){.region = private_memory(REGION_PAGES * PAGE)};
        threads[i] = start(write_and_check, &writers[i]);
    }
    for (unsigned i = 0; i < 30; i++) {
        pid_t pid = fork();
        CHECK(pid >= 0);
        if (pid == 0) {
            for (size_t k = 0; k < COUNT_OF(writers); k++)
                check_snapshot(&writers[k]);
            _exit(0);
        }
        CHECK(child_end(pid) == 0);
    }
    for (size_t i = 0; i < COUNT_OF(writers); i++)
        while (!writers[i].rounds)
            sched_yield();
    stop_now = true;
    for (size_t i = 0; i < COUNT_OF(writers); i++)
        CHECK(pthread_join(threads[i], NULL) == 0);
}

static void *touch_all(void *argument)
{
    unsigned char *region = argument;
    for (size_t i = 0; i < REGION_PAGES; i++)
        region[i * PAGE + 1]++; // all threads hit the same page at about the same time
    return NULL;
}

TEST(faults_at_once, "threads that touch the same new pages at once all find the same memory")
{
    for (unsigned round = 0; round < 20; round++) {
        unsigned char *region = private_memory(REGION_PAGES * PAGE);
        pthread_t threads[4];
        for (size_t i = 0; i < COUNT_OF(threads); i++)
            threads[i] = start(touch_all, region);
        for (size_t i = 0; i < REGION_PAGES; i++)
            *(volatile unsigned char *)(region + i * PAGE) = i + 1;
        for (size_t i = 0; i < COUNT_OF(threads); i++)
            CHECK(pthread_join(threads[i], NULL) == 0);
        for (size_t i = 0; i < REGION_PAGES; i++)
            CHECK(region[i * PAGE] == i + 1 && region[i * PAGE + 1] >= 1);
        CHECK(munmap(region, REGION_PAGES * PAGE) == 0);
    }
}

// --- threads that never enter the kernel ----------------------------------------------------------

static _Thread_local volatile sig_atomic_t handled;

static void count_signal(int signal)
{
    (void)signal;
    handled++;
}

struct spinner {
    pthread_t thread;
    _Atomic bool runs;
    _Atomic unsigned seen;
};

static void *spin_until_signals(void *argument)
{
    struct spinner *s = argument;
    s->runs = true;
    while (handled < 10)
        s->seen = handled;
    s->seen = 10;
    return NULL;
}

TEST(signals_reach_spinners, "a thread that only computes takes its signals at once")
{
    struct spinner spinners[3] = {};
    struct sigaction action = {.sa_handler = count_signal};
    CHECK(sigaction(SIGUSR1, &action, NULL) == 0);
    for (size_t i = 0; i < COUNT_OF(spinners); i++) {
        spinners[i].thread = start(spin_until_signals, &spinners[i]);
        while (!spinners[i].runs)
            sched_yield();
    }
    for (unsigned n = 1; n <= 10; n++) {
        for (size_t i = 0; i < COUNT_OF(spinners); i++) {
            CHECK(pthread_kill(spinners[i].thread, SIGUSR1) == 0);
            while (spinners[i].seen < n)
                sched_yield();
        }
    }
    for (size_t i = 0; i < COUNT_OF(spinners); i++)
        CHECK(pthread_join(spinners[i].thread, NULL) == 0);
}

static void *spin_for_ever(void *gate)
{
    gate_open(gate);
    for (;;)
        __asm__ volatile("pause");
    return NULL;
}

TEST(kill_reaches_spinners, "a process whose threads only compute ends when it is killed")
{
    for (unsigned round = 0; round < 10; round++) {
        struct gate gate = gate_make();
        pid_t pid = fork();
        CHECK(pid >= 0);
        if (pid == 0) {
            for (unsigned i = 0; i < 3; i++)
                start(spin_for_ever, &gate);
            spin_for_ever(&gate);
        }
        for (unsigned i = 0; i < 4; i++)
            gate_pass(&gate);
        CHECK(kill(pid, SIGKILL) == 0);
        CHECK(child_end(pid) == 128 + SIGKILL);
        close(gate.ends[0]);
        close(gate.ends[1]);
    }
}

TEST(stop_reaches_spinners, "threads that only compute stop, and go on")
{
    struct gate gate = gate_make();
    pid_t pid = fork();
    CHECK(pid >= 0);
    if (pid == 0) {
        start(spin_for_ever, &gate);
        spin_for_ever(&gate);
    }
    gate_pass(&gate);
    gate_pass(&gate);
    int status;
    for (unsigned round = 0; round < 10; round++) {
        CHECK(kill(pid, SIGSTOP) == 0);
        CHECK(waitpid(pid, &status, WUNTRACED) == pid && WIFSTOPPED(status));
        CHECK(kill(pid, SIGCONT) == 0);
        CHECK(waitpid(pid, &status, WCONTINUED) == pid && WIFCONTINUED(status));
    }
    CHECK(kill(pid, SIGKILL) == 0);
    CHECK(child_end(pid) == 128 + SIGKILL);
}

// --- together -------------------------------------------------------------------------------------

struct counter {
    pthread_mutex_t mutex;
    unsigned long guarded;
    _Atomic unsigned long atomic;
};

static void *count_up(void *argument)
{
    struct counter *c = argument;
    for (unsigned i = 0; i < 5000; i++) {
        pthread_mutex_lock(&c->mutex);
        c->guarded++;
        pthread_mutex_unlock(&c->mutex);
        c->atomic++;
    }
    return NULL;
}

TEST(counting_together, "threads on all CPUs count under a mutex and lose nothing")
{
    struct counter counter = {.mutex = PTHREAD_MUTEX_INITIALIZER};
    pthread_t threads[4];
    for (size_t i = 0; i < COUNT_OF(threads); i++)
        threads[i] = start(count_up, &counter);
    for (size_t i = 0; i < COUNT_OF(threads); i++)
        CHECK(pthread_join(threads[i], NULL) == 0);
    CHECK(counter.guarded == 20000 && counter.atomic == 20000);
}

TEST(clock_never_goes_back, "CLOCK_MONOTONIC rises on the way from CPU to CPU")
{
    struct timespec last = {}, now;
    for (int i = 0; i < 200; i++) {
        bind_to(0, cpu_number(i));
        CHECK(clock_gettime(CLOCK_MONOTONIC, &now) == 0);
        CHECK(now.tv_sec > last.tv_sec || (now.tv_sec == last.tv_sec && now.tv_nsec >= last.tv_nsec));
        last = now;
        unbind();
    }
}
