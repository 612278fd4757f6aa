// SPDX-License-Identifier: ISC
#pragma once

#include <abi/fcntl.h>
#include <abi/types.h>

typedef struct {
    unsigned long state; // low half the value, high half the number of waiters
    int shared;
} sem_t;

#define SEM_FAILED ((sem_t *)0)

int sem_init(sem_t *sem, int shared, unsigned value);
int sem_destroy(sem_t *sem);
int sem_wait(sem_t *sem);
int sem_trywait(sem_t *sem);
int sem_timedwait(sem_t *restrict sem, const struct timespec *restrict deadline);
int sem_clockwait(sem_t *restrict sem, clockid_t clock, const struct timespec *restrict deadline);
int sem_post(sem_t *sem);
int sem_getvalue(sem_t *restrict sem, int *restrict value);
sem_t *sem_open(const char *name, int flags, ...);
int sem_close(sem_t *sem);
int sem_unlink(const char *name);
