// SPDX-License-Identifier: ISC
/*
 * A thread: what the scheduler runs. A user thread belongs to a process (task/process.h); a kernel
 * thread to none. Thread ids and process ids are one number space: a process has the id of its first
 * thread.
 *
 * Life: thread_create -> (thread_start) -> runs -> thread_exit -> dead, still referenced -> freed by
 * the last thread_put. A thread that runs holds a reference to itself; the reaper drops it once its
 * CPU has left its stack.
 *
 * Locks, by letter: [rq] run queue of .cpu; [self] only the thread itself; [c] constant after
 * creation; [a] atomic; [t] thread table lock; upper floors name their own.
 */
#pragma once

#include "lib/base.h"
#include "lib/list.h"
#include "lib/rbtree.h"
#include "x86/spinlock.h"
#include "sched/class.h"
#include "sched/wait.h"
#include "x86/context.h"

enum thread_state {
    THREAD_NEW,      // not started
    THREAD_READY,    // in a run queue
    THREAD_RUNNING,
    THREAD_BLOCKED,  // waits for an event that comes by itself
    THREAD_SLEEPING, // waits for an event and lets a signal end the wait
    THREAD_STOPPED,  // job control
    THREAD_DEAD,
};

/* Reasons to pass through user_work before user mode, and to leave a SLEEPING wait. */
#define WORK_RESCHEDULE 1u // time slice over or a better thread came
#define WORK_SIGNAL     2u // a signal may be deliverable
#define WORK_DIE        4u // the process is ending: leave the kernel, then exit
#define WORK_STOP       8u // the process is being stopped

#define THREAD_ID_MAX 32768 // ids are below

struct process;
struct space;

/* What one sets and what one lends. PRIORITY_NONE is below all others. */
struct priority {
    uint8_t policy;      // SCHED_*
    uint8_t rt_priority; // 1..99 of SCHED_FIFO and SCHED_RR, else 0
    int8_t nice;         // -20..19; counts for SCHED_OTHER and SCHED_BATCH
};
#define PRIORITY_NONE ((struct priority){.policy = 5 /* SCHED_IDLE */, .nice = 19})

struct thread {
    struct context context;    // [self] must be first (assembly)
    _Atomic uint32_t work;     // [a] must be second: WORK_*
    uint32_t preempt_off;      // [self] kernel preemption disabled when > 0

    // scheduling
    enum thread_state state;   // [rq]
    unsigned cpu;              // [rq] whose run queue it is (or was last) in
    bool on_queue;             // [rq]
    bool reset_on_fork;        // [rq] SCHED_RESET_ON_FORK
    uint8_t rank;              // [rq] of .effective, 0 is the best: sched_rank
    struct priority own;       // [rq] as set by the calls
    struct priority lent;      // [rq] by those who wait for a lock that it holds: sched_inherit
    struct priority effective; // [rq] the better of the two: what it is scheduled by
    const struct sched_class *class; // [rq] by .effective
    unsigned weight;           // [rq] its share, in comparison: sched/class.h
    uint64_t slice_left;       // [rq] ns, 0: the next pick starts a new slice; of classes with slices
    union class_thread normal; // [rq] what the class chosen by sched= keeps
    uint64_t cpu_mask;         // [rq] allowed CPUs
    uint8_t far_wakeups;       // [rq] how often it goes to an idle CPU at once: sched/balance.c
    struct list run_link;      // [rq]
    uint64_t slice_end;        // [rq] clock_ns time
    uint64_t run_started;      // [rq] clock_ns up to which run_ns is charged
    uint64_t run_ns;           // [rq] CPU time used
    uint32_t ticks_user, ticks_kernel; // [rq] where ticks found it: how run_ns splits
    uint64_t told_user_ns, told_kernel_ns; // [rq] the split as last told: neither part ever shrinks
    uint64_t switches_voluntary, switches_forced; // [rq]
    uint64_t faults_minor, faults_major; // [self]
    uint32_t fail_nth;         // [self] the allocation that is to fail, counted down; see mm/heap.h
    const char *wait_reason;   // [self] what it waits for, while blocked ("pipe read"); never freed
    bool traced;               // [self] the trace was asked for it: sched/trace.h

    // identity
    int id;                    // [c] 0 for idle threads
    char name[16];             // [self] PR_SET_NAME
    _Atomic int refs;
    struct rbnode id_node;     // [t]
    void (*kernel_entry)(void *); // [c] kernel thread
    void *kernel_arg;          // [c]
    bool kernel_should_stop;   // [a]
    struct wait_queue exited;  // kernel_thread_stop waits here
    struct spinlock exit_lock;
    bool has_exited;           // [exit_lock]
    struct list reap_link;

    // floor 3: address space that runs (NULL for a kernel thread); floor 4 owns the rest below
    struct space *space;       // [self]
    struct process *process;   // [c] NULL for a kernel thread
    struct list process_link;  // [process lock]
    void *task;                // floor 4: see task/signal.h's struct task
};

/* Makes a thread with an id, a kernel stack and one reference (the caller's). NULL without memory or ids. */
struct thread *thread_create(const char *name, bool user);
/* First run: puts it on a run queue. The running thread's own reference is taken here. */
void thread_start(struct thread *t);
/* Ends the calling thread. Upper floors have released all that it owns. */
void noreturn thread_exit(void);

static inline void thread_get(struct thread *t)
{
    atomic_fetch_add_explicit(&t->refs, 1, memory_order_relaxed);
}
void thread_put(struct thread *t); // any context

/* Looks an id up; returns it with a reference, or NULL. */
struct thread *thread_find(int id);
/* The thread with the lowest id >= `from`, with a reference, or NULL: for walking all. */
struct thread *thread_find_from(int from);
size_t thread_count(void);
/* Gives t this id (exec by a thread that becomes the only one); a dying thread that still has it gets t's. */
void thread_take_id(struct thread *t, int id);
extern void (*thread_destroy_hook)(struct thread *t); // floor 4: frees t->task
extern bool (*thread_id_busy_hook)(int id); // floor 4: the number still names a process, group or session
/* CPU time split into user and kernel as the ticks found it; 0 ticks: all is user time. */
void thread_times(struct thread *t, uint64_t *user_ns, uint64_t *kernel_ns);
void thread_init(void); // the idle thread of the boot CPU
struct thread *thread_create_idle(unsigned cpu); // of another; NULL without memory
void thread_free_idle(struct thread *t);         // of a CPU that did not start
/* Waits until the threads that have ended are freed; for exact counts. May sleep. */
void thread_reap_flush(void);
void thread_reap(struct thread *t); // its CPU has left its stack: hand it to the reaper
void thread_start_reaper(void);

static inline void thread_set_work(struct thread *t, uint32_t bits)
{
    atomic_fetch_or(&t->work, bits);
}

static inline void thread_clear_work(struct thread *t, uint32_t bits)
{
    atomic_fetch_and(&t->work, ~bits);
}
