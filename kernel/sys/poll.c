// SPDX-License-Identifier: ISC
/*
 * poll, ppoll, select, pselect6: one loop over (file, wanted events) pairs on a poll table. The
 * first round names the wait queues, every later one only asks. The files stay referenced until the
 * table has left their queues.
 *
 * Sources: POSIX "poll", "pselect"; man 2 select for what Linux adds: the rest of the time is
 * written back, and a signal handler always ends the wait.
 */
#include "abi/errno.h"
#include "abi/poll.h"
#include "abi/resource.h"
#include "fs/file.h"
#include "lib/string.h"
#include "mm/heap.h"
#include "sched/sched.h"
#include "sched/wait.h"
#include "task/process.h"
#include "task/signal.h"
#include "x86/clock.h"
#include "x86/uaccess.h"

struct watch {
    struct file *file; // referenced, or NULL
    int fd;
    uint16_t wanted;
    uint16_t found;
};

#define FEW_WATCHES 16

/* Asks every file; how many have something to tell. With a table, until the first that has. */
static int ask_all(struct watch *w, unsigned count, struct poll_table *table)
{
    int ready = 0;
    for (unsigned k = 0; k < count; k++) {
        if (w[k].fd < 0)
            continue;
        unsigned events = w[k].file ? file_poll(w[k].file, ready ? NULL : table) : POLLNVAL;
        w[k].found = (uint16_t)(events & (w[k].wanted | POLLERR | POLLHUP | POLLNVAL));
        if (w[k].found)
            ready++;
    }
    return ready;
}

/* How many are ready; 0 at the deadline; -EINTR, -ENOMEM. */
static int wait_for_any(struct watch *w, unsigned count, uint64_t deadline)
{
    struct poll_table table;
    for (unsigned k = 0; k < count; k++)
        w[k].file = w[k].fd < 0 ? NULL : fd_get(w[k].fd);
    poll_table_init(&table);
    int ready = ask_all(w, count, deadline ? &table : NULL);
    while (!ready && deadline) {
        int err = table.error ? table.error : poll_table_sleep(&table, deadline, "poll");
        ready = ask_all(w, count, NULL);
        if (ready)
            break; // what is there counts more than why the wait ended
        if (err == -ETIMEDOUT)
            break;
        if (err)
            ready = err;
    }
    poll_table_done(&table);
    for (unsigned k = 0; k < count; k++)
        if (w[k].file)
            file_put(w[k].file);
    return ready;
}

// --- time-outs -----------------------------------------------------------------------------------

/* A time-out as a deadline: 0 = do not wait at all. -EINVAL, -EFAULT. */
static int deadline_from_timespec(uaddr_t at, uint64_t *deadline)
{
    struct timespec t;
    *deadline = NEVER;
    if (!at)
        return 0;
    if (copy_in(&t, at))
        return -EFAULT;
    if (t.tv_sec < 0 || t.tv_nsec < 0 || t.tv_nsec >= (long)NSEC_PER_SEC)
        return -EINVAL;
    if (t.tv_sec > 1l << 32)
        return 0; // longer than anybody waits
    uint64_t ns = (uint64_t)t.tv_sec * NSEC_PER_SEC + (uint64_t)t.tv_nsec;
    *deadline = ns ? clock_ns() + ns : 0;
    return 0;
}

static uint64_t time_left(uint64_t deadline)
{
    uint64_t now = clock_ns();
    return deadline > now ? deadline - now : 0;
}

/* Writes the rest of the time back; a failure to is ignored, as on Linux. */
static void write_rest(uaddr_t at, uint64_t deadline, uint64_t unit_ns)
{
    if (!at || deadline == NEVER)
        return;
    uint64_t left = time_left(deadline);
    uint64_t value[2] = {left / NSEC_PER_SEC, left % NSEC_PER_SEC / unit_ns};
    if (copy_to_user(at, value, sizeof(value)) < 0)
        return;
}

/* Sets the mask for the wait. 0, -EINVAL, -EFAULT. */
static int mask_begin(uaddr_t mask, size_t size)
{
    ksigset_t set;
    if (!mask)
        return 0;
    if (size != sizeof(set))
        return -EINVAL;
    if (copy_in(&set, mask))
        return -EFAULT;
    signal_set_temporary_mask(set);
    return 0;
}

