// SPDX-License-Identifier: ISC
/* Calls about signals: check and copy; the work is in task/signal.c, kill.c, frame.c. */
#include "abi/errno.h"
#include "sys/user_time.h"
#include "task/process.h"
#include "x86/context.h"
#include "x86/uaccess.h"

#define SIGNAL_FLAGS                                                                               \
    (SA_NOCLDSTOP | SA_NOCLDWAIT | SA_SIGINFO | SA_RESTORER | SA_ONSTACK | SA_RESTART |            \
     SA_NODEFER | SA_RESETHAND)

long sys_rt_sigaction(int sig, uaddr_t new, uaddr_t old, size_t size)
{
    struct kernel_sigaction a, before;
    if (size != sizeof(ksigset_t))
        return -EINVAL;
    if (new &&copy_in(&a, new))
        return -EFAULT;
    if (sig < 1 || sig > KNSIG)
        return -EINVAL;
    if (new)
        a.flags &= SIGNAL_FLAGS; // a flag that is not known reads back as not set
    int err = signal_set_action(sig, new ? &a : NULL, &before);
    if (!err && old && copy_out(old, &before))
        return -EFAULT;
    return err;
}

long sys_rt_sigprocmask(int how, uaddr_t set, uaddr_t old, size_t size)
{
    ksigset_t before = current_task()->mask, given;
    if (size != sizeof(ksigset_t))
        return -EINVAL;
    if (set) {
        if (copy_in(&given, set))
            return -EFAULT;
        if (how == SIG_BLOCK)
            given |= before;
        else if (how == SIG_UNBLOCK)
            given = before & ~given;
        else if (how != SIG_SETMASK)
            return -EINVAL;
        signal_set_mask(given);
    }
    return old && copy_out(old, &before) ? -EFAULT : 0;
}

long sys_rt_sigpending(uaddr_t set, size_t size)
{
    ksigset_t pending = signal_pending_set();
    if (size > sizeof(pending))
        return -EINVAL;
    return copy_to_user(set, &pending, size);
}

long sys_rt_sigsuspend(uaddr_t set, size_t size)
{
    ksigset_t mask;
    if (size != sizeof(mask))
        return -EINVAL;
    if (copy_in(&mask, set))
        return -EFAULT;
    signal_set_temporary_mask(mask);
    (void)sleep_until(NEVER);
    return -ERESTARTNOHAND;
}

long sys_pause(void)
{
    (void)sleep_until(NEVER);
    return -ERESTARTNOHAND;
}

long sys_rt_sigtimedwait(uaddr_t set, uaddr_t info, uaddr_t timeout, size_t size)
{
    ksigset_t wanted;
    siginfo_t got;
    uint64_t ns, deadline = NEVER;
    if (size != sizeof(wanted))
        return -EINVAL;
    if (copy_in(&wanted, set))
        return -EFAULT;
    if (timeout) {
        int err = time_from_user(timeout, &ns);
        if (err)
            return err;
        deadline = deadline_in(ns);
    }
    int sig = signal_wait(wanted, &got, deadline);
    if (sig > 0 && info && copy_out(info, &got))
        return -EFAULT;
    return sig;
}

long sys_rt_sigreturn(void)
{
    return signal_return(context_user_frame(&current->context));
}

/* --- sending --- */

long sys_kill(int pid, int sig)
{
    siginfo_t info = signal_user_info(sig, SI_USER);
    return signal_kill(pid, sig, &info);
}

long sys_tgkill(int process, int thread, int sig)
{
    siginfo_t info = signal_user_info(sig, SI_TKILL);
    if (process <= 0 || thread <= 0)
        return -EINVAL;
    return signal_kill_thread(process, thread, sig, &info);
}

long sys_tkill(int thread, int sig)
{
    siginfo_t info = signal_user_info(sig, SI_TKILL);
    return thread <= 0 ? -EINVAL : signal_kill_thread(0, thread, sig, &info);
}

/* A program may claim anything in the siginfo that it queues, but not to others that it is the
 * kernel. */
static int info_from_user(siginfo_t *info, uaddr_t from, int sig, bool to_self)
{
    if (copy_in(info, from))
        return -EFAULT;
    info->si_signo = sig;
    bool claims = info->si_code >= 0 || info->si_code == SI_TKILL;
    return claims && !to_self ? -EPERM : 0;
}

long sys_rt_sigqueueinfo(int pid, int sig, uaddr_t from)
{
    siginfo_t info;
    int err = info_from_user(&info, from, sig, pid == current_process()->id);
    if (err)
        return err;
    return pid > 0 ? signal_kill(pid, sig, &info) : -ESRCH;
}

long sys_rt_tgsigqueueinfo(int process, int thread, int sig, uaddr_t from)
{
    siginfo_t info;
    if (process <= 0 || thread <= 0)
        return -EINVAL;
    int err = info_from_user(&info, from, sig, thread == current->id);
    return err ? err : signal_kill_thread(process, thread, sig, &info);
}

/* --- the alternate stack --- */

long sys_sigaltstack(uaddr_t new, uaddr_t old)
{
    struct task *k = current_task();
    uaddr_t sp = context_user_frame(&current->context)->rsp;
    stack_t given, before = k->altstack;
    before.ss_flags =
        signal_altstack_state(k, sp) | ((unsigned)k->altstack.ss_flags & SS_AUTODISARM);
    if (new) {
        if (copy_in(&given, new))
            return -EFAULT;
        int err = signal_set_altstack(k, &given, sp, MINSIGSTKSZ);
        if (err)
            return err;
    }
    return old && copy_out(old, &before) ? -EFAULT : 0;
}
