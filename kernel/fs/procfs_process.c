// SPDX-License-Identifier: ISC
/* /proc/PID: state, figures, names and limits of a process, a thread or a kernel thread. */
#include "abi/errno.h"
#include "abi/sched.h"
#include "fs/path.h"
#include "fs/procfs.h"
#include "fs/tty.h"
#include "lib/string.h"
#include "sched/sched.h"
#include "sched/trace.h"
#include "x86/clock.h"

#define FLAG_KERNEL_THREAD 0x00200000u // PF_KTHREAD

/* What the locks guard, taken in one go so that the printing needs none. */
struct figures {
    int id, parent, group, session, tty, foreground;
    unsigned threads;
    int exit_signal, exit_status;
    struct credentials cred;
    ksigset_t pending, shared_pending, blocked, ignored, caught;
    unsigned queued;
    uint64_t user_ns, kernel_ns, start_ns;
    uint64_t children_user_ticks, children_kernel_ticks;
    struct rusage usage, children;
    uint64_t limits_rss;
    int tracer;
    unsigned fd_size;
    uint32_t umask;
};

static uint64_t ticks_of(const struct timeval *t)
{
    return (uint64_t)t->tv_sec * 100 + (uint64_t)t->tv_usec / 10000;
}

static void collect_signals(struct process *p, struct figures *f)
{
    if (!p->handlers)
        return;
    spin_lock(&p->handlers->lock);
    for (int sig = 1; sig <= KNSIG; sig++) {
        const struct kernel_sigaction *a = &p->handlers->action[sig];
        if ((uint64_t)a->handler == 1)
            f->ignored |= 1ul << (sig - 1);
        else if ((uint64_t)a->handler != 0)
            f->caught |= 1ul << (sig - 1);
    }
    spin_unlock(&p->handlers->lock);
}

static void collect_process(struct process *p, struct figures *f)
{
    struct tty *tty;
    spin_lock(&process_tree_lock);
    f->parent = p->parent ? p->parent->id : 0;
    f->group = p->group;
    f->session = p->session ? p->session->id : 0;
    tty = p->session ? p->session->tty : NULL;
    f->exit_signal = p->exit_signal;
    f->exit_status = p->exit_status;
    f->children = p->children_usage;
    spin_unlock(&process_tree_lock);
    f->foreground = -1;
    if (tty) {
        f->tty = tty_device_number(tty);
        f->foreground = tty_foreground_group(tty);
    }
    spin_lock(&p->lock);
    f->threads = p->thread_count;
    f->cred = p->cred;
    f->shared_pending = p->pending.set;
    f->queued = p->queued_signals;
    f->limits_rss = p->limits[RLIMIT_RSS].rlim_cur;
    collect_signals(p, f);
    f->fd_size = p->files ? p->files->size : 0;
    f->umask = p->fs ? p->fs->umask : 0;
    spin_unlock(&p->lock);
    f->start_ns = p->start_ns;
    process_usage(p, &f->usage);
    f->children_user_ticks = ticks_of(&f->children.ru_utime);
    f->children_kernel_ticks = ticks_of(&f->children.ru_stime);
}

/* `t` may be NULL: a zombie. */
static void collect(struct gen_node *n, struct thread *t, struct figures *f)
{
    memset(f, 0, sizeof(*f));
    f->id = n->thread ? n->thread->id : n->process->id;
    f->foreground = -1;
    if (n->process)
        collect_process(n->process, f);
    else
        f->threads = 1;
    if (t && t->task) {
        struct task *k = t->task;
        f->pending = k->pending.set;
        f->blocked = k->mask;
    }
    if (!n->process) {
        f->kernel_ns = thread_cpu_ns(t);
    } else if (n->thread) {
        thread_times(t, &f->user_ns, &f->kernel_ns);
        f->usage.ru_minflt = (long)t->faults_minor;
        f->usage.ru_majflt = (long)t->faults_major;
    } else {
        process_times(n->process, &f->user_ns, &f->kernel_ns);
    }
}

char proc_state_letter(const struct gen_node *n, const struct thread *t)
{
    if (n->process && n->process->state != PROCESS_ALIVE)
        return n->process->state == PROCESS_ZOMBIE ? 'Z' : 'X';
    if (!t)
        return 'X';
    if (n->process && !n->thread && t->id != n->process->id)
        return 'Z'; // the first thread has ended, others go on
    const struct task *k = t->task;
    if (k && k->stopped)
        return 'T'; // also while it is still on its way into the sleep, which its parent need not wait for
    switch (t->state) {
    case THREAD_NEW:
    case THREAD_READY:
    case THREAD_RUNNING:
        return 'R';
    case THREAD_BLOCKED:
        return n->process ? 'D' : 'I';
    case THREAD_SLEEPING:
        return 'S';
    case THREAD_STOPPED:
        return 'T';
    default:
        return 'X';
    }
}

