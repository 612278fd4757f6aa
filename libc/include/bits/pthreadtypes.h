// SPDX-License-Identifier: ISC
#pragma once

// The objects of <pthread.h>, which <sys/types.h> has to name too. All zero is a good initial
// value for each of them; the meaning of the words is told in libc/thread/.
#include <stddef.h>

typedef unsigned long pthread_t;
typedef unsigned int pthread_key_t;
typedef int pthread_once_t;
typedef int pthread_spinlock_t;

typedef struct {
    size_t stack_size;
    size_t guard_size;
    void *stack;
    int detached;
} pthread_attr_t;

typedef struct {
    int word;
    int type;
    int shared;
    int owner; // thread id, for the recursive and error-checking types
    int count;
} pthread_mutex_t;

typedef struct {
    int type;
    int shared;
} pthread_mutexattr_t;

typedef struct {
    int sequence;
    int waiters;
    int shared;
    int clock;
} pthread_cond_t;

typedef struct {
    int shared;
    int clock;
} pthread_condattr_t;

typedef struct {
    int state;
    int changes;
    int waiters;
    int shared;
} pthread_rwlock_t;

typedef struct {
    int shared;
} pthread_rwlockattr_t;

typedef struct {
    int lock;
    int limit;
    int waiting;
    int round;
    int leaving;
    int shared;
} pthread_barrier_t;

typedef struct {
    int shared;
} pthread_barrierattr_t;
