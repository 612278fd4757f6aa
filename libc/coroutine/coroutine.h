// SPDX-License-Identifier: ISC
// Coroutines: functions that stop in the middle and go on later, each on a stack of its own,
// without any help of the kernel.
//
// There are two ways to use them, which mix freely:
//   - by hand: co_create, then co_resume runs it until it yields or returns. Values go both ways:
//     what resume gives, yield returns, and the other way round.
//   - by the ready queue: co_spawn puts a coroutine into the queue of its thread, and co_run runs
//     all that are in it, in turn. There they give way with co_pass, wait with co_park until
//     somebody says co_wake, and wait for each other with co_join.
//
// A coroutine belongs to the thread that created it and runs only there. Wrong use (resuming what
// runs already, joining what nobody will run) ends the program with one line that says so. A stack
// that overflows meets a guard page: SIGSEGV.
#pragma once

#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

struct co;

enum co_status {
    CO_SUSPENDED, // created or yielded: co_resume makes it run
    CO_READY,     // in the ready queue
    CO_RUNNING,
    CO_BLOCKED, // waits: parked, joining, or for the coroutine that it resumed
    CO_DONE,
};

#define CO_STACK_DEFAULT (64UL << 10)

// A new coroutine that will call run(arg). `stack_size` is at least what it gets (0: the default);
// memory is used only as far as it is touched. NULL with errno set when there is no memory.
struct co *co_create(void *(*run)(void *arg), void *arg, size_t stack_size);

// Lets a suspended coroutine run until it yields or returns; what it yields or returns comes back.
// The value of the first resume goes nowhere: the function has its argument.
void *co_resume(struct co *co, void *value);

// Stops the running coroutine and gives `value` to who resumed it; returns what the next resume
// gives. Only in a coroutine that was resumed.
void *co_yield (void *value);

enum co_status co_status(const struct co *co);

// The running coroutine, or NULL outside of any.
struct co *co_self(void);

// Frees a coroutine that is done or suspended. One that is suspended simply never goes on; what
// it holds stays held.
void co_destroy(struct co *co);

// As co_create, and puts it at the end of the ready queue.
struct co *co_spawn(void *(*run)(void *arg), void *arg, size_t stack_size);

// Runs coroutines until the ready queue is empty. Not from within a coroutine.
void co_run(void);

// To the end of the queue: the others run first.
void co_pass(void);

// Stops the running coroutine until co_wake. A wake that came before is not lost: park then
// returns at once. So whoever waits tests its condition in a loop.
void co_park(void);
void co_wake(struct co *co);

// Waits until a spawned coroutine has returned, frees it and gives its result. Outside of
// coroutines it runs the queue meanwhile.
void *co_join(struct co *co);

// Nobody will join it: it is freed when it returns.
void co_detach(struct co *co);

#ifdef __cplusplus
}
#endif
