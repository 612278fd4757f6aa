// SPDX-License-Identifier: ISC
/* What sending does to pending signals, on a process that never runs; user-space tests see the
 * rest. */
#include "abi/errno.h"
#include "lib/selftest.h"
#include "task/process.h"

struct subject {
    struct process *p;
    struct thread *t;
    struct task *k;
};

static bool make(struct subject *s)
{
    s->p = process_create(NULL);
    s->t = thread_create("subject", false);
    if (!s->p || !s->t)
        return false;
    s->p->handlers = signal_handlers_create();
    s->k = task_create(s->t);
    spin_lock(&s->p->lock);
    process_add_thread(s->p, s->t);
    spin_unlock(&s->p->lock);
    return s->p->handlers && s->k;
}

static void unmake(struct subject *s)
{
    spin_lock(&s->p->lock);
    signal_flush(s->p, &s->p->pending, ~0ul);
    signal_flush(s->p, &s->k->pending, ~0ul);
    process_remove_thread(s->p, s->t);
    spin_unlock(&s->p->lock);
    signal_handlers_put(s->p->handlers);
    thread_put(s->t);
    process_put(s->p);
}

static bool counts_are(struct subject *s, ksigset_t set, unsigned items)
{
    return s->p->pending.set == set && s->p->queued_signals == items;
}

static bool check_queueing(struct subject *s)
{
    const siginfo_t queued = {.si_code = SI_QUEUE};
    s->k->mask = ~0ul;
    for (int i = 0; i < 3; i++) {
        SELFTEST_CHECK(signal_send_process(s->p, SIGUSR1, NULL) == 0);
        SELFTEST_CHECK(signal_send_process(s->p, KSIGRTMIN, &queued) == 0);
    }
    SELFTEST_CHECK(counts_are(s, KSIGBIT(SIGUSR1) | KSIGBIT(KSIGRTMIN), 4));
    s->p->limits[RLIMIT_SIGPENDING].rlim_cur = 4;
    SELFTEST_CHECK(signal_send_process(s->p, KSIGRTMIN, &queued) == -EAGAIN);
    SELFTEST_CHECK(signal_send_process(s->p, SIGUSR2, NULL) ==
                   0); // kill's must arrive all the same
    SELFTEST_CHECK(s->p->pending.set & KSIGBIT(SIGUSR2));
    return true;
}

SELFTEST(
    signals_queue,
    "a standard signal is pending once, a real-time one as often as it was sent, up to a limit")
{
    struct subject s;
    bool ok = make(&s) && check_queueing(&s);
    unmake(&s);
    return ok;
}

static bool check_ignoring(struct subject *s)
{
    signal_send_process(s->p, SIGCHLD, NULL);
    SELFTEST_CHECK(counts_are(s, 0, 0));
    SELFTEST_CHECK(!(s->t->work & WORK_SIGNAL));
    s->k->mask = KSIGBIT(SIGCHLD);
    signal_send_process(s->p, SIGCHLD, NULL);
    SELFTEST_CHECK(counts_are(s, KSIGBIT(SIGCHLD), 1));
    SELFTEST_CHECK(!(s->t->work & WORK_SIGNAL));
    signal_send_process(s->p, SIGTERM, NULL);
    SELFTEST_CHECK(s->t->work & WORK_SIGNAL);
    return true;
}

SELFTEST(
    signals_ignored,
    "an ignored signal vanishes, unless it is masked; only a deliverable one is told to a thread")
{
    struct subject s;
    bool ok = make(&s) && check_ignoring(&s);
    unmake(&s);
    return ok;
}

static bool check_stops(struct subject *s)
{
    s->k->mask = ~SIGNAL_UNBLOCKABLE;
    signal_send_process(s->p, SIGTSTP, NULL);
    signal_send_thread(s->t, SIGTTIN, NULL);
    SELFTEST_CHECK(s->p->pending.set && s->k->pending.set);
    signal_send_process(s->p, SIGCONT, NULL);
    SELFTEST_CHECK(counts_are(s, KSIGBIT(SIGCONT), 1) && !s->k->pending.set);
    signal_send_process(s->p, SIGSTOP, NULL);
    SELFTEST_CHECK(s->p->pending.set == KSIGBIT(SIGSTOP));
    signal_send_process(s->p, SIGKILL, NULL);
    SELFTEST_CHECK(s->p->exiting && s->p->group_exit_status == SIGKILL && s->t->work & WORK_DIE);
    return true;
}

SELFTEST(signals_stop_and_continue,
         "SIGCONT and the stop signals remove each other; SIGKILL takes effect at once")
{
    struct subject s;
    bool ok = make(&s) && check_stops(&s);
    unmake(&s);
    return ok;
}
