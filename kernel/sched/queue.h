// SPDX-License-Identifier: ISC
/* Between the files of sched/ alone: run queues (sched.c), and which CPU a thread runs on (balance.c). */
#pragma once

#include "sched/sched.h"

/* sched.c. rq->lock is held but for queue_init, queue_lock_of, queue_deliver. */
void queue_init(unsigned cpu, struct thread *idle);
void queue_add(struct run_queue *rq, struct thread *t, enum queue_reason why);
void queue_remove(struct run_queue *rq, struct thread *t); // t is queued there
void queue_forget(struct run_queue *rq, struct thread *t); // t runs there, and waits or changes its priority
void queue_ask(struct run_queue *rq); // the running thread is to pass through schedule() soon
/* A ready thread that may run on `cpu` and weighs at most so much, or NULL. */
struct thread *queue_movable(struct run_queue *rq, unsigned cpu, unsigned max_weight);
uint64_t queue_run_ns(struct run_queue *rq, struct thread *t);    // CPU time up to now
/* Locks the run queue that t belongs to; it may move while we look. */
struct run_queue *queue_lock_of(struct thread *t);
/* Puts t, which is READY and in no queue, into that of t->cpu. No run queue is locked. */
void queue_deliver(struct thread *t, enum queue_reason why);
extern const struct sched_class *sched_normal; // chosen by sched=

/* priority.c: of a thread that was not started. */
void priority_init(struct thread *t, struct priority own);

/* balance.c */
static inline bool sched_allowed(const struct thread *t, unsigned cpu)
{
    return t->cpu_mask >> cpu & 1;
}

/* The CPU where t should become ready; an idle one is taken off the list of idle CPUs. t's queue is locked. */
unsigned sched_place(struct thread *t);
/* t was queued in rq, which is locked, and does not run at once: sees to it that it does not wait beside idle CPUs. */
void sched_has_to_wait(struct run_queue *rq, const struct thread *t);
/* At a tick: offers what waits in rq, this CPU's, to an idle one. When to look again. Interrupts off. */
uint64_t sched_offer(struct run_queue *rq, uint64_t now);
/* This CPU has left its idle thread. */
void sched_not_idle(unsigned cpu);
/* At a tick: fetches a thread from a CPU that has more. rq is this CPU's, not locked; interrupts off. */
void sched_balance(struct run_queue *rq, uint64_t now);
