// SPDX-License-Identifier: ISC
/*
 * Signals as data (pending sets and queues, handlers, masks) and as delivery (default actions,
 * frames on the user stack, restart of interrupted calls).
 *
 * A call that is interrupted returns one of the codes below; the way back to user mode turns it into
 * -EINTR or repeats the call, by the handler's SA_RESTART, as Linux does.
 */
#pragma once

#include "abi/signal.h"
#include "lib/base.h"
#include "lib/list.h"
#include "sched/timer.h"
#include "x86/spinlock.h"
#include "x86/trap.h"

#define ERESTARTSYS   512 // repeat unless a handler without SA_RESTART runs
#define ERESTARTNOINTR 513 // always repeat
#define ERESTARTNOHAND 514 // repeat only when no handler runs (sigsuspend, pause, select)
#define ERESTART_RESTARTBLOCK 516 // repeat through restart_syscall (nanosleep, relative times)

struct process;
struct thread;

struct signal_item { // a queued signal with its siginfo
    struct list link;
    siginfo_t info;
};

struct signal_pending {
    ksigset_t set;
    struct list queue; // struct signal_item
};

struct signal_handlers { // shared by the threads of a process (and by CLONE_SIGHAND)
    _Atomic int refs;
    struct spinlock lock;
    struct kernel_sigaction action[KNSIG + 1]; // [lock] index = signal number
};

/* A thread's own part; struct thread.task points here. */
struct task {
    struct thread *thread;
    struct signal_pending pending; // [process lock]
    ksigset_t mask;                // [self]
    ksigset_t saved_mask;          // [self] sigsuspend, ppoll: restored after the handler
    bool restore_mask;
    stack_t altstack;              // [self]
    uaddr_t clear_child_tid;       // [self]
    uaddr_t robust_list;           // [self]
    uint64_t robust_len;
    long (*restart)(struct task *t); // [self] for restart_syscall
    uint64_t restart_args[6];
    uint64_t syscall_rax;          // [self] number of the call in progress
    struct rseq *unused_rseq;
};

static inline struct task *current_task(void);

struct task *task_create(struct thread *t); // attaches it; NULL without memory
struct signal_handlers *signal_handlers_create(void);
struct signal_handlers *signal_handlers_copy(struct signal_handlers *h); // fork
void signal_handlers_put(struct signal_handlers *h);
void signal_handlers_reset_for_exec(struct signal_handlers *h);

/*
 * Sending. `info` may be NULL (a plain signal from the kernel). 0, -EAGAIN when the queue of a
 * real-time signal is full. Any context.
 */
int signal_send_process(struct process *p, int sig, const siginfo_t *info);
int signal_send_thread(struct thread *t, int sig, const siginfo_t *info);
int signal_send_group(int group, int sig, const siginfo_t *info); // 0 or -ESRCH
/* A fault of the running thread: cannot be ignored or masked away. */
void signal_force(int sig, int code, uaddr_t addr);
/* kill(2) in full: pid > 0, 0, -1, < -1; with permission checks. */
int signal_kill(int pid, int sig, const siginfo_t *info);

bool signal_pending(void); // is there something that ends the caller's interruptible wait?
/* rt_sigprocmask's work: sets the caller's mask and looks again at what is pending. */
void signal_set_mask(ksigset_t mask);
ksigset_t signal_pending_set(void);
/* Takes one pending signal of `set` (sigtimedwait); 0 = none. */
int signal_take(ksigset_t set, siginfo_t *info);
int signal_wait(ksigset_t set, siginfo_t *info, uint64_t deadline); // signal, -EAGAIN, -EINTR

/* trap_hooks: registered by signal_init. */
void signal_init(void);
void signal_user_work(struct trap_frame *f); // preempt, stop, die, deliver
/* rt_sigreturn: restores the frame; the value for rax. */
long signal_return(struct trap_frame *f);

/* How the process ends when a signal kills it: registered by proc/exit.c. */
extern void noreturn (*signal_exit_hook)(int status);
/* Parent's notice of stop and continue: registered by proc/wait.c. */
extern void (*signal_stop_hook)(struct process *p, bool continued, int sig);

#include "sched/thread.h"
static inline struct task *current_task(void)
{
    return (struct task *)current->task;
}
