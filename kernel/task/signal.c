// SPDX-License-Identifier: ISC
/*
 * Signals as data: what is sent, what is pending, who is told.
 *
 * A signal for a process waits in process->pending, one for a thread in task->pending; a standard
 * signal is there once at most, a real-time signal is queued as often as it was sent, with its
 * siginfo. Whoever sends one picks a thread that does not mask it and sets its WORK_SIGNAL; only
 * the thread itself clears that bit, under the process's lock, when nothing deliverable is left.
 *
 * What takes effect at sending, not at delivery: a signal that is ignored and not masked vanishes;
 * SIGKILL ends the process; SIGCONT wakes it and removes stop signals; a stop signal removes
 * SIGCONT.
 *
 * Locks: process->lock guards all of it, signal_handlers.lock (inside) the actions. Source:
 * POSIX.1-2017, 2.4 "Signal Concepts"; man 7 signal.
 */
#include "task/signal.h"
#include "abi/errno.h"
#include "lib/string.h"
#include "mm/heap.h"
#include "sched/sched.h"
#include "task/process.h"

static SLAB_CACHE(item_cache, struct signal_item);
static SLAB_CACHE(handlers_cache, struct signal_handlers);
static SLAB_CACHE(task_cache, struct task);

#define SIGNAL_DEFAULT_IGNORED                                                                     \
    (KSIGBIT(SIGCHLD) | KSIGBIT(SIGCONT) | KSIGBIT(SIGURG) | KSIGBIT(SIGWINCH))
/* Taken before all others, so that a fault's frame shows the registers of the fault. */
#define SIGNAL_SYNCHRONOUS                                                                         \
    (KSIGBIT(SIGSEGV) | KSIGBIT(SIGBUS) | KSIGBIT(SIGILL) | KSIGBIT(SIGTRAP) | KSIGBIT(SIGFPE) |   \
     KSIGBIT(SIGSYS))

enum signal_default signal_default_of(int sig)
{
    if (KSIGBIT(sig) & SIGNAL_DEFAULT_IGNORED)
        return SIGNAL_IGNORED;
    return KSIGBIT(sig) & SIGNAL_STOPS ? SIGNAL_STOPS_PROCESS : SIGNAL_KILLS;
}

/* --- objects --- */

struct task *task_create(struct thread *t)
{
    struct task *k = slab_zalloc(&task_cache);
    if (!k)
        return NULL;
    k->thread = t;
    k->altstack.ss_flags = SS_DISABLE;
    list_init(&k->pending.queue);
    t->task = k;
    return k;
}

static void task_free(struct thread *t)
{
    struct task *k = t->task;
    if (k) {
        assert(list_empty(&k->pending.queue));
        slab_free(&task_cache, k);
    }
    process_put(t->process);
}

void task_init(void)
{
    thread_destroy_hook = task_free;
    thread_id_busy_hook = process_id_in_use;
}

struct signal_handlers *signal_handlers_create(void)
{
    struct signal_handlers *h = slab_zalloc(&handlers_cache);
    if (!h)
        return NULL;
    atomic_init(&h->refs, 1);
    spin_init(&h->lock, "signal handlers");
    return h;
}

struct signal_handlers *signal_handlers_copy(struct signal_handlers *h)
{
    struct signal_handlers *copy = signal_handlers_create();
    if (!copy)
        return NULL;
    spin_lock(&h->lock);
    memcpy(copy->action, h->action, sizeof(copy->action));
    spin_unlock(&h->lock);
    return copy;
}

void signal_handlers_get(struct signal_handlers *h)
{
    atomic_fetch_add_explicit(&h->refs, 1, memory_order_relaxed);
}

void signal_handlers_put(struct signal_handlers *h)
{
    if (h && atomic_fetch_sub(&h->refs, 1) == 1)
        slab_free(&handlers_cache, h);
}

void signal_handlers_reset_for_exec(struct signal_handlers *h)
{
    spin_lock(&h->lock);
    for (int sig = 1; sig <= KNSIG; sig++) {
        bool ignored = h->action[sig].handler == KSIG_IGN;
        h->action[sig] = (struct kernel_sigaction){.handler = ignored ? KSIG_IGN : KSIG_DFL};
    }
    spin_unlock(&h->lock);
}

