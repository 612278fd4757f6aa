// SPDX-License-Identifier: ISC
// Life of a thread: create, exit, join, detach.
//
// One mapping holds all that a thread needs: guard, stack, thread-local variables, descriptor.
// Who unmaps it is decided by one atomic step on `state`:
//   - the thread ends while JOINABLE: it becomes EXITED, and the joiner unmaps;
//   - it was DETACHED before: it unmaps itself, with the last few instructions needing no stack;
//   - detach finds it EXITED already: detach does what join would.
// The joiner may unmap only when the thread runs no more: the kernel then clears `tid` and wakes
// who waits on it (CLONE_CHILD_CLEARTID). A thread that unmaps itself takes that address back
// first, or the kernel would clear a word in memory that somebody else may have mapped by then.
//
// The joiner keeps a few mappings of the usual size for threads to come: to map a stack, fault its
// pages in and unmap it costs more than all the rest of a short thread's life.
#include <errno.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "internal/libc.h"
#include "internal/thread.h"

#define STACK_DEFAULT (1UL << 20)

_Noreturn void __thread_unmap_exit(void *map, size_t size);

static size_t page_up(size_t size)
{
    return (size + PAGE - 1) & ~(PAGE - 1);
}

pthread_t pthread_self(void)
{
    return (pthread_t)thread_self();
}

int pthread_equal(pthread_t a, pthread_t b)
{
    return a == b;
}

// Mappings of ended threads, all of one size. Who exchanges a pointer for NULL has it for himself.
static struct thread *kept[8];

static size_t usual_size(void)
{
    return PAGE + STACK_DEFAULT + page_up(__tls_size() + sizeof(struct thread) + 64);
}

static struct thread *kept_take(void)
{
    struct thread *thread = NULL;
    for (size_t i = 0; i < sizeof(kept) / sizeof(kept[0]) && thread == NULL; i++)
        if (__atomic_load_n(&kept[i], __ATOMIC_RELAXED) != NULL)
            thread = __atomic_exchange_n(&kept[i], NULL, __ATOMIC_ACQUIRE);
    return thread;
}

static void thread_unmap(struct thread *thread)
{
    if (thread->map_size == usual_size() && thread->guard_size == PAGE)
        for (size_t i = 0; i < sizeof(kept) / sizeof(kept[0]); i++) {
            struct thread *none = NULL;
            if (__atomic_compare_exchange_n(&kept[i], &none, thread, 0, __ATOMIC_RELEASE,
                                            __ATOMIC_RELAXED))
                return;
        }
    munmap(thread->map, thread->map_size);
}

// Places a thread's descriptor at the end of new memory; NULL when there is none.
static struct thread *thread_map(size_t size, size_t guard)
{
    char *map = mmap(NULL, size, PROT_READ | PROT_WRITE,
                     MAP_PRIVATE | MAP_ANONYMOUS | MAP_STACK | MAP_NORESERVE, -1, 0);
    if (map == MAP_FAILED)
        return NULL;
    if (guard > 0 && mprotect(map, guard, PROT_NONE) != 0) {
        munmap(map, size);
        return NULL;
    }
    struct thread *thread = (struct thread *)((uintptr_t)(map + size - sizeof(*thread)) & ~63UL);
    thread->self = thread;
    thread->canary = thread_self()->canary;
    thread->map = map;
    thread->map_size = size;
    thread->guard_size = guard;
    return thread;
}

// Memory for a thread with these attributes, its descriptor and variables filled in; or NULL.
static struct thread *thread_make(const pthread_attr_t *attr)
{
    size_t own = __tls_size() + sizeof(struct thread) + 64;
    size_t guard = page_up(attr->guard_size);
    size_t stack = attr->stack != NULL ? 0 : page_up(attr->stack_size);
    size_t size = guard + stack + page_up(own);
    struct thread *thread = size == usual_size() && guard == PAGE ? kept_take() : NULL;
    if (thread == NULL)
        thread = thread_map(size, guard);
    if (thread == NULL)
        return NULL;
    thread->cleanup = NULL;
    if (thread->has_specific)
        memset(thread->specific, 0, sizeof(thread->specific));
    thread->has_specific = 0;
    __tls_fill(thread);
    // The stack begins where the variables end.
    char *top = (char *)thread - __tls_size(), *bottom = (char *)thread->map + guard;
    thread->stack = attr->stack != NULL ? attr->stack : bottom;
    thread->stack_size = attr->stack != NULL ? attr->stack_size : (size_t)(top - bottom);
    return thread;
}

static int thread_start(void *arg)
{
    struct thread *thread = arg;
    pthread_exit(thread->run(thread->arg));
}

