// SPDX-License-Identifier: ISC
/*
 * User and group ids. The rules are those of POSIX with saved ids (man 7 credentials): who has
 * effective user 0 may take any id, others only swap those they have. -1 leaves an id as it is.
 */
#include "abi/errno.h"
#include "abi/limits.h"
#include "task/process.h"
#include "x86/uaccess.h"

#define KEEP UINT32_MAX

enum { REAL = 1, EFFECTIVE = 2, SAVED = 4 };

/* May the caller take `id`, having `have` as real, effective and saved ids, of which `which` count?
 */
static bool may_take(uint32_t id, const uint32_t have[3], unsigned which)
{
    if (id == KEEP || process_is_privileged(current_process()))
        return true;
    return (which & REAL && id == have[0]) || (which & EFFECTIVE && id == have[1]) ||
           (which & SAVED && id == have[2]);
}

static void set_user_ids(uint32_t real, uint32_t effective, uint32_t saved)
{
    struct process *p = current_process();
    spin_lock(&p->lock);
    if (real != KEEP)
        p->cred.uid = real;
    if (effective != KEEP)
        p->cred.euid = p->cred.fsuid = effective;
    if (saved != KEEP)
        p->cred.suid = saved;
    spin_unlock(&p->lock);
}

static void set_group_ids(uint32_t real, uint32_t effective, uint32_t saved)
{
    struct process *p = current_process();
    spin_lock(&p->lock);
    if (real != KEEP)
        p->cred.gid = real;
    if (effective != KEEP)
        p->cred.egid = p->cred.fsgid = effective;
    if (saved != KEEP)
        p->cred.sgid = saved;
    spin_unlock(&p->lock);
}

#define USER_IDS(c)  ((const uint32_t[]){(c)->uid, (c)->euid, (c)->suid})
#define GROUP_IDS(c) ((const uint32_t[]){(c)->gid, (c)->egid, (c)->sgid})

static const struct credentials *own(void)
{
    return &current_process()->cred;
}

long sys_getuid(void)
{
    return own()->uid;
}

long sys_geteuid(void)
{
    return own()->euid;
}

long sys_getgid(void)
{
    return own()->gid;
}

long sys_getegid(void)
{
    return own()->egid;
}

static long put_three(const uint32_t ids[3], uaddr_t a, uaddr_t b, uaddr_t c)
{
    return copy_out(a, &ids[0]) || copy_out(b, &ids[1]) || copy_out(c, &ids[2]) ? -EFAULT : 0;
}

long sys_getresuid(uaddr_t a, uaddr_t b, uaddr_t c)
{
    return put_three(USER_IDS(own()), a, b, c);
}

long sys_getresgid(uaddr_t a, uaddr_t b, uaddr_t c)
{
    return put_three(GROUP_IDS(own()), a, b, c);
}

long sys_setuid(uint32_t id)
{
    if (id == KEEP)
        return -EINVAL;
    if (!may_take(id, USER_IDS(own()), REAL | SAVED))
        return -EPERM;
    bool all = process_is_privileged(current_process());
    set_user_ids(all ? id : KEEP, id, all ? id : KEEP);
    return 0;
}

long sys_setgid(uint32_t id)
{
    if (id == KEEP)
        return -EINVAL;
    if (!may_take(id, GROUP_IDS(own()), REAL | SAVED))
        return -EPERM;
    bool all = process_is_privileged(current_process());
    set_group_ids(all ? id : KEEP, id, all ? id : KEEP);
    return 0;
}

/* The saved id follows the effective one when the real one is set, or the effective one to another
 * value. */
static uint32_t saved_after(uint32_t real, uint32_t effective, const uint32_t have[3])
{
    bool follows = real != KEEP || (effective != KEEP && effective != have[0]);
    return !follows ? KEEP : effective != KEEP ? effective : have[1];
}

long sys_setreuid(uint32_t real, uint32_t effective)
{
    const uint32_t *have = USER_IDS(own());
    if (!may_take(real, have, REAL | EFFECTIVE) ||
        !may_take(effective, have, REAL | EFFECTIVE | SAVED))
        return -EPERM;
    set_user_ids(real, effective, saved_after(real, effective, have));
    return 0;
}

long sys_setregid(uint32_t real, uint32_t effective)
{
    const uint32_t *have = GROUP_IDS(own());
    if (!may_take(real, have, REAL | EFFECTIVE) ||
        !may_take(effective, have, REAL | EFFECTIVE | SAVED))
        return -EPERM;
    set_group_ids(real, effective, saved_after(real, effective, have));
    return 0;
}

long sys_setresuid(uint32_t real, uint32_t effective, uint32_t saved)
{
    const uint32_t *have = USER_IDS(own());
    const unsigned any = REAL | EFFECTIVE | SAVED;
    if (!may_take(real, have, any) || !may_take(effective, have, any) ||
        !may_take(saved, have, any))
        return -EPERM;
    set_user_ids(real, effective, saved);
    return 0;
}

long sys_setresgid(uint32_t real, uint32_t effective, uint32_t saved)
{
    const uint32_t *have = GROUP_IDS(own());
    const unsigned any = REAL | EFFECTIVE | SAVED;
    if (!may_take(real, have, any) || !may_take(effective, have, any) ||
        !may_take(saved, have, any))
        return -EPERM;
    set_group_ids(real, effective, saved);
    return 0;
}

/* Both return the id that held before and say nothing of failure. */
long sys_setfsuid(uint32_t id)
{
    struct process *p = current_process();
    uint32_t before = p->cred.fsuid;
    if (id != KEEP && (id == before || may_take(id, USER_IDS(own()), REAL | EFFECTIVE | SAVED)))
        p->cred.fsuid = id;
    return before;
}

long sys_setfsgid(uint32_t id)
{
    struct process *p = current_process();
    uint32_t before = p->cred.fsgid;
    if (id != KEEP && (id == before || may_take(id, GROUP_IDS(own()), REAL | EFFECTIVE | SAVED)))
        p->cred.fsgid = id;
    return before;
}

long sys_getgroups(int size, uaddr_t list)
{
    const struct credentials *c = own();
    if (size < 0)
        return -EINVAL;
    if (!size)
        return c->group_count;
    if ((unsigned)size < c->group_count)
        return -EINVAL;
    if (copy_to_user(list, c->groups, c->group_count * sizeof(c->groups[0])))
        return -EFAULT;
    return c->group_count;
}

long sys_setgroups(int size, uaddr_t list)
{
    struct process *p = current_process();
    uint32_t groups[CREDENTIAL_GROUPS];
    if (!process_is_privileged(p))
        return -EPERM;
    if ((unsigned)size > NGROUPS_MAX)
        return -EINVAL;
    if (size > CREDENTIAL_GROUPS)
        return -ENOMEM; // Linux's word for a list that it cannot store
    if (copy_from_user(groups, list, size * sizeof(groups[0])))
        return -EFAULT;
    spin_lock(&p->lock);
    p->cred.group_count = size;
    for (int i = 0; i < size; i++)
        p->cred.groups[i] = groups[i];
    spin_unlock(&p->lock);
    return 0;
}