/*
 * Interrupted: the way back to user mode runs the handler under the temporary mask and restores the
 * old one then. Otherwise it is restored here.
 */
static long mask_end(long result)
{
    if (result == -EINTR)
        return -ERESTARTNOHAND;
    signal_restore_mask();
    return result;
}

// --- poll ----------------------------------------------------------------------------------------

static int watches_from_user(struct watch *w, uaddr_t fds, unsigned count)
{
    for (unsigned k = 0; k < count; k++) {
        struct pollfd p;
        if (copy_in(&p, fds + k * sizeof(p)))
            return -EFAULT;
        w[k] = (struct watch){.fd = p.fd, .wanted = (uint16_t)p.events};
    }
    return 0;
}

static int watches_to_user(const struct watch *w, uaddr_t fds, unsigned count)
{
    for (unsigned k = 0; k < count; k++) {
        short found = (short)w[k].found;
        if (copy_out(fds + k * sizeof(struct pollfd) + offsetof(struct pollfd, revents), &found))
            return -EFAULT;
    }
    return 0;
}

static int poll_until(uaddr_t fds, unsigned count, uint64_t deadline)
{
    if (count > process_limit(current_process(), RLIMIT_NOFILE))
        return -EINVAL;
    struct watch few[FEW_WATCHES], *w = few;
    if (count > FEW_WATCHES && !(w = kmalloc(count * sizeof(*w))))
        return -ENOMEM;
    int result = watches_from_user(w, fds, count);
    if (result == 0)
        result = wait_for_any(w, count, deadline);
    if (result >= 0 && watches_to_user(w, fds, count) < 0)
        result = -EFAULT;
    if (w != few)
        kfree(w);
    return result;
}

/* A stop and continue without a handler goes on waiting until the same deadline. */
static long poll_restart(struct task *t)
{
    uint64_t deadline = t->restart_args[2];
    int result = poll_until(t->restart_args[0], (unsigned)t->restart_args[1], deadline);
    return result == -EINTR ? -ERESTART_RESTARTBLOCK : result;
}

long sys_poll(uaddr_t fds, unsigned count, int timeout_ms)
{
    uint64_t deadline = timeout_ms < 0 ? NEVER : 0;
    if (timeout_ms > 0)
        deadline = clock_ns() + (uint64_t)timeout_ms * 1000000;
    int result = poll_until(fds, count, deadline);
    if (result != -EINTR)
        return result;
    struct task *t = current_task();
    t->restart = poll_restart;
    t->restart_args[0] = fds;
    t->restart_args[1] = count;
    t->restart_args[2] = deadline;
    return -ERESTART_RESTARTBLOCK;
}

long sys_ppoll(uaddr_t fds, unsigned count, uaddr_t timeout, uaddr_t mask, size_t mask_size)
{
    uint64_t deadline;
    int err = deadline_from_timespec(timeout, &deadline);
    if (!err)
        err = mask_begin(mask, mask_size);
    if (err)
        return err;
    long result = mask_end(poll_until(fds, count, deadline));
    write_rest(timeout, deadline, 1);
    return result;
}

// --- select --------------------------------------------------------------------------------------

#define SELECT_READ   (POLLRDNORM | POLLRDBAND | POLLIN | POLLHUP | POLLERR)
#define SELECT_WRITE  (POLLWRBAND | POLLWRNORM | POLLOUT | POLLERR)
#define SELECT_EXCEPT POLLPRI

static const uint16_t select_events[3] = {SELECT_READ, SELECT_WRITE, SELECT_EXCEPT};

/* The three sets, side by side: words of 64 descriptors. */
struct sets {
    unsigned words;
    uint64_t *in[3];
    uint64_t bits[3 * FD_SETSIZE / 64];
    uint64_t *large;
};

static int sets_get(struct sets *s, unsigned n, const uaddr_t from[3])
{
    s->words = DIV_ROUND_UP(n, 64u);
    s->large = NULL;
    if (n > FD_SETSIZE && !(s->large = kmalloc(3 * s->words * sizeof(uint64_t))))
        return -ENOMEM;
    for (int k = 0; k < 3; k++) {
        s->in[k] = (s->large ? s->large : s->bits) + k * s->words;
        memset(s->in[k], 0, s->words * sizeof(uint64_t));
        if (from[k] && copy_from_user(s->in[k], from[k], s->words * sizeof(uint64_t)) < 0) {
            kfree(s->large);
            return -EFAULT;
        }
    }
    return 0;
}

