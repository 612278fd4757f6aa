// SPDX-License-Identifier: ISC
/* Kernel threads, and deferred work on top of them. */
#pragma once

#include "lib/base.h"
#include "lib/list.h"
#include "sched/thread.h"

/* Creates and starts one. NULL without memory. The caller's reference is dropped by kthread_stop or thread_put. */
struct thread *kthread_start(const char *name, void (*entry)(void *), void *arg);
/* Asks it to stop, interrupts its sleep, waits for its end, drops the reference. */
void kthread_stop(struct thread *t);
bool kthread_should_stop(void); // asked by the thread itself

/* A function to be run soon by a worker thread, where it may sleep. Queued once at a time. */
struct work {
    struct list link;
    void (*run)(struct work *w);
    bool queued;
};

void work_init_thread(void); // starts the worker
void work_init(struct work *w, void (*run)(struct work *));
void work_queue(struct work *w); // any context
void work_flush(void);           // waits until everything queued so far has run
