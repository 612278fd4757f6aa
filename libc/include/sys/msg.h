// SPDX-License-Identifier: ISC
#pragma once

#include <sys/ipc.h>

#define msqid_ds msqid64_ds

typedef unsigned long msgqnum_t;
typedef unsigned long msglen_t;

struct msgbuf {
    long mtype;
    char mtext[1];
};

int msgget(key_t key, int flags);
int msgctl(int id, int command, struct msqid_ds *data);
int msgsnd(int id, const void *message, size_t size, int flags);
ssize_t msgrcv(int id, void *message, size_t size, long type, int flags);
