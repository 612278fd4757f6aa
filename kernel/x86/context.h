// SPDX-License-Identifier: ISC
/* A thread's machine state: kernel stack switch, user register image, FPU, thread-local base. */
#pragma once

#include "lib/base.h"
#include "x86/trap.h"

struct fpu_state; // XSAVE area, cpu_features.fpu_size bytes, aligned to 64

/* The part of struct thread that only x86/ reads and writes (offsets used by the assembly). */
struct context {
    uint64_t rsp;            // kernel stack pointer while the thread is not running
    void *stack_top;         // top of the kernel stack; the user trap frame lies right below
    struct fpu_state *fpu;   // NULL for a thread that never enters user mode
    uint64_t fs_base, gs_base; // user values while not running
};

static inline struct trap_frame *context_user_frame(const struct context *c)
{
    return (struct trap_frame *)c->stack_top - 1;
}

/* Makes `c` start in entry(arg) on its kernel stack, interrupts off, when first switched to. */
void context_init_kernel(struct context *c, void *stack_top, void noreturn (*entry)(void *), void *arg);

/*
 * Makes `c` go to user mode through *user_frame (already placed at context_user_frame) when first
 * switched to, after calling first() (the scheduler's release of its lock).
 */
void context_init_user(struct context *c, void *stack_top, void (*first)(void));

/*
 * Leaves `from`, continues `to`: saves and loads stack, FPU, fs/gs bases, and the
 * stacks for the next entries (TSS rsp0, syscall). Interrupts off. Returns when `from` runs again.
 */
void context_switch(struct context *from, struct context *to);

/* Goes to user mode for the first time in this thread (exec by a kernel thread: init). */
void noreturn context_enter_user(void);

/* FPU image of the current thread: allocate (64-byte aligned, initial state), copy, reset at exec. */
size_t fpu_area_size(void);
void fpu_init_state(struct fpu_state *fpu);
void fpu_save_current(struct fpu_state *into); // registers of the running thread -> its area
void fpu_load_current(struct fpu_state *from);
/*
 * Checks an XSAVE image that came from user memory (signal frame) so that loading it cannot fault;
 * false = refuse.
 */
bool fpu_sanitize(struct fpu_state *fpu, size_t size);

uint64_t fs_base_read(void);
void fs_base_write(uint64_t v); // caller has checked that v is canonical user
uint64_t user_gs_base_read(void);
void user_gs_base_write(uint64_t v);
/* Reads the bases of the running thread into c, for fork and clone. */
void context_save_bases(struct context *c);
