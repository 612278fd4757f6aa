// SPDX-License-Identifier: ISC
/*
 * Who may signal whom, and the calls that send: to a process, a group, everybody, one thread.
 * man 2 kill, tgkill, sigqueue. Permission is looked at for each receiver; sending to many succeeds
 * if one may be signalled.
 */
#include "abi/errno.h"
#include "task/process.h"

bool process_may_signal(struct process *from, struct process *to, int sig)
{
    const struct credentials *a = &from->cred, *b = &to->cred;
    if (from == to || process_is_privileged(from))
        return true;
    if (a->euid == b->suid || a->euid == b->uid || a->uid == b->suid || a->uid == b->uid)
        return true;
    return sig == SIGCONT && from->session == to->session;
}

siginfo_t signal_user_info(int sig, int code)
{
    struct process *self = current_process();
    return (siginfo_t){
        .si_signo = sig, .si_code = code, .si_pid = self->id, .si_uid = self->cred.uid};
}

struct delivery { // one signal for several processes
    int sig;
    const siginfo_t *info;
    struct process *from; // NULL: the kernel, which may everything
    bool sent;
    int err;
};

static void deliver_to(struct process *p, void *arg)
{
    struct delivery *d = arg;
    int err = 0;
    if ((unsigned)d->sig > KNSIG)
        err = -EINVAL;
    else if (d->from && !process_may_signal(d->from, p, d->sig))
        err = -EPERM;
    else if (d->sig)
        err = signal_send_process(p, d->sig, d->info);
    if (err)
        d->err = err;
    else
        d->sent = true;
}

int signal_send_group_locked(int group, int sig, const siginfo_t *info)
{
    struct delivery d = {.sig = sig, .info = info};
    return process_group_each_locked(group, deliver_to, &d) ? 0 : -ESRCH;
}

int signal_send_group(int group, int sig, const siginfo_t *info)
{
    spin_lock(&process_tree_lock);
    int err = signal_send_group_locked(group, sig, info);
    spin_unlock(&process_tree_lock);
    return err;
}

/* Everybody but init and the sender. */
static unsigned deliver_to_all(struct delivery *d)
{
    unsigned n = 0;
    for (struct process *p = process_next_locked(NULL); p; p = process_next_locked(p)) {
        if (p == init_process || p == d->from)
            continue;
        deliver_to(p, d);
        n++;
    }
    return n;
}

int signal_kill(int pid, int sig, const siginfo_t *info)
{
    struct delivery d = {.sig = sig, .info = info, .from = current_process()};
    unsigned found = 0;
    if (pid == INT32_MIN)
        return -ESRCH;
    spin_lock(&process_tree_lock);
    if (pid > 0) {
        struct process *p = process_find_locked(pid);
        if (p) {
            deliver_to(p, &d);
            found = 1;
        }
    } else if (pid == -1) {
        found = deliver_to_all(&d);
    } else {
        found = process_group_each_locked(pid ? -pid : d.from->group, deliver_to, &d);
    }
    spin_unlock(&process_tree_lock);
    if (!found)
        return -ESRCH;
    return d.sent ? 0 : d.err;
}

int signal_kill_thread(int process, int id, int sig, const siginfo_t *info)
{
    struct thread *t = thread_find(id);
    int err = 0;
    if (!t)
        return -ESRCH;
    if (!t->process || !t->task || (process && t->process->id != process))
        err = -ESRCH;
    else if ((unsigned)sig > KNSIG)
        err = -EINVAL;
    else if (!process_may_signal(current_process(), t->process, sig))
        err = -EPERM;
    else if (sig)
        err = signal_send_thread(t, sig, info);
    thread_put(t);
    return err;
}
