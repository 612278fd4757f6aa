// SPDX-License-Identifier: ISC
/*
 * The trace: what each CPU did and when, as records of one size in a ring a CPU. Off, a trace point
 * costs one no-op (x86/patch.h). docs/tracing.md says what the records mean; sched/trace.h has the
 * points that speak of threads and switches the trace on and off; fs/procfs_trace.c is what users see.
 */
#pragma once

#include "lib/base.h"
#include "x86/patch.h"

enum trace_event {
    TRACE_SWITCH,   // a: thread that runs next, b: enum trace_left, c: why it waits (const char *)
    TRACE_WAKE,     // a: thread, b: CPU, c: interrupt in which it was woken, 0 = by the thread
    TRACE_CALL,     // a: number, b c d: first three arguments
    TRACE_RETURN,   // a: number, b: result
    TRACE_FAULT,    // a: address, b: error code, c: instruction
    TRACE_RESOLVED, // a: address, b: 0 or -errno
    TRACE_IRQ,      // a: vector
    TRACE_IRQ_END,  // a: vector
    TRACE_LOCK,     // waits for a mutex; a: its name, b: thread that holds it
    TRACE_SPIN,     // has waited for a spinlock; a: its name, b: nanoseconds
    TRACE_SIGNAL,   // a: number, b: enum trace_signal
    TRACE_EVENTS_TO_CHOOSE,
    TRACE_THREAD = TRACE_EVENTS_TO_CHOOSE, // it exists; a: thread, b: process or 0, c d: name
    TRACE_RENUMBER, // its id is another now, as exec wants it; a: the one before, which another thread may have got
    TRACE_EXEC,     // it runs a program; c d: name
    TRACE_EXIT,     // the thread ends; a: wait status
    TRACE_ZOMBIE,   // its process has ended; a: process
    TRACE_REAP,     // a: process
    TRACE_LOST,     // a: records that found the ring full, since the record before
};

enum trace_left { TRACE_READY, TRACE_SLEEPING, TRACE_BLOCKED, TRACE_STOPPED, TRACE_ENDED, TRACE_IDLE };
enum trace_signal { TRACE_IGNORED, TRACE_HANDLED, TRACE_KILLS, TRACE_STOPS };

struct trace_record {
    uint64_t time; // clock_ns
    int thread;    // who ran, 0 = idle
    uint16_t cpu;
    uint16_t event;
    uint64_t a, b, c, d;
};

extern struct static_branch tracing;

/* Records an event if it is wanted; `about`: it also concerns a traced thread other than the caller. Any context. */
void trace_add(enum trace_event e, bool about, uint64_t a, uint64_t b, uint64_t c, uint64_t d);

#define TRACE(e, a, b, c, d)                                                                       \
    do {                                                                                           \
        if (static_branch(&tracing))                                                               \
            trace_add(e, false, (uint64_t)(a), (uint64_t)(b), (uint64_t)(c), (uint64_t)(d));       \
    } while (0)

/* Around an interrupt's handler: whoever is woken in between is woken by the interrupt. */
void trace_irq_begin(unsigned vector);
void trace_irq_end(void);
unsigned trace_irq_now(void); // vector of the interrupt that this CPU handles, or 0

/* The time when spinning for a lock begins, if anybody wants to know; trace_spin(name, since) when it ends. */
uint64_t trace_spin_begin(void);
void trace_spin(const char *lock, uint64_t since);

// --- for sched/trace.c ----------------------------------------------------------------------------

/* Who runs, and whether it is one of those that are traced. */
struct trace_who {
    int id;
    bool traced;
};
extern struct trace_who (*trace_who_hook)(void);

/* CPU's ring gets this memory (NULL: none), and is empty. Nothing is recorded now. */
void trace_ring_set(unsigned cpu, struct trace_record *records, uint32_t count);
/* From now on, `events` (a bit each) are recorded; only_traced: of traced threads. */
void trace_record_start(uint32_t events, bool only_traced);
void trace_record_stop(void); // when it returns no CPU is recording
/*
 * Takes the oldest record not younger than `until` out of all rings. False: there is none. One reader
 * at a time. Records come in the order of time if all up to `until` have been written (trace_settle).
 */
bool trace_take(struct trace_record *r, uint64_t until);
