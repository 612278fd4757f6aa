// SPDX-License-Identifier: ISC
/*
 * Process objects: creation, the tree by id, threads, accounts. What a process is and how it lives
 * is said in process.h; fork, exec, exit and wait are in proc/, groups and sessions in
 * task/group.c.
 */
#include "task/process.h"
#include "abi/errno.h"
#include "lib/string.h"
#include "mm/heap.h"
#include "sched/sched.h"
#include "vm/space.h"
#include "x86/clock.h"

struct spinlock process_tree_lock = SPINLOCK("process tree");
struct process *init_process;

static SLAB_CACHE(process_cache, struct process);
static struct rbtree by_id;  // [t]
static size_t process_total; // [t]

/* Linux's limits for a first process, with its stack of 8 MiB (man 2 getrlimit,
 * include/asm-generic/resource.h). */
static void set_default_limits(struct process *p)
{
    for (unsigned i = 0; i < RLIM_NLIMITS; i++)
        p->limits[i] = (struct rlimit){RLIM_INFINITY, RLIM_INFINITY};
    p->limits[RLIMIT_STACK].rlim_cur = 8ul << 20;
    p->limits[RLIMIT_CORE].rlim_cur = 0;
    p->limits[RLIMIT_NPROC] = (struct rlimit){4096, 4096};
    p->limits[RLIMIT_NOFILE] = (struct rlimit){1024, 1048576};
    p->limits[RLIMIT_MEMLOCK] = (struct rlimit){8ul << 20, 8ul << 20};
    p->limits[RLIMIT_SIGPENDING] = (struct rlimit){4096, 4096};
    p->limits[RLIMIT_MSGQUEUE] = (struct rlimit){819200, 819200};
    p->limits[RLIMIT_NICE] = (struct rlimit){0, 0};
    p->limits[RLIMIT_RTPRIO] = (struct rlimit){0, 0};
}

static void inherit(struct process *p, struct process *parent)
{
    spin_lock(&parent->lock);
    p->cred = parent->cred;
    memcpy(p->limits, parent->limits, sizeof(p->limits));
    memcpy(p->name, parent->name, sizeof(p->name));
    p->no_new_privs = parent->no_new_privs;
    p->dumpable = parent->dumpable;
    spin_unlock(&parent->lock);
}

struct process *process_create(struct process *parent)
{
    struct process *p = slab_zalloc(&process_cache);
    if (!p)
        return NULL;
    atomic_init(&p->refs, 1);
    spin_init(&p->lock, "process");
    list_init(&p->children);
    list_init(&p->sibling);
    list_init(&p->group_link);
    list_init(&p->threads);
    list_init(&p->pending.queue);
    wait_queue_init(&p->child_event, &process_tree_lock);
    wait_queue_init(&p->exec_done, &process_tree_lock);
    wait_queue_init(&p->threads_gone, &p->lock);
    p->exit_signal = SIGCHLD;
    p->dumpable = true;
    p->start_ns = clock_ns();
    set_default_limits(p);
    if (parent)
        inherit(p, parent);
    itimer_init(p);
    return p;
}

void process_get(struct process *p)
{
    atomic_fetch_add_explicit(&p->refs, 1, memory_order_relaxed);
}

void process_put(struct process *p)
{
    if (!p || atomic_fetch_sub(&p->refs, 1) != 1)
        return;
    assert(list_empty(&p->threads) && list_empty(&p->sibling) && list_empty(&p->pending.queue));
    if (p->session)
        session_put(p->session);
    slab_free(&process_cache, p);
}

/* --- threads --- */

void process_add_thread(struct process *p, struct thread *t)
{
    if (!p->id)
        p->id = t->id;
    process_get(p);
    t->process = p;
    list_push_back(&p->threads, &t->process_link);
    p->thread_count++;
}

void process_remove_thread(struct process *p, struct thread *t)
{
    uint64_t user, kernel;
    thread_times(t, &user, &kernel);
    p->dead_user_ns += user;
    p->dead_kernel_ns += kernel;
    p->dead_faults_minor += t->faults_minor;
    p->dead_faults_major += t->faults_major;
    p->dead_switches_voluntary += t->switches_voluntary;
    p->dead_switches_forced += t->switches_forced;
    list_remove(&t->process_link);
    p->thread_count--;
}

void process_kill_other_threads(struct process *p)
{
    struct thread *t;
    list_for_each(t, &p->threads, process_link)
    {
        if (t == current)
            continue;
        thread_interrupt(t, WORK_DIE);
        struct task *k = t->task;
        if (k->stopped) {
            k->stopped = false;
            thread_wake(t);
        }
    }
}

void process_begin_exit(struct process *p, int status)
{
    if (p->exiting)
        return;
    p->exiting = true;
    p->group_exit_status = status;
    process_kill_other_threads(p);
    if (current->process == p)
        thread_set_work(current, WORK_DIE);
}

/* --- the tree --- */

/* The process with the lowest id >= from. */
static struct process *find_from(int from)
{
    struct process *best = NULL;
    for (struct rbnode *n = by_id.root; n;) {
        struct process *p = rb_entry(n, struct process, id_node);
        if (p->id >= from)
            best = p;
        n = p->id >= from ? n->left : n->right;
    }
    return best;
}

