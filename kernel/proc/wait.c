// SPDX-License-Identifier: ISC
/* Waiting for children: which ones, for what, and what is told (POSIX.1-2017 wait, waitid; man 2
 * wait4). */
#include "abi/errno.h"
#include "proc/proc.h"

/* __WCLONE asks for children whose end is told by another signal than SIGCHLD, __WALL for both
 * kinds. */
static bool is_wanted(const struct wait_request *r, const struct process *child)
{
    if (r->which == P_PID && child->id != r->id)
        return false;
    if (r->which == P_PGID && child->group != r->id)
        return false;
    bool is_clone = child->exit_signal != SIGCHLD;
    return r->options & __WALL || is_clone == !!(r->options & (int)__WCLONE);
}

static void describe(struct wait_request *r, struct process *child, int code, int si_status,
                     int status)
{
    r->info = (siginfo_t){
        .si_signo = SIGCHLD,
        .si_code = code,
        .si_pid = child->id,
        .si_uid = child->cred.uid,
        .si_status = si_status,
    };
    r->status = status;
    process_usage(child, &r->usage);
    rusage_add(&r->usage, &child->children_usage);
}

static bool report_end(struct wait_request *r, struct process *child)
{
    if (child->state != PROCESS_ZOMBIE || !(r->options & WEXITED))
        return false;
    int status = child->exit_status;
    if (WIFSIGNALED(status))
        describe(r, child, CLD_KILLED, WTERMSIG(status), status);
    else
        describe(r, child, CLD_EXITED, WEXITSTATUS(status), status);
    return true;
}

/* A stop or its end, told once unless WNOWAIT. */
static bool report_stop(struct wait_request *r, struct process *child)
{
    bool keep = r->options & WNOWAIT;
    spin_lock(&child->lock);
    bool stop = child->stop_waitable && r->options & WSTOPPED;
    bool cont = !stop && child->continue_waitable && r->options & WCONTINUED;
    if (stop)
        child->stop_waitable = keep;
    if (cont)
        child->continue_waitable = keep;
    int sig = child->stop_signal;
    spin_unlock(&child->lock);
    if (stop)
        describe(r, child, CLD_STOPPED, sig, W_STOPCODE(sig));
    else if (cont)
        describe(r, child, CLD_CONTINUED, SIGCONT, W_CONTINUED);
    return stop || cont;
}

/*
 * Looks at all children once: the id of one with news, 0, or -ECHILD when none can ever match. A
 * zombie that is taken is returned in *dead, for the caller to drop. process_tree_lock held.
 */
static int look(struct wait_request *r, struct process *self, struct process **dead)
{
    struct process *child;
    bool any = false;
    list_for_each(child, &self->children, sibling)
    {
        if (!is_wanted(r, child))
            continue;
        any = true;
        if (report_end(r, child)) {
            if (!(r->options & WNOWAIT)) {
                rusage_add(&self->children_usage, &r->usage);
                process_reap(child);
                *dead = child;
            }
            return child->id;
        }
        if (child->state == PROCESS_ALIVE && report_stop(r, child))
            return child->id;
    }
    return any ? 0 : -ECHILD;
}

int process_wait(struct wait_request *r)
{
    struct process *self = current_process(), *dead = NULL;
    spin_lock(&process_tree_lock);
    if (r->which == P_PGID && r->id == 0)
        r->id = self->group;
    int result, err = 0;
    while (!(result = look(r, self, &dead)) && !(r->options & WNOHANG) && !err)
        err = wait_on(&self->child_event, WAIT_SIGNALS, NEVER, "child");
    spin_unlock(&process_tree_lock);
    process_put(dead);
    return result || !err ? result : -ERESTARTSYS;
}
