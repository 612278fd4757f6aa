// SPDX-License-Identifier: ISC
//
// Exhibits on communication between processes: the pipe, and semaphores of both kinds.
#include "tour.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <sched.h>
#include <semaphore.h>
#include <signal.h>
#include <string.h>
#include <sys/ipc.h>
#include <sys/mman.h>
#include <sys/sem.h>
#include <sys/wait.h>
#include <unistd.h>

#ifndef PIPE_BUF
#define PIPE_BUF 4096
#endif

// --- pipe ----------------------------------------------------------------------------------------

// How many bytes an empty pipe takes before a write would wait.
static long pipe_capacity(void)
{
    int ends[2];
    long capacity = 0;
    ssize_t count;
    static char block[PIPE_BUF];
    pipe_or_die(ends);
    fcntl(ends[1], F_SETFL, O_NONBLOCK);
    while ((count = write(ends[1], block, sizeof(block))) > 0)
        capacity += count;
    close(ends[0]);
    close(ends[1]);
    return capacity;
}

// A reader at an empty pipe and a writer at a full one: each sleeps until the other side acts.
static bool blocks(bool at_full, long capacity)
{
    int ends[2];
    char where[64];
    static char block[PIPE_BUF];
    pipe_or_die(ends);
    for (long filled = 0; at_full && filled < capacity;)
        filled += write(ends[1], block, sizeof(block));
    pid_t pid = fork_or_die();
    if (pid == 0)
        _exit((at_full ? write(ends[1], "x", 1) : read(ends[0], block, 1)) == 1 ? 0 : 1);
    bool slept = wait_for_state(pid, 'S');
    printf("    a %s waits in %s (state %c)\n",
           at_full ? "writer at a full pipe" : "reader at an empty pipe",
           waiting_in(pid, where, sizeof(where)), slept ? 'S' : '-');
    ssize_t count = at_full ? read(ends[0], block, sizeof(block)) : write(ends[1], "x", 1);
    bool woke = count > 0 && end_of(pid) == 0;
    close(ends[0]);
    close(ends[1]);
    return slept && woke;
}

// What a reader gets when no writer is left, and a writer when no reader is.
static bool ends_right(void)
{
    int ends[2];
    char byte;
    pipe_or_die(ends);
    close(ends[1]);
    ssize_t count = read(ends[0], &byte, 1);
    close(ends[0]);
    pipe_or_die(ends);
    close(ends[0]);
    pid_t pid = fork_or_die();
    if (pid == 0)
        _exit(write(ends[1], "x", 1) == 1 ? 0 : 1);
    int killed = end_of(pid) - 128;
    signal(SIGPIPE, SIG_IGN);
    bool refused = write(ends[1], "x", 1) == -1 && errno == EPIPE;
    signal(SIGPIPE, SIG_DFL);
    close(ends[1]);
    printf("    without a writer read gives %zd (end of file); without a reader write ends\n"
           "    the process by signal %d (%s), or, where ignored, fails: %s\n",
           count, killed, strsignal(killed), refused ? strerror(EPIPE) : "no error");
    return count == 0 && killed == SIGPIPE && refused;
}

// Four writers of records at once: how many records came through mixed with others.
static int mixed_records(int *records)
{
    enum { writers = 4, each = 50 };
    static char record[PIPE_BUF];
    int ends[2], mixed = 0;
    pipe_or_die(ends);
    for (int w = 0; w < writers; w++)
        if (fork_or_die() == 0) {
            memset(record, 'A' + w, sizeof(record));
            for (int i = 0; i < each; i++)
                if (write(ends[1], record, sizeof(record)) != (ssize_t)sizeof(record))
                    _exit(1);
            _exit(0);
        }
    close(ends[1]);
    for (*records = 0;; ++*records) {
        size_t have = 0;
        ssize_t count = 1;
        while (have < sizeof(record) && count > 0) {
            count = read(ends[0], record + have, sizeof(record) - have);
            have += count > 0 ? (size_t)count : 0;
        }
        if (have < sizeof(record))
            break;
        mixed += memcmp(record, record + 1, sizeof(record) - 1) != 0; // not all of one letter
    }
    close(ends[0]);
    while (wait(NULL) > 0)
        ;
    return mixed;
}

static enum verdict show_pipe(void)
{
    int records;
    long capacity = pipe_capacity();
    bool at_empty = blocks(false, capacity), at_full = blocks(true, capacity);
    bool ended = ends_right();
    int mixed = mixed_records(&records);
    printf("    %d records of PIPE_BUF = %d bytes by four writers at once: %d mixed\n", records,
           PIPE_BUF, mixed);
    measured("blocks at empty: %s, at full (%ld bytes): %s; EOF, EPIPE, SIGPIPE: %s; %d of %d "
             "records mixed",
             at_empty ? "yes" : "no", capacity, at_full ? "yes" : "no", ended ? "yes" : "no", mixed,
             records);
    return holds_if(at_empty && at_full && ended && mixed == 0 && records == 200);
}

