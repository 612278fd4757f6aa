// SPDX-License-Identifier: ISC
#pragma once

#include <sys/ipc.h>

#define shmid_ds shmid64_ds

typedef unsigned long shmatt_t;

int shmget(key_t key, size_t size, int flags);
void *shmat(int id, const void *address, int flags);
int shmdt(const void *address);
int shmctl(int id, int command, struct shmid_ds *data);
