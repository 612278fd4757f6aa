// SPDX-License-Identifier: ISC
// Thread-specific data, once, and the handlers around fork.
#include <errno.h>
#include <limits.h>
#include <pthread.h>
#include <stdlib.h>

#include "internal/libc.h"
#include "internal/thread.h"

static struct {
    int used;
    void (*destroy)(void *);
} keys[PTHREAD_KEYS_MAX];

static struct lock lock;

int pthread_key_create(pthread_key_t *key, void (*destroy)(void *))
{
    int result = EAGAIN;
    __lock_acquire(&lock);
    for (unsigned i = 0; i < PTHREAD_KEYS_MAX; i++)
        if (!keys[i].used) {
            keys[i].used = 1;
            keys[i].destroy = destroy;
            *key = i;
            result = 0;
            break;
        }
    __lock_release(&lock);
    return result;
}

// Values that threads still have under the key stay there: a program sets them before it goes.
int pthread_key_delete(pthread_key_t key)
{
    if (key >= PTHREAD_KEYS_MAX || !keys[key].used)
        return EINVAL;
    __lock_acquire(&lock);
    keys[key].used = 0;
    keys[key].destroy = NULL;
    __lock_release(&lock);
    return 0;
}

void *pthread_getspecific(pthread_key_t key)
{
    return key < PTHREAD_KEYS_MAX ? thread_self()->specific[key] : NULL;
}

int pthread_setspecific(pthread_key_t key, const void *value)
{
    if (key >= PTHREAD_KEYS_MAX || !keys[key].used)
        return EINVAL;
    struct thread *self = thread_self();
    self->specific[key] = (void *)value;
    self->has_specific = 1;
    return 0;
}

// A destructor may set values anew, hence the rounds.
void __thread_run_destructors(struct thread *thread)
{
    for (int round = 0; thread->has_specific && round < PTHREAD_DESTRUCTOR_ITERATIONS; round++) {
        thread->has_specific = 0;
        for (int i = 0; i < PTHREAD_KEYS_MAX; i++) {
            void *value = thread->specific[i];
            thread->specific[i] = NULL;
            if (value != NULL && keys[i].destroy != NULL)
                keys[i].destroy(value);
        }
    }
}

// 0: not run, 1: running, 2: has run.
int pthread_once(pthread_once_t *once, void (*run)(void))
{
    for (;;) {
        int state = 0;
        if (__atomic_compare_exchange_n(once, &state, 1, 0, __ATOMIC_ACQUIRE, __ATOMIC_ACQUIRE)) {
            run();
            __atomic_store_n(once, 2, __ATOMIC_RELEASE);
            __futex_wake(once, INT_MAX, 0);
            return 0;
        }
        if (state == 2)
            return 0;
        __futex_wait(once, 1, CLOCK_REALTIME, NULL, 0);
    }
}

struct atfork {
    void (*run[3])(void);
    struct atfork *next, *previous;
};

static struct atfork *first_atfork, *last_atfork;

int pthread_atfork(void (*prepare)(void), void (*parent)(void), void (*child)(void))
{
    struct atfork *entry = malloc(sizeof(*entry));
    if (entry == NULL)
        return ENOMEM;
    __lock_acquire(&lock);
    *entry = (struct atfork){.run = {prepare, parent, child}, .previous = last_atfork};
    if (last_atfork != NULL)
        last_atfork->next = entry;
    else
        first_atfork = entry;
    last_atfork = entry;
    __lock_release(&lock);
    return 0;
}

// Before the fork in reverse order of registration, after it in order.
void __atfork_run(enum fork_phase phase)
{
    struct atfork *entry = phase == FORK_PREPARE ? last_atfork : first_atfork;
    while (entry != NULL) {
        if (entry->run[phase] != NULL)
            entry->run[phase]();
        entry = phase == FORK_PREPARE ? entry->previous : entry->next;
    }
}
