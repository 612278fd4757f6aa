// SPDX-License-Identifier: ISC
/* System V semaphores: the calls. The work is in ipc/semaphore.c and ipc/semctl.c. */
#include "ipc/ipc.h"
#include "sys/user_time.h"

long sys_semget(int key, int count, int flags)
{
    return sysv_semget(key, count, flags);
}

long sys_semop(int id, uaddr_t ops, unsigned count)
{
    return sysv_semop(id, ops, count, NEVER);
}

long sys_semtimedop(int id, uaddr_t ops, unsigned count, uaddr_t timeout)
{
    uint64_t deadline = NEVER;

    if (timeout) {
        uint64_t ns;
        int err = time_from_user(timeout, &ns);
        if (err)
            return err;
        deadline = deadline_in(ns);
    }
    return sysv_semop(id, ops, count, deadline);
}

long sys_semctl(int id, int index, int cmd, uint64_t arg)
{
    return sysv_semctl(id, index, cmd, arg);
}
