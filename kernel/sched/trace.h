// SPDX-License-Identifier: ISC
/* Trace points that speak of threads, and the trace's switch. What is recorded: lib/trace.h. */
#pragma once

#include "lib/trace.h"
#include "sched/thread.h"

void trace_add_switch(struct thread *from, struct thread *to);
void trace_add_wake(struct thread *t);
void trace_add_thread(struct thread *t, int process);

/* This CPU goes from one thread to another; from->state says why. */
static inline void trace_switch(struct thread *from, struct thread *to)
{
    if (static_branch(&tracing))
        trace_add_switch(from, to);
}

/* t becomes ready on CPU t->cpu, where it may not be for long. */
static inline void trace_wake(struct thread *t)
{
    if (static_branch(&tracing))
        trace_add_wake(t);
}

/* The caller made t, of a process (0: a kernel thread), or gave it another name. */
static inline void trace_thread(struct thread *t, int process)
{
    if (static_branch(&tracing))
        trace_add_thread(t, process);
}

/* The caller runs a program, which has given it its name. */
void trace_exec(void);

#define TRACE_SIZE_MAX (4u << 20) // bytes of a CPU's ring
#define TRACE_SIZE     (1u << 20)

/*
 * Makes a ring of `size` bytes for each CPU and records `events` (a bit each) in them; what rings held
 * before is gone. only_traced: only what concerns threads with .traced, and threads that those make.
 * -ENOMEM, -EBUSY (it is on). May sleep. One caller at a time for all of these.
 */
int trace_start(uint32_t events, size_t size, bool only_traced);
void trace_stop(void); // what was recorded stays, to be read
void trace_free(void); // it is off: the rings go
bool trace_is_on(void);
/* Waits until all that has happened up to now can be read; the time to give to trace_take. */
uint64_t trace_settle(void);

/* Floor 9: has every system call recorded, or none. */
extern void (*trace_calls_hook)(bool on);
/* ... and the name of one, NULL: there is none; for who shows the trace. */
extern const char *(*trace_call_name_hook)(uint64_t number);

void trace_init(void);
