// SPDX-License-Identifier: ISC
/*
 * A process: what holds resources. Its threads run; it owns the address space, descriptors, signal
 * handlers, children, credentials and limits. The id of a process is the id of its first thread.
 *
 * Life: process_create (fork, or start-up for init) -> alive -> last thread gone: zombie, everything
 * but the exit status released -> reaped by wait -> freed with the last reference.
 *
 * Locks, by letter: [t] process_tree_lock, one spinlock for the family tree, groups, sessions and
 * the state of life; [p] process->lock; [c] constant; [a] atomic; [self] its own threads only.
 * Order: process_tree_lock, then process->lock, then a run queue's lock.
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
struct fd_table;   // floor 6, fs/fdtable.h
struct fs_context; // floor 6, fs/path.h: root, cwd, umask
struct tty;        // floor 6, fs/tty.h

struct credentials {
    uint32_t uid, euid, suid, fsuid;
    uint32_t gid, egid, sgid, fsgid;
    uint32_t groups[32];
    unsigned group_count;
};

enum process_state { PROCESS_ALIVE, PROCESS_ZOMBIE, PROCESS_REAPED };

struct session {
    _Atomic int refs;
    int id;
    struct tty *tty;     // [t] controlling terminal, or NULL
};

struct process {
    int id;                      // [c]
    _Atomic int refs;
    struct spinlock lock;
    struct rbnode id_node;       // [t]

    // family
    struct process *parent;      // [t]
    struct list children;        // [t] of .sibling
    struct list sibling;         // [t]
    int group;                   // [t] process group id
    struct session *session;     // [t]
    struct list group_link;      // [t] in a hash by group id
    enum process_state state;    // [t]
    int exit_status;             // [t] as wait4 gives it
    bool stopped, continued;     // [t] not yet reported by wait
    bool stop_reported, continue_reported;
    int stop_signal;             // [t]
    int exit_signal;             // [c] sent to the parent at the end (SIGCHLD; clone may choose)
    bool subreaper;              // [t]
    struct wait_queue child_event; // guarded by process_tree_lock: parents in wait
    struct wait_queue exec_done;   // guarded by process_tree_lock: a vfork parent waits
    bool vfork_pending;          // [t] the parent waits until exec or exit

    // threads
    struct list threads;         // [p] of thread.process_link
    unsigned thread_count;       // [p]
    bool exiting;                // [p] exit_group or a fatal signal: every thread is to end
    int group_exit_status;       // [p]
    struct thread *exec_thread;  // [p] waits until it is the only one
    struct wait_queue threads_gone; // guarded by .lock

    // resources
    struct space *space;         // [p]
    struct fd_table *files;      // [p]
    struct fs_context *fs;       // [p]
    struct signal_handlers *handlers; // [c between execs]
    struct signal_pending pending;    // [p] for the whole process
    struct credentials cred;     // [p]
    struct rlimit limits[RLIM_NLIMITS]; // [p]
    struct timer real_timer;     // ITIMER_REAL / alarm
    uint64_t real_interval;      // [p]
    char name[16];               // of the first thread / executable
    bool has_execed;             // [t] setpgid by the parent is then refused
    int parent_death_signal;     // PR_SET_PDEATHSIG
    bool no_new_privs;
    bool dumpable;

    // accounts
    uint64_t start_ns;
    uint64_t dead_user_ns, dead_kernel_ns; // [p] of threads that ended
    uint64_t dead_faults_minor, dead_faults_major, dead_switches_voluntary, dead_switches_forced;
    struct rusage children_usage; // [t] of reaped children
};

extern struct spinlock process_tree_lock;
extern struct process *init_process;

static inline struct process *current_process(void)
{
    return current->process;
}

/* A process without threads, one reference; parent NULL only for init. NULL without memory. */
struct process *process_create(struct process *parent);
void process_get(struct process *p);
void process_put(struct process *p);
/* By id, with a reference; zombies included; NULL. */
struct process *process_find(int id);
struct process *process_find_from(int from); // lowest id >= from, for walking all
size_t process_count(void);
/* Links and unlinks a thread; makes thread->process. */
int process_add_thread(struct process *p, struct thread *t);

/* Groups and sessions: the calls' rules live here. All take process_tree_lock. */
int process_set_group(int pid, int group);      // setpgid: 0 -EINVAL -ESRCH -EPERM -EACCES
int process_new_session(void);                  // setsid: id or -EPERM
int process_group_of(int pid);                  // getpgid: id or -ESRCH
int process_session_of(int pid);                // getsid
bool process_group_exists(int group, struct session *in); // process_tree_lock held
bool process_group_is_orphaned(int group);      // process_tree_lock held
/* Calls fn for each process of the group with the lock held; returns how many. */
unsigned process_group_each(int group, void (*fn)(struct process *p, void *arg), void *arg);
void session_put(struct session *s);

bool process_may_signal(struct process *from, struct process *to, int sig);
uint64_t process_limit(struct process *p, int which); // the soft limit
void process_times(struct process *p, uint64_t *user_ns, uint64_t *kernel_ns);
void process_usage(struct process *p, struct rusage *out);