int pthread_create(pthread_t *restrict handle, const pthread_attr_t *restrict attr,
                   void *(*run)(void *), void *restrict arg)
{
    pthread_attr_t defaults;
    int saved = errno;
    if (attr == NULL) {
        pthread_attr_init(&defaults);
        attr = &defaults;
    }
    struct thread *thread = thread_make(attr);
    if (thread == NULL) {
        errno = saved;
        return EAGAIN;
    }
    thread->run = run;
    thread->arg = arg;
    thread->state = attr->detached ? THREAD_DETACHED : THREAD_JOINABLE;

    // A detached thread may be gone, with its descriptor, before clone returns here.
    *handle = (pthread_t)thread;
    __atomic_fetch_add(&__thread_count, 1, __ATOMIC_RELAXED);
    int flags = CLONE_VM | CLONE_FS | CLONE_FILES | CLONE_SIGHAND | CLONE_THREAD | CLONE_SYSVSEM |
                CLONE_SETTLS | CLONE_PARENT_SETTID | CLONE_CHILD_CLEARTID;
    if (clone(thread_start, (char *)thread->stack + thread->stack_size, flags, thread, &thread->tid,
              thread, &thread->tid) < 0) {
        __atomic_fetch_sub(&__thread_count, 1, __ATOMIC_RELAXED);
        thread_unmap(thread); // no thread was made
        errno = saved;
        return EAGAIN;
    }
    return 0;
}

void pthread_exit(void *result)
{
    struct thread *self = thread_self();
    sigset_t all = ~0UL;
    self->result = result;
    while (self->cleanup != NULL)
        __pthread_cleanup_pop(self->cleanup, 1);
    __thread_run_destructors(self);

    // From here on no handler may run: it would find the thread half gone.
    SYS4(SYS_rt_sigprocmask, SIG_BLOCK, &all, NULL, sizeof(all));
    if (__atomic_sub_fetch(&__thread_count, 1, __ATOMIC_ACQ_REL) == 0)
        exit(0); // the last one ends the process
    int state = THREAD_JOINABLE;
    if (!__atomic_compare_exchange_n(&self->state, &state, THREAD_EXITED, 0, __ATOMIC_ACQ_REL,
                                     __ATOMIC_ACQUIRE) &&
        self->map != NULL) {
        SYS1(SYS_set_tid_address, NULL);
        __thread_unmap_exit(self->map, self->map_size);
    }
    for (;;)
        SYS1(SYS_exit, 0);
}

int pthread_join(pthread_t handle, void **result)
{
    struct thread *thread = (struct thread *)handle;
    int tid;
    if (thread == thread_self())
        return EDEADLK;
    if (__atomic_load_n(&thread->state, __ATOMIC_ACQUIRE) == THREAD_DETACHED)
        return EINVAL;
    // The kernel's wake at the end of a thread is not a private one.
    while ((tid = __atomic_load_n(&thread->tid, __ATOMIC_ACQUIRE)) != 0)
        __futex_wait(&thread->tid, tid, CLOCK_MONOTONIC, NULL, 1);
    if (result != NULL)
        *result = thread->result;
    if (thread->map != NULL)
        thread_unmap(thread);
    return 0;
}

int pthread_detach(pthread_t handle)
{
    struct thread *thread = (struct thread *)handle;
    int state = THREAD_JOINABLE;
    if (__atomic_compare_exchange_n(&thread->state, &state, THREAD_DETACHED, 0, __ATOMIC_ACQ_REL,
                                    __ATOMIC_ACQUIRE))
        return 0;
    return state == THREAD_EXITED ? pthread_join(handle, NULL) : EINVAL;
}

int pthread_kill(pthread_t handle, int sig)
{
    int tid = __atomic_load_n(&((struct thread *)handle)->tid, __ATOMIC_RELAXED);
    return tid == 0 ? ESRCH : (int)-SYS3(SYS_tgkill, getpid(), tid, sig);
}

int pthread_yield(void)
{
    return sched_yield();
}

void __pthread_cleanup_push(struct pthread_cleanup *cleanup)
{
    struct thread *self = thread_self();
    cleanup->next = self->cleanup;
    self->cleanup = cleanup;
}

void __pthread_cleanup_pop(struct pthread_cleanup *cleanup, int execute)
{
    thread_self()->cleanup = cleanup->next;
    if (execute)
        cleanup->run(cleanup->arg);
}

int pthread_attr_init(pthread_attr_t *attr)
{
    *attr = (pthread_attr_t){.stack_size = STACK_DEFAULT, .guard_size = PAGE};
    return 0;
}
