// SPDX-License-Identifier: ISC
/*
 * Thread objects: ids, creation, end. Ids are given out in rising order and wrap at 32768 as on
 * Linux; a number that still names a process, group or session is passed over.
 *
 * The end of a thread takes two steps, because it cannot free the stack it stands on: thread_exit
 * leaves the CPU for ever, and the thread that runs next hands the dead one to the reaper.
 */
#include "sched/thread.h"
#include "abi/sched.h"
#include "lib/string.h"
#include "mm/heap.h"
#include "mm/kstack.h"
#include "sched/kthread.h"
#include "sched/queue.h"
#include "sched/trace.h"
#include "x86/asm.h"

static_assert(offsetof(struct thread, context) == 0, "entry.S");
static_assert(offsetof(struct thread, work) == THREAD_WORK, "entry.S");
static_assert(offsetof(struct thread, preempt_off) == THREAD_PREEMPT_OFF, "irq.c");


static SLAB_CACHE(thread_cache, struct thread);

static struct {
    struct spinlock lock;
    struct rbtree by_id; // [lock]
    size_t count;        // [lock]
    int last_id;         // [lock]
} table = {.lock = SPINLOCK("thread table")};

void (*thread_destroy_hook)(struct thread *t);
bool (*thread_id_busy_hook)(int id);

static struct {
    struct spinlock lock;
    struct list dead;          // [lock]
    size_t pending;            // [lock] threads in thread_exit or in .dead
    struct wait_queue waiting; // [lock] the reaper, for the dead
    struct wait_queue drained; // [lock] thread_reap_flush, for .pending to become 0
} reaper = {.lock = SPINLOCK("reaper")};

/* The thread with the lowest id >= `from`, or NULL. Table lock held. */
static struct thread *find_from(int from)
{
    struct thread *best = NULL;
    for (struct rbnode *n = table.by_id.root; n;) {
        struct thread *t = rb_entry(n, struct thread, id_node);
        if (t->id >= from)
            best = t;
        n = t->id >= from ? n->left : n->right;
    }
    return best;
}

/* Table lock held. False: the id is taken. */
static bool table_insert(struct thread *t)
{
    struct rbnode **link = &table.by_id.root, *parent = NULL;
    while (*link) {
        parent = *link;
        int other = rb_entry(parent, struct thread, id_node)->id;
        if (other == t->id)
            return false;
        link = t->id < other ? &parent->left : &parent->right;
    }
    rb_insert(&table.by_id, &t->id_node, parent, link);
    return true;
}

/* Gives t a free id and enters it. False: all are in use. */
static bool table_add(struct thread *t)
{
    for (int tries = 0; tries < THREAD_ID_MAX; tries++) {
        spin_lock(&table.lock);
        t->id = table.last_id = table.last_id % (THREAD_ID_MAX - 1) + 1;
        spin_unlock(&table.lock);
        if (thread_id_busy_hook && thread_id_busy_hook(t->id))
            continue; // asked without the lock: a free number can become busy only through a thread
        spin_lock(&table.lock);
        bool added = table_insert(t);
        table.count += added;
        spin_unlock(&table.lock);
        if (added)
            return true;
    }
    return false;
}

static void thread_free(struct thread *t)
{
    if (thread_destroy_hook)
        thread_destroy_hook(t);
    if (t->context.stack_top)
        kstack_free(t->context.stack_top);
    kfree(t->context.fpu);
    slab_free(&thread_cache, t);
}

struct thread *thread_create(const char *name, bool user)
{
    struct thread *t = slab_zalloc(&thread_cache);
    if (!t)
        return NULL;
    t->refs = 1;
    t->state = THREAD_NEW;
    t->cpu = this_cpu(cpu_number);
    t->cpu_mask = ~0ul;
    priority_init(t, (struct priority){.policy = SCHED_OTHER});
    strlcpy(t->name, name, sizeof(t->name));
    list_init(&t->run_link);
    list_init(&t->process_link);
    list_init(&t->reap_link);
    spin_init(&t->exit_lock, "thread exit");
    wait_queue_init(&t->exited, &t->exit_lock);
    t->context.stack_top = kstack_alloc();
    if (user)
        t->context.fpu = kmalloc(fpu_area_size());
    if (!t->context.stack_top || (user && !t->context.fpu) || !table_add(t)) {
        thread_free(t);
        return NULL;
    }
    if (user)
        fpu_init_state(t->context.fpu);
    return t;
}

void thread_start(struct thread *t)
{
    thread_get(t);
    thread_wake(t);
}

