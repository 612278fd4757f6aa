// SPDX-License-Identifier: ISC
//
// System V semaphores: sets found by key, operations on several at once, undo at the end of a
// process, and what semctl tells and changes.
#include "support.h"

#include <sys/ipc.h>
#include <sys/sem.h>
#include <time.h>

union argument {
    int val;
    struct semid_ds *buf;
    unsigned short *array;
};

static int make_set(int count)
{
    int id = semget(IPC_PRIVATE, count, IPC_CREAT | 0600);
    CHECK(id >= 0);
    return id;
}

static void remove_set(int id)
{
    CHECK(semctl(id, 0, IPC_RMID) == 0);
}

static int operate(int id, int number, int change, int flags)
{
    struct sembuf operation = {(unsigned short)number, (short)change, (short)flags};
    return semop(id, &operation, 1);
}

static int value_of(int id, int number)
{
    return semctl(id, number, GETVAL);
}

static void set_value(int id, int number, int value)
{
    union argument argument = {.val = value};
    CHECK(semctl(id, number, SETVAL, argument) == 0);
}

// Waits until COUNT processes wait on semaphore NUMBER, as COMMAND (GETNCNT, GETZCNT) tells.
static void wait_for_waiters(int id, int number, int command, int count)
{
    while (semctl(id, number, command) != count)
        sched_yield();
}

TEST(fresh_set, "a new set has the values 0, and tells its size, mode and owner")
{
    struct semid_ds status;
    union argument argument = {.buf = &status};
    int id = make_set(5);
    for (int i = 0; i < 5; i++)
        CHECK(value_of(id, i) == 0);
    CHECK(semctl(id, 0, IPC_STAT, argument) == 0);
    CHECK(status.sem_nsems == 5 && (status.sem_perm.mode & 0777) == 0600);
    CHECK(status.sem_perm.uid == getuid() && status.sem_perm.cuid == getuid());
    CHECK(status.sem_otime == 0 && status.sem_ctime > 0);
    CHECK(operate(id, 0, 1, 0) == 0);
    CHECK(semctl(id, 0, IPC_STAT, argument) == 0 && status.sem_otime > 0);
    remove_set(id);
}

TEST(get_errors, "semget: EINVAL for bad sizes, EEXIST, ENOENT, the same set for the same key")
{
    key_t key = 0x42520000 + getpid();
    CHECK(FAILS(semget(IPC_PRIVATE, -1, 0600), EINVAL));
    CHECK(FAILS(semget(IPC_PRIVATE, 0, 0600), EINVAL));
    CHECK(FAILS(semget(IPC_PRIVATE, 100000, 0600), EINVAL));
    CHECK(FAILS(semget(key, 1, 0600), ENOENT));
    int id = semget(key, 3, IPC_CREAT | 0600);
    CHECK(id >= 0);
    CHECK(semget(key, 3, IPC_CREAT | 0600) == id);
    CHECK(semget(key, 0, 0) == id);
    CHECK(FAILS(semget(key, 4, 0), EINVAL));
    CHECK(FAILS(semget(key, 3, IPC_CREAT | IPC_EXCL | 0600), EEXIST));
    remove_set(id);
    CHECK(FAILS(semget(key, 1, 0), ENOENT));
}

TEST(set_and_get, "SETVAL, GETVAL, SETALL, GETALL, GETPID; ERANGE for values out of range")
{
    int id = make_set(3);
    unsigned short values[3] = {7, 8, 9}, found[3];
    union argument argument = {.array = values};
    set_value(id, 1, 5);
    CHECK(value_of(id, 1) == 5 && value_of(id, 0) == 0);
    CHECK(semctl(id, 0, SETALL, argument) == 0);
    argument.array = found;
    CHECK(semctl(id, 0, GETALL, argument) == 0 && !memcmp(values, found, sizeof(values)));
    argument.val = 32768;
    CHECK(FAILS(semctl(id, 0, SETVAL, argument), ERANGE));
    argument.val = -1;
    CHECK(FAILS(semctl(id, 0, SETVAL, argument), ERANGE));
    CHECK(operate(id, 2, 1, 0) == 0 && semctl(id, 2, GETPID) == getpid());
    CHECK(FAILS(semctl(id, 3, GETVAL), EINVAL));
    CHECK(FAILS(semctl(id, -1, GETVAL), EINVAL));
    CHECK(FAILS(semctl(id, 0, 999), EINVAL));
    argument.array = NOWHERE;
    CHECK(FAILS(semctl(id, 0, GETALL, argument), EFAULT));
    CHECK(FAILS(semctl(id, 0, SETALL, argument), EFAULT));
    remove_set(id);
    CHECK(FAILS(semctl(id, 0, GETVAL), EINVAL));
}

