// SPDX-License-Identifier: ISC
/* Calls about scheduling: policy, priority, affinity (man 7 sched). An id of 0 is the calling
 * thread. */
#include "abi/errno.h"
#include "abi/sched.h"
#include "sched/sched.h"
#include "sys/user_time.h"
#include "task/process.h"
#include "x86/smp.h"
#include "x86/uaccess.h"

#define RT_MIN   1
#define RT_MAX   99
#define NICE_MIN (-20)
#define NICE_MAX 19

/* A user thread with a reference: -EINVAL for a negative id, -ESRCH. */
static int find_thread(int id, struct thread **out)
{
    if (id < 0)
        return -EINVAL;
    *out = thread_find(id ? id : current->id);
    if (*out && (*out)->process)
        return 0;
    if (*out)
        thread_put(*out);
    return -ESRCH;
}

static bool owns(const struct thread *t)
{
    const struct credentials *own = &current_process()->cred, *c = &t->process->cred;
    return process_is_privileged(current_process()) || own->euid == c->euid || own->euid == c->uid;
}

long sys_sched_yield(void)
{
    sched_yield();
    return 0;
}

static bool is_realtime(int policy)
{
    return policy == SCHED_FIFO || policy == SCHED_RR;
}

static int check_policy(int policy, int priority)
{
    if (is_realtime(policy))
        return priority >= RT_MIN && priority <= RT_MAX ? 0 : -EINVAL;
    if (policy != SCHED_OTHER && policy != SCHED_BATCH && policy != SCHED_IDLE)
        return -EINVAL;
    return priority ? -EINVAL : 0;
}

static int set_policy(int id, int policy, int priority)
{
    struct thread *t;
    int err = find_thread(id, &t);
    if (err)
        return err;
    if (policy < 0)
        policy = t->own.policy; // sched_setparam
    err = check_policy(policy, priority);
    if (!err && !owns(t))
        err = -EPERM;
    if (!err && is_realtime(policy) && !process_is_privileged(current_process()) &&
        (uint64_t)priority > process_limit(t->process, RLIMIT_RTPRIO))
        err = -EPERM;
    if (!err)
        sched_set_priority(t, (struct priority){policy, priority, t->own.nice});
    thread_put(t);
    return err;
}

long sys_sched_setscheduler(int id, int policy, uaddr_t param)
{
    struct sched_param p;
    if (policy < 0 || !param)
        return -EINVAL;
    return copy_in(&p, param) ? -EFAULT : set_policy(id, policy, p.sched_priority);
}

long sys_sched_setparam(int id, uaddr_t param)
{
    struct sched_param p;
    if (!param)
        return -EINVAL;
    return copy_in(&p, param) ? -EFAULT : set_policy(id, -1, p.sched_priority);
}

long sys_sched_getscheduler(int id)
{
    struct thread *t;
    int err = find_thread(id, &t);
    if (err)
        return err;
    int policy = t->own.policy;
    thread_put(t);
    return policy;
}

long sys_sched_getparam(int id, uaddr_t param)
{
    struct thread *t;
    if (!param)
        return -EINVAL;
    int err = find_thread(id, &t);
    if (err)
        return err;
    struct sched_param p = {.sched_priority = t->own.rt_priority};
    thread_put(t);
    return copy_out(param, &p);
}

long sys_sched_get_priority_max(int policy)
{
    return is_realtime(policy) ? RT_MAX : check_policy(policy, 0);
}

long sys_sched_get_priority_min(int policy)
{
    return is_realtime(policy) ? RT_MIN : check_policy(policy, 0);
}

/* --- affinity --- */

long sys_sched_getaffinity(int id, size_t size, uaddr_t mask)
{
    struct thread *t;
    if (size * 8 < cpu_count || size % sizeof(uint64_t))
        return -EINVAL;
    int err = find_thread(id, &t);
    if (err)
        return err == -EINVAL ? -ESRCH : err;
    uint64_t cpus = t->cpu_mask & cpus_running();
    thread_put(t);
    return copy_out(mask, &cpus) ? -EFAULT : (long)sizeof(cpus);
}