static struct kernel_sigaction action_of(struct signal_handlers *h, int sig)
{
    spin_lock(&h->lock);
    struct kernel_sigaction a = h->action[sig];
    spin_unlock(&h->lock);
    return a;
}

/* --- pending signals; process->lock held in all of these --- */

static void item_free(struct process *p, struct signal_item *item)
{
    list_remove(&item->link);
    slab_free(&item_cache, item);
    p->queued_signals--;
}

void signal_flush(struct process *p, struct signal_pending *q, ksigset_t set)
{
    struct signal_item *item;
    list_for_each_safe(item, &q->queue, link) if (KSIGBIT(item->info.si_signo) & set)
        item_free(p, item);
    q->set &= ~set;
}

static void flush_everywhere(struct process *p, ksigset_t set)
{
    signal_flush(p, &p->pending, set);
    struct thread *t;
    list_for_each(t, &p->threads, process_link)
        signal_flush(p, &((struct task *)t->task)->pending, set);
}

/*
 * A kernel's or kill's signal must arrive even without memory for its siginfo; one of sigqueue is
 * refused instead when the limit is reached.
 */
static int enqueue(struct process *p, struct signal_pending *q, int sig, const siginfo_t *info)
{
    bool standard = sig < KSIGRTMIN;
    if (standard && q->set & KSIGBIT(sig))
        return 0;
    bool exempt = standard && (!info || info->si_code >= 0);
    bool full = !exempt && p->queued_signals >= p->limits[RLIMIT_SIGPENDING].rlim_cur;
    struct signal_item *item = full ? NULL : slab_alloc(&item_cache);
    if (!item && !standard && info && info->si_code != SI_USER)
        return -EAGAIN;
    q->set |= KSIGBIT(sig);
    if (!item)
        return 0;
    item->info = info ? *info : (siginfo_t){.si_code = SI_KERNEL};
    item->info.si_signo = sig;
    list_push_back(&q->queue, &item->link);
    p->queued_signals++;
    return 0;
}

static void dequeue(struct process *p, struct signal_pending *q, int sig, siginfo_t *info)
{
    struct signal_item *item, *found = NULL;
    bool more = false;
    list_for_each(item, &q->queue, link)
    {
        if (item->info.si_signo != sig)
            continue;
        more = found;
        if (found)
            break;
        found = item;
    }
    if (!more)
        q->set &= ~KSIGBIT(sig);
    if (found) {
        *info = found->info;
        item_free(p, found);
    } else {
        *info = (siginfo_t){.si_signo = sig, .si_code = SI_USER};
    }
}

int signal_take_locked(struct process *p, ksigset_t set, siginfo_t *info)
{
    struct signal_pending *queues[] = {&current_task()->pending, &p->pending};
    for (unsigned i = 0; i < ARRAY_SIZE(queues); i++) {
        ksigset_t ready = queues[i]->set & set;
        if (!ready)
            continue;
        if (ready & SIGNAL_SYNCHRONOUS)
            ready &= SIGNAL_SYNCHRONOUS;
        int sig = __builtin_ctzl(ready) + 1;
        dequeue(p, queues[i], sig, info);
        if (KSIGBIT(sig) & SIGNAL_STOPS)
            p->stop_dequeued = true;
        return sig;
    }
    return 0;
}

/* --- who is told --- */

static bool task_wants(const struct task *k, int sig)
{
    return !(k->mask & ~k->waiting & KSIGBIT(sig));
}

/* Tells one thread that does not mask the signal, rather one that has nothing else to do. */
static void notify_one(struct process *p, int sig, const struct thread *but)
{
    struct thread *t, *best = NULL;
    list_for_each(t, &p->threads, process_link)
    {
        if (t == but || !task_wants(t->task, sig))
            continue;
        if (!best)
            best = t;
        if (!(t->work & WORK_SIGNAL)) {
            best = t;
            break;
        }
    }
    if (best)
        thread_interrupt(best, WORK_SIGNAL);
}

void signal_hand_over_locked(struct process *p, ksigset_t set)
{
    for (ksigset_t left = p->pending.set & set; left; left &= left - 1)
        notify_one(p, __builtin_ctzl(left) + 1, current);
}

