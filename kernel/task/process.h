// SPDX-License-Identifier: ISC
/*
 * A process: what holds resources. Its threads run; it owns the address space, descriptors, signal
 * handlers, children, credentials and limits. The id of a process is the id of its first thread.
 *
 * Life: process_create -> process_add_thread, process_publish (fork, or start-up for init) -> alive
 * -> last thread gone: zombie, everything but the exit status released -> reaped by wait (or at
 * once, when the parent ignores SIGCHLD) -> freed with the last reference. References: one for the
 * tree until it is reaped, one for each thread until that is freed, one for each caller of
 * process_find.
 *
 * Locks, by letter: [t] process_tree_lock, one spinlock for the family tree, groups, sessions and
 * the state of life; [p] process->lock; [c] constant; [a] atomic; [self] its own threads only.
 * Order: process_tree_lock, then process->lock (never two processes' at once), then
 * signal_handlers.lock, then a run queue's lock.
 */
#pragma once

#include "abi/resource.h"
#include "lib/base.h"
#include "lib/list.h"
#include "lib/rbtree.h"
#include "sched/mutex.h"
#include "sched/thread.h"
#include "sched/timer.h"
#include "task/signal.h"

struct space;
struct fd_table;   // floor 6, fs/file.h
struct fs_context; // floor 6, fs/path.h: root, cwd, umask
struct tty;        // floor 6, fs/tty.h

#define CREDENTIAL_GROUPS 32

struct credentials {
    uint32_t uid, euid, suid, fsuid;
    uint32_t gid, egid, sgid, fsgid;
    uint32_t groups[CREDENTIAL_GROUPS];
    unsigned group_count;
};

enum process_state { PROCESS_ALIVE, PROCESS_ZOMBIE, PROCESS_REAPED };

struct session {
    _Atomic int refs;
    int id;           // [c]
    struct list link; // [t] in the list of all sessions
    struct tty *tty;  // [t] controlling terminal, or NULL
};

/* ITIMER_VIRTUAL and ITIMER_PROF: CPU time of the process at which the signal is due. */
struct cpu_itimer {
    uint64_t due;      // [p] 0 = not armed
    uint64_t interval; // [p]
};

struct process {
    int id; // [c]
    _Atomic int refs;
    struct spinlock lock;
    struct rbnode id_node; // [t]

    // family
    struct process *parent;   // [t]
    struct list children;     // [t] of .sibling
    struct list sibling;      // [t]
    int group;                // [t] process group id
    struct session *session;  // [t] never NULL once published
    struct list group_link;   // [t] in a hash by group id
    enum process_state state; // [t]
    int exit_status;          // [t] as wait4 gives it
    int exit_signal; // [t] sent to the parent at the end (SIGCHLD; clone may choose; 0 = none)
    bool subreaper;  // [t]
    struct wait_queue child_event; // guarded by process_tree_lock: parents in wait
    struct wait_queue exec_done;   // guarded by process_tree_lock: a vfork parent waits
    bool vfork_pending;            // [t] the parent waits until exec or exit
    bool has_execed;               // [t] setpgid by the parent is then refused

    // threads
    struct list threads;   // [p] of thread.process_link
    unsigned thread_count; // [p]
    int leader_status;     // [p] with which the thread with our id ended, unless exit_group decides
    bool exiting;          // [p] exit_group or a fatal signal: every thread is to end
    int group_exit_status; // [p]
    struct thread *exec_thread;     // [p] waits until it is the only one
    struct wait_queue threads_gone; // guarded by .lock

    // job control
    bool stop_dequeued;                    // [p] a stop signal was taken and no SIGCONT came since
    bool stopping;                         // [p] every thread is to stop
    bool stopped;                          // [p] and every thread has
    unsigned stopped_threads;              // [p]
    bool stop_waitable, continue_waitable; // [p] not yet reported by wait
    bool continue_notice;                  // [p] the first thread that runs again tells the parent
    int stop_signal;                       // [p]

    // resources
    struct space *space;                // [p]
    struct fd_table *files;             // [p]
    struct fs_context *fs;              // [p]
    struct signal_handlers *handlers;   // [p]; NULL once the last thread has gone
    struct signal_pending pending;      // [p] for the whole process
    unsigned queued_signals;            // [p] signal_items held
    struct credentials cred;            // [p]
    struct rlimit limits[RLIM_NLIMITS]; // [p]
    char name[16];                      // of the first thread / executable
    int parent_death_signal;            // [t] PR_SET_PDEATHSIG
    bool no_new_privs;                  // [self]
    bool dumpable;                      // [self]

