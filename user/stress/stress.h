// SPDX-License-Identifier: ISC
#ifndef STRESS_H
#define STRESS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

// A generator of its own for each job: what a job does follows from its seed alone.
struct random {
    uint64_t state;
};

uint64_t random_next(struct random *r);
unsigned random_below(struct random *r, unsigned limit); // 0 .. limit - 1
bool random_one_in(struct random *r, unsigned n);

// A job runs in a process of its own that leads a process group, in the program's folder. It checks
// what it does, and returns how many things it did; a wrong one ends it through wrong().
typedef unsigned job_function(struct random *r);

_Noreturn void wrong(const char *file, int line, const char *what);
#define MUST(condition) ((condition) ? (void)0 : wrong(__FILE__, __LINE__, #condition))

// A child that is expected to end with this raw wait status.
void must_end(pid_t child, int status);
pid_t must_fork(void); // in the parent the child's id, in the child 0

job_function job_pipes, job_files, job_futex;             // transfer.c
job_function job_copies, job_mappings, job_ordering;      // memory.c
job_function job_family, job_exec, job_signals, job_kill; // life.c

extern const char *program_path; // for job_exec
#define EXEC_WORD "--end-with"

#endif
