// SPDX-License-Identifier: ISC
//
// Redirections. For a built-in or a compound command they are undone afterwards: each frame keeps
// copies of the descriptors that it replaced, out of the way and closed on exec.
// Source: POSIX.1-2017, Shell Command Language, section 2.7.

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "exec.h"
#include "expand.h"
#include "job.h"
#include "sh.h"

// The shell's own descriptors start here; scripts use the low ones.
#define FD_OWN 60

#define HERE_IN_PIPE 4096 // what a pipe takes without a reader

struct saved {
    struct saved *next;
    int fd;
    int copy; // -1: it was closed
};

struct frame {
    struct frame *outer;
    struct saved *saved;
};

static struct frame *frames;

int redir_move_up(int fd)
{
    int high = fcntl(fd, F_DUPFD_CLOEXEC, FD_OWN);
    if (high < 0)
        return fd;
    close(fd);
    return high;
}

static bool fail(const char *what, const char *path)
{
    sh_warn("%s %s: %s", what, path, strerror(errno));
    return false;
}

// With -C, `>` does not replace a regular file. Creating is exclusive, so no file can slip in
// between.
static int open_without_clobber(const char *path)
{
    int fd = open(path, O_WRONLY | O_CREAT | O_EXCL, 0666);
    if (fd >= 0 || errno != EEXIST)
        return fd;
    fd = open(path, O_WRONLY);
    struct stat status;
    if (fd >= 0 && fstat(fd, &status) == 0 && S_ISREG(status.st_mode)) {
        close(fd);
        errno = EEXIST;
        return -1;
    }
    return fd;
}

static int open_target(enum redir_kind kind, const char *path)
{
    switch (kind) {
    case REDIR_READ:
        return open(path, O_RDONLY);
    case REDIR_READ_WRITE:
        return open(path, O_RDWR | O_CREAT, 0666);
    case REDIR_APPEND:
        return open(path, O_WRONLY | O_CREAT | O_APPEND, 0666);
    case REDIR_WRITE:
        if (sh.options[OPT_NOCLOBBER])
            return open_without_clobber(path);
        // fall through
    default:
        return open(path, O_WRONLY | O_CREAT | O_TRUNC, 0666);
    }
}

static void write_here(int fd, const char *text, size_t length)
{
    while (length) {
        ssize_t done = write(fd, text, length);
        if (done < 0 && errno == EINTR)
            continue;
        if (done < 0)
            return;
        text += done;
        length -= (size_t)done;
    }
}

// The read end of a pipe with the text. A long text is written by a child of its own.
static int open_here(const char *text)
{
    int ends[2];
    if (pipe(ends) < 0)
        return -1;
    size_t length = strlen(text);
    if (length <= HERE_IN_PIPE) {
        write_here(ends[1], text, length);
        close(ends[1]);
        return ends[0];
    }
    pid_t pid = job_fork_helper();
    if (pid == 0) {
        close(ends[0]);
        write_here(ends[1], text, length);
        _exit(0);
    }
    close(ends[1]);
    if (pid < 0) {
        close(ends[0]);
        return -1;
    }
    return ends[0];
}

// Puts `from` at `fd` and closes the original.
static bool place(int from, int fd)
{
    if (from == fd)
        return true;
    bool ok = dup2(from, fd) >= 0;
    close(from);
    return ok;
}

static bool duplicate(const struct redir *redir, const char *target)
{
    if (strcmp(target, "-") == 0) {
        close(redir->fd);
        return true;
    }
    if (!*target || target[strspn(target, "0123456789")]) {
        sh_warn("%s: bad fd number", target);
        return false;
    }
    int from = atoi(target);
    if (fcntl(from, F_GETFD) < 0 || (from != redir->fd && dup2(from, redir->fd) < 0)) {
        sh_warn("%s: %s", target, strerror(errno));
        return false;
    }
    return true;
}

static bool redirect(const struct redir *redir)
{
    const char *target = expand_string(redir->target);
    if (redir->kind == REDIR_DUP)
        return duplicate(redir, target);
    if (redir->kind == REDIR_HERE) {
        int here = open_here(target);
        return here >= 0 && place(here, redir->fd) ? true : fail("here-document:", "pipe");
    }
    bool creates = redir->kind != REDIR_READ;
    int fd = open_target(redir->kind, target);
    if (fd < 0 || !place(fd, redir->fd))
        return fail(creates ? "cannot create" : "cannot open", target);
    return true;
}

bool redir_apply(const struct redir *redir)
{
    for (; redir; redir = redir->next)
        if (!redirect(redir))
            return false;
    return true;
}

static void save(struct frame *frame, int fd)
{
    for (struct saved *saved = frame->saved; saved; saved = saved->next)
        if (saved->fd == fd)
            return;
    struct saved *saved = mem_alloc(sizeof *saved);
    *saved = (struct saved){frame->saved, fd, fcntl(fd, F_DUPFD_CLOEXEC, FD_OWN)};
    frame->saved = saved;
}

// A frame is pushed even where there is nothing to redirect: each push has its pop.
bool redir_push(const struct redir *redir)
{
    struct frame *frame = mem_alloc(sizeof *frame);
    *frame = (struct frame){.outer = frames};
    frames = frame;
    for (; redir; redir = redir->next) {
        save(frame, redir->fd);
        if (!redirect(redir)) {
            redir_pop();
            return false;
        }
    }
    return true;
}

void redir_pop(void)
{
    struct frame *frame = frames;
    frames = frame->outer;
    for (struct saved *saved = frame->saved, *next; saved; saved = next) {
        next = saved->next;
        if (saved->copy >= 0) {
            dup2(saved->copy, saved->fd);
            close(saved->copy);
        } else {
            close(saved->fd);
        }
        free(saved);
    }
    free(frame);
}

void redir_pop_all(void)
{
    while (frames)
        redir_pop();
}
