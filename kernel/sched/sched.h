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
    unsigned ready;        // threads queued
    struct list ready_list[2]; // the class's own queues
    struct rbtree tree;    // for classes that keep a tree
    uint64_t class_data[4];
    uint64_t switches;
};
DECLARE_PER_CPU(struct run_queue, run_queue);

/* A policy. All operations are called with rq->lock held. Each class is a file of its own. */
struct sched_class {
    const char *name;
    void (*init)(struct run_queue *rq);
    void (*enqueue)(struct run_queue *rq, struct thread *t, bool woken); // t becomes ready
    void (*dequeue)(struct run_queue *rq, struct thread *t); // t leaves the ready set without running
    struct thread *(*pick)(struct run_queue *rq); // takes the next out of the ready set; NULL = none
    uint64_t (*slice)(struct run_queue *rq, struct thread *t); // nanoseconds until the next look
    bool (*preempts)(struct run_queue *rq, struct thread *woken, struct thread *running);
    void (*charge)(struct run_queue *rq, struct thread *t, uint64_t ns); // t ran this long
};

void sched_init(const char *class_name); // unknown name: reported, default used
void sched_start(void); // turns the boot CPU's flow into the idle thread's; see main.c
/* Gives the CPU away; the caller's state says whether it stays ready. Interrupts off or on. */
void schedule(void);
void sched_yield_now(void); // stays ready, goes to the end
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

void sched_set_priority(struct thread *t, unsigned policy, unsigned rt_priority, int nice);

/* Floor 3 hook: before the switch to a thread of another address space. May be NULL. rq lock held. */
extern void (*sched_space_hook)(struct thread *from, struct thread *to);
