// SPDX-License-Identifier: ISC
// The life of coroutines and the ready queue.
//
// Exactly one coroutine of a thread runs, or the thread itself does, outside of all. Control moves
// by switch_to alone. A coroutine that yields or returns goes back to its resumer; one that waits
// for something else (parked, joining, passing) goes to the next in the ready queue, straight,
// without a visit to co_run; when the queue is empty it goes to co_run, which then returns. A
// generator may thus park in the middle of being resumed: its resumer stays blocked with it.
#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include "internal.h"

static _Thread_local struct co_thread this_thread;

void co_fail(const char *what)
{
    fprintf(stderr, "coroutine: %s\n", what);
    abort();
}

static struct co_thread *thread_get(void)
{
    struct co_thread *thread = &this_thread;
    if (thread->running == NULL) {
        thread->running = &thread->outside;
        thread->outside.thread = thread;
        thread->outside.status = CO_RUNNING;
    }
    return thread;
}

// Frees what ended without anybody to join it, once its stack is no longer in use.
static void bury(struct co_thread *thread)
{
    struct co *dead = thread->dead;
    if (dead != NULL) {
        thread->dead = NULL;
        co_slot_put(dead);
    }
}

// Leaves the running coroutine, whose status says why, for `to`; returns when somebody comes back.
static void *switch_to(struct co_thread *thread, struct co *to, void *value)
{
    struct co *from = thread->running;
    thread->running = to;
    to->status = CO_RUNNING;
    value = co_switch(&from->stack_pointer, to->stack_pointer, value);
    bury(thread);
    return value;
}

static void queue_put(struct co_thread *thread, struct co *co)
{
    co->status = CO_READY;
    co->next = NULL;
    if (thread->first == NULL)
        thread->first = co;
    else
        thread->last->next = co;
    thread->last = co;
}

// The next that is ready, or the thread's own context, in which co_run waits.
static struct co *queue_take(struct co_thread *thread)
{
    struct co *co = thread->first;
    if (co == NULL) {
        if (!thread->in_run)
            co_fail("deadlock: a coroutine waits and nothing runs the ready queue");
        return &thread->outside;
    }
    thread->first = co->next;
    return co;
}

// The first function on a new stack.
_Noreturn void co_main(struct co *co);
_Noreturn void co_main(struct co *co)
{
    struct co_thread *thread = co->thread;
    bury(thread);
    co->result = co->run(co->arg);
    co->status = CO_DONE;
    if (co->joiner != NULL)
        co_wake(co->joiner);
    if (co->detached)
        thread->dead = co;
    switch_to(thread, co->resumer != NULL ? co->resumer : queue_take(thread), co->result);
    co_fail("a coroutine that is done was resumed");
}

// Makes the stack look as if the coroutine had called co_switch right before its first instruction.
static void co_prepare(struct co *co)
{
    uint64_t *top = (uint64_t *)co; // 64-byte aligned
    uint32_t mxcsr;
    uint16_t control;
    __asm__("stmxcsr %0" : "=m"(mxcsr));
    __asm__("fnstcw %0" : "=m"(control));
    *--top = 0; // co_entry finds the stack as after a call that nobody made
    *--top = 0;
    *--top = (uintptr_t)co_entry;
    *--top = 0;             // rbp: the last frame
    *--top = 0;             // rbx
    *--top = (uintptr_t)co; // r12
    *--top = 0;             // r13
    *--top = 0;             // r14
    *--top = 0;             // r15
    *--top = mxcsr | (uint64_t)control << 32;
    co->stack_pointer = top;
}

struct co *co_create(void *(*run)(void *arg), void *arg, size_t stack_size)
{
    struct co *co = co_slot_get(stack_size != 0 ? stack_size : CO_STACK_DEFAULT);
    if (co == NULL)
        return NULL;
    *co = (struct co){
        .thread = thread_get(),
        .status = CO_SUSPENDED,
        .size_class = co->size_class,
        .run = run,
        .arg = arg,
    };
    co_prepare(co);
    return co;
}

