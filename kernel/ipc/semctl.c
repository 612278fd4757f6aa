// SPDX-License-Identifier: ISC
/*
 * System V semaphores: making, finding, asking, setting and removing sets. semop is in semaphore.c.
 *
 * An id is a sequence number and a slot, so that the id of a removed set does not soon mean
 * another: the lowest free slot is taken, and the sequence number goes up when slots do not.
 * Sources: semget(2), semctl(2); Linux's order of checks (ipc/sem.c, ipc/util.c).
 */
#include "ipc/semaphore.h"

#include "abi/errno.h"
#include "fs/procfs.h"
#include "ipc/ipc.h"
#include "lib/string.h"
#include "mm/heap.h"
#include "task/process.h"
#include "x86/clock.h"
#include "x86/uaccess.h"

#define SLOT_BITS    15
#define SLOT_MASK    ((1 << SLOT_BITS) - 1)
#define SEQUENCE_MAX (INT32_MAX >> SLOT_BITS)
#define SEM_STAT_ANY 20
#define SEM_USZ      20 // size of an undo structure, as Linux states it

static struct sem_set **slots;       // [sem_lock] slot_count of them
static unsigned slot_count;          // [sem_lock]
static unsigned set_count;           // [sem_lock]
static unsigned semaphore_count;     // [sem_lock] in all sets
static int last_slot = -1, sequence; // [sem_lock]

static long now_seconds(void)
{
    return clock_realtime_ns() / NSEC_PER_SEC;
}

struct sem_set *sem_set_find(int id)
{
    unsigned slot = id & SLOT_MASK;

    if (id < 0 || slot >= slot_count || !slots[slot] || slots[slot]->id != id)
        return NULL;
    return slots[slot];
}

static bool in_group(const struct credentials *c, uint32_t gid)
{
    for (unsigned i = 0; i < c->group_count; i++) {
        if (c->groups[i] == gid)
            return true;
    }
    return c->egid == gid;
}

bool sem_may(const struct sem_set *s, unsigned want)
{
    struct process *p = current_process();
    const struct credentials *c = &p->cred;
    unsigned granted = s->perm.mode;

    if (c->euid == s->perm.cuid || c->euid == s->perm.uid)
        granted >>= 6;
    else if (in_group(c, s->perm.cgid) || in_group(c, s->perm.gid))
        granted >>= 3;
    return (want & ~granted & 7) == 0 || process_is_privileged(p);
}

static bool is_owner(const struct sem_set *s)
{
    struct process *p = current_process();
    uint32_t euid = p->cred.euid;

    return euid == s->perm.cuid || euid == s->perm.uid || process_is_privileged(p);
}

// --- semget --------------------------------------------------------------------------------------

/* The lowest free slot, or -ENOSPC, -ENOMEM. */
static int find_slot(void)
{
    unsigned slot = 0;

    while (slot < slot_count && slots[slot])
        slot++;
    if (slot < slot_count)
        return slot;
    if (slot >= SEMMNI)
        return -ENOSPC;
    unsigned more = MIN(MAX(slot_count * 2, 16u), (unsigned)SEMMNI);
    struct sem_set **grown = kzalloc(more * sizeof(*grown));
    if (!grown)
        return -ENOMEM;
    memcpy(grown, slots, slot_count * sizeof(*grown));
    kfree(slots);
    slots = grown;
    slot_count = more;
    return slot;
}

static int next_id(int slot)
{
    if (slot <= last_slot)
        sequence = sequence == SEQUENCE_MAX ? 0 : sequence + 1;
    last_slot = slot;
    return sequence << SLOT_BITS | slot;
}

static long create(int32_t key, int count, int flags)
{
    const struct credentials *c = &current_process()->cred;

    if (count == 0)
        return -EINVAL;
    if (semaphore_count + count > SEMMNS)
        return -ENOSPC;
    int slot = find_slot();
    if (slot < 0)
        return slot;
    struct sem_set *s = kzalloc(sizeof(*s) + count * sizeof(s->sem[0]));
    if (!s)
        return -ENOMEM;
    // Nothing fails from here on.
    s->id = next_id(slot);
    s->perm = (struct ipc64_perm){.key = key,
                                  .uid = c->euid,
                                  .cuid = c->euid,
                                  .gid = c->egid,
                                  .cgid = c->egid,
                                  .mode = flags & 0777,
                                  .seq = sequence};
    s->ctime = now_seconds();
    s->count = count;
    list_init(&s->waiters);
    list_init(&s->undos);
    slots[slot] = s;
    set_count++;
    semaphore_count += count;
    return s->id;
}

