// SPDX-License-Identifier: ISC
/* The life of a process: fork, exec, exit, wait. Each has a file of its own here. */
#pragma once

#include "abi/resource.h"
#include "abi/sched.h"
#include "abi/signal.h"
#include "abi/wait.h"
#include "lib/base.h"
#include "task/process.h"

/*
 * clone(2), clone3(2), fork(2), vfork(2) are one mechanism. Id of the child or thread, or -EINVAL
 * (flags that do not go together), -EAGAIN (RLIMIT_NPROC), -ENOMEM, -ERESTARTNOINTR.
 */
struct clone_request {
    uint64_t flags; // CLONE_*, without the exit signal
    int exit_signal;
    uaddr_t stack; // 0 = keep
    uaddr_t parent_tid, child_tid;
    uaddr_t tls;
};
long process_clone(const struct clone_request *r);

/* execve: kernel string for the path; argv and envp are user arrays. 0 with the frame of the new
 * program, or -errno. */
long process_exec(int dirfd, const char *path, uaddr_t argv, uaddr_t envp, int flags);
/* The first program: kernel strings; called by the kernel thread that becomes init. Returns only on
 * failure: -errno. */
int process_exec_first(const char *path, const char *const argv[], const char *const envp[]);

void noreturn
process_exit_thread(int status);              // exit(2): this thread only; status as wait4 gives it
void noreturn process_exit_group(int status); // exit_group(2), fatal signals
void exit_init(void);                         // hooks
/* Lets a vfork parent go on. process_tree_lock held. */
void process_release_vfork_parent(struct process *p);
/* Takes a zombie out of the tree; the caller drops the tree's reference afterwards.
 * process_tree_lock held. */
void process_reap(struct process *p);

struct wait_request {
    int which; // P_ALL, P_PID, P_PGID
    int id;
    int options;         // WNOHANG WUNTRACED/WSTOPPED WEXITED WCONTINUED WNOWAIT __WALL __WCLONE
    siginfo_t info;      // result for waitid
    int status;          // result for wait4
    struct rusage usage; // result
};
int process_wait(
    struct wait_request *r); // id of the child, 0 (WNOHANG), -ECHILD, -ERESTARTSYS, -EINVAL
