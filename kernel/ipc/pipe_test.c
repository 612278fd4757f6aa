// SPDX-License-Identifier: ISC
/*
 * Unit tests of pipes, as far as they need no user memory; tests/user/pipe.c has the bytes.
 */
#include "abi/errno.h"
#include "fs/path.h"
#include "ipc/ipc.h"
#include "lib/selftest.h"

SELFTEST(pipe_ends,
         "a pipe's ends know what they are ready for, and what the other end's closing means")
{
    struct file *end[2];
    SELFTEST_CHECK(pipe_create(0, end) == 0);
    SELFTEST_CHECK(file_poll(end[0], NULL) == 0);
    SELFTEST_CHECK(file_poll(end[1], NULL) == (POLLOUT | POLLWRNORM));
    SELFTEST_CHECK(pipe_size(end[0]) == PIPE_BUFFER && pipe_resize(end[1], 5000) == 8192);
    SELFTEST_CHECK(pipe_size(end[0]) == 8192 && pipe_resize(end[0], 1) == 4096);
    file_put(end[0]);
    SELFTEST_CHECK(file_poll(end[1], NULL) & POLLERR);
    file_put(end[1]);
    SELFTEST_CHECK(pipe_create(0, end) == 0);
    file_put(end[1]);
    SELFTEST_CHECK(file_poll(end[0], NULL) == POLLHUP);
    file_put(end[0]);
    return true;
}

SELFTEST(fifo_open, "a FIFO opened without waiting: reading is granted, writing needs a reader")
{
    struct file *in, *out;
    SELFTEST_CHECK(path_mknod(AT_FDCWD, "/selffifo", S_IFIFO | 0600, 0) == 0);
    SELFTEST_CHECK(path_open(AT_FDCWD, "/selffifo", O_WRONLY | O_NONBLOCK, 0, &out) == -ENXIO);
    SELFTEST_CHECK(path_open(AT_FDCWD, "/selffifo", O_RDONLY | O_NONBLOCK, 0, &in) == 0);
    SELFTEST_CHECK(file_poll(in, NULL) == 0); // nobody has written yet: not hung up
    SELFTEST_CHECK(path_open(AT_FDCWD, "/selffifo", O_WRONLY | O_NONBLOCK, 0, &out) == 0);
    file_put(out);
    SELFTEST_CHECK(file_poll(in, NULL) == POLLHUP);
    file_put(in);
    return path_unlink(AT_FDCWD, "/selffifo", false) == 0;
}
