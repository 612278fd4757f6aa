// SPDX-License-Identifier: ISC
// The descriptor of a thread, at the address that fs holds. Below it lies the thread's block of
// thread-local variables, as the x86-64 ABI wants it (TLS variant II); the words at 0 and 0x28
// have places that the compiler knows.
#pragma once

#include <limits.h>
#include <pthread.h>
#include <stdint.h>

// Life of a thread as seen by who may free its memory (thread/create.c argues the races).
enum thread_state { THREAD_JOINABLE, THREAD_DETACHED, THREAD_EXITED };

struct thread {
    struct thread *self; // offset 0
    uintptr_t unused[4];
    uintptr_t canary; // offset 0x28, for -fstack-protector
    int tid;          // also the kernel's: CLONE_PARENT_SETTID, cleared at exit
    int state;        // enum thread_state, changed atomically
    void *(*run)(void *);
    void *arg;
    void *result;
    void *map; // what munmap takes; NULL for the main thread
    size_t map_size;
    void *stack; // lowest usable byte
    size_t stack_size;
    size_t guard_size;
    struct pthread_cleanup *cleanup;
    int has_specific;
    void *specific[PTHREAD_KEYS_MAX];
};

_Static_assert(offsetof(struct thread, canary) == 0x28, "the compiler's place for the canary");

static inline struct thread *thread_self(void)
{
    struct thread *self;
    __asm__("movq %%fs:0, %0" : "=r"(self));
    return self;
}

extern int __thread_count; // threads alive; atomically changed

void __thread_run_destructors(struct thread *thread);