static const char *name_of(const struct gen_node *n, const struct thread *t)
{
    return t ? t->name : n->process->name;
}

/* man 5 proc, /proc/PID/stat: 52 fields, of which those that mean nothing here are 0. */
int proc_show_stat(struct gen_node *n, struct text *t)
{
    int err = proc_check_alive(n);
    if (err)
        return err;
    struct figures f;
    struct thread *th = proc_thread_get(n);
    struct space *s = proc_space_get(n);
    collect(n, th, &f);
    struct priority own = th ? th->own : (struct priority){}, now = th ? th->effective : own;
    text_printf(t, "%d (%s) %c %d %d %d %d %d %u ", f.id, name_of(n, th), proc_state_letter(n, th),
                f.parent, f.group, f.session, f.tty, f.foreground,
                n->process ? 0 : FLAG_KERNEL_THREAD);
    text_printf(t, "%ld %ld %ld %ld %lu %lu %ld %ld %d %d %u 0 %lu ", f.usage.ru_minflt,
                f.children.ru_minflt, f.usage.ru_majflt, f.children.ru_majflt,
                f.user_ns / NS_PER_TICK, f.kernel_ns / NS_PER_TICK, (long)f.children_user_ticks,
                (long)f.children_kernel_ticks, now.rt_priority ? -1 - now.rt_priority : 20 + now.nice, own.nice,
                f.threads, f.start_ns / NS_PER_TICK);
    text_printf(t, "%lu %ld %lu %lu %lu %lu 0 0 ", s ? s->mapped_pages * PAGE_SIZE : 0,
                s ? (long)s->resident : 0, f.limits_rss, s ? s->code_start : 0, s ? s->code_end : 0,
                s ? s->stack_top : 0);
    text_printf(t, "%lu %lu %lu %lu %u 0 0 %d %u %u %u 0 0 0 ", f.pending | f.shared_pending,
                f.blocked, f.ignored, f.caught, th && th->wait_reason ? 1 : 0, f.exit_signal,
                th ? th->cpu : 0, own.rt_priority, own.policy);
    text_printf(t, "%lu %lu %lu %lu %lu %lu %lu %d\n", s ? s->data_start : 0, s ? s->data_end : 0,
                s ? s->brk_start : 0, s ? s->arg_start : 0, s ? s->arg_end : 0,
                s ? s->env_start : 0, s ? s->env_end : 0, f.exit_status);
    if (s)
        space_put(s);
    if (th)
        thread_put(th);
    return 0;
}

// --- status --------------------------------------------------------------------------------------

static const char *state_word(char letter)
{
    switch (letter) {
    case 'R':
        return "running";
    case 'S':
        return "sleeping";
    case 'D':
        return "disk sleep";
    case 'T':
        return "stopped";
    case 'Z':
        return "zombie";
    case 'I':
        return "idle";
    default:
        return "dead";
    }
}

struct memory_sizes {
    size_t total, data, stack, code, locked;
    long resident, peak_resident;
};

/* In KiB. Walks the areas under the space's lock. */
static struct memory_sizes measure(struct space *s)
{
    struct memory_sizes m = {0};
    mutex_lock(&s->lock);
    for (struct area *a = space_area_first(s); a; a = space_area_next(a)) {
        size_t kib = (a->end - a->start) >> 10;
        m.total += kib;
        if (a->flags & (AREA_GROWDOWN | AREA_STACK))
            m.stack += kib;
        else if ((a->flags & (AREA_WRITE | AREA_SHARED)) == AREA_WRITE)
            m.data += kib;
        else if (a->flags & AREA_EXEC)
            m.code += kib;
        if (a->flags & AREA_LOCKED)
            m.locked += kib;
    }
    m.resident = s->resident * 4;
    m.peak_resident = MAX((long)s->peak_resident * 4, m.resident);
    mutex_unlock(&s->lock);
    return m;
}

