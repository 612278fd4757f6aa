// SPDX-License-Identifier: ISC
/*
 * Signals as data (pending sets and queues, handlers, masks: task/signal.c) and as delivery
 * (default actions, stops, restart of interrupted calls: task/deliver.c; frames on the user stack:
 * task/frame.c; faults of a program: task/fault.c).
 *
 * A call that is interrupted returns one of the codes below; the way back to user mode turns it
 * into -EINTR or repeats the call, by the handler's SA_RESTART, as Linux does. Whoever returns one
 * leaves WORK_SIGNAL (or WORK_STOP, WORK_DIE) set, so that the way back passes through
 * signal_user_work.
 */
#pragma once

#include "abi/signal.h"
#include "lib/base.h"
#include "lib/list.h"
#include "sched/wait.h"
#include "x86/spinlock.h"
#include "x86/trap.h"

#define ERESTARTSYS           512 // repeat unless a handler without SA_RESTART runs
#define ERESTARTNOINTR        513 // always repeat
#define ERESTARTNOHAND        514 // repeat only when no handler runs (sigsuspend, pause, select)
#define ERESTART_RESTARTBLOCK 516 // repeat through restart_syscall (nanosleep, relative times)

#define SIGNAL_UNBLOCKABLE (KSIGBIT(SIGKILL) | KSIGBIT(SIGSTOP))
#define SIGNAL_STOPS       (KSIGBIT(SIGSTOP) | KSIGBIT(SIGTSTP) | KSIGBIT(SIGTTIN) | KSIGBIT(SIGTTOU))

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
    ksigset_t mask;                // [self] reads; written with the process lock
    ksigset_t waiting;       // [process lock] sigtimedwait: these wake it though they are masked
    ksigset_t forced;        // [process lock] faults: kill even init
    ksigset_t saved_mask;    // [self] sigsuspend, ppoll: restored after the handler
    bool restore_mask;       // [self]
    bool stopped;            // [process lock] sits in the stop
    stack_t altstack;        // [self]
    uaddr_t clear_child_tid; // [self]
    uaddr_t robust_list;     // [self]
    uint64_t robust_len;
    long (*restart)(struct task *t); // [self] for restart_syscall
    uint64_t restart_args[6];
    uint64_t trap_vector, trap_error, trap_addr; // [self] of the last fault, for signal frames
};

static inline struct task *current_task(void);

struct task *task_create(struct thread *t); // attaches it; NULL without memory
void task_init(void);                       // hooks task_free to the end of threads
struct signal_handlers *signal_handlers_create(void);
struct signal_handlers *signal_handlers_copy(struct signal_handlers *h); // fork
void signal_handlers_get(struct signal_handlers *h);
void signal_handlers_put(struct signal_handlers *h);
void signal_handlers_reset_for_exec(struct signal_handlers *h);

/*
 * Sending. `info` may be NULL (a plain signal from the kernel). 0, -EAGAIN when the queue of a
 * real-time signal is full. Any context; no process's lock held (process_tree_lock may be).
 */
int signal_send_process(struct process *p, int sig, const siginfo_t *info);
int signal_send_thread(struct thread *t, int sig, const siginfo_t *info);
int signal_send_group(int group, int sig,
                      const siginfo_t *info); // 0 or -ESRCH; takes process_tree_lock
int signal_send_group_locked(int group, int sig, const siginfo_t *info);
/* A fault of the running thread: cannot be ignored or masked away. */
void signal_force(int sig, int code, uaddr_t addr);
/* kill(2) in full: pid > 0, 0, -1, < -1; with permission checks. */
int signal_kill(int pid, int sig, const siginfo_t *info);
/* tgkill and rt_tgsigqueueinfo; process 0: any. 0, -ESRCH, -EPERM, -EAGAIN. */
int signal_kill_thread(int process, int id, int sig, const siginfo_t *info);
/* The siginfo of kill, tgkill...: from the running process. */
siginfo_t signal_user_info(int sig, int code);

