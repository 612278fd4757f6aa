// SPDX-License-Identifier: ISC
#pragma once

#include <sys/ipc.h>

#define semid_ds semid64_ds

int semget(key_t key, int count, int flags);
int semop(int id, struct sembuf *operations, size_t count);
int semtimedop(int id, struct sembuf *operations, size_t count, const struct timespec *timeout);
int semctl(int id, int index, int command, ...);