static void show_memory(struct space *s, struct text *t)
{
    struct memory_sizes m = measure(s);
    text_printf(t, "VmPeak:\t%8lu kB\nVmSize:\t%8lu kB\nVmLck:\t%8lu kB\nVmPin:\t%8u kB\n", m.total,
                m.total, m.locked, 0);
    text_printf(t, "VmHWM:\t%8ld kB\nVmRSS:\t%8ld kB\n", m.peak_resident, m.resident);
    text_printf(t, "VmData:\t%8lu kB\nVmStk:\t%8lu kB\nVmExe:\t%8lu kB\nVmLib:\t%8u kB\n", m.data,
                m.stack, m.code, 0);
    text_printf(t, "VmSwap:\t%8u kB\n", 0);
    // Ours, in hexadecimal: the frame of the page tables' root, for those who may see frames.
    if (caller_is_privileged())
        text_printf(t, "PageTableRoot:\t%lx\n", s->root.addr >> PAGE_SHIFT);
}

static void show_identity(const struct gen_node *n, const struct figures *f, struct text *t)
{
    const struct credentials *c = &f->cred;
    text_printf(t, "Tgid:\t%d\nNgid:\t0\nPid:\t%d\nPPid:\t%d\nTracerPid:\t0\n", proc_id(n), f->id,
                f->parent);
    text_printf(t, "Uid:\t%u\t%u\t%u\t%u\nGid:\t%u\t%u\t%u\t%u\n", c->uid, c->euid, c->suid,
                c->fsuid, c->gid, c->egid, c->sgid, c->fsgid);
    text_printf(t, "FDSize:\t%u\nGroups:\t", f->fd_size);
    for (unsigned k = 0; k < c->group_count; k++)
        text_printf(t, "%u ", c->groups[k]);
    text_printf(t, "\n");
}

static void show_signals(const struct gen_node *n, const struct figures *f, struct text *t)
{
    uint64_t limit = n->process ? n->process->limits[RLIMIT_SIGPENDING].rlim_cur : 0;
    uint64_t caps = f->cred.euid == 0 ? 0x1ffffffffff : 0; // root may all, others nothing
    text_printf(t, "Threads:\t%u\nSigQ:\t%u/%lu\n", f->threads, f->queued, limit);
    text_printf(t, "SigPnd:\t%016lx\nShdPnd:\t%016lx\nSigBlk:\t%016lx\n", f->pending,
                f->shared_pending, f->blocked);
    text_printf(t, "SigIgn:\t%016lx\nSigCgt:\t%016lx\n", f->ignored, f->caught);
    text_printf(t, "CapInh:\t%016x\nCapPrm:\t%016lx\nCapEff:\t%016lx\n", 0, caps, caps);
    text_printf(t, "CapBnd:\t%016lx\nCapAmb:\t%016x\nNoNewPrivs:\t%d\nSeccomp:\t0\n",
                0x1fffffffffful, 0, n->process && n->process->no_new_privs);
}

/* "0-3,5" for a mask. */
static void show_mask_list(uint64_t mask, struct text *t)
{
    const char *comma = "";
    for (unsigned k = 0; k < 64; k++) {
        if (!(mask >> k & 1))
            continue;
        unsigned first = k;
        while (k + 1 < 64 && (mask >> (k + 1) & 1))
            k++;
        text_printf(t, first == k ? "%s%u" : "%s%u-%u", comma, first, k);
        comma = ",";
    }
}

static void show_scheduling(const struct thread *th, struct text *t)
{
    uint64_t all = cpu_count < 64 ? (1ul << cpu_count) - 1 : ~0ul;
    uint64_t mask = th->cpu_mask & all;
    text_printf(t, "Cpus_allowed:\t%lx\nCpus_allowed_list:\t", mask);
    show_mask_list(mask, t);
    text_printf(t, "\nvoluntary_ctxt_switches:\t%lu\nnonvoluntary_ctxt_switches:\t%lu\n",
                th->switches_voluntary, th->switches_forced);
}

int proc_show_status(struct gen_node *n, struct text *t)
{
    int err = proc_check_alive(n);
    if (err)
        return err;
    struct figures f;
    struct thread *th = proc_thread_get(n);
    struct space *s = proc_space_get(n);
    collect(n, th, &f);
    char letter = proc_state_letter(n, th);
    text_printf(t, "Name:\t");
    text_add_escaped(t, name_of(n, th), "\n\\");
    text_printf(t, "\n");
    if (n->process)
        text_printf(t, "Umask:\t%04o\n", f.umask);
    text_printf(t, "State:\t%c (%s)\n", letter, state_word(letter));
    show_identity(n, &f, t);
    if (s) {
        show_memory(s, t);
        space_put(s);
    }
    show_signals(n, &f, t);
    if (th) {
        show_scheduling(th, t);
        thread_put(th);
    }
    return 0;
}