void *co_resume(struct co *co, void *value)
{
    struct co_thread *thread = thread_get();
    if (co->status != CO_SUSPENDED)
        co_fail("co_resume of a coroutine that is not suspended");
    if (co->thread != thread)
        co_fail("co_resume of another thread's coroutine");
    co->resumer = thread->running;
    thread->running->status = CO_BLOCKED;
    return switch_to(thread, co, value);
}

void *co_yield (void *value)
{
    struct co_thread *thread = thread_get();
    struct co *self = thread->running, *resumer = self->resumer;
    if (resumer == NULL)
        co_fail("co_yield where nobody has resumed");
    self->status = CO_SUSPENDED;
    self->resumer = NULL;
    return switch_to(thread, resumer, value);
}

enum co_status co_status(const struct co *co)
{
    return co->status;
}

struct co *co_self(void)
{
    struct co_thread *thread = thread_get();
    return thread->running != &thread->outside ? thread->running : NULL;
}

void co_destroy(struct co *co)
{
    if (co->status != CO_DONE && co->status != CO_SUSPENDED)
        co_fail("co_destroy of a coroutine that is in use");
    co_slot_put(co);
}

struct co *co_spawn(void *(*run)(void *arg), void *arg, size_t stack_size)
{
    struct co *co = co_create(run, arg, stack_size);
    if (co != NULL)
        queue_put(co->thread, co);
    return co;
}

// Runs the queue until it is empty or `until` is done.
static void run_queue(struct co_thread *thread, const struct co *until)
{
    if (thread->in_run)
        co_fail("co_run within co_run");
    thread->in_run = 1;
    while (thread->first != NULL && (until == NULL || until->status != CO_DONE)) {
        thread->outside.status = CO_BLOCKED;
        switch_to(thread, queue_take(thread), NULL);
    }
    thread->in_run = 0;
}

void co_run(void)
{
    if (co_self() != NULL)
        co_fail("co_run within a coroutine");
    run_queue(thread_get(), NULL);
}

void co_pass(void)
{
    struct co_thread *thread = thread_get();
    struct co *self = thread->running;
    if (self == &thread->outside || thread->first == NULL)
        return;
    queue_put(thread, self);
    switch_to(thread, queue_take(thread), NULL);
}

void co_park(void)
{
    struct co_thread *thread = thread_get();
    struct co *self = thread->running;
    if (self == &thread->outside)
        co_fail("co_park outside of any coroutine");
    if (self->woken) {
        self->woken = 0;
        return;
    }
    self->status = CO_BLOCKED;
    self->parked = 1;
    switch_to(thread, queue_take(thread), NULL);
    self->parked = self->woken = 0;
}

// Only the parked are put into the queue. A coroutine that waits for one that it resumed is
// blocked too, but has to get its value first; it finds the wake at its next park.
void co_wake(struct co *co)
{
    if (co->thread != thread_get())
        co_fail("co_wake of another thread's coroutine");
    if (co->woken || co->status == CO_DONE)
        return;
    co->woken = 1;
    if (co->parked)
        queue_put(co->thread, co);
}

void *co_join(struct co *co)
{
    struct co_thread *thread = thread_get();
    struct co *self = thread->running;
    if (co->detached || co->joiner != NULL || co == self)
        co_fail("co_join of a coroutine that is detached, joined already, or oneself");
    if (self == &thread->outside) {
        if (co->status != CO_DONE)
            run_queue(thread, co);
        if (co->status != CO_DONE)
            co_fail("deadlock: co_join, and no coroutine is ready");
    }
    co->joiner = self;
    while (co->status != CO_DONE)
        co_park();
    void *result = co->result;
    co_slot_put(co);
    return result;
}

void co_detach(struct co *co)
{
    if (co->status == CO_DONE)
        co_slot_put(co);
    else
        co->detached = 1;
}
