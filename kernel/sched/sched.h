// SPDX-License-Identifier: ISC
/*
 * The scheduler's core: one run queue a CPU, a class that orders it, the switch. A run queue's lock
 * is held across the switch and released by the thread that runs next, so a thread that another CPU
 * finds blocked has really left its stack.
 */
#pragma once

#include "lib/base.h"
#include "lib/list.h"
#include "x86/spinlock.h"
#include "sched/thread.h"

struct run_queue {
    struct spinlock lock;
    struct thread *running;
    struct thread *idle;
    struct thread *previous; // who ran before: set across a switch
    struct thread *leaving;  // ... and goes to another CPU
    unsigned cpu;            // [c]
    unsigned ready;          // threads queued; read without the lock as a hint
    unsigned level;          // rt_priority of .running, likewise
    uint64_t balance_at;     // this CPU alone: when it next looks for threads elsewhere
    uint64_t offer_at;       // ... and when it offers what waits here to idle CPUs; NEVER
    struct list realtime;    // sched/realtime.c
    struct list ready_list;  // sched/rr.c
    uint64_t switches;
};
DECLARE_PER_CPU(struct run_queue, run_queue);

/*
 * A policy. All operations are called with rq->lock held. Each class is a file of its own. Threads
 * with a real-time policy are served by sched/realtime.c before all others; the class chosen by the
 * word sched= orders the rest.
 */
struct sched_class {
    const char *name;
    void (*init)(struct run_queue *rq);
    void (*enqueue)(struct run_queue *rq, struct thread *t); // t becomes ready
    void (*dequeue)(struct run_queue *rq, struct thread *t); // t leaves the ready set without running
    struct thread *(*pick)(struct run_queue *rq);            // takes out who runs next; NULL = none
    struct thread *(*movable)(struct run_queue *rq, unsigned cpu); // one that may run on `cpu`, left in; NULL
    uint64_t (*slice)(struct thread *t); // nanoseconds t may run before others of its class
    bool (*preempts)(struct thread *woken, struct thread *running); // both of this class
};
extern const struct sched_class sched_realtime, sched_rr;

void sched_init(const char *class_name); // unknown name: reported, default used
/* The flow that calls becomes this CPU's idle thread and runs whoever is ready. */
void noreturn sched_idle(void);
/* Starts the other CPUs, so that at most `limit` run (0: all). By a thread; reports what it found. */
void sched_start_cpus(unsigned limit);
/* Gives the CPU away; the caller's state says whether it stays ready. Interrupts off or on. */
void schedule(void);
/* First thing that a new thread does on its stack: the other half of the switch that came to it. */
void sched_first_run(void);
/* The timer interrupt's part: charges the running thread, ends its slice. Returns the next deadline. */
uint64_t sched_tick(uint64_t now);
/* Puts a blocked, sleeping or stopped thread back; false when it was not (any more). Any context. */
bool thread_wake(struct thread *t);
/* Ends a SLEEPING wait of t, or makes it notice `work` soon wherever it runs. Any context. */
void thread_interrupt(struct thread *t, uint32_t work);
/* Blocks the caller as THREAD_STOPPED until thread_wake. `lock` is held on entry and on return. */
void thread_stop_here(struct spinlock *lock);
/* Preemption point: called by trap_hooks.preempt and user_work. */
void sched_preempt(void);
/* CPU time of t up to now. */
uint64_t thread_cpu_ns(struct thread *t);
uint64_t sched_switch_count(void); // all CPUs, for /proc
uint64_t sched_idle_ns(void);
unsigned sched_ready_count(void); // running and ready, idle threads not counted: /proc/loadavg
/* Of the last 1, 5, 15 minutes (i = 0, 1, 2), in units of 1 / 2^LOAD_SHIFT threads. */
#define LOAD_SHIFT 16
uint64_t sched_load_average(int i);
void sched_load_start(void); // when timers work

void sched_set_priority(struct thread *t, unsigned policy, unsigned rt_priority, int nice);
/* `mask` has a bit for at least one CPU that runs. A thread that runs elsewhere moves soon, the caller at once. */
void sched_set_affinity(struct thread *t, uint64_t mask);

/* Floor 3 hook: right before the switch; loads the address space of `to`. May be NULL. rq lock held. */
extern void (*sched_space_hook)(struct thread *from, struct thread *to);