// --- small ones ----------------------------------------------------------------------------------

int proc_show_comm(struct gen_node *n, struct text *t)
{
    struct thread *th = proc_thread_get(n);
    text_printf(t, "%s\n", name_of(n, th));
    if (th)
        thread_put(th);
    return 0;
}

/* A process may rename its own threads only. */
int proc_store_comm(struct gen_node *n, char *text, size_t len)
{
    (void)len;
    if (n->process != current_process())
        return -EINVAL;
    struct thread *th = proc_thread_get(n);
    if (!th)
        return -ESRCH;
    char *end = strchr(text, '\n');
    if (end)
        *end = 0;
    strlcpy(th->name, text, sizeof(th->name));
    trace_thread(th, n->process->id);
    thread_put(th);
    return 0;
}

/*
 * Fault injection as on Linux (Documentation/fault-injection, "fail-nth"): the n-th allocation that
 * the thread makes from now on fails. What is read back is how many are left; 0: it has failed.
 */
int proc_show_fail_nth(struct gen_node *n, struct text *t)
{
    struct thread *th = proc_thread_get(n);
    text_printf(t, "%u\n", th ? th->fail_nth : 0);
    if (th)
        thread_put(th);
    return 0;
}

int proc_store_fail_nth(struct gen_node *n, char *text, size_t len)
{
    const char *end;
    uint64_t nth = parse_number(text, &end);
    if (end == text || (*end && *end != '\n') || len == 0 || nth > INT32_MAX)
        return -EINVAL;
    struct thread *th = proc_thread_get(n);
    if (!th)
        return -ESRCH;
    th->fail_nth = nth;
    thread_put(th);
    return 0;
}

int proc_show_wchan(struct gen_node *n, struct text *t)
{
    struct thread *th = proc_thread_get(n);
    const char *reason = th ? th->wait_reason : NULL;
    bool waits = th && (th->state == THREAD_BLOCKED || th->state == THREAD_SLEEPING);
    text_printf(t, "%s", waits && reason ? reason : "0");
    if (th)
        thread_put(th);
    return 0;
}

static const struct {
    const char *name, *unit;
} limit_texts[RLIM_NLIMITS] = {
    [RLIMIT_CPU] = {"Max cpu time", "seconds"},
    [RLIMIT_FSIZE] = {"Max file size", "bytes"},
    [RLIMIT_DATA] = {"Max data size", "bytes"},
    [RLIMIT_STACK] = {"Max stack size", "bytes"},
    [RLIMIT_CORE] = {"Max core file size", "bytes"},
    [RLIMIT_RSS] = {"Max resident set", "bytes"},
    [RLIMIT_NPROC] = {"Max processes", "processes"},
    [RLIMIT_NOFILE] = {"Max open files", "files"},
    [RLIMIT_MEMLOCK] = {"Max locked memory", "bytes"},
    [RLIMIT_AS] = {"Max address space", "bytes"},
    [RLIMIT_LOCKS] = {"Max file locks", "locks"},
    [RLIMIT_SIGPENDING] = {"Max pending signals", "signals"},
    [RLIMIT_MSGQUEUE] = {"Max msgqueue size", "bytes"},
    [RLIMIT_NICE] = {"Max nice priority", ""},
    [RLIMIT_RTPRIO] = {"Max realtime priority", ""},
    [RLIMIT_RTTIME] = {"Max realtime timeout", "us"},
};

static void show_limit(uint64_t value, struct text *t)
{
    if (value == RLIM_INFINITY)
        text_printf(t, "%-20s ", "unlimited");
    else
        text_printf(t, "%-20lu ", value);
}

int proc_show_limits(struct gen_node *n, struct text *t)
{
    if (!n->process)
        return 0;
    struct rlimit limits[RLIM_NLIMITS];
    spin_lock(&n->process->lock);
    memcpy(limits, n->process->limits, sizeof(limits));
    spin_unlock(&n->process->lock);
    text_printf(t, "%-25s %-20s %-20s %-10s\n", "Limit", "Soft Limit", "Hard Limit", "Units");
    for (int k = 0; k < RLIM_NLIMITS; k++) {
        text_printf(t, "%-25s ", limit_texts[k].name);
        show_limit(limits[k].rlim_cur, t);
        show_limit(limits[k].rlim_max, t);
        text_printf(t, "%-10s\n", limit_texts[k].unit);
    }
    return 0;
}
