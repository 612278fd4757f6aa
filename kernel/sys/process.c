// SPDX-License-Identifier: ISC
/* Calls about the life of processes and threads: arguments in, results out; the work is in proc/.
 */
#include "proc/proc.h"
#include "abi/errno.h"
#include "abi/fcntl.h"
#include "abi/prctl.h"
#include "abi/wait.h"
#include "lib/string.h"
#include "sched/trace.h"
#include "sys/user_path.h"
#include "x86/context.h"
#include "x86/mmu.h"
#include "x86/uaccess.h"

/* --- making processes --- */

long sys_fork(void)
{
    return process_clone(&(struct clone_request){.exit_signal = SIGCHLD});
}

long sys_vfork(void)
{
    return process_clone(
        &(struct clone_request){.flags = CLONE_VFORK | CLONE_VM, .exit_signal = SIGCHLD});
}

long sys_clone(uint64_t flags, uaddr_t stack, uaddr_t parent_tid, uaddr_t child_tid, uaddr_t tls)
{
    return process_clone(&(struct clone_request){
        .flags = (uint32_t)flags & ~CSIGNAL,
        .exit_signal = flags & CSIGNAL,
        .stack = stack,
        .parent_tid = parent_tid,
        .child_tid = child_tid,
        .tls = tls,
    });
}

/* A struct that may have grown since, or be of an older version: what we do not know must be 0. */
static int clone_args_from_user(struct clone_args *a, uaddr_t from, size_t size)
{
    if (size > PAGE_SIZE)
        return -E2BIG;
    if (size < CLONE_ARGS_SIZE_VER0)
        return -EINVAL;
    *a = (struct clone_args){};
    if (copy_from_user(a, from, MIN(size, sizeof(*a))))
        return -EFAULT;
    for (size_t at = sizeof(*a); at < size; at++) {
        char byte;
        if (copy_in(&byte, from + at))
            return -EFAULT;
        if (byte)
            return -E2BIG;
    }
    return 0;
}

static int check_clone_args(const struct clone_args *a)
{
    const uint64_t known = 0xffffffffull | CLONE_CLEAR_SIGHAND | CLONE_INTO_CGROUP;
    if (a->flags & ~known || a->flags & (CLONE_DETACHED | (CSIGNAL & ~CLONE_NEWTIME)))
        return -EINVAL;
    if (a->exit_signal > KNSIG || a->set_tid || a->set_tid_size)
        return -EINVAL;
    if (a->flags & (CLONE_THREAD | CLONE_PARENT) && a->exit_signal)
        return -EINVAL;
    if (!a->stack != !a->stack_size || !user_range_ok(a->stack, a->stack_size))
        return -EINVAL;
    return 0;
}

long sys_clone3(uaddr_t args, size_t size)
{
    struct clone_args a;
    int err = clone_args_from_user(&a, args, size);
    if (!err)
        err = check_clone_args(&a);
    if (err)
        return err;
    return process_clone(&(struct clone_request){
        .flags = a.flags,
        .exit_signal = a.exit_signal,
        .stack = a.stack + a.stack_size,
        .parent_tid = a.parent_tid,
        .child_tid = a.child_tid,
        .tls = a.tls,
    });
}

long sys_execveat(int dirfd, uaddr_t path, uaddr_t argv, uaddr_t envp, int flags)
{
    struct user_path p;
    if (flags & ~(AT_EMPTY_PATH | AT_SYMLINK_NOFOLLOW))
        return -EINVAL;
    long err = user_path_get(&p, path);
    if (err)
        return err;
    err = process_exec(dirfd, p.name, argv, envp, flags);
    user_path_put(&p);
    return err;
}

long sys_execve(uaddr_t path, uaddr_t argv, uaddr_t envp)
{
    return sys_execveat(AT_FDCWD, path, argv, envp, 0);
}

/* --- their end --- */

long sys_exit(int code)
{
    process_exit_thread(W_EXITCODE(code, 0));
}

long sys_exit_group(int code)
{
    process_exit_group(W_EXITCODE(code, 0));
}

long sys_wait4(int pid, uaddr_t status, int options, uaddr_t usage)
{
    const int known = WNOHANG | WUNTRACED | WCONTINUED | __WNOTHREAD | (int)__WCLONE | __WALL;
    if (options & ~known)
        return -EINVAL;
    if (pid == INT32_MIN)
        return -ESRCH;
    struct wait_request r = {.which = P_PID, .id = pid, .options = options | WEXITED};
    if (pid == -1)
        r.which = P_ALL;
    else if (pid <= 0) {
        r.which = P_PGID;
        r.id = -pid;
    }
    int id = process_wait(&r);
    if (id > 0 && status && copy_out(status, &r.status))
        return -EFAULT;
    if (id > 0 && usage && copy_out(usage, &r.usage))
        return -EFAULT;
    return id;
}

static int check_waitid(int which, int id, int options)
{
    const int known =
        WNOHANG | WNOWAIT | WEXITED | WSTOPPED | WCONTINUED | __WNOTHREAD | (int)__WCLONE | __WALL;
    if (options & ~known || !(options & (WEXITED | WSTOPPED | WCONTINUED)))
        return -EINVAL;
    if (which == P_ALL)
        return 0;
    if (which == P_PID)
        return id > 0 ? 0 : -EINVAL;
    return which == P_PGID && id >= 0 ? 0 : -EINVAL;
}

