// SPDX-License-Identifier: ISC
// What the files of the coroutine library share.
#pragma once

#include <stdint.h>

#include "coroutine.h"

// The control block lies at the top of the coroutine's slot, right above the stack, so that a
// parked coroutine with a shallow stack keeps one page of memory in use.
struct co {
    void *stack_pointer; // while it does not run
    struct co_thread *thread;
    enum co_status status;
    int size_class;     // of the slot
    struct co *resumer; // who gets what it yields; NULL when the queue started it
    struct co *next;    // in the ready queue, or in the list of free slots
    struct co *joiner;
    void *(*run)(void *);
    void *arg;
    void *result;
    char detached;
    char parked; // waits in co_park
    char woken;  // a co_wake came that no co_park has taken
};

// One for each thread: what runs, and what is ready to.
struct co_thread {
    struct co *running;
    struct co *first, *last; // the ready queue
    struct co *dead;         // detached and done: freed by whoever runs next
    struct co outside;       // stands for the thread itself, outside of all coroutines
    char in_run;             // co_run or an outside co_join is under way
};

void *co_switch(void **save, void *to, void *value);
void co_entry(void);
_Noreturn void co_fail(const char *what);

// stack.c: a slot with room for stack_size bytes of stack and the control block. The block's
// size_class is set; nothing else is.
struct co *co_slot_get(size_t stack_size);
void co_slot_put(struct co *co);
