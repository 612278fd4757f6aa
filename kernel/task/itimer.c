// SPDX-License-Identifier: ISC
/*
 * Interval timers of a process (man 2 setitimer): ITIMER_REAL counts time, ITIMER_VIRTUAL its user
 * CPU time, ITIMER_PROF all its CPU time. RLIMIT_CPU is watched by the same means.
 *
 * CPU time has no alarm of its own: cpu_timer rings when the sum could have been reached at the
 * earliest (all threads running), looks, and sets itself again for what is missing.
 */
#include "abi/errno.h"
#include "abi/time.h"
#include "task/process.h"
#include "x86/clock.h"

#define LOOK_AGAIN_MIN                                                                             \
    1000000ull // ns: a process that sleeps just before its limit is not watched closer

static void real_timer_rings(struct timer *t)
{
    struct process *p = container_of(t, struct process, real_timer);
    signal_send_process(p, SIGALRM, NULL);
    spin_lock(&p->lock);
    uint64_t interval = p->real_interval;
    spin_unlock(&p->lock);
    if (!interval)
        return;
    uint64_t now = clock_ns(), next = t->deadline + interval;
    if (next <= now) // late by whole intervals: those are lost, as for any standard signal
        next += (now - next) / interval * interval + interval;
    timer_set(t, next);
}

/* Is `used` past the due time? Then sets the next and says so. */
static bool itimer_expired(struct cpu_itimer *t, uint64_t used)
{
    if (!t->due || used < t->due)
        return false;
    t->due = t->interval ? used + t->interval : 0;
    return true;
}

/* How long until `due` at the earliest, with n threads running. */
static uint64_t remaining(uint64_t due, uint64_t used, unsigned n)
{
    if (!due)
        return NEVER;
    return due > used ? MAX((due - used) / n, LOOK_AGAIN_MIN) : LOOK_AGAIN_MIN;
}

/* Sends what is due; how long until the next look, NEVER = nothing is watched. */
static uint64_t cpu_timers_look(struct process *p)
{
    uint64_t user, kernel;
    process_times(p, &user, &kernel);
    uint64_t total = user + kernel;
    spin_lock(&p->lock);
    bool virtual = itimer_expired(&p->virtual_timer, user);
    bool prof = itimer_expired(&p->prof_timer, total);
    bool limit = p->cpu_limit_next && total >= p->cpu_limit_next;
    bool hard = limit && total / NSEC_PER_SEC >= p->limits[RLIMIT_CPU].rlim_max;
    if (limit)
        p->cpu_limit_next += NSEC_PER_SEC; // the soft limit is told again every second
    unsigned n = MAX(p->thread_count, 1u);
    uint64_t wait = remaining(p->virtual_timer.due, user, n);
    wait = MIN(wait, remaining(p->prof_timer.due, total, n));
    wait = MIN(wait, remaining(p->cpu_limit_next, total, n));
    spin_unlock(&p->lock);
    if (virtual)
        signal_send_process(p, SIGVTALRM, NULL);
    if (prof)
        signal_send_process(p, SIGPROF, NULL);
    if (limit)
        signal_send_process(p, hard ? SIGKILL : SIGXCPU, NULL);
    return wait;
}

static void cpu_timer_rings(struct timer *t)
{
    uint64_t wait = cpu_timers_look(container_of(t, struct process, cpu_timer));
    if (wait != NEVER)
        timer_set(t, clock_ns() + wait);
}

static void cpu_timer_start(struct process *p)
{
    timer_cancel(&p->cpu_timer);
    cpu_timer_rings(&p->cpu_timer);
}

void itimer_init(struct process *p)
{
    timer_init(&p->real_timer, real_timer_rings);
    timer_init(&p->cpu_timer, cpu_timer_rings);
}

void itimer_stop(struct process *p)
{
    spin_lock(&p->lock);
    p->real_interval = 0; // or a callback that runs now would set the timer once more
    p->virtual_timer = p->prof_timer = (struct cpu_itimer){};
    p->cpu_limit_next = 0;
    spin_unlock(&p->lock);
    timer_cancel(&p->real_timer);
    timer_cancel(&p->cpu_timer);
}