long sys_sched_setaffinity(int id, size_t size, uaddr_t mask)
{
    struct thread *t;
    uint64_t cpus = 0;
    if (copy_from_user(&cpus, mask, MIN(size, sizeof(cpus))))
        return -EFAULT;
    int err = find_thread(id, &t);
    if (err)
        return err == -EINVAL ? -ESRCH : err;
    if (!owns(t))
        err = -EPERM;
    else if (!(cpus & cpus_running()))
        err = -EINVAL;
    else
        sched_set_affinity(t, cpus & cpus_running());
    thread_put(t);
    return err;
}

long sys_getcpu(uaddr_t cpu, uaddr_t node)
{
    unsigned number = this_cpu(cpu_number), zero = 0;
    if (cpu && copy_out(cpu, &number))
        return -EFAULT;
    return node && copy_out(node, &zero) ? -EFAULT : 0;
}

/* --- nice: of a thread, of all processes of a group or user --- */

struct nice_request {
    bool set;
    int nice; // to set, or the best found
    bool found;
    int err;
};

static void set_nice(struct thread *t, struct nice_request *r)
{
    uint64_t limit = t->process->limits[RLIMIT_NICE].rlim_cur;
    bool better = r->nice < t->own.nice && (uint64_t)(20 - r->nice) > limit;
    if (!owns(t))
        r->err = -EPERM;
    else if (better && !process_is_privileged(current_process()))
        r->err = -EACCES;
    else
        sched_set_priority(t, (struct priority){t->own.policy, t->own.rt_priority, r->nice});
}

static void nice_of_thread(struct thread *t, struct nice_request *r)
{
    if (r->set)
        set_nice(t, r);
    else if (!r->found || t->own.nice < r->nice)
        r->nice = t->own.nice;
    r->found = true;
}

static void nice_of_process(struct process *p, void *arg)
{
    struct thread *t;
    spin_lock(&p->lock);
    list_for_each(t, &p->threads, process_link) nice_of_thread(t, arg);
    spin_unlock(&p->lock);
}

static void nice_of_user(uint32_t uid, struct nice_request *r)
{
    spin_lock(&process_tree_lock);
    for (struct process *p = process_next_locked(NULL); p; p = process_next_locked(p))
        if (p->cred.uid == uid)
            nice_of_process(p, r);
    spin_unlock(&process_tree_lock);
}

static int nice_of(int which, int who, struct nice_request *r)
{
    struct thread *t;
    switch (which) {
    case PRIO_PROCESS:
        if (find_thread(who, &t))
            return -ESRCH;
        nice_of_thread(t, r);
        thread_put(t);
        break;
    case PRIO_PGRP:
        process_group_each(who ? who : process_group_of(0), nice_of_process, r);
        break;
    case PRIO_USER:
        nice_of_user(who ? (uint32_t)who : current_process()->cred.uid, r);
        break;
    default:
        return -EINVAL;
    }
    return r->found ? r->err : -ESRCH;
}

long sys_setpriority(int which, int who, int nice)
{
    struct nice_request r = {.set = true, .nice = MAX(MIN(nice, NICE_MAX), NICE_MIN)};
    return nice_of(which, who, &r);
}

/* 1 to 40, so that a result is never taken for an error; libc turns it back. */
long sys_getpriority(int which, int who)
{
    struct nice_request r = {};
    int err = nice_of(which, who, &r);
    return err ? err : 20 - r.nice;
}

#define RR_INTERVAL_NS 100000000ull // what Linux tells for SCHED_RR

long sys_sched_rr_get_interval(int id, uaddr_t to)
{
    struct thread *t;
    int err = find_thread(id, &t);
    if (err)
        return err;
    struct timespec interval = timespec_of(t->own.policy == SCHED_FIFO ? 0 : RR_INTERVAL_NS);
    thread_put(t);
    return copy_out(to, &interval);
}