void signal_recalculate_locked(struct process *p)
{
    struct task *k = current_task();
    if ((k->pending.set | p->pending.set) & ~k->mask)
        thread_set_work(current, WORK_SIGNAL);
    else
        thread_clear_work(current, WORK_SIGNAL);
}

/* SIGCONT: everybody goes on, whatever becomes of the signal itself. */
static void resume(struct process *p)
{
    p->stop_dequeued = false;
    if (p->stopped) {
        p->continue_waitable = p->continue_notice = true;
        p->stop_waitable = false;
    }
    p->stopping = p->stopped = false;
    p->stopped_threads = 0;
    struct thread *t;
    list_for_each(t, &p->threads, process_link)
    {
        struct task *k =
            t->task; // WORK_STOP stays: a call that it interrupted must still be repeated
        if (k->stopped) {
            k->stopped = false;
            thread_wake(t);
        }
    }
}

bool signal_stop_completed_locked(struct process *p)
{
    if (!p->stopping || p->stopped || !p->thread_count || p->stopped_threads < p->thread_count)
        return false;
    p->stopped = p->stop_waitable = true;
    p->continue_waitable = false;
    return true;
}

/* Nothing would come of it now, and no mask keeps it for later. `k` is the thread it is for. */
static bool is_ignored(struct process *p, const struct task *k, int sig)
{
    if ((k->mask | k->waiting) & KSIGBIT(sig))
        return false;
    uint64_t handler = action_of(p->handlers, sig).handler;
    if (p == init_process && handler == KSIG_DFL && !(k->forced & KSIGBIT(sig)))
        return true; // init gets only what it asked for
    return handler == KSIG_IGN || (handler == KSIG_DFL && signal_default_of(sig) == SIGNAL_IGNORED);
}

/* `only`: the one thread it is for, or NULL for the process. process->lock held. */
static int send_locked(struct process *p, struct thread *only, int sig, const siginfo_t *info)
{
    if (!p->handlers || p->exiting || list_empty(&p->threads))
        return 0; // it is ending: nobody is there to take it
    if (KSIGBIT(sig) & SIGNAL_STOPS)
        flush_everywhere(p, KSIGBIT(SIGCONT));
    if (sig == SIGCONT) {
        flush_everywhere(p, SIGNAL_STOPS);
        resume(p);
    }
    struct thread *t = only ? only : list_first(&p->threads, struct thread, process_link);
    struct task *k = t->task;
    if (is_ignored(p, k, sig))
        return 0;
    if (sig == SIGKILL) {
        process_begin_exit(p, SIGKILL);
        return 0;
    }
    int err = enqueue(p, only ? &k->pending : &p->pending, sig, info);
    if (err)
        return err;
    if (!only)
        notify_one(p, sig, NULL);
    else if (task_wants(k, sig))
        thread_interrupt(only, WORK_SIGNAL);
    return 0;
}

int signal_send_process(struct process *p, int sig, const siginfo_t *info)
{
    spin_lock(&p->lock);
    int err = send_locked(p, NULL, sig, info);
    spin_unlock(&p->lock);
    return err;
}

int signal_send_thread(struct thread *t, int sig, const siginfo_t *info)
{
    struct process *p = t->process;
    spin_lock(&p->lock);
    int err = list_empty(&t->process_link) ? 0 : send_locked(p, t, sig, info);
    spin_unlock(&p->lock);
    return err;
}

void signal_force(int sig, int code, uaddr_t addr)
{
    siginfo_t info = {.si_signo = sig, .si_code = code, .si_addr = (void *)addr};
    struct process *p = current_process();
    struct task *k = current_task();
    spin_lock(&p->lock);
    spin_lock(&p->handlers->lock);
    struct kernel_sigaction *a = &p->handlers->action[sig];
    if (a->handler == KSIG_IGN || k->mask & KSIGBIT(sig))
        a->handler = KSIG_DFL; // going on would only repeat the fault
    spin_unlock(&p->handlers->lock);
    k->mask &= ~KSIGBIT(sig);
    k->forced |= KSIGBIT(sig);
    send_locked(p, current, sig, &info);
    spin_unlock(&p->lock);
}

/* --- the caller's own mask, actions and waiting --- */

bool signal_pending(void)
{
    return current->work & (WORK_SIGNAL | WORK_DIE | WORK_STOP);
}

