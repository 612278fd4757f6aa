// SPDX-License-Identifier: ISC
/*
 * Advisory locks on files: POSIX record locks (owner: a descriptor table, that is a process), open
 * file description locks (owner: an open file), and flock(2) (owner: an open file, whole file).
 */
#pragma once

#include "abi/fcntl.h"
#include "fs/file.h"

/* F_GETLK, F_SETLK, F_SETLKW and their F_OFD_ kin. -EINVAL -EAGAIN -EBADF -EDEADLK -ENOMEM
 * -ERESTARTSYS */
int file_lock_fcntl(struct file *f, int cmd, struct flock *range);
/* flock(2): LOCK_SH, LOCK_EX, LOCK_UN, with LOCK_NB. -EWOULDBLOCK -EINVAL -ENOMEM -ERESTARTSYS */
int file_lock_whole(struct file *f, int operation);
/* A descriptor of table t was closed: the POSIX locks of its owner on that inode end. */
void file_locks_close(struct file *f, struct fd_table *t);
/* The last reference to the open file is gone: its own locks end. */
void file_locks_drop(struct file *f);