void itimer_limit_changed(struct process *p)
{
    spin_lock(&p->lock);
    uint64_t seconds = p->limits[RLIMIT_CPU].rlim_cur;
    bool limited = seconds < RLIM_INFINITY / NSEC_PER_SEC;
    p->cpu_limit_next = limited ? MAX(seconds * NSEC_PER_SEC, 1ull) : 0;
    spin_unlock(&p->lock);
    if (limited)
        cpu_timer_start(p);
}

static struct timeval timeval_of(uint64_t ns)
{
    return (struct timeval){ns / NSEC_PER_SEC, ns % NSEC_PER_SEC / 1000};
}

static int ns_of(struct timeval t, uint64_t *ns)
{
    if (t.tv_sec < 0 || t.tv_usec < 0 || t.tv_usec >= 1000000)
        return -EINVAL;
    *ns =
        MIN((uint64_t)t.tv_sec, INT64_MAX / NSEC_PER_SEC - 1) * NSEC_PER_SEC + t.tv_usec * 1000ull;
    return 0;
}

/* What is left; never 0 for an armed timer, which would read as "not armed". */
static struct timeval left_until(uint64_t due, uint64_t now)
{
    return timeval_of(due > now ? MAX(due - now, 1000ull) : 1000);
}

static int real_get(struct process *p, struct itimerval *value)
{
    spin_lock(&p->lock);
    bool armed = p->real_timer.armed || p->real_interval;
    *value = (struct itimerval){.it_interval = timeval_of(p->real_interval)};
    if (armed)
        value->it_value = left_until(p->real_timer.deadline, clock_ns());
    spin_unlock(&p->lock);
    return 0;
}

int itimer_get(struct process *p, int which, struct itimerval *value)
{
    if (which == ITIMER_REAL)
        return real_get(p, value);
    if (which != ITIMER_VIRTUAL && which != ITIMER_PROF)
        return -EINVAL;
    uint64_t user, kernel;
    process_times(p, &user, &kernel);
    spin_lock(&p->lock);
    struct cpu_itimer *t = which == ITIMER_VIRTUAL ? &p->virtual_timer : &p->prof_timer;
    uint64_t used = which == ITIMER_VIRTUAL ? user : user + kernel;
    *value = (struct itimerval){.it_interval = timeval_of(t->interval)};
    if (t->due)
        value->it_value = left_until(t->due, used);
    spin_unlock(&p->lock);
    return 0;
}

static void real_set(struct process *p, uint64_t value, uint64_t interval)
{
    spin_lock(&p->lock);
    p->real_interval = 0;
    spin_unlock(&p->lock);
    timer_cancel(&p->real_timer);
    if (!value)
        return;
    spin_lock(&p->lock);
    p->real_interval = interval;
    spin_unlock(&p->lock);
    timer_set(&p->real_timer, clock_ns() + value);
}

int itimer_set(struct process *p, int which, const struct itimerval *value, struct itimerval *old)
{
    uint64_t first, interval, user, kernel;
    if (ns_of(value->it_value, &first) || ns_of(value->it_interval, &interval))
        return -EINVAL;
    struct itimerval unused;
    int err = itimer_get(p, which, old ? old : &unused);
    if (err)
        return err;
    if (which == ITIMER_REAL) {
        real_set(p, first, interval);
        return 0;
    }
    process_times(p, &user, &kernel);
    uint64_t used = which == ITIMER_VIRTUAL ? user : user + kernel;
    spin_lock(&p->lock);
    struct cpu_itimer *t = which == ITIMER_VIRTUAL ? &p->virtual_timer : &p->prof_timer;
    *t = (struct cpu_itimer){first ? used + first : 0, interval};
    spin_unlock(&p->lock);
    if (first)
        cpu_timer_start(p);
    return 0;
}
