// SPDX-License-Identifier: ISC
/*
 * System V semaphores inside ipc/: sets, their waiters, the adjustments for a process's end.
 *
 * Lock: sem_lock, one spinlock for all sets. Nobody refers to a set without it: a waiter's link is
 * taken off by whoever ends its wait, and a removal ends all waits first.
 */
#pragma once

#include "abi/ipc.h"
#include "lib/base.h"
#include "lib/list.h"
#include "sched/wait.h"

struct process;

struct sysv_sem {
    int value;
    int pid; // of the last process that changed it
};

struct sem_set {
    int id; // sequence number << 15 | slot
    struct ipc64_perm perm;
    long otime, ctime;   // seconds since 1970
    struct list waiters; // struct sem_wait.link, longest first
    struct list undos;   // struct sem_undo.set_link
    unsigned count;
    struct sysv_sem sem[];
};

/* What SEM_UNDO promised: added to the set's values at the end of the process. */
struct sem_undo {
    struct list set_link, all_link;
    struct process *process;
    struct sem_set *set;
    short adjust[];
};

/* One semop that waits. */
struct sem_wait {
    struct list link;
    struct sembuf *ops;
    size_t count;
    const struct sembuf *blocked_by; // the first that cannot be done
    struct sem_undo *undo;
    int pid;
    bool ended;
    int result; // once ended
    struct wait_queue done;
};

extern struct spinlock sem_lock;

/* All with sem_lock held. */
struct sem_set *sem_set_find(int id);                 // NULL: -EINVAL
bool sem_may(const struct sem_set *s, unsigned want); // 4 read, 2 alter
void sem_wake_ready(struct sem_set *s); // does the waiting operations that became possible
void sem_end_waits(struct sem_set *s, int result);
void sem_forget_undo(struct sem_set *s, int index); // SETVAL, SETALL (-1): adjustments start anew
void sem_free_undos(struct sem_set *s);