// --- semaphore -----------------------------------------------------------------------------------

#define ROUNDS 2000

// Two players and what stands between them: POSIX semaphores, or a System V set.
struct table {
    sem_t ping, pong;
    int set; // -1: play with the POSIX ones
    volatile int ball;
    int faults; // the ball was not where it should have been
};

static void change(struct table *table, int number, int by)
{
    sem_t *sem = number == 0 ? &table->ping : &table->pong;
    struct sembuf operation = {(unsigned short)number, (short)by, 0};
    while ((table->set >= 0 ? semop(table->set, &operation, 1)
            : by > 0        ? sem_post(sem)
                            : sem_wait(sem)) != 0 &&
           errno == EINTR)
        ;
}

static void *play_back(void *argument)
{
    struct table *table = argument;
    for (int i = 0; i < ROUNDS; i++) {
        change(table, 0, -1);
        table->faults += table->ball != 2 * i + 1;
        table->ball++;
        change(table, 1, 1);
    }
    return NULL;
}

static bool ping_pong(struct table *table, const char *what, bool processes)
{
    pthread_t thread;
    pid_t pid = 0;
    table->ball = table->faults = 0;
    sem_init(&table->ping, 1, 0);
    sem_init(&table->pong, 1, 0);
    double start = seconds_now();
    if (processes) {
        pid = fork_or_die();
        if (pid == 0) {
            play_back(table);
            _exit(0);
        }
    } else if (pthread_create(&thread, NULL, play_back, table) != 0) {
        return false;
    }
    for (int i = 0; i < ROUNDS; i++) {
        table->faults += table->ball != 2 * i;
        table->ball++;
        change(table, 0, 1);
        change(table, 1, -1);
    }
    bool ended = processes ? end_of(pid) == 0 : pthread_join(thread, NULL) == 0;
    printf("    ");
    print_padded(what, 37);
    printf("%d rounds, %d faults, %.1f us a round\n", table->ball / 2, table->faults,
           (seconds_now() - start) * 1e6 / ROUNDS);
    return ended && table->ball == 2 * ROUNDS && table->faults == 0;
}

// A process takes the semaphore and is killed: the value that it leaves behind.
static int value_after_kill(int flags)
{
    int set = semget(IPC_PRIVATE, 1, IPC_CREAT | 0600), taken[2];
    struct sembuf give = {0, 1, 0}, take = {0, -1, (short)flags};
    pipe_or_die(taken);
    semop(set, &give, 1);
    pid_t pid = fork_or_die();
    if (pid == 0) {
        semop(set, &take, 1);
        signal_through(taken[1]);
        for (;;)
            pause();
    }
    wait_on(taken[0]);
    kill(pid, SIGKILL);
    end_of(pid);
    int value = semctl(set, 0, GETVAL);
    semctl(set, 0, IPC_RMID);
    close(taken[0]);
    close(taken[1]);
    return value;
}

static enum verdict show_semaphore(void)
{
    struct table *table = shared_memory(sizeof(*table));
    table->set = -1;
    bool right = ping_pong(table, "POSIX, between threads [线程]:", false);
    right = ping_pong(table, "POSIX, between processes [进程]:", true) && right;
    table->set = semget(IPC_PRIVATE, 2, IPC_CREAT | 0600);
    right =
        table->set >= 0 && ping_pong(table, "System V, between processes [进程]:", true) && right;
    semctl(table->set, 0, IPC_RMID);
    munmap(table, sizeof(*table));

    int with_undo = value_after_kill(SEM_UNDO), without = value_after_kill(0);
    printf(
        "    the holder of a semaphore of 1 is killed: then it is %d with SEM_UNDO, %d without\n",
        with_undo, without);
    measured("3 x %d rounds in order: %s; after a crash the value is %d with SEM_UNDO, %d without",
             ROUNDS, right ? "yes" : "no", with_undo, without);
    return holds_if(right && with_undo == 1 && without == 0);
}

const struct exhibit communication_exhibits[] = {
    {"pipe",
     "a pipe joins relatives [进程间通信]: it blocks at empty and full, tells the end, keeps "
     "records whole",
     show_pipe,
     "Readers and writers are put before empty and full pipes, and before pipes whose other end is "
     "gone; four writers write at once."},
    {"semaphore",
     "semaphores [信号量] order processes and threads; SEM_UNDO gives back what a crash held",
     show_semaphore,
     "Two players pass a ball by two semaphores, thread to thread and process to process; then the "
     "holder of a semaphore is killed."},
    {0},
};
