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
#include "sched/class.h"
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
    unsigned load;           // weights of threads queued and running, likewise
    uint64_t balance_at;     // this CPU alone: when it next looks for threads elsewhere
    uint64_t offer_at;       // ... and when it offers what waits here to idle CPUs; NEVER
    uint64_t now;            // clock_ns when the running thread was last charged
    struct realtime_queue realtime;
    struct background_queue background;
    union class_queue normal;
    uint64_t switches;
    uint64_t ticks_user, ticks_kernel;     // where ticks found this CPU while it was not idle
    uint64_t told_user_ns, told_kernel_ns; // the split as last told: neither part ever shrinks
};
DECLARE_PER_CPU(struct run_queue, run_queue);

void sched_init(const char *class_name); // unknown name: reported, default used
/* The flow that calls becomes this CPU's idle thread and runs whoever is ready. */
void noreturn sched_idle(void);
/* Starts the other CPUs, so that at most `limit` run (0: all). By a thread; reports what it found. */
void sched_start_cpus(unsigned limit);
/* Who is best runs next, perhaps the caller, which is ready still if its state says so. Interrupts off or on. */
void schedule(void);
/* Lets others of the caller's class run first, as far as the class sees fit. May be called as schedule is. */
void sched_yield(void);
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
/* What a CPU did since the start: kernel_ns is the part in which ticks found it in the kernel. */
struct cpu_times {
    uint64_t user_ns, kernel_ns, idle_ns;
};
struct cpu_times sched_cpu_times(unsigned cpu);
unsigned sched_ready_count(void); // running and ready, idle threads not counted: /proc/loadavg
/* Of the last 1, 5, 15 minutes (i = 0, 1, 2), in units of 1 / 2^LOAD_SHIFT threads. */
#define LOAD_SHIFT 16
uint64_t sched_load_average(int i);
void sched_load_start(void); // when timers work

/* Gives t, which is not started, the priority and affinity of a child of the caller. */
void sched_fork(struct thread *t);
/* Sets t's own priority. */
void sched_set_priority(struct thread *t, struct priority own);

/*
 * Priority inheritance. A thread is scheduled by the better of its own priority and what it is lent.
 * A thread has one lent priority: sched_inherit replaces it. So whoever keeps the locks calls it with
 * the best of all threads that wait for any lock `holder` has, whenever that may have changed: a waiter
 * came or gave up, a waiter's priority changed, the holder let go of a lock. With nobody left, that is
 * PRIORITY_NONE: this takes back what was lent. True: the effective priority has changed, so if `holder`
 * itself waits for a lock, that one's holder is next. Any context; no run queue locked.
 */
bool sched_inherit(struct thread *holder, struct priority lent);
/* The order of priorities: 0 is the best (rt_priority 99), 98 rt_priority 1, 100..139 nice, 140 SCHED_IDLE. */
unsigned priority_rank(struct priority p);
/* That of t's effective priority, as a hint unless something keeps it from changing. */
static inline unsigned sched_rank(const struct thread *t)
{
    return __atomic_load_n(&t->rank, __ATOMIC_RELAXED);
}

/* `mask` has a bit for at least one CPU that runs. A thread that runs elsewhere moves soon, the caller at once. */
void sched_set_affinity(struct thread *t, uint64_t mask);

/* Floor 3 hook: right before the switch; loads the address space of `to`. May be NULL. rq lock held. */
extern void (*sched_space_hook)(struct thread *from, struct thread *to);
