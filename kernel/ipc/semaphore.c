// SPDX-License-Identifier: ISC
/*
 * System V semaphores: semop, waiting, SEM_UNDO. semctl.c makes, names and removes the sets.
 *
 * An operation of several parts happens wholly or not at all. Waiting operations are tried in the
 * order in which they came whenever values changed; one that can go on does so, although an earlier
 * one still waits, as on Linux. The change is made by whoever made it possible, on the waiter's
 * behalf: nobody can get in between the wake-up and the waiter's run.
 *
 * The adjustments belong to the process: threads share them, a child starts without, exec keeps
 * them. CLONE_SYSVSEM between processes is not supported. Sources: semop(2), POSIX semop.
 */
#include "ipc/semaphore.h"

#include "abi/errno.h"
#include "ipc/ipc.h"
#include "lib/string.h"
#include "mm/heap.h"
#include "task/process.h"
#include "x86/clock.h"
#include "x86/uaccess.h"

struct spinlock sem_lock = SPINLOCK("System V semaphores");
static struct list all_undos = LIST_INIT(all_undos); // [sem_lock]

// --- operations ----------------------------------------------------------------------------------

/* The adjustment that `op` would leave, were it done. */
static int adjusted(const struct sem_undo *u, const struct sembuf *op)
{
    return u->adjust[op->sem_num] - op->sem_op;
}

static void apply(struct sem_set *s, struct sem_undo *u, const struct sembuf *op, int sign)
{
    s->sem[op->sem_num].value += sign * op->sem_op;
    if (op->sem_flg & SEM_UNDO)
        u->adjust[op->sem_num] -= sign * op->sem_op;
}

/*
 * Does all operations of w: 0; 1 when one has to wait (w->blocked_by); -EAGAIN when that one has
 * IPC_NOWAIT; -ERANGE. In all cases but 0 nothing has changed.
 */
static int perform(struct sem_set *s, struct sem_wait *w)
{
    size_t i;
    int result = 0;

    for (i = 0; i < w->count; i++) {
        const struct sembuf *op = &w->ops[i];
        int value = s->sem[op->sem_num].value;
        if ((op->sem_op == 0 && value != 0) || value + op->sem_op < 0) {
            w->blocked_by = op;
            result = op->sem_flg & IPC_NOWAIT ? -EAGAIN : 1;
            break;
        }
        bool undo = op->sem_flg & SEM_UNDO;
        if (value + op->sem_op > SEMVMX ||
            (undo && (adjusted(w->undo, op) > SEMAEM || adjusted(w->undo, op) < -SEMAEM - 1))) {
            result = -ERANGE;
            break;
        }
        apply(s, w->undo, op, 1);
    }
    if (result) {
        while (i-- > 0)
            apply(s, w->undo, &w->ops[i], -1);
        return result;
    }
    for (i = 0; i < w->count; i++)
        s->sem[w->ops[i].sem_num].pid = w->pid;
    s->otime = clock_realtime_ns() / NSEC_PER_SEC;
    return 0;
}

static bool alters(const struct sem_wait *w)
{
    for (size_t i = 0; i < w->count; i++) {
        if (w->ops[i].sem_op)
            return true;
    }
    return false;
}

static void end_wait(struct sem_wait *w, int result)
{
    list_remove(&w->link);
    w->ended = true;
    w->result = result;
    wake_all(&w->done);
}

void sem_wake_ready(struct sem_set *s)
{
    struct sem_wait *w;
    bool changed;

    do { // what one waiter did may let an earlier one go on
        changed = false;
        list_for_each_safe(w, &s->waiters, link)
        {
            int result = perform(s, w);
            if (result == 1)
                continue;
            changed = result == 0 && alters(w);
            end_wait(w, result);
            if (changed)
                break;
        }
    } while (changed);
}

void sem_end_waits(struct sem_set *s, int result)
{
    struct sem_wait *w;

    list_for_each_safe(w, &s->waiters, link)
    {
        end_wait(w, result);
    }
}

// --- undo ----------------------------------------------------------------------------------------

/* The caller's adjustments for s, made at need; NULL without memory. */
static struct sem_undo *find_undo(struct sem_set *s)
{
    struct sem_undo *u;