struct process *process_find_locked(int id)
{
    struct process *p = find_from(id);
    return p && p->id == id ? p : NULL;
}

struct process *process_find(int id)
{
    spin_lock(&process_tree_lock);
    struct process *p = process_find_locked(id);
    if (p)
        process_get(p);
    spin_unlock(&process_tree_lock);
    return p;
}

struct process *process_find_from(int from)
{
    spin_lock(&process_tree_lock);
    struct process *p = find_from(from);
    if (p)
        process_get(p);
    spin_unlock(&process_tree_lock);
    return p;
}

struct process *process_next_locked(struct process *p)
{
    struct rbnode *n = p ? rb_next(&p->id_node) : rb_first(&by_id);
    return n ? rb_entry(n, struct process, id_node) : NULL;
}

void process_tree_insert(struct process *p)
{
    struct rbnode **link = &by_id.root, *parent = NULL;
    while (*link) {
        parent = *link;
        struct process *other = rb_entry(parent, struct process, id_node);
        assert(other->id != p->id);
        link = p->id < other->id ? &parent->left : &parent->right;
    }
    rb_insert(&by_id, &p->id_node, parent, link);
    process_total++;
}

void process_tree_remove(struct process *p)
{
    rb_remove(&by_id, &p->id_node);
    process_total--;
}

size_t process_count(void)
{
    return process_total;
}

size_t process_count_of_user(uint32_t uid)
{
    size_t n = 0;
    spin_lock(&process_tree_lock);
    for (struct process *p = process_next_locked(NULL); p; p = process_next_locked(p))
        if (p->cred.uid == uid)
            n += MAX(p->thread_count, 1u); // a zombie counts as one
    spin_unlock(&process_tree_lock);
    return n;
}

struct space *process_space_get(struct process *p)
{
    spin_lock(&p->lock);
    struct space *s = p->space;
    if (s)
        space_get(s);
    spin_unlock(&p->lock);
    return s;
}

/* --- limits and accounts --- */

uint64_t process_limit(struct process *p, int which)
{
    spin_lock(&p->lock);
    uint64_t limit = p->limits[which].rlim_cur;
    spin_unlock(&p->lock);
    return limit;
}

bool process_is_privileged(const struct process *p)
{
    return p->cred.euid == 0;
}

void process_times(struct process *p, uint64_t *user_ns, uint64_t *kernel_ns)
{
    spin_lock(&p->lock);
    *user_ns = p->dead_user_ns;
    *kernel_ns = p->dead_kernel_ns;
    struct thread *t;
    list_for_each(t, &p->threads, process_link)
    {
        uint64_t user, kernel;
        thread_times(t, &user, &kernel);
        *user_ns += user;
        *kernel_ns += kernel;
    }
    spin_unlock(&p->lock);
}

static struct timeval timeval_of(uint64_t ns)
{
    return (struct timeval){ns / NSEC_PER_SEC, ns % NSEC_PER_SEC / 1000};
}

void thread_usage(struct thread *t, struct rusage *out)
{
    uint64_t user, kernel;
    thread_times(t, &user, &kernel);
    *out = (struct rusage){
        .ru_utime = timeval_of(user),
        .ru_stime = timeval_of(kernel),
        .ru_minflt = t->faults_minor,
        .ru_majflt = t->faults_major,
        .ru_nvcsw = t->switches_voluntary,
        .ru_nivcsw = t->switches_forced,
    };
}

void process_usage(struct process *p, struct rusage *out)
{
    uint64_t user, kernel;
    process_times(p, &user, &kernel);
    spin_lock(&p->lock);
    *out = (struct rusage){
        .ru_utime = timeval_of(user),
        .ru_stime = timeval_of(kernel),
        .ru_minflt = p->dead_faults_minor,
        .ru_majflt = p->dead_faults_major,
        .ru_nvcsw = p->dead_switches_voluntary,
        .ru_nivcsw = p->dead_switches_forced,
    };
    struct thread *t;
    list_for_each(t, &p->threads, process_link)
    {
        out->ru_minflt += t->faults_minor;
        out->ru_majflt += t->faults_major;
        out->ru_nvcsw += t->switches_voluntary;
        out->ru_nivcsw += t->switches_forced;
    }
    size_t pages = p->peak_resident;
    if (p->space)
        pages = MAX(pages, p->space->peak_resident);
    out->ru_maxrss = pages * (PAGE_SIZE / 1024);
    spin_unlock(&p->lock);
}

static struct timeval timeval_add(struct timeval a, struct timeval b)
{
    struct timeval sum = {a.tv_sec + b.tv_sec, a.tv_usec + b.tv_usec};
    if (sum.tv_usec >= 1000000) {
        sum.tv_usec -= 1000000;
        sum.tv_sec++;
    }
    return sum;
}

void rusage_add(struct rusage *sum, const struct rusage *more)
{
    sum->ru_utime = timeval_add(sum->ru_utime, more->ru_utime);
    sum->ru_stime = timeval_add(sum->ru_stime, more->ru_stime);
    sum->ru_maxrss = MAX(sum->ru_maxrss, more->ru_maxrss);
    sum->ru_minflt += more->ru_minflt;
    sum->ru_majflt += more->ru_majflt;
    sum->ru_nvcsw += more->ru_nvcsw;
    sum->ru_nivcsw += more->ru_nivcsw;
}
