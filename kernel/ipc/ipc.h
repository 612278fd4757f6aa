// SPDX-License-Identifier: ISC
/* Ways to communicate: what sys/ and fs/ call. */
#pragma once

#include "abi/ipc.h"
#include "fs/file.h"
#include "lib/base.h"

#define PIPE_BUFFER 65536u // bytes a pipe holds, as on Linux
#define PIPE_ATOMIC 4096u  // PIPE_BUF: writes up to this are not mixed with others

/* Two files with a reference each: [0] reads, [1] writes. flags: O_NONBLOCK, O_CLOEXEC is the caller's. 0, -ENFILE, -ENOMEM. */
int pipe_create(unsigned flags, struct file *ends[2]);
/* F_GETPIPE_SZ, F_SETPIPE_SZ: bytes it holds, or -EBADF (no pipe), -EBUSY, -EPERM, -EINVAL, -ENOMEM. */
long pipe_size(struct file *f);
long pipe_resize(struct file *f, unsigned size);
/* Opening a FIFO inode: registered with fs/ for S_IFIFO. */
void pipe_init(void);

/* An event file (eventfd.c): flags O_NONBLOCK. NULL without memory. */
struct file *eventfd_create(uint64_t count, bool one_by_one, unsigned flags);

/* System V semaphores: semget, semop/semtimedop, semctl with Linux's results. */
void sysv_sem_init(void); // /proc/sysvipc/sem
long sysv_semget(int32_t key, int count, int flags);
/* deadline in clock_ns time; -EAGAIN when it passed, -EINTR, -EIDRM and the rest of semop(2). */
long sysv_semop(int id, uaddr_t ops, size_t count, uint64_t deadline);
long sysv_semctl(int id, int index, int cmd, uint64_t arg);
void sysv_sem_process_exit(struct process *p); // applies SEM_UNDO; hook registered with proc/exit.c
