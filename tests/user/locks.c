// SPDX-License-Identifier: ISC
// Advisory locks: record locks of a process (fcntl), of an open file (F_OFD_*), and flock.
#include "support.h"

#include <sys/file.h>

static char directory[64];
static int fd;

static void set_up(void)
{
    enter_directory(directory);
    fd = open("file", O_RDWR | O_CREAT, 0600);
    CHECK(fd >= 0);
}

static void tear_down(void)
{
    CHECK(unlink("file") == 0);
    leave_directory(directory);
}

static int lock(int at, int cmd, int type, off_t start, off_t len)
{
    struct flock l = {.l_type = (short)type, .l_whence = SEEK_SET, .l_start = start, .l_len = len};
    return fcntl(at, cmd, &l);
}

/* In a process of its own: 0 = granted, 1 = refused with EAGAIN. */
struct attempt {
    int type;
    off_t start, len;
};

static void try_lock(void *argument)
{
    struct attempt *a = argument;
    int own = open("file", O_RDWR);
    int result = lock(own, F_SETLK, a->type, a->start, a->len);
    _exit(result == 0 ? 0 : errno == EAGAIN ? 1 : 2);
}

static int other_may(int type, off_t start, off_t len)
{
    struct attempt a = {type, start, len};
    return run_child_with(try_lock, &a);
}

TEST(ranges, "a range locked for writing shuts others out; for reading it is shared")
{
    set_up();
    CHECK(lock(fd, F_SETLK, F_WRLCK, 10, 10) == 0 && lock(fd, F_SETLK, F_RDLCK, 30, 10) == 0);
    CHECK_EQ(other_may(F_RDLCK, 0, 10), 0);
    CHECK_EQ(other_may(F_RDLCK, 0, 11), 1);
    CHECK_EQ(other_may(F_RDLCK, 19, 1), 1);
    CHECK_EQ(other_may(F_RDLCK, 20, 20), 0);
    CHECK_EQ(other_may(F_WRLCK, 39, 1), 1);
    CHECK_EQ(other_may(F_WRLCK, 40, 0), 0);
    tear_down();
}

TEST(split, "unlocking the middle leaves both sides; a new type replaces the old one there")
{
    set_up();
    CHECK(lock(fd, F_SETLK, F_WRLCK, 0, 100) == 0 && lock(fd, F_SETLK, F_UNLCK, 40, 20) == 0);
    CHECK_EQ(other_may(F_WRLCK, 40, 20), 0);
    CHECK_EQ(other_may(F_WRLCK, 39, 2), 1);
    CHECK_EQ(other_may(F_WRLCK, 59, 2), 1);
    CHECK(lock(fd, F_SETLK, F_RDLCK, 20, 60) == 0);
    CHECK_EQ(other_may(F_RDLCK, 20, 60), 0);
    CHECK_EQ(other_may(F_RDLCK, 19, 1), 1);
    CHECK_EQ(other_may(F_RDLCK, 80, 1), 1);
    tear_down();
}

TEST(asked, "F_GETLK names the lock in the way, its range and its owner")
{
    set_up();
    CHECK(lock(fd, F_SETLK, F_WRLCK, 5, 10) == 0 && lock(fd, F_SETLK, F_WRLCK, 15, 5) == 0);
    pid_t parent = getpid(), pid = fork();
    if (pid == 0) {
        struct flock l = {.l_type = F_RDLCK, .l_whence = SEEK_SET, .l_start = 0, .l_len = 0};
        bool found = fcntl(fd, F_GETLK, &l) == 0 && l.l_type == F_WRLCK && l.l_start == 5 &&
                     l.l_len == 15 && l.l_pid == parent;
        struct flock m = {.l_type = F_RDLCK, .l_whence = SEEK_SET, .l_start = 20, .l_len = 1};
        bool none = fcntl(fd, F_GETLK, &m) == 0 && m.l_type == F_UNLCK;
        _exit(found && none ? 0 : 1);
    }
    CHECK_EQ(child_end(pid), 0);
    tear_down();
}

TEST(closed, "closing any descriptor of the file ends the process's locks on it")
{
    set_up();
    CHECK(lock(fd, F_SETLK, F_WRLCK, 0, 0) == 0);
    CHECK_EQ(other_may(F_RDLCK, 0, 1), 1);
    int again = open("file", O_RDONLY);
    CHECK(close(again) == 0);
    CHECK_EQ(other_may(F_RDLCK, 0, 1), 0);
    tear_down();
}