    list_for_each(u, &s->undos, set_link)
    {
        if (u->process == current_process())
            return u;
    }
    u = kzalloc(sizeof(*u) + s->count * sizeof(u->adjust[0]));
    if (!u)
        return NULL;
    u->process = current_process();
    u->set = s;
    list_push_back(&s->undos, &u->set_link);
    list_push_back(&all_undos, &u->all_link);
    return u;
}

static void free_undo(struct sem_undo *u)
{
    list_remove(&u->set_link);
    list_remove(&u->all_link);
    kfree(u);
}

void sem_forget_undo(struct sem_set *s, int index)
{
    struct sem_undo *u;

    list_for_each(u, &s->undos, set_link)
    {
        if (index < 0)
            memset(u->adjust, 0, s->count * sizeof(u->adjust[0]));
        else
            u->adjust[index] = 0;
    }
}

void sem_free_undos(struct sem_set *s)
{
    struct sem_undo *u;

    list_for_each_safe(u, &s->undos, set_link)
    {
        free_undo(u);
    }
}

/* Values stay between 0 and SEMVMX, whatever that takes away from the promise (as on Linux). */
static void apply_undo(struct sem_undo *u)
{
    struct sem_set *s = u->set;

    for (unsigned i = 0; i < s->count; i++) {
        if (!u->adjust[i])
            continue;
        s->sem[i].value = MAX(0, MIN(s->sem[i].value + u->adjust[i], SEMVMX));
        s->sem[i].pid = u->process->id;
    }
    s->otime = clock_realtime_ns() / NSEC_PER_SEC;
}

void sysv_sem_process_exit(struct process *p)
{
    struct sem_undo *u;

    spin_lock(&sem_lock);
    list_for_each_safe(u, &all_undos, all_link)
    {
        if (u->process != p)
            continue;
        struct sem_set *s = u->set;
        apply_undo(u);
        free_undo(u);
        sem_wake_ready(s);
    }
    spin_unlock(&sem_lock);
}

// --- semop ---------------------------------------------------------------------------------------

/* The set, checked for these operations, or an error. */
static int check_ops(int id, const struct sem_wait *w, struct sem_set **out)
{
    struct sem_set *s = sem_set_find(id);

    if (!s)
        return -EINVAL;
    for (size_t i = 0; i < w->count; i++) {
        if (w->ops[i].sem_num >= s->count)
            return -EFBIG;
    }
    *out = s;
    return sem_may(s, alters(w) ? 2 : 4) ? 0 : -EACCES;
}

/* Waits for its end by somebody else, the deadline (-EAGAIN) or a signal (-EINTR, never restarted).
 */
static int wait_for_end(struct sem_set *s, struct sem_wait *w, uint64_t deadline)
{
    wait_queue_init(&w->done, &sem_lock);
    list_push_back(&s->waiters, &w->link);
    while (!w->ended) {
        int err = wait_on(&w->done, WAIT_SIGNALS, deadline, "semop");
        if (err && !w->ended) // s may be looked at no more: only w is ours
            end_wait(w, err == -ETIMEDOUT ? -EAGAIN : err);
    }
    return w->result;
}

static long run_ops(int id, struct sem_wait *w, uint64_t deadline)
{
    struct sem_set *s;
    bool undo = false;

    for (size_t i = 0; i < w->count; i++)
        undo |= w->ops[i].sem_flg & SEM_UNDO;
    spin_lock(&sem_lock);
    long err = check_ops(id, w, &s);
    if (!err && undo && !(w->undo = find_undo(s)))
        err = -ENOMEM;
    if (!err)
        err = perform(s, w);
    if (err == 0 && alters(w))
        sem_wake_ready(s);
    else if (err == 1)
        err = wait_for_end(s, w, deadline);
    spin_unlock(&sem_lock);
    return err;
}

long sysv_semop(int id, uaddr_t ops, size_t count, uint64_t deadline)
{
    struct sembuf few[8], *all = few;
    struct sem_wait w = {.count = count, .pid = current_process()->id};

    if (count > SEMOPM)
        return -E2BIG;
    if (count < 1)
        return -EINVAL;
    if (count > ARRAY_SIZE(few) && !(all = kmalloc(count * sizeof(*all))))
        return -ENOMEM;
    w.ops = all;
    long err = copy_from_user(all, ops, count * sizeof(*all));
    if (!err)
        err = run_ops(id, &w, deadline);
    if (all != few)
        kfree(all);
    return err;
}
