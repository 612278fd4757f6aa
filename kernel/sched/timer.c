// SPDX-License-Identifier: ISC
/*
 * Timers. The alarm of a CPU is only ever moved to an earlier time by
 * timer_program; when it rings too early the interrupt finds nothing to do and sets the next. That
 * is cheaper than a write to the timer at each switch.
 *
 * A timer is in the tree of the CPU that armed it last, timer.cpu, whose lock guards it. While its
 * callback runs it stays with that CPU, whoever arms it, so that timer_cancel knows where to look.
 */
#include "sched/timer.h"
#include "abi/errno.h"
#include "sched/sched.h"
#include "x86/clock.h"

struct cpu_timers {
    struct spinlock lock;
    struct rbtree tree;     // [lock] by deadline
    struct rbnode *first;   // [lock]
    uint64_t alarm;         // this CPU, interrupts off: what the hardware is set to
    struct timer *running;  // [lock] whose callback runs
};
static DEFINE_PER_CPU(struct cpu_timers, cpu_timers) = {.lock = SPINLOCK("timers"), .alarm = NEVER};

void timer_init(struct timer *t, void (*callback)(struct timer *))
{
    *t = (struct timer){.callback = callback, .cpu = this_cpu(cpu_number)};
}

/* Lock held. */
static void timer_unlink(struct cpu_timers *c, struct timer *t)
{
    if (c->first == &t->node)
        c->first = rb_next(&t->node);
    rb_remove(&c->tree, &t->node);
    t->armed = false;
}

static void timer_link(struct cpu_timers *c, struct timer *t)
{
    struct rbnode **link = &c->tree.root, *parent = NULL;
    bool leftmost = true;
    while (*link) {
        parent = *link;
        bool before = t->deadline < rb_entry(parent, struct timer, node)->deadline;
        leftmost &= before;
        link = before ? &parent->left : &parent->right;
    }
    rb_insert(&c->tree, &t->node, parent, link);
    t->armed = true;
    if (leftmost)
        c->first = &t->node;
}

/* Locks the CPU's timers that t belongs to; it may move while we look. */
static struct cpu_timers *timers_lock_of(struct timer *t)
{
    for (;;) {
        unsigned cpu = __atomic_load_n(&t->cpu, __ATOMIC_RELAXED);
        struct cpu_timers *c = &per_cpu(cpu_timers, cpu);
        spin_lock(&c->lock);
        if (t->cpu == cpu)
            return c;
        spin_unlock(&c->lock);
    }
}

bool timer_cancel(struct timer *t)
{
    struct cpu_timers *c = timers_lock_of(t);
    while (c->running == t) { // on another CPU: its callback must end first, and may arm the timer again
        spin_unlock(&c->lock);
        cpu_relax();
        c = timers_lock_of(t);
    }
    bool was_armed = t->armed;
    if (was_armed)
        timer_unlink(c, t);
    spin_unlock(&c->lock);
    return was_armed;
}

void timer_set(struct timer *t, uint64_t deadline)
{
    uint64_t irq = irq_save();
    unsigned me = this_cpu(cpu_number);
    struct cpu_timers *c = timers_lock_of(t);
    for (;;) {
        if (t->armed)
            timer_unlink(c, t);
        if (t->cpu == me || c->running == t)
            break;
        t->cpu = me; // not in a tree: it may move
        spin_unlock(&c->lock);
        c = timers_lock_of(t);
    }
    t->deadline = deadline;
    timer_link(c, t);
    bool mine = t->cpu == me; // else that CPU is about to look at its tree again
    spin_unlock(&c->lock);
    if (mine)
        timer_program(deadline);
    irq_restore(irq);
}

void timer_program(uint64_t also)
{
    struct cpu_timers *c = this_cpu_ptr(cpu_timers);
    if (also < c->alarm) {
        c->alarm = also;
        clock_alarm(also);
    }
}

/* Runs every callback whose time has come; returns the deadline of the first timer left. */
static uint64_t timers_run(struct cpu_timers *c, uint64_t now)
{
    uint64_t next = NEVER;
    spin_lock(&c->lock);
    while (c->first) {
        struct timer *t = rb_entry(c->first, struct timer, node);
        if (t->deadline > now) {
            next = t->deadline;
            break;
        }
        timer_unlink(c, t);
        c->running = t;
        spin_unlock(&c->lock);
        t->callback(t);
        spin_lock(&c->lock);
        c->running = NULL;
    }
    spin_unlock(&c->lock);
    return next;
}

static void timer_interrupt(void *unused)
{
    (void)unused;
    struct cpu_timers *c = this_cpu_ptr(cpu_timers);
    c->alarm = NEVER;
    uint64_t now = clock_ns();
    uint64_t next = timers_run(c, now);
    timer_program(MIN(next, sched_tick(now)));
}

static void read_clock(struct timer *t)
{
    timer_set(t, clock_ns() + clock_wrap_ns() / 4);
}

void timer_watch_clock(void)
{
    static struct timer reader = {.callback = read_clock};
    if (clock_wrap_ns() != NEVER)
        read_clock(&reader);
}

void timer_start(void)
{
    vector_register(VECTOR_TIMER, timer_interrupt, NULL);
    timer_watch_clock();
}

int sleep_until(uint64_t deadline)
{
    struct spinlock lock = SPINLOCK("sleep");
    struct wait_queue never;
    wait_queue_init(&never, &lock);
    spin_lock(&lock);
    int err;
    do
        err = wait_on(&never, WAIT_SIGNALS, deadline, "sleep");
    while (!err);
    spin_unlock(&lock);
    return err == -ETIMEDOUT ? 0 : err;
}
