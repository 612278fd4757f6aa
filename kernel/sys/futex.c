// SPDX-License-Identifier: ISC
/* futex, and the lists of robust locks: arguments and time-outs; the work is in task/futex.c. */
#include "task/futex.h"
#include "abi/errno.h"
#include "abi/futex.h"
#include "sys/user_time.h"
#include "task/process.h"

/* A wait with a time-out is repeated with the same deadline, not with the same length. */
static long wait_until(struct task *k, uaddr_t word, bool shared, uint32_t expect,
                       uint64_t deadline, uint32_t bitset);

static long wait_again(struct task *k)
{
    const uint64_t *a = k->restart_args;
    return wait_until(k, a[0], a[1], a[2], a[3], a[4]);
}

static long wait_until(struct task *k, uaddr_t word, bool shared, uint32_t expect,
                       uint64_t deadline, uint32_t bitset)
{
    long err = futex_wait(word, shared, expect, deadline, bitset);
    if (err != -ERESTARTSYS || deadline == NEVER)
        return err;
    k->restart = wait_again;
    k->restart_args[0] = word;
    k->restart_args[1] = shared;
    k->restart_args[2] = expect;
    k->restart_args[3] = deadline;
    k->restart_args[4] = bitset;
    return -ERESTART_RESTARTBLOCK;
}

static long wait_call(uaddr_t word, int op, bool shared, uint32_t expect, uaddr_t timeout,
                      uint32_t bitset)
{
    uint64_t deadline = NEVER, ns;
    if (timeout) {
        int err = time_from_user(timeout, &ns);
        if (err)
            return err;
        if ((op & FUTEX_CMD_MASK) == FUTEX_WAIT)
            deadline = deadline_in(ns);
        else
            deadline = op & FUTEX_CLOCK_REALTIME ? deadline_of_realtime(ns) : ns;
    }
    return wait_until(current_task(), word, shared, expect, deadline, bitset);
}

long sys_futex(uaddr_t word, int op, uint32_t val, uaddr_t timeout, uaddr_t word2, uint32_t val3)
{
    bool shared = !(op & FUTEX_PRIVATE_FLAG);
    int cmd = op & FUTEX_CMD_MASK, val2 = timeout;
    if (op & FUTEX_CLOCK_REALTIME && cmd != FUTEX_WAIT_BITSET)
        return -ENOSYS;
    switch (cmd) {
    case FUTEX_WAIT:
        return wait_call(word, op, shared, val, timeout, FUTEX_BITSET_MATCH_ANY);
    case FUTEX_WAIT_BITSET:
        return wait_call(word, op, shared, val, timeout, val3);
    case FUTEX_WAKE:
        return futex_wake(word, shared, val, FUTEX_BITSET_MATCH_ANY);
    case FUTEX_WAKE_BITSET:
        return futex_wake(word, shared, val, val3);
    case FUTEX_REQUEUE:
        return futex_requeue(word, word2, shared, val, val2, false, 0);
    case FUTEX_CMP_REQUEUE:
        return futex_requeue(word, word2, shared, val, val2, true, val3);
    case FUTEX_WAKE_OP:
        return futex_wake_op(word, word2, shared, val, val2, val3);
    default: // priority inheritance
        return -ENOSYS;
    }
}

#define ROBUST_HEAD_SIZE 24

long sys_set_robust_list(uaddr_t head, size_t len)
{
    if (len != ROBUST_HEAD_SIZE)
        return -EINVAL;
    current_task()->robust_list = head;
    return 0;
}

long sys_get_robust_list(int id, uaddr_t head, uaddr_t len)
{
    struct thread *t = thread_find(id ? id : current->id);
    if (!t)
        return -ESRCH;
    uint64_t list = 0, size = ROBUST_HEAD_SIZE;
    int err = 0;
    if (!t->process || !t->task)
        err = -ESRCH;
    else if (t->process != current_process() && !process_is_privileged(current_process()))
        err = -EPERM;
    else
        list = ((struct task *)t->task)->robust_list;
    thread_put(t);
    if (err)
        return err;
    return copy_out(len, &size) || copy_out(head, &list) ? -EFAULT : 0;
}

long sys_set_tid_address(uaddr_t address)
{
    current_task()->clear_child_tid = address;
    return current->id;
}