static struct sem_set *find_key(int32_t key)
{
    for (unsigned i = 0; i < slot_count; i++) {
        if (slots[i] && slots[i]->perm.key == key)
            return slots[i];
    }
    return NULL;
}

static long get_locked(int32_t key, int count, int flags)
{
    struct sem_set *s = key == IPC_PRIVATE ? NULL : find_key(key);
    unsigned want = (flags >> 6 | flags >> 3 | flags) & 7;

    if (!s)
        return key == IPC_PRIVATE || (flags & IPC_CREAT) ? create(key, count, flags) : -ENOENT;
    if ((flags & IPC_CREAT) && (flags & IPC_EXCL))
        return -EEXIST;
    if ((unsigned)count > s->count)
        return -EINVAL;
    return sem_may(s, want) ? s->id : -EACCES;
}

long sysv_semget(int32_t key, int count, int flags)
{
    if (count < 0 || count > SEMMSL)
        return -EINVAL;
    spin_lock(&sem_lock);
    long id = get_locked(key, count, flags);
    spin_unlock(&sem_lock);
    return id;
}

// --- semctl --------------------------------------------------------------------------------------

static long info(int cmd, uaddr_t arg)
{
    struct seminfo i = {.semmap = SEMMNS,
                        .semmni = SEMMNI,
                        .semmns = SEMMNS,
                        .semmnu = SEMMNS,
                        .semmsl = SEMMSL,
                        .semopm = SEMOPM,
                        .semume = SEMOPM,
                        .semusz = SEM_USZ,
                        .semvmx = SEMVMX,
                        .semaem = SEMAEM};
    int highest = 0;

    spin_lock(&sem_lock);
    if (cmd == SEM_INFO) {
        i.semusz = set_count;
        i.semaem = semaphore_count;
    }
    for (unsigned slot = 0; slot < slot_count; slot++)
        highest = slots[slot] ? (int)slot : highest;
    spin_unlock(&sem_lock);
    return copy_out(arg, &i) < 0 ? -EFAULT : highest;
}

/* IPC_STAT by id; SEM_STAT by slot, which returns the id. */
static long status(int id, int cmd, uaddr_t arg)
{
    struct semid64_ds ds = {0};
    long result = 0;

    spin_lock(&sem_lock);
    struct sem_set *s = cmd == IPC_STAT             ? sem_set_find(id)
                        : (unsigned)id < slot_count ? slots[id]
                                                    : NULL;
    if (!s) {
        result = -EINVAL;
    } else if (cmd != SEM_STAT_ANY && !sem_may(s, 4)) {
        result = -EACCES;
    } else {
        ds = (struct semid64_ds){.sem_perm = s->perm,
                                 .sem_otime = s->otime,
                                 .sem_ctime = s->ctime,
                                 .sem_nsems = s->count};
        result = cmd == IPC_STAT ? 0 : s->id;
    }
    spin_unlock(&sem_lock);
    return result >= 0 && copy_out(arg, &ds) < 0 ? -EFAULT : result;
}

/* How many wait for semaphore `index` to grow, or to become zero. */
static long count_waiting(const struct sem_set *s, int index, bool for_zero)
{
    struct sem_wait *w;
    long n = 0;

    list_for_each(w, &s->waiters, link)
    {
        n += w->blocked_by->sem_num == index && (w->blocked_by->sem_op == 0) == for_zero;
    }
    return n;
}

static long get_one(int id, int index, int cmd)
{
    long result;

    spin_lock(&sem_lock);
    struct sem_set *s = sem_set_find(id);
    if (!s || index < 0 || (unsigned)index >= s->count)
        result = s && !sem_may(s, 4) ? -EACCES : -EINVAL;
    else if (!sem_may(s, 4))
        result = -EACCES;
    else if (cmd == GETVAL)
        result = s->sem[index].value;
    else if (cmd == GETPID)
        result = s->sem[index].pid;
    else
        result = count_waiting(s, index, cmd == GETZCNT);
    spin_unlock(&sem_lock);
    return result;
}

static long set_one(int id, int index, int value)
{
    long err = 0;

    if (value < 0 || value > SEMVMX)
        return -ERANGE;
    spin_lock(&sem_lock);
    struct sem_set *s = sem_set_find(id);
    if (!s || index < 0 || (unsigned)index >= s->count) {
        err = -EINVAL;
    } else if (!sem_may(s, 2)) {
        err = -EACCES;
    } else {
        sem_forget_undo(s, index);
        s->sem[index] = (struct sysv_sem){value, current_process()->id};
        s->ctime = now_seconds();
        sem_wake_ready(s);
    }
    spin_unlock(&sem_lock);
    return err;
}

