// SPDX-License-Identifier: ISC
//
// Exhibit on the states of a process: one child is led through all of them, and each is read from
// /proc as `ps` reads it, with the cause of the change.
#include "tour.h"

#include <errno.h>
#include <sched.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

// What the child tells through shared memory.
struct told {
    volatile char own_state; // its state as it reads it itself
    volatile int spinning, go_on;
};

static int states_right;

// One row: the letter that /proc shows now against the one that the state has.
static void row(const char *state, char letter, char seen, const char *cause)
{
    printf("    ");
    print_padded(state, 18);
    printf("%c     %s\n", seen ? seen : '-', cause);
    states_right += seen == letter;
}

static void child(struct told *told, int empty_pipe)
{
    told->own_state = state_of(getpid()); // whoever reads this runs
    told->spinning = 1;
    while (!told->go_on)
        ;
    wait_on(empty_pipe);
    _exit(0);
}

// Puts this process and the child on one CPU of those in OLD: while this one runs, the other can
// only be ready.
static bool share_one_cpu(pid_t pid, const cpu_set_t *old)
{
    cpu_set_t one;
    int cpu = 0;
    while (cpu < CPU_SETSIZE - 1 && !CPU_ISSET(cpu, old))
        cpu++;
    CPU_ZERO(&one);
    CPU_SET(cpu, &one);
    return sched_setaffinity(pid, sizeof(one), &one) == 0 &&
           sched_setaffinity(0, sizeof(one), &one) == 0;
}

static enum verdict show_states(void)
{
    int ends[2];
    char where[64], cause[128];
    cpu_set_t old;
    struct told *told = shared_memory(PAGE);
    pipe_or_die(ends);
    states_right = 0;
    bool many_cpus = sched_getaffinity(0, sizeof(old), &old) == 0 && CPU_COUNT(&old) > 1;
    pid_t pid = fork_or_die();
    if (pid == 0)
        child(told, ends[0]);
    bool one_cpu = many_cpus ? share_one_cpu(pid, &old) : cpu_count() == 1;
    while (!told->spinning)
        sched_yield();

    printf("    child %-11d STAT  cause\n", (int)pid);
    row("running [运行]", 'R', told->own_state, "it was given the CPU, and read its own state");
    row("ready [就绪]", 'R', state_of(pid),
        one_cpu ? "it computes, but on its CPU runs the one who looks"
                : "it computes; on another CPU (it may be running)");
    if (many_cpus) {
        sched_setaffinity(0, sizeof(old), &old);
        sched_setaffinity(pid, sizeof(old), &old);
    }
    kill(pid, SIGSTOP);
    wait_for_state(pid, 'T');
    row("stopped", 'T', state_of(pid), "SIGSTOP");
    told->go_on = 1;
    kill(pid, SIGCONT);
    wait_for_state(pid, 'S');
    snprintf(cause, sizeof(cause), "SIGCONT, read() of an empty pipe: waits in %s",
             waiting_in(pid, where, sizeof(where)));
    row("blocked [阻塞]", 'S', state_of(pid), cause);
    signal_through(ends[1]); // a byte in the pipe wakes it; it reads it and exits
    wait_for_state(pid, 'Z');
    row("zombie", 'Z', state_of(pid), "a byte came, it exited; nobody has waited");
    int end = end_of(pid);
    row("gone", 0, state_of(pid), "its parent waited for it");
    measured("%d of 6 states seen as they should be; exit status %d", states_right, end);
    munmap(told, PAGE);
    close(ends[0]);
    close(ends[1]);
    return holds_if(states_right == 6 && end == 0);
}

const struct exhibit state_exhibits[] = {
    {"states", "ready, running, blocked [就绪, 运行, 阻塞], and the zombie between exit and wait",
     show_states, "One child is led through all of its states, and each is looked up in /proc."},
    {0},
};
