// SPDX-License-Identifier: ISC
// stress: many things at once, for a while, each of which checks itself.
//
//     stress [-s SEED] [-t SECONDS] [-j JOBS]
//
// JOBS processes (twice the CPUs) each do one of the jobs of the table below, chosen at random; some
// are killed in the middle with all their children. It ends with what was done, and status 1 when
// something was wrong: data that changed on its way, a job that did not end, a process left behind.
#include "stress.h"
#include "common/files.h"

#include <err.h>
#include <errno.h>
#include <getopt.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define JOBS_MAX   64
#define JOB_LIMIT  120 // seconds after which a job counts as stuck
#define KILL_ONE_IN 5
#define KILL_WITHIN 200000000u // nanoseconds after the start

static const struct kind {
    const char *name;
    job_function *run;
} kinds[] = {
    {"pipes", job_pipes},     {"files", job_files},       {"futex", job_futex},
    {"copies", job_copies},   {"mappings", job_mappings}, {"ordering", job_ordering},
    {"family", job_family},   {"exec", job_exec},         {"signals", job_signals},
    {"kill", job_kill},
};
#define KINDS (sizeof(kinds) / sizeof(kinds[0]))

struct job {
    pid_t pid; // 0: none
    size_t kind;
    uint64_t seed, kill_at; // kill_at 0: runs to its end
};

static struct job jobs[JOBS_MAX];
static struct {
    unsigned long done, killed, things;
} counts[KINDS];
static unsigned *things; // shared with the jobs: what each slot did
static bool failed;
static char folder[64];
const char *program_path;

// --- what the jobs use ----------------------------------------------------------------------------

uint64_t random_next(struct random *r)
{
    r->state ^= r->state << 13; // Marsaglia, "Xorshift RNGs" (2003)
    r->state ^= r->state >> 7;
    return r->state ^= r->state << 17;
}

unsigned random_below(struct random *r, unsigned limit)
{
    return (random_next(r) >> 32) % limit;
}

bool random_one_in(struct random *r, unsigned n)
{
    return random_below(r, n) == 0;
}

void wrong(const char *file, int line, const char *what)
{
    fprintf(stderr, "stress: %s:%d: not so: %s (errno %d)\n", file, line, what, errno);
    _exit(1);
}

pid_t must_fork(void)
{
    pid_t pid = fork();
    MUST(pid >= 0);
    return pid;
}

void must_end(pid_t child, int status)
{
    int found;
    pid_t got;
    while ((got = waitpid(child, &found, 0)) < 0 && errno == EINTR)
        ;
    MUST(got == child);
    MUST(found == status);
}

// --- running them ---------------------------------------------------------------------------------