void signal_set_mask(ksigset_t mask)
{
    struct process *p = current_process();
    struct task *k = current_task();
    mask &= ~SIGNAL_UNBLOCKABLE;
    spin_lock(&p->lock);
    ksigset_t newly_masked = mask & ~k->mask;
    k->mask = mask;
    signal_hand_over_locked(p, newly_masked);
    signal_recalculate_locked(p);
    spin_unlock(&p->lock);
}

void signal_set_temporary_mask(ksigset_t mask)
{
    struct task *k = current_task();
    k->saved_mask = k->mask;
    k->restore_mask = true;
    signal_set_mask(mask);
}

void signal_restore_mask(void)
{
    struct task *k = current_task();
    if (!k->restore_mask)
        return;
    k->restore_mask = false;
    signal_set_mask(k->saved_mask);
}

ksigset_t signal_pending_set(void)
{
    struct process *p = current_process();
    spin_lock(&p->lock);
    ksigset_t set = (current_task()->pending.set | p->pending.set) & current_task()->mask;
    spin_unlock(&p->lock);
    return set;
}

int signal_set_action(int sig, const struct kernel_sigaction *new, struct kernel_sigaction *old)
{
    if (new &&KSIGBIT(sig) & SIGNAL_UNBLOCKABLE)
        return -EINVAL;
    struct process *p = current_process();
    spin_lock(&p->lock);
    spin_lock(&p->handlers->lock);
    struct kernel_sigaction *a = &p->handlers->action[sig];
    if (old)
        *old = *a;
    if (new) {
        *a = *new;
        a->mask &= ~SIGNAL_UNBLOCKABLE;
    }
    spin_unlock(&p->handlers->lock);
    // POSIX 2.4.3: what is pending is discarded when the signal becomes ignored, masked or not.
    if (new && (new->handler == KSIG_IGN ||
                (new->handler == KSIG_DFL &&signal_default_of(sig) == SIGNAL_IGNORED)))
        flush_everywhere(p, KSIGBIT(sig));
    spin_unlock(&p->lock);
    return 0;
}

int signal_take(ksigset_t set, siginfo_t *info)
{
    struct process *p = current_process();
    spin_lock(&p->lock);
    int sig = signal_take_locked(p, set, info);
    signal_recalculate_locked(p);
    spin_unlock(&p->lock);
    return sig;
}

int signal_wait(ksigset_t set, siginfo_t *info, uint64_t deadline)
{
    struct process *p = current_process();
    struct task *k = current_task();
    struct wait_queue nothing; // what wakes is WORK_SIGNAL
    wait_queue_init(&nothing, &p->lock);
    set &= ~SIGNAL_UNBLOCKABLE;
    spin_lock(&p->lock);
    int err = 0, sig = signal_take_locked(p, set, info);
    while (!sig && !err) {
        k->waiting = set;
        err = wait_on(&nothing, WAIT_SIGNALS, deadline, "signal");
        k->waiting = 0;
        sig = signal_take_locked(p, set, info);
    }
    signal_recalculate_locked(p);
    spin_unlock(&p->lock);
    if (sig)
        return sig;
    return err == -ETIMEDOUT ? -EAGAIN : err;
}

int wait_unless_killed(struct wait_queue *q, const char *reason)
{
    const uint32_t hidden = WORK_SIGNAL | WORK_STOP;
    uint32_t put_off = 0;
    int err = 0;
    do { // a signal or stop does not count now: its bit is hidden and shown again afterwards
        if (current->work & WORK_DIE)
            return -EINTR;
        put_off |= atomic_fetch_and(&current->work, ~hidden) & hidden;
        err = wait_on(q, WAIT_SIGNALS, NEVER, reason);
    } while (err && !(current->work & WORK_DIE));
    thread_set_work(current, put_off);
    return err;
}

void signal_child_policy(struct process *parent, bool *ignored, bool *reap, bool *no_stops)
{
    struct kernel_sigaction a = {};
    spin_lock(&parent->lock);
    if (parent->handlers)
        a = action_of(parent->handlers, SIGCHLD);
    spin_unlock(&parent->lock);
    *ignored = a.handler == KSIG_IGN;
    *reap = *ignored || a.flags & SA_NOCLDWAIT;
    *no_stops = *ignored || a.flags & SA_NOCLDSTOP;
}