    // interval timers
    struct timer real_timer;                     // ITIMER_REAL / alarm
    uint64_t real_interval;                      // [p]
    struct timer cpu_timer;                      // looks at the two below and at RLIMIT_CPU
    struct cpu_itimer virtual_timer, prof_timer; // [p]
    uint64_t cpu_limit_next;                     // [p] CPU time of the next SIGXCPU, 0 = no limit

    // accounts
    uint64_t start_ns;
    uint64_t dead_user_ns, dead_kernel_ns; // [p] of threads that ended
    uint64_t dead_faults_minor, dead_faults_major, dead_switches_voluntary, dead_switches_forced;
    size_t peak_resident;         // [p] pages, of spaces that it left
    struct rusage children_usage; // [t] of reaped children
};

extern struct spinlock process_tree_lock;
extern struct process *init_process; // [c] once published

static inline struct process *current_process(void)
{
    return current->process;
}

/*
 * A process without threads and resources, one reference. Credentials, limits and name are the
 * parent's; parent NULL only for init. NULL without memory.
 */
struct process *process_create(struct process *parent);
void process_get(struct process *p);
void process_put(struct process *p); // any context
/* Makes t a thread of p; the first one gives p its id. p->lock held, except for a first thread. */
void process_add_thread(struct process *p, struct thread *t);
/* Puts a process with its first thread into the tree, the group and session of its parent.
 * process_tree_lock held. */
void process_publish(struct process *p, struct process *parent);
/* The opposite, when it is reaped; the caller then drops the tree's reference. process_tree_lock
 * held. */
void process_unpublish(struct process *p);

/* By id, with a reference; zombies included; NULL. */
struct process *process_find(int id);
struct process *process_find_locked(int id);            // process_tree_lock held; no reference
struct process *process_find_from(int from);            // lowest id >= from, for walking all
struct process *process_next_locked(struct process *p); // NULL: the first; process_tree_lock held
size_t process_count(void);
/* Threads of living processes with this real user id (RLIMIT_NPROC). */
size_t process_count_of_user(uint32_t uid);
/* Its address space with a reference, or NULL for a zombie. */
struct space *process_space_get(struct process *p);

/* Every thread but the caller is to end soon: WORK_DIE, out of waits and stops. p->lock held. */
void process_kill_other_threads(struct process *p);
/* exit_group and fatal signals: the first status counts. p->lock held. */
void process_begin_exit(struct process *p, int status);

/* Groups and sessions: the calls' rules live here. All take process_tree_lock. */
int process_set_group(int pid, int group); // setpgid: 0 -EINVAL -ESRCH -EPERM -EACCES
int process_new_session(void);             // setsid: id, -EPERM, -ENOMEM
int process_group_of(int pid);             // getpgid: id or -ESRCH
int process_session_of(int pid);           // getsid
bool process_group_exists(int group,
                          struct session *in); // process_tree_lock held; in NULL: any session
bool process_group_is_orphaned(int group);     // process_tree_lock held
/* The same if `without` (may be NULL) did not exist: it is about to end. process_tree_lock held. */
bool process_group_is_orphaned_without(int group, const struct process *without);
bool process_group_has_stopped(int group); // process_tree_lock held
/* Calls fn for each process of the group with process_tree_lock held (taken here); returns how
 * many. */
unsigned process_group_each(int group, void (*fn)(struct process *p, void *arg), void *arg);
unsigned process_group_each_locked(int group, void (*fn)(struct process *p, void *arg), void *arg);
void session_put(struct session *s);
/* Is the number that of a process, group or session? Such a thread id is not given out again. */
bool process_id_in_use(int id);

bool process_may_signal(struct process *from, struct process *to, int sig);
uint64_t process_limit(struct process *p, int which); // the soft limit
bool process_is_privileged(
    const struct process *p); // effective user 0: all of Linux's capabilities
void process_times(struct process *p, uint64_t *user_ns, uint64_t *kernel_ns);
void process_usage(struct process *p, struct rusage *out);
void thread_usage(struct thread *t, struct rusage *out);
void rusage_add(struct rusage *sum, const struct rusage *more);
/* Moves a thread's figures to its process and takes it off the list. p->lock held. */
void process_remove_thread(struct process *p, struct thread *t);

/* Out of memory (task/oom.c): hooks vm_out_of_memory; an ended process's space is gone,
 * process_tree_lock held. */
void oom_init(void);
void process_memory_freed(void);

/* Interval timers (task/itimer.c): setitimer and getitimer of a process; old may be NULL. 0,
 * -EINVAL. */
struct itimerval;
int itimer_set(struct process *p, int which, const struct itimerval *value, struct itimerval *old);
int itimer_get(struct process *p, int which, struct itimerval *value);
void itimer_init(struct process *p);
void itimer_limit_changed(struct process *p); // RLIMIT_CPU was set
void itimer_stop(struct process *p);          // at its end; may spin until a callback is through