static uint64_t now_ns(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

static void start(struct job *j, struct random *r)
{
    j->kind = random_below(r, KINDS);
    j->seed = random_next(r) | 1;
    j->kill_at = random_one_in(r, KILL_ONE_IN) ? now_ns() + random_below(r, KILL_WITHIN) + 1 : 0;
    j->pid = fork();
    if (j->pid < 0)
        err(2, "fork");
    if (j->pid)
        return;
    sigset_t none;
    sigemptyset(&none);
    setpgid(0, 0);
    sigprocmask(SIG_SETMASK, &none, NULL);
    alarm(JOB_LIMIT);
    struct random own = {j->seed};
    things[j - jobs] = kinds[j->kind].run(&own);
    _exit(0);
}

// Nothing of a job's group may be left, not even as a zombie, soon after it was killed.
static void clear_group(const struct job *j)
{
    uint64_t limit = now_ns() + JOB_LIMIT * 1000000000ull;
    while (kill(-j->pid, SIGKILL) == 0) {
        while (waitpid(-j->pid, NULL, WNOHANG) > 0) // on Linux with us as their reaper
            ;
        if (now_ns() > limit) {
            fprintf(stderr, "stress: processes of a %s job (seed %lu) are left\n", kinds[j->kind].name, j->seed);
            failed = true;
            return;
        }
        sched_yield();
    }
}

static void account(struct job *j, int status)
{
    bool killed = j->kill_at && WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL;
    if (killed) {
        counts[j->kind].killed++;
    } else if (status == 0) {
        counts[j->kind].done++;
        counts[j->kind].things += things[j - jobs];
    } else {
        fprintf(stderr, "stress: %s with seed %lu ended with status %#x%s\n", kinds[j->kind].name, j->seed, status,
                WIFSIGNALED(status) && WTERMSIG(status) == SIGALRM ? ": stuck" : "");
        failed = true;
    }
    clear_group(j);
    j->pid = 0;
}

static void reap(unsigned count)
{
    int status;
    pid_t pid;
    while ((pid = waitpid(-1, &status, WNOHANG)) > 0)
        for (unsigned i = 0; i < count; i++)
            if (jobs[i].pid == pid)
                account(&jobs[i], status);
}

// Kills who is due. When the next one is, or `end`.
static uint64_t kill_due(unsigned count, uint64_t end)
{
    uint64_t now = now_ns(), next = end;
    for (unsigned i = 0; i < count; i++) {
        struct job *j = &jobs[i];
        if (!j->pid || !j->kill_at)
            continue;
        if (j->kill_at <= now) {
            kill(j->pid, SIGKILL);
            kill(-j->pid, SIGKILL);
        } else if (j->kill_at < next) {
            next = j->kill_at;
        }
    }
    return next;
}

static bool any_running(unsigned count)
{
    for (unsigned i = 0; i < count; i++)
        if (jobs[i].pid)
            return true;
    return false;
}

static void run(unsigned count, struct random *r, uint64_t end)
{
    sigset_t child;
    sigemptyset(&child);
    sigaddset(&child, SIGCHLD);
    sigprocmask(SIG_BLOCK, &child, NULL);
    for (;;) {
        bool over = now_ns() >= end || failed;
        for (unsigned i = 0; i < count && !over; i++)
            if (!jobs[i].pid)
                start(&jobs[i], r);
        if (over && !any_running(count))
            return;
        uint64_t now = now_ns(), next = kill_due(count, over ? now + 1000000000u : end);
        uint64_t wait = next > now ? next - now : 0;
        struct timespec t = {wait / 1000000000u, wait % 1000000000u};
        sigtimedwait(&child, NULL, &t);
        reap(count);
    }
}

static void report(uint64_t seed, unsigned count, double seconds)
{
    unsigned long all = 0, killed = 0;
    for (size_t k = 0; k < KINDS; k++) {
        printf("%-9s %8lu done %8lu killed %10lu things\n", kinds[k].name, counts[k].done, counts[k].killed,
               counts[k].things);
        all += counts[k].done;
        killed += counts[k].killed;
    }
    printf("%s: %lu jobs done, %lu killed, in %.0f s, %u at a time, seed %lu\n", failed ? "FAILED" : "ok", all,
           killed, seconds, count, seed);
}

int main(int argc, char **argv)
{
    uint64_t seed = 1;
    long seconds = 10, count = 2 * sysconf(_SC_NPROCESSORS_ONLN);
    if (argc == 3 && strcmp(argv[1], EXEC_WORD) == 0)
        return atoi(argv[2]);
    for (int c; (c = getopt(argc, argv, "s:t:j:")) != -1;) {
        if (c == 's')
            seed = strtoul(optarg, NULL, 0);
        else if (c == 't')
            seconds = atol(optarg);
        else if (c == 'j')
            count = atol(optarg);
        else
            errx(2, "usage: stress [-s SEED] [-t SECONDS] [-j JOBS]");
    }
    count = count < 1 ? 1 : count > JOBS_MAX ? JOBS_MAX : count;
    program_path = "/proc/self/exe";
    snprintf(folder, sizeof(folder), "/tmp/stress.%d", (int)getpid());
    if (mkdir(folder, 0700) || chdir(folder))
        err(2, "%s", folder);
    things = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (things == MAP_FAILED)
        err(2, "mmap");
    struct random r = {seed * 0x9e3779b97f4a7c15 | 1};
    uint64_t began = now_ns();
    run(count, &r, began + (uint64_t)seconds * 1000000000u);
    if (chdir("/") || !remove_tree(folder, true, false))
        failed = true;
    if (waitpid(-1, NULL, WNOHANG) != -1 || errno != ECHILD) {
        fprintf(stderr, "stress: a child is left\n");
        failed = true;
    }
    report(seed, count, (double)(now_ns() - began) / 1e9);
    return failed;
}