long sys_waitid(int which, int id, uaddr_t info, int options, uaddr_t usage)
{
    int err = check_waitid(which, id, options);
    if (err)
        return err;
    struct wait_request r = {.which = which, .id = id, .options = options};
    err = process_wait(&r);
    if (err < 0)
        return err;
    if (err > 0 && usage && copy_out(usage, &r.usage))
        return -EFAULT;
    return info && copy_out(info, &r.info) ? -EFAULT : 0;
}

/* --- names and families --- */

long sys_getpid(void)
{
    return current_process()->id;
}

long sys_gettid(void)
{
    return current->id;
}

long sys_getppid(void)
{
    spin_lock(&process_tree_lock);
    struct process *parent = current_process()->parent;
    int id = parent ? parent->id : 0;
    spin_unlock(&process_tree_lock);
    return id;
}

long sys_setpgid(int pid, int group)
{
    return pid < 0 ? -ESRCH : process_set_group(pid, group);
}

long sys_getpgid(int pid)
{
    return process_group_of(pid);
}

long sys_getpgrp(void)
{
    return process_group_of(0);
}

long sys_setsid(void)
{
    return process_new_session();
}

long sys_getsid(int pid)
{
    return process_session_of(pid);
}

/* --- what a process may set about itself --- */

long sys_arch_prctl(int what, uaddr_t addr)
{
    uint64_t value;
    switch (what) {
    case ARCH_SET_FS:
        if (addr >= USER_END)
            return -EPERM;
        fs_base_write(addr);
        return 0;
    case ARCH_SET_GS:
        if (addr >= USER_END)
            return -EPERM;
        user_gs_base_write(addr);
        return 0;
    case ARCH_GET_FS:
        value = fs_base_read();
        return copy_out(addr, &value);
    case ARCH_GET_GS:
        value = user_gs_base_read();
        return copy_out(addr, &value);
    case ARCH_GET_CPUID:
        return 1; // CPUID is allowed, always
    case ARCH_SET_CPUID:
        return -ENODEV;
    default:
        return -EINVAL;
    }
}

static long set_name(uaddr_t from)
{
    char name[16] = "";
    ssize_t len = string_from_user(name, from, sizeof(name));
    if (len < 0 && len != -ENAMETOOLONG)
        return len;
    name[sizeof(name) - 1] = 0; // a longer one is cut
    memcpy(current->name, name, sizeof(name));
    struct process *p = current_process();
    if (current->id == p->id)
        memcpy(p->name, name, sizeof(name));
    trace_thread(current, p->id);
    return 0;
}

static long set_death_signal(uint64_t sig)
{
    if (sig > KNSIG)
        return -EINVAL;
    spin_lock(&process_tree_lock);
    current_process()->parent_death_signal = sig;
    spin_unlock(&process_tree_lock);
    return 0;
}

static long set_no_new_privs(uint64_t on, uint64_t a, uint64_t b, uint64_t c)
{
    if (on != 1 || a || b || c)
        return -EINVAL;
    current_process()->no_new_privs = true; // for good
    return 0;
}

static long put_int(uaddr_t to, int value)
{
    return copy_out(to, &value);
}

#define CAPABILITY_LAST 40
#define TIMER_SLACK_NS  50000 // Linux's; ours is none

long sys_prctl(int what, uint64_t a, uint64_t b, uint64_t c, uint64_t d)
{
    struct process *p = current_process();
    switch (what) {
    case PR_SET_NAME:
        return set_name(a);
    case PR_GET_NAME:
        return copy_to_user(a, current->name, sizeof(current->name));
    case PR_SET_PDEATHSIG:
        return set_death_signal(a);
    case PR_GET_PDEATHSIG:
        return put_int(a, p->parent_death_signal);
    case PR_SET_CHILD_SUBREAPER:
        p->subreaper = a;
        return 0;
    case PR_GET_CHILD_SUBREAPER:
        return put_int(a, p->subreaper);
    case PR_GET_DUMPABLE:
        return p->dumpable;
    case PR_SET_DUMPABLE:
        if (a > 1)
            return -EINVAL;
        p->dumpable = a;
        return 0;
    case PR_SET_NO_NEW_PRIVS:
        return set_no_new_privs(a, b, c, d);
    case PR_GET_NO_NEW_PRIVS:
        return a || b || c || d ? -EINVAL : p->no_new_privs;
    case PR_GET_TIMERSLACK:
        return TIMER_SLACK_NS;
    case PR_SET_TIMERSLACK:
        return 0; // an upper bound for lateness: kept by never being late on purpose
    case PR_GET_SECCOMP:
        return 0;
    case PR_CAPBSET_READ:
        return a <= CAPABILITY_LAST ? 1 : -EINVAL;
    default:
        return -EINVAL;
    }
}

/* Of the flags, only "no address randomisation" means anything here, and it always holds. */
long sys_personality(unsigned persona)
{
    const unsigned no_randomize = 0x0040000;
    return persona == 0xffffffff || !(persona & ~no_randomize) ? 0 : -EINVAL;
}