/* How many semaphores the set has, when the caller may do `want` with it. */
static long size_of(int id, unsigned want)
{
    spin_lock(&sem_lock);
    struct sem_set *s = sem_set_find(id);
    long n = !s ? -EINVAL : sem_may(s, want) ? (long)s->count : -EACCES;
    spin_unlock(&sem_lock);
    return n;
}

/* Reads all values into `values`, or sets them. -EIDRM: the set went away meanwhile. */
static long move_all(int id, unsigned short *values, bool set)
{
    spin_lock(&sem_lock);
    struct sem_set *s = sem_set_find(id); // an id's set never changes its size
    for (unsigned i = 0; s && i < s->count; i++) {
        if (set)
            s->sem[i] = (struct sysv_sem){values[i], current_process()->id};
        else
            values[i] = s->sem[i].value;
    }
    if (s && set) {
        sem_forget_undo(s, -1);
        s->ctime = now_seconds();
        sem_wake_ready(s);
    }
    spin_unlock(&sem_lock);
    return s ? 0 : -EIDRM;
}

static long get_or_set_all(int id, uaddr_t array, bool set)
{
    long n = size_of(id, set ? 2 : 4), err = 0;

    if (n < 0)
        return n;
    unsigned short *values = kmalloc(n * sizeof(*values));
    if (!values)
        return -ENOMEM;
    if (set)
        err = copy_from_user(values, array, n * sizeof(*values));
    for (long i = 0; set && !err && i < n; i++)
        err = values[i] > SEMVMX ? -ERANGE : 0;
    if (!err)
        err = move_all(id, values, set);
    if (!err && !set)
        err = copy_to_user(array, values, n * sizeof(*values));
    kfree(values);
    return err;
}

static long set_owner(int id, uaddr_t arg)
{
    struct semid64_ds ds;
    long err = 0;

    if (copy_in(&ds, arg) < 0)
        return -EFAULT;
    spin_lock(&sem_lock);
    struct sem_set *s = sem_set_find(id);
    if (!s) {
        err = -EINVAL;
    } else if (!is_owner(s)) {
        err = -EPERM;
    } else {
        s->perm.uid = ds.sem_perm.uid;
        s->perm.gid = ds.sem_perm.gid;
        s->perm.mode = ds.sem_perm.mode & 0777;
        s->ctime = now_seconds();
    }
    spin_unlock(&sem_lock);
    return err;
}

static long remove(int id)
{
    long err = 0;

    spin_lock(&sem_lock);
    struct sem_set *s = sem_set_find(id);
    if (!s) {
        err = -EINVAL;
    } else if (!is_owner(s)) {
        err = -EPERM;
    } else {
        sem_end_waits(s, -EIDRM);
        sem_free_undos(s);
        slots[id & SLOT_MASK] = NULL;
        semaphore_count -= s->count;
        if (--set_count == 0) { // the table goes with the last set
            kfree(slots);
            slots = NULL;
            slot_count = 0;
        }
    }
    spin_unlock(&sem_lock);
    if (!err)
        kfree(s);
    return err;
}

long sysv_semctl(int id, int index, int cmd, uint64_t arg)
{
    if (id < 0)
        return -EINVAL;
    switch (cmd) {
    case IPC_INFO:
    case SEM_INFO:
        return info(cmd, arg);
    case IPC_STAT:
    case SEM_STAT:
    case SEM_STAT_ANY:
        return status(id, cmd, arg);
    case GETVAL:
    case GETPID:
    case GETNCNT:
    case GETZCNT:
        return get_one(id, index, cmd);
    case SETVAL:
        return set_one(id, index, (int)arg);
    case GETALL:
    case SETALL:
        return get_or_set_all(id, arg, cmd == SETALL);
    case IPC_SET:
        return set_owner(id, arg);
    case IPC_RMID:
        return remove(id);
    }
    return -EINVAL;
}

/* /proc/sysvipc/sem, in Linux's columns. */
static void report(struct text *t)
{
    text_printf(
        t,
        "       key      semid perms      nsems   uid   gid  cuid  cgid      otime      ctime\n");
    spin_lock(&sem_lock);
    for (unsigned i = 0; i < slot_count; i++) {
        const struct sem_set *s = slots[i];
        if (s)
            text_printf(t, "%10d %10d  %4o %10u %5u %5u %5u %5u %10lu %10lu\n", s->perm.key, s->id,
                        s->perm.mode, s->count, s->perm.uid, s->perm.gid, s->perm.cuid,
                        s->perm.cgid, (unsigned long)s->otime, (unsigned long)s->ctime);
    }
    spin_unlock(&sem_lock);
}

void sysv_sem_init(void)
{
    proc_sem_report = report;
}
