// SPDX-License-Identifier: ISC
/*
 * The end of threads and processes.
 *
 * A thread ends itself, always: exit(2) directly, everything else by WORK_DIE, which the thread
 * finds on its way back to user mode. The last thread of a process takes its resources apart, hands
 * its children on, and leaves a zombie: id, status and figures for the parent's wait. The thread's
 * own stack is freed by the scheduler's reaper.
 */
#include "abi/errno.h"
#include "fs/file.h"
#include "fs/path.h"
#include "fs/tty.h"
#include "ipc/ipc.h"
#include "proc/exec.h"
#include "proc/proc.h"
#include "sched/sched.h"
#include "sched/trace.h"
#include "task/futex.h"
#include "vm/space.h"

/* --- the family --- */

/* Who takes p's children: the nearest ancestor that asked for it, else init. */
static struct process *adopter_of(struct process *p)
{
    for (struct process *a = p->parent; a; a = a->parent)
        if (a->subreaper && a->state == PROCESS_ALIVE && !a->exiting)
            return a;
    return init_process;
}

static void hang_up_if_orphaned(int group, const struct process *without)
{
    if (!process_group_is_orphaned_without(group, without) || !process_group_has_stopped(group))
        return;
    signal_send_group_locked(group, SIGHUP, NULL);
    signal_send_group_locked(group, SIGCONT, NULL);
}

/* Was p the tie between `group` and the rest of the session? */
static bool linked_group(const struct process *p, const struct process *member)
{
    return member->group != p->group && member->session == p->session;
}

void process_reap(struct process *p)
{
    TRACE(TRACE_REAP, p->id, 0, 0, 0);
    p->state = PROCESS_REAPED;
    process_unpublish(p);
}

void process_release_vfork_parent(struct process *p)
{
    if (!p->vfork_pending)
        return;
    p->vfork_pending = false;
    wake_all(&p->exec_done);
}

static siginfo_t child_info(struct process *p)
{
    uint64_t user, kernel;
    process_times(p, &user, &kernel);
    bool killed = WIFSIGNALED(p->exit_status);
    return (siginfo_t){
        .si_signo = p->exit_signal,
        .si_code = killed ? CLD_KILLED : CLD_EXITED,
        .si_pid = p->id,
        .si_uid = p->cred.uid,
        .si_status = killed ? WTERMSIG(p->exit_status) : WEXITSTATUS(p->exit_status),
        .si_utime = user / (NSEC_PER_SEC / 100),
        .si_stime = kernel / (NSEC_PER_SEC / 100),
    };
}

/* Tells p's parent of its end. True: nobody wants the zombie, it is reaped. */
static bool notify_parent(struct process *p)
{
    bool ignored = false, reap = false, no_stops;
    siginfo_t info = child_info(p);
    if (p->exit_signal == SIGCHLD)
        signal_child_policy(p->parent, &ignored, &reap, &no_stops);
    if (p->exit_signal && !ignored)
        signal_send_process(p->parent, p->exit_signal, &info);
    if (reap)
        process_reap(p);
    wake_all(
        &p->parent->child_event); // also when it was reaped: a waiter may now have no children left
    return reap;
}

/* Gives one child of p to another parent; a zombie is reported anew. True: it was reaped. */
static bool hand_over(struct process *p, struct process *child, struct process *adopter)
{
    list_remove(&child->sibling);
    child->parent = adopter;
    list_push_back(&adopter->children, &child->sibling);
    child->exit_signal = SIGCHLD;
    if (child->parent_death_signal)
        signal_send_process(child, child->parent_death_signal, NULL);
    bool reaped = child->state == PROCESS_ZOMBIE && notify_parent(child);
    if (!reaped && linked_group(p, child))
        hang_up_if_orphaned(child->group, NULL);
    return reaped;
}

/*
 * Children to their adopter, p to its parent. `gone` collects those that nobody waits for: their
 * last reference is dropped when the lock is free.
 */
static void leave_family(struct process *p, struct list *gone)
{
    struct process *adopter = adopter_of(p), *child;
    list_for_each_safe(child, &p->children, sibling) if (hand_over(p, child, adopter))
        list_push_back(gone, &child->sibling);
    if (linked_group(p->parent, p))
        hang_up_if_orphaned(p->group, p);
    p->state = PROCESS_ZOMBIE;
    TRACE(TRACE_ZOMBIE, p->id, 0, 0, 0);
    process_release_vfork_parent(p);
    if (notify_parent(p))
        list_push_back(gone, &p->sibling);
}

