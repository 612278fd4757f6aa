// SPDX-License-Identifier: ISC
//
// The exhibits: each is one statement about processes, threads, coroutines or the ways between
// them, made into an experiment. `tour` (tour.c) runs them; observe.c reads what the kernel tells.
#ifndef TOUR_H
#define TOUR_H

#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif

#include <pthread.h>
#include <sched.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/types.h>

#define PAGE            4096ul
#define COUNT_OF(array) (sizeof(array) / sizeof((array)[0]))

enum verdict { DOES_NOT_HOLD, HOLDS, NOT_MEASURABLE };

struct exhibit {
    const char *id;
    const char *statement;
    // Runs the experiment; what it measured, in one line, goes through measured().
    enum verdict (*run)(void);
    const char *experiment; // what is done, in a sentence
};

// Each ends with an empty entry.
extern const struct exhibit process_exhibits[], state_exhibits[], thread_exhibits[],
    together_exhibits[], coroutine_exhibits[], cost_exhibits[], communication_exhibits[];

// The line of the final table for the exhibit that runs.
void measured(const char *format, ...) __attribute__((format(printf, 1, 2)));

// Prints a text and blanks up to a number of columns; Chinese characters take two columns.
void print_padded(const char *text, int columns);

static inline enum verdict holds_if(bool condition)
{
    return condition ? HOLDS : DOES_NOT_HOLD;
}

// --- observe.c: what /proc tells -----------------------------------------------------------------

// The frame behind ADDRESS in a process, or 0 where there is none or it may not be known.
uint64_t frame_of(pid_t pid, const void *address);
// The frame of a process's page table root, or 0 where the kernel does not tell.
uint64_t page_root_of(pid_t pid);
// How many of the PAGES from MEMORY on have the same frame in both processes.
size_t frames_shared(pid_t one, pid_t other, const void *memory, size_t pages);
// A number out of /proc/braid/counts, or -1 where there is none (on Linux).
long kernel_count(const char *name);
// The state letter in /proc/PID/stat, 0 when there is no such process.
char state_of(pid_t pid);
// The same for one of its threads.
char thread_state(pid_t pid, pid_t tid);
// A number out of /proc/PID/status, or -1.
long status_number(pid_t pid, const char *name);
// Waits until the process is in that state; false when it is gone instead.
bool wait_for_state(pid_t pid, char state);
// Where in the kernel the process waits ("pipe_read"), or "-".
const char *waiting_in(pid_t pid, char *text, size_t size);
int cpu_count(void);
// Restricts this thread, and those that it creates, to the first COUNT of the CPUs that it had at
// the start, or gives it all of them back (0). How many those are.
int use_cpus(int count);
double seconds_now(void);

// --- processes.c, used by the others too ---------------------------------------------------------

// fork, or the end of the tour with a message.
pid_t fork_or_die(void);
// Memory that this process and its children share.
void *shared_memory(size_t size);
// A pipe or the end of the tour; a byte through it is how processes wait for each other here.
void pipe_or_die(int ends[2]);
void signal_through(int fd);
void wait_on(int fd);
// Waits for the child: its exit status, or 128 + the signal that killed it.
int end_of(pid_t pid);

// --- threads.c, used by the others too -----------------------------------------------------------

pthread_t thread_or_die(void *(*function)(void *), void *argument);

#endif