bool signal_pending(void); // is there something that ends the caller's interruptible wait?
/* rt_sigprocmask's work: sets the caller's mask and looks again at what is pending. */
void signal_set_mask(ksigset_t mask);
/* sigsuspend, ppoll...: until the next return to user mode (or signal_restore_mask) the mask is
 * this one. */
void signal_set_temporary_mask(ksigset_t mask);
void signal_restore_mask(void);
ksigset_t signal_pending_set(void);
/* rt_sigaction: new and old may be NULL; sig is valid. -EINVAL for SIGKILL and SIGSTOP. */
int signal_set_action(int sig, const struct kernel_sigaction *new, struct kernel_sigaction *old);
/* Takes one pending signal of `set` (sigtimedwait); 0 = none. */
int signal_take(ksigset_t set, siginfo_t *info);
int signal_wait(ksigset_t set, siginfo_t *info, uint64_t deadline); // signal, -EAGAIN, -EINTR
/* Waits like wait_on, but only the thread's death ends it early: 0 or -EINTR. Lock as for wait_on.
 */
int must_check wait_unless_killed(struct wait_queue *q, const char *reason);

/* How the parent treats the end of a child: is SIGCHLD ignored (SIG_IGN), are zombies unwanted (or
 * NOCLDWAIT)? */
void signal_child_policy(struct process *parent, bool *ignored, bool *reap, bool *no_stops);
/* What happens when nothing handles the signal. */
enum signal_default { SIGNAL_IGNORED, SIGNAL_STOPS_PROCESS, SIGNAL_KILLS };
enum signal_default signal_default_of(int sig);

/* For task/: p->lock held. */
void signal_flush(struct process *p, struct signal_pending *q, ksigset_t set); // drops these
int signal_take_locked(struct process *p, ksigset_t set, siginfo_t *info); // the caller's, then p's
void signal_recalculate_locked(struct process *p);                         // caller's WORK_SIGNAL
/* The caller will no longer take these: other threads that can are told. */
void signal_hand_over_locked(struct process *p, ksigset_t set);
/* A thread leaves: is a stop of the others now complete? Then signal_stop_hook is to be called. */
bool signal_stop_completed_locked(struct process *p);

/* trap_hooks: registered by signal_init. */
void signal_init(void);
void signal_user_work(struct trap_frame *f); // preempt, stop, die, deliver
void signal_user_trap(struct trap_frame *f, uaddr_t addr, int fault);
/* One line in the log: which program, what, where. */
void signal_report_fault(const struct trap_frame *f, const siginfo_t *info);
/* rt_sigreturn: restores the frame; the value for rax. */
long signal_return(struct trap_frame *f);
/* Makes the thread go to the handler at the return to user mode. 0 or -EFAULT: the stack is bad. */
int signal_build_frame(struct trap_frame *f, const struct kernel_sigaction *a,
                       const siginfo_t *info, ksigset_t mask);
size_t signal_frame_size(void); // AT_MINSIGSTKSZ: the most that a frame takes
/* Is sp on the alternate stack? SS_ONSTACK, SS_DISABLE (there is none) or 0. */
int signal_altstack_state(const struct task *k, uaddr_t sp);
/* sigaltstack: 0, -EPERM (in use), -EINVAL, -ENOMEM (too small). */
int signal_set_altstack(struct task *k, const stack_t *new, uaddr_t sp, size_t minimum);

/* How the process ends when a signal kills it: registered by proc/exit.c. */
extern void (*signal_exit_hook)(int status); // does not return
/* Parent's notice of stop and continue: registered by proc/wait.c. No lock held. */
extern void (*signal_stop_hook)(struct process *p, bool continued, int sig);
/* Name of a user address in the running program ("main+0x12"), for fault lines: registered by
 * proc/elf.c. */
extern bool (*signal_symbol_hook)(uaddr_t addr, char *buf, size_t size);

#include "sched/thread.h"
static inline struct task *current_task(void)
{
    return (struct task *)current->task;
}