static void become_zombie(struct process *p)
{
    struct list gone = LIST_INIT(gone);
    spin_lock(&process_tree_lock);
    process_memory_freed();
    p->exit_status = p->exiting ? p->group_exit_status : p->leader_status;
    leave_family(p, &gone);
    spin_unlock(&process_tree_lock);
    struct process *dead;
    list_for_each_safe(dead, &gone, sibling)
    {
        list_remove(&dead->sibling);
        process_put(dead);
    }
}

/* --- resources --- */

static void release_handlers(struct process *p)
{
    spin_lock(&p->lock);
    struct signal_handlers *h = p->handlers;
    p->handlers = NULL; // from here on signals for p vanish
    signal_flush(p, &p->pending, ~0ul);
    spin_unlock(&p->lock);
    signal_handlers_put(h);
}

static void release_space(struct process *p)
{
    spin_lock(&p->lock);
    struct space *s = p->space;
    p->space = NULL;
    p->peak_resident = MAX(p->peak_resident, s->peak_resident);
    spin_unlock(&p->lock);
    space_put(s);
}

static void release_files(struct process *p)
{
    spin_lock(&p->lock);
    struct fd_table *files = p->files;
    struct fs_context *fs = p->fs;
    p->files = NULL;
    p->fs = NULL;
    spin_unlock(&p->lock);
    fd_table_put(files);
    fs_context_put(fs);
}

static void end_session(struct process *p)
{
    if (p->session->id == p->id)
        tty_session_ends(p->session);
}

/* The last thread has left the list; it still runs here, in the space of the process. */
static void end_process(struct process *p)
{
    if (p == init_process)
        panic("init has ended (status 0x%x)", p->exiting ? p->group_exit_status : p->leader_status);
    itimer_stop(p);
    sysv_sem_process_exit(p);
    release_space(p);
    space_switch_current(NULL); // memory is given back before the parent learns of the end
    release_files(p);
    end_session(p);
    release_handlers(p);
    become_zombie(p);
}

/* Takes the caller off its process. True: it was the last. */
static bool leave_process(struct process *p, int status)
{
    struct task *k = current_task();
    spin_lock(&p->lock);
    if (current->id == p->id)
        p->leader_status = status;
    signal_flush(p, &k->pending, ~0ul);
    process_remove_thread(p, current);
    signal_hand_over_locked(p, ~k->mask);
    bool last = !p->thread_count;
    bool stop_completed = signal_stop_completed_locked(p);
    int sig = p->stop_signal;
    if (p->thread_count == 1 && p->exec_thread)
        wake_all(&p->threads_gone);
    spin_unlock(&p->lock);
    if (stop_completed)
        signal_stop_hook(p, false, sig);
    return last;
}

void noreturn process_exit_thread(int status)
{
    struct process *p = current_process();
    TRACE(TRACE_EXIT, status, 0, 0, 0);
    futex_thread_exit();
    if (leave_process(p, status))
        end_process(p);
    else
        space_switch_current(NULL);
    thread_exit();
}

void noreturn process_exit_group(int status)
{
    struct process *p = current_process();
    spin_lock(&p->lock);
    // While another thread is in exec, only this one ends: the process goes on as the new program.
    if (!p->exec_thread || p->exec_thread == current)
        process_begin_exit(p, status);
    if (p->exiting)
        status = p->group_exit_status;
    spin_unlock(&p->lock);
    process_exit_thread(status);
}

static void exit_by_signal(int status)
{
    process_exit_group(status);
}

/* A child of p's parent has stopped or goes on: SIGCHLD, and a wait that may be interested. */
static void report_stop(struct process *p, bool continued, int sig)
{
    bool ignored, reap, no_stops;
    spin_lock(&process_tree_lock);
    siginfo_t info = child_info(p);
    info.si_signo = SIGCHLD;
    info.si_code = continued ? CLD_CONTINUED : CLD_STOPPED;
    info.si_status = sig;
    signal_child_policy(p->parent, &ignored, &reap, &no_stops);
    if (!no_stops)
        signal_send_process(p->parent, SIGCHLD, &info);
    wake_all(&p->parent->child_event);
    spin_unlock(&process_tree_lock);
}

void exit_init(void)
{
    signal_exit_hook = exit_by_signal;
    signal_stop_hook = report_stop;
    signal_symbol_hook = elf_symbol_name;
}