static unsigned wanted_of(const struct sets *s, unsigned fd)
{
    unsigned wanted = 0;
    for (int k = 0; k < 3; k++)
        if (s->in[k][fd / 64] >> (fd % 64) & 1)
            wanted |= select_events[k];
    return wanted;
}

static unsigned count_wanted(const struct sets *s, unsigned n)
{
    unsigned count = 0;
    for (unsigned fd = 0; fd < n; fd++)
        count += wanted_of(s, fd) != 0;
    return count;
}

/* Turns the sets into watches, waits, and writes what was found back into the sets. */
static long select_on(struct sets *s, unsigned n, uint64_t deadline)
{
    unsigned count = count_wanted(s, n), at = 0;
    struct watch few[FEW_WATCHES], *w = few;
    if (count > FEW_WATCHES && !(w = kmalloc(count * sizeof(*w))))
        return -ENOMEM;
    for (unsigned fd = 0; fd < n; fd++) {
        unsigned wanted = wanted_of(s, fd);
        if (wanted)
            w[at++] = (struct watch){.fd = (int)fd, .wanted = (uint16_t)wanted};
    }
    long result = wait_for_any(w, count, deadline);
    long bits = 0;
    for (unsigned k = 0; k < count && result >= 0; k++) {
        if (w[k].found & POLLNVAL)
            result = -EBADF;
        for (int set = 0; set < 3; set++) {
            uint64_t *word = &s->in[set][w[k].fd / 64], bit = 1ul << (w[k].fd % 64);
            if (!(*word & bit))
                continue;
            if (w[k].found & select_events[set])
                bits++;
            else
                *word &= ~bit;
        }
    }
    if (w != few)
        kfree(w);
    return result < 0 ? result : bits;
}

static long select_call(int n, const uaddr_t user[3], uint64_t deadline)
{
    if (n < 0)
        return -EINVAL;
    struct sets s;
    n = MIN(n, 1 << 20);
    int err = sets_get(&s, (unsigned)n, user);
    if (err)
        return err;
    long result = select_on(&s, (unsigned)n, deadline);
    for (int k = 0; k < 3 && result >= 0; k++)
        if (user[k] && copy_to_user(user[k], s.in[k], s.words * sizeof(uint64_t)) < 0)
            result = -EFAULT;
    kfree(s.large);
    return result;
}

long sys_select(int n, uaddr_t in, uaddr_t out, uaddr_t except, uaddr_t timeout)
{
    uint64_t deadline = NEVER;
    struct timeval t;
    if (timeout) {
        if (copy_in(&t, timeout))
            return -EFAULT;
        if (t.tv_sec < 0 || t.tv_usec < 0)
            return -EINVAL;
        uint64_t sec = MIN((uint64_t)t.tv_sec, 1ul << 32);
        uint64_t ns = sec * NSEC_PER_SEC + MIN((uint64_t)t.tv_usec, 1ul << 40) * 1000;
        deadline = ns ? clock_ns() + ns : 0;
    }
    long result = select_call(n, (const uaddr_t[3]){in, out, except}, deadline);
    write_rest(timeout, deadline, 1000);
    return result == -EINTR ? -ERESTARTNOHAND : result;
}

long sys_pselect6(int n, uaddr_t in, uaddr_t out, uaddr_t except, uaddr_t timeout, uaddr_t sixth)
{
    struct {
        uint64_t mask;
        uint64_t size;
    } arg = {0, 0};
    uint64_t deadline;
    if (sixth && copy_in(&arg, sixth))
        return -EFAULT;
    int err = deadline_from_timespec(timeout, &deadline);
    if (!err)
        err = mask_begin(arg.mask, arg.size);
    if (err)
        return err;
    long result = mask_end(select_call(n, (const uaddr_t[3]){in, out, except}, deadline));
    write_rest(timeout, deadline, 1);
    return result;
}