void thread_put(struct thread *t)
{
    if (atomic_fetch_sub(&t->refs, 1) != 1)
        return;
    assert(t->state == THREAD_NEW || t->state == THREAD_DEAD);
    spin_lock(&table.lock);
    if (t->state == THREAD_NEW) { // never started: still in the table
        rb_remove(&table.by_id, &t->id_node);
        table.count--;
    }
    spin_unlock(&table.lock);
    thread_free(t);
}

void noreturn thread_exit(void)
{
    struct thread *t = current;
    spin_lock(&reaper.lock);
    reaper.pending++; // before it leaves the table: who counts threads waits for it in one of the two
    spin_unlock(&reaper.lock);
    spin_lock(&table.lock);
    rb_remove(&table.by_id, &t->id_node);
    table.count--;
    spin_unlock(&table.lock);
    spin_lock(&t->exit_lock);
    t->has_exited = true;
    wake_all(&t->exited);
    spin_unlock(&t->exit_lock);
    irq_disable();
    t->state = THREAD_DEAD;
    schedule();
    panic("thread %d ran on after its end", t->id);
}

struct thread *thread_find(int id)
{
    spin_lock(&table.lock);
    struct thread *t = find_from(id);
    if (t && t->id == id)
        thread_get(t);
    else
        t = NULL;
    spin_unlock(&table.lock);
    return t;
}

struct thread *thread_find_from(int from)
{
    spin_lock(&table.lock);
    struct thread *t = find_from(from);
    if (t)
        thread_get(t);
    spin_unlock(&table.lock);
    return t;
}

size_t thread_count(void)
{
    return table.count;
}

void thread_take_id(struct thread *t, int id)
{
    spin_lock(&table.lock);
    struct thread *other = find_from(id);
    if (other && other->id == id)
        rb_remove(&table.by_id, &other->id_node);
    else
        other = NULL;
    rb_remove(&table.by_id, &t->id_node);
    int was = t->id;
    if (other) {
        other->id = was;
        table_insert(other);
    }
    t->id = id;
    TRACE(TRACE_RENUMBER, was, 0, 0, 0);
    table_insert(t);
    spin_unlock(&table.lock);
}

void thread_reap(struct thread *t)
{
    spin_lock(&reaper.lock);
    list_push_back(&reaper.dead, &t->reap_link);
    wake_one(&reaper.waiting);
    spin_unlock(&reaper.lock);
}

static void reaper_run(void *unused)
{
    (void)unused;
    spin_lock(&reaper.lock);
    for (;;) {
        while (list_empty(&reaper.dead))
            wait_on(&reaper.waiting, WAIT_ALWAYS, NEVER, "dead threads");
        struct thread *t = list_first(&reaper.dead, struct thread, reap_link);
        list_remove(&t->reap_link);
        spin_unlock(&reaper.lock);
        thread_put(t);
        spin_lock(&reaper.lock);
        if (--reaper.pending == 0)
            wake_all(&reaper.drained);
    }
}

void thread_reap_flush(void)
{
    spin_lock(&reaper.lock);
    while (reaper.pending)
        wait_on(&reaper.drained, WAIT_ALWAYS, NEVER, "end of dead threads");
    spin_unlock(&reaper.lock);
}

void thread_start_reaper(void)
{
    if (!kthread_start("reaper", reaper_run, NULL))
        panic("no memory for the reaper");
}

/* An idle thread has no id and is in no table. */
static void idle_init(struct thread *t, unsigned cpu)
{
    *t = (struct thread){.state = THREAD_RUNNING, .name = "idle", .refs = 1, .cpu = cpu, .cpu_mask = 1ul << cpu};
    list_init(&t->run_link);
    list_init(&t->process_link);
    list_init(&t->reap_link);
}

struct thread *thread_create_idle(unsigned cpu)
{
    struct thread *t = slab_alloc(&thread_cache);
    void *stack = kstack_alloc();
    if (t)
        idle_init(t, cpu);
    if (t && stack) {
        t->context.stack_top = stack;
        return t;
    }
    if (stack)
        kstack_free(stack);
    if (t)
        slab_free(&thread_cache, t);
    return NULL;
}

void thread_free_idle(struct thread *t)
{
    kstack_free(t->context.stack_top);
    slab_free(&thread_cache, t);
}

/* The flow that booted becomes the idle thread of its CPU: it has a stack already. */
void thread_init(void)
{
    static struct thread idle;
    idle_init(&idle, 0);
    queue_init(0, &idle);
    list_init(&reaper.dead);
    wait_queue_init(&reaper.waiting, &reaper.lock);
    wait_queue_init(&reaper.drained, &reaper.lock);
}
