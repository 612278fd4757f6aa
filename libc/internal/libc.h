// SPDX-License-Identifier: ISC
// What the parts of libc know of each other. Names that more than one file shares begin with two
// underscores: a program may have functions of its own under any other name.
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "internal/lock.h"
#include "internal/syscall.h"

#define PAGE 4096UL

// start/init.c
extern const uint64_t *__libc_auxv; // pairs, as the kernel left them

// start/tls.c: the block of thread-local variables that lies below a thread's descriptor
struct thread;
size_t __tls_size(void);                // its size, a multiple of 64
void __tls_fill(struct thread *thread); // copies the program's initial image there

// start/vdso.c: results as of the system calls; __vdso_init finds the faster ones
struct timespec;
extern int (*__vdso_clock)(int clock, struct timespec *now);
extern long (*__vdso_cpu)(unsigned *cpu, unsigned *node, void *unused);
void __vdso_init(void);

// malloc/malloc.c: before anything else there
void __malloc_init(uint64_t random);

// Around fork: the other threads' locks are taken so that the child finds everything consistent.
enum fork_phase { FORK_PREPARE, FORK_PARENT, FORK_CHILD };
void __stdio_fork(enum fork_phase phase);
void __malloc_fork(enum fork_phase phase);
void __atfork_run(enum fork_phase phase);

// stdio/file.c: writes out everything, at exit
void __stdio_exit(void);
