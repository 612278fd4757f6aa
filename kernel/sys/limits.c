// SPDX-License-Identifier: ISC
/* Resource limits and what was used: getrlimit, prlimit64, getrusage, times. */
#include "abi/errno.h"
#include "sys/user_time.h"
#include "task/process.h"
#include "vm/space.h"
#include "x86/uaccess.h"

#define NOFILE_MAX 1048576ul // Linux's fs.nr_open

static int check_limit(struct process *p, unsigned which, const struct rlimit *new)
{
    bool privileged = process_is_privileged(current_process());
    if (new->rlim_cur > new->rlim_max)
        return -EINVAL;
    if (which == RLIMIT_NOFILE && new->rlim_max > NOFILE_MAX)
        return -EPERM;
    return new->rlim_max > p->limits[which].rlim_max && !privileged ? -EPERM : 0;
}

/* The address space keeps copies of those that it enforces. */
static void tell_space(struct process *p)
{
    struct space *s = process_space_get(p);
    if (!s)
        return;
    s->limit_stack = process_limit(p, RLIMIT_STACK);
    s->limit_as = process_limit(p, RLIMIT_AS);
    s->limit_data = process_limit(p, RLIMIT_DATA);
    space_put(s);
}

static int limit_exchange(struct process *p, unsigned which, const struct rlimit *new,
                          struct rlimit *old)
{
    if (which >= RLIM_NLIMITS)
        return -EINVAL;
    spin_lock(&p->lock);
    int err = new ? check_limit(p, which, new) : 0;
    *old = p->limits[which];
    if (!err && new)
        p->limits[which] = *new;
    spin_unlock(&p->lock);
    if (err || !new)
        return err;
    tell_space(p);
    if (which == RLIMIT_CPU)
        itimer_limit_changed(p);
    return 0;
}

static bool may_look_at(const struct process *p)
{
    const struct credentials *own = &current_process()->cred, *c = &p->cred;
    if (p == current_process() || process_is_privileged(current_process()))
        return true;
    return own->uid == c->euid && own->uid == c->suid && own->uid == c->uid &&
           own->gid == c->egid && own->gid == c->sgid && own->gid == c->gid;
}

long sys_prlimit64(int pid, unsigned which, uaddr_t new, uaddr_t old)
{
    struct rlimit given, before;
    if (new &&copy_in(&given, new))
        return -EFAULT;
    struct process *p = process_find(pid ? pid : current_process()->id);
    if (!p)
        return -ESRCH;
    int err = may_look_at(p) ? limit_exchange(p, which, new ? &given : NULL, &before) : -EPERM;
    process_put(p);
    return !err && old && copy_out(old, &before) ? -EFAULT : err;
}

long sys_getrlimit(unsigned which, uaddr_t limit)
{
    struct rlimit now;
    int err = limit_exchange(current_process(), which, NULL, &now);
    return err ? err : copy_out(limit, &now);
}

long sys_setrlimit(unsigned which, uaddr_t limit)
{
    struct rlimit new, old;
    if (copy_in(&new, limit))
        return -EFAULT;
    return limit_exchange(current_process(), which, &new, &old);
}

static struct rusage children_usage(struct process *p)
{
    spin_lock(&process_tree_lock);
    struct rusage u = p->children_usage;
    spin_unlock(&process_tree_lock);
    return u;
}

long sys_getrusage(int who, uaddr_t usage)
{
    struct rusage u;
    if (who == RUSAGE_SELF)
        process_usage(current_process(), &u);
    else if (who == RUSAGE_THREAD)
        thread_usage(current, &u);
    else if (who == RUSAGE_CHILDREN)
        u = children_usage(current_process());
    else
        return -EINVAL;
    return copy_out(usage, &u);
}

static clock_t ticks_of(uint64_t ns)
{
    return ns / (NSEC_PER_SEC / ABI_CLK_TCK);
}

static clock_t ticks_of_timeval(struct timeval t)
{
    return t.tv_sec * ABI_CLK_TCK + t.tv_usec / (1000000 / ABI_CLK_TCK);
}

long sys_times(uaddr_t to)
{
    uint64_t user, kernel;
    struct process *p = current_process();
    process_times(p, &user, &kernel);
    struct rusage children = children_usage(p);
    struct tms t = {ticks_of(user), ticks_of(kernel), ticks_of_timeval(children.ru_utime),
                    ticks_of_timeval(children.ru_stime)};
    if (to && copy_out(to, &t))
        return -EFAULT;
    return ticks_of(clock_ns());
}