TEST(operation_errors, "semop: EINVAL, E2BIG, EFBIG, EFAULT, ERANGE, EAGAIN")
{
    static struct sembuf many[501];
    int id = make_set(2);
    CHECK(FAILS(operate(id, 2, 1, 0), EFBIG));
    CHECK(FAILS(semop(id, many, 0), EINVAL));
    CHECK(FAILS(semop(id, many, 501), E2BIG));
    CHECK(FAILS(semop(-1, many, 1), EINVAL));
    CHECK(FAILS(semop(id, NOWHERE, 1), EFAULT));
    CHECK(FAILS(operate(id, 0, -1, IPC_NOWAIT), EAGAIN));
    set_value(id, 0, 32767);
    CHECK(FAILS(operate(id, 0, 1, 0), ERANGE));
    CHECK(FAILS(operate(id, 0, 0, IPC_NOWAIT), EAGAIN));
    CHECK(value_of(id, 0) == 32767);
    remove_set(id);
}

TEST(waits, "a process waits for a value to rise, GETNCNT counts it, and goes on when it has")
{
    int id = make_set(1);
    pid_t pid = fork();
    if (pid == 0)
        _exit(operate(id, 0, -3, 0) == 0 ? 0 : 1);
    wait_for_waiters(id, 0, GETNCNT, 1);
    CHECK(operate(id, 0, 2, 0) == 0);
    CHECK(semctl(id, 0, GETNCNT) == 1 && value_of(id, 0) == 2);
    CHECK(operate(id, 0, 1, 0) == 0);
    CHECK(child_end(pid) == 0);
    CHECK(value_of(id, 0) == 0 && semctl(id, 0, GETNCNT) == 0);
    remove_set(id);
}

TEST(waits_for_zero, "an operation of 0 waits until the value is 0, and GETZCNT counts it")
{
    int id = make_set(1);
    set_value(id, 0, 2);
    pid_t pid = fork();
    if (pid == 0)
        _exit(operate(id, 0, 0, 0) == 0 ? 0 : 1);
    wait_for_waiters(id, 0, GETZCNT, 1);
    CHECK(operate(id, 0, -1, 0) == 0 && semctl(id, 0, GETZCNT) == 1);
    CHECK(operate(id, 0, -1, 0) == 0);
    CHECK(child_end(pid) == 0);
    remove_set(id);
}

TEST(all_or_nothing, "operations given together happen all or not at all, in order")
{
    int id = make_set(3);
    struct sembuf take[] = {{0, -1, 0}, {1, -1, 0}};
    struct sembuf swap[] = {{0, -2, IPC_NOWAIT}, {2, 5, 0}, {1, -1, IPC_NOWAIT}};
    set_value(id, 0, 2);
    CHECK(FAILS(semop(id, swap, 3), EAGAIN)); // the third cannot: the first two are undone
    CHECK(value_of(id, 0) == 2 && value_of(id, 2) == 0);
    pid_t pid = fork();
    if (pid == 0)
        _exit(semop(id, take, 2) == 0 ? 0 : 1);
    wait_for_waiters(id, 1, GETNCNT, 1);
    CHECK(value_of(id, 0) == 2); // not taken while it waits for the other
    CHECK(operate(id, 1, 1, 0) == 0);
    CHECK(child_end(pid) == 0);
    CHECK(value_of(id, 0) == 1 && value_of(id, 1) == 0);
    struct sembuf up_and_down[] = {{1, 1, 0}, {1, -1, 0}, {1, 0, IPC_NOWAIT}};
    CHECK(semop(id, up_and_down, 3) == 0);
    remove_set(id);
}

TEST(undo_at_exit, "SEM_UNDO gives back at exit what the process took")
{
    int id = make_set(2);
    set_value(id, 0, 3);
    pid_t pid = fork();
    if (pid == 0) {
        CHECK(operate(id, 0, -2, SEM_UNDO) == 0 && operate(id, 1, 4, SEM_UNDO) == 0);
        CHECK(operate(id, 0, 1, SEM_UNDO) == 0 && value_of(id, 0) == 2);
        _exit(0);
    }
    CHECK(child_end(pid) == 0);
    CHECK(value_of(id, 0) == 3 && value_of(id, 1) == 0);
    remove_set(id);
}