TEST(waits, "F_SETLKW sleeps until the owner unlocks or ends")
{
    set_up();
    struct gate held = gate_make();
    pid_t owner = fork();
    if (owner == 0) {
        CHECK(lock(fd, F_SETLK, F_WRLCK, 0, 0) == 0);
        gate_open(&held);
        pause();
    }
    gate_pass(&held);
    pid_t waiter = fork();
    if (waiter == 0)
        _exit(lock(fd, F_SETLKW, F_WRLCK, 0, 0) == 0 ? 0 : 1);
    wait_for_state(waiter, 'S');
    kill(owner, SIGKILL);
    CHECK_EQ(child_end(owner), 128 + SIGKILL);
    CHECK_EQ(child_end(waiter), 0);
    tear_down();
}

TEST(deadlock, "who would wait in a circle gets EDEADLK")
{
    set_up();
    struct gate held = gate_make();
    CHECK(lock(fd, F_SETLK, F_WRLCK, 0, 1) == 0);
    pid_t pid = fork();
    if (pid == 0) {
        CHECK(lock(fd, F_SETLK, F_WRLCK, 1, 1) == 0);
        gate_open(&held);
        _exit(lock(fd, F_SETLKW, F_WRLCK, 0, 1) == 0 ? 0 : 1);
    }
    gate_pass(&held);
    wait_for_state(pid, 'S');
    CHECK(FAILS(lock(fd, F_SETLKW, F_WRLCK, 1, 1), EDEADLK));
    CHECK(lock(fd, F_SETLK, F_UNLCK, 0, 1) == 0);
    CHECK_EQ(child_end(pid), 0);
    tear_down();
}

TEST(errors,
     "EBADF for the wrong mode or a closed descriptor, EINVAL for a bad type or range, EFAULT")
{
    set_up();
    int in = open("file", O_RDONLY), out = open("file", O_WRONLY);
    CHECK(FAILS(lock(in, F_SETLK, F_WRLCK, 0, 1), EBADF));
    CHECK(FAILS(lock(out, F_SETLK, F_RDLCK, 0, 1), EBADF));
    CHECK(FAILS(lock(99, F_SETLK, F_RDLCK, 0, 1), EBADF));
    CHECK(FAILS(lock(fd, F_SETLK, 9, 0, 1), EINVAL) &&
          FAILS(lock(fd, F_SETLK, F_WRLCK, -1, 1), EINVAL));
    CHECK(FAILS(fcntl(fd, F_SETLK, NOWHERE), EFAULT));
    tear_down();
}

TEST(open_file,
     "F_OFD locks belong to the open file: a duplicate shares them, a second open does not")
{
    set_up();
    int same = dup(fd), other = open("file", O_RDWR);
    CHECK(lock(fd, F_OFD_SETLK, F_WRLCK, 0, 10) == 0 &&
          lock(same, F_OFD_SETLK, F_WRLCK, 0, 10) == 0);
    CHECK(FAILS(lock(other, F_OFD_SETLK, F_RDLCK, 0, 10), EAGAIN));
    CHECK(close(fd) == 0 && FAILS(lock(other, F_OFD_SETLK, F_RDLCK, 0, 10), EAGAIN));
    CHECK(close(same) == 0 && lock(other, F_OFD_SETLK, F_RDLCK, 0, 10) == 0);
    tear_down();
}

TEST(whole_file,
     "flock: shared and exclusive, EWOULDBLOCK, conversion, and it ends with the open file")
{
    set_up();
    int other = open("file", O_RDONLY);
    CHECK(flock(fd, LOCK_SH) == 0 && flock(other, LOCK_SH | LOCK_NB) == 0);
    CHECK(FAILS(flock(fd, LOCK_EX | LOCK_NB), EWOULDBLOCK));
    CHECK(flock(other, LOCK_UN) == 0 && flock(fd, LOCK_EX | LOCK_NB) == 0);
    CHECK(FAILS(flock(other, LOCK_SH | LOCK_NB), EWOULDBLOCK));
    pid_t pid = fork();
    if (pid == 0)
        _exit(flock(other, LOCK_SH) == 0 ? 0 : 1);
    wait_for_state(pid, 'S');
    CHECK(close(fd) == 0); // the child's copy keeps the lock until it unlocks or ends
    CHECK(FAILS(flock(other, LOCK_EX | LOCK_NB), EWOULDBLOCK));
    kill(pid, SIGKILL);
    CHECK_EQ(child_end(pid), 128 + SIGKILL);
    CHECK(flock(other, LOCK_EX | LOCK_NB) == 0);
    CHECK(FAILS(flock(other, 77), EINVAL) && FAILS(flock(99, LOCK_SH), EBADF));
    tear_down();
}