TEST(undo_after_kill,
     "SEM_UNDO works for a process that was killed holding a lock; others then go on")
{
    int id = make_set(1);
    struct gate taken = gate_make();
    set_value(id, 0, 1);
    pid_t holder = fork();
    if (holder == 0) {
        CHECK(operate(id, 0, -1, SEM_UNDO) == 0);
        gate_open(&taken);
        for (;;)
            pause();
    }
    gate_pass(&taken);
    pid_t next = fork();
    if (next == 0)
        _exit(operate(id, 0, -1, SEM_UNDO) == 0 ? 0 : 1);
    wait_for_waiters(id, 0, GETNCNT, 1);
    CHECK(kill(holder, SIGKILL) == 0);
    CHECK(child_end(next) == 0);
    CHECK(child_end(holder) == 128 + SIGKILL);
    CHECK(value_of(id, 0) == 1);
    remove_set(id);
}

TEST(undo_not_inherited, "a child does not inherit what its parent would undo; SETVAL forgets it")
{
    int id = make_set(1);
    set_value(id, 0, 5);
    CHECK(operate(id, 0, -1, SEM_UNDO) == 0);
    pid_t pid = fork();
    if (pid == 0)
        _exit(0);
    CHECK(child_end(pid) == 0 && value_of(id, 0) == 4);
    pid = fork();
    if (pid == 0) {
        CHECK(operate(id, 0, -2, SEM_UNDO) == 0);
        set_value(id, 0, 9);
        _exit(0);
    }
    CHECK(child_end(pid) == 0 && value_of(id, 0) == 9);
    remove_set(id);
}

TEST(removed, "IPC_RMID wakes all who wait with EIDRM")
{
    int id = make_set(2);
    pid_t pids[4];
    for (int i = 0; i < 4; i++) {
        pids[i] = fork();
        if (pids[i] == 0)
            _exit(FAILS(operate(id, i & 1, -1, 0), EIDRM) ? 0 : 1);
    }
    wait_for_waiters(id, 0, GETNCNT, 2);
    wait_for_waiters(id, 1, GETNCNT, 2);
    remove_set(id);
    for (int i = 0; i < 4; i++)
        CHECK(child_end(pids[i]) == 0);
    CHECK(FAILS(operate(id, 0, 1, 0), EINVAL));
}

static void nothing(int signal)
{
    (void)signal;
}

TEST(interrupted, "a handler ends the wait with EINTR, SA_RESTART or not, and nothing was taken")
{
    int id = make_set(1);
    struct sigaction action = {.sa_handler = nothing, .sa_flags = SA_RESTART};
    CHECK(sigaction(SIGUSR1, &action, NULL) == 0);
    pid_t pid = fork();
    if (pid == 0)
        _exit(FAILS(operate(id, 0, -1, 0), EINTR) ? 0 : 1);
    wait_for_waiters(id, 0, GETNCNT, 1);
    wait_for_state(pid, 'S');
    CHECK(kill(pid, SIGUSR1) == 0);
    CHECK(child_end(pid) == 0);
    CHECK(semctl(id, 0, GETNCNT) == 0 && value_of(id, 0) == 0);
    remove_set(id);
}

TEST(timed, "semtimedop gives up with EAGAIN after its time")
{
    int id = make_set(1);
    struct sembuf take = {0, -1, 0};
    struct timespec limit = {0, 3000000}, bad = {0, -1};
    CHECK(FAILS(semtimedop(id, &take, 1, &limit), EAGAIN));
    CHECK(FAILS(semtimedop(id, &take, 1, &bad), EINVAL));
    set_value(id, 0, 1);
    CHECK(semtimedop(id, &take, 1, &limit) == 0);
    remove_set(id);
}

TEST(permissions, "another user without permission gets EACCES, and EPERM for removing")
{
    int id = make_set(1);
    pid_t pid = fork();
    if (pid == 0) {
        CHECK(setgid(65534) == 0 && setuid(65534) == 0);
        CHECK(FAILS(operate(id, 0, 1, 0), EACCES));
        CHECK(FAILS(semctl(id, 0, GETVAL), EACCES));
        CHECK(FAILS(semctl(id, 0, IPC_RMID), EPERM));
        _exit(0);
    }
    CHECK(child_end(pid) == 0);
    remove_set(id);
}

TEST(mutual_exclusion, "five processes count to 5000 together under one semaphore")
{
    int id = make_set(1);
    volatile long *counter = shared_memory(PAGE);
    pid_t pids[5];
    set_value(id, 0, 1);
    for (int i = 0; i < 5; i++) {
        pids[i] = fork();
        if (pids[i] == 0) {
            for (int n = 0; n < 1000; n++) {
                CHECK(operate(id, 0, -1, 0) == 0);
                long value = *counter;
                if (n % 10 == 0)
                    sched_yield();
                *counter = value + 1;
                CHECK(operate(id, 0, 1, 0) == 0);
            }
            _exit(0);
        }
    }
    for (int i = 0; i < 5; i++)
        CHECK(child_end(pids[i]) == 0);
    CHECK(*counter == 5000);
    remove_set(id);
}
