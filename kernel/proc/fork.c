// SPDX-License-Identifier: ISC
/*
 * fork, vfork, clone: a new process, or a new thread in this one. What CLONE_* names is shared,
 * everything else is copied; memory is copied by sharing pages until a write (vm/cow.c).
 *
 * fork returns twice. No code runs twice, though: the child gets a copy of the trap frame that this
 * call left on the parent's kernel stack, with 0 in rax, at the top of a kernel stack of its own.
 * The parent goes back the usual way and returns the child's id. The child, when it is first
 * scheduled, starts in context_start_user, which does nothing but leave the kernel through that
 * copied frame. Both therefore come back from the one SYSCALL instruction, with the same registers
 * but for rax.
 *
 * The order of work: check everything, allocate everything, then commit. Where the commit begins is
 * marked; from there on nothing fails.
 */
#include "abi/errno.h"
#include "fs/file.h"
#include "fs/path.h"
#include "proc/proc.h"
#include "sched/sched.h"
#include "sched/trace.h"
#include "vm/space.h"
#include "x86/context.h"
#include "x86/uaccess.h"

#define CLONE_NAMESPACES                                                                           \
    (CLONE_NEWNS | CLONE_NEWCGROUP | CLONE_NEWUTS | CLONE_NEWIPC | CLONE_NEWUSER | CLONE_NEWPID |  \
     CLONE_NEWNET | CLONE_NEWTIME)
#define CLONE_UNSUPPORTED (CLONE_NAMESPACES | CLONE_PIDFD | CLONE_INTO_CGROUP)

/* Which flags need which (man 2 clone, "EINVAL"). */
static int check_flags(const struct clone_request *r)
{
    uint64_t f = r->flags;
    if (f & CLONE_UNSUPPORTED)
        return -EINVAL;
    if (f & CLONE_THREAD && !(f & CLONE_SIGHAND))
        return -EINVAL;
    if (f & CLONE_SIGHAND && !(f & CLONE_VM))
        return -EINVAL;
    if (f & CLONE_SIGHAND && f & CLONE_CLEAR_SIGHAND)
        return -EINVAL;
    if (f & CLONE_PARENT && current_process() == init_process)
        return -EINVAL; // init's siblings would have no parent
    if (f & CLONE_SETTLS && r->tls >= USER_END)
        return -EPERM;
    return 0;
}

static int check_process_limit(const struct process *self)
{
    uint64_t limit = self->limits[RLIMIT_NPROC].rlim_cur;
    if (process_is_privileged(self) || limit == RLIM_INFINITY)
        return 0;
    return process_count_of_user(self->cred.uid) >= limit ? -EAGAIN : 0;
}

/* --- a process's resources: shared or copied, by flag --- */

static bool clone_space(struct process *child, struct process *self, uint64_t flags)
{
    if (flags & CLONE_VM)
        space_get(self->space);
    child->space = flags & CLONE_VM ? self->space : space_fork(self->space);
    return child->space;
}

static bool clone_files(struct process *child, struct process *self, uint64_t flags)
{
    if (flags & CLONE_FILES)
        fd_table_get(self->files);
    child->files = flags & CLONE_FILES ? self->files : fd_table_copy(self->files);
    return child->files;
}

static bool clone_fs(struct process *child, struct process *self, uint64_t flags)
{
    if (flags & CLONE_FS)
        fs_context_get(self->fs);
    child->fs = flags & CLONE_FS ? self->fs : fs_context_copy(self->fs);
    return child->fs;
}

static bool clone_handlers(struct process *child, struct process *self, uint64_t flags)
{
    if (flags & CLONE_SIGHAND)
        signal_handlers_get(self->handlers);
    child->handlers = flags & CLONE_SIGHAND ? self->handlers : signal_handlers_copy(self->handlers);
    if (child->handlers && flags & CLONE_CLEAR_SIGHAND)
        signal_handlers_reset_for_exec(child->handlers);
    return child->handlers;
}

/* A process that was never published. */
static void discard_process(struct process *p)
{
    if (p->space)
        space_put(p->space);
    if (p->files)
        fd_table_put(p->files);
    if (p->fs)
        fs_context_put(p->fs);
    signal_handlers_put(p->handlers);
    process_put(p);
}

static struct process *create_process(const struct clone_request *r)
{
    struct process *self = current_process(), *p = process_create(self);
    if (!p)
        return NULL;
    p->exit_signal = r->exit_signal;
    p->vfork_pending = r->flags & CLONE_VFORK;
    if (clone_space(p, self, r->flags) && clone_files(p, self, r->flags) &&
        clone_fs(p, self, r->flags) && clone_handlers(p, self, r->flags))
        return p;
    discard_process(p);
    return NULL;
}

/* --- a thread --- */

/* The registers with which the child enters user mode. */
static void copy_registers(struct thread *t, const struct clone_request *r)
{
    struct context *c = &t->context;
    struct trap_frame *f = context_user_frame(c);
    *f = *context_user_frame(&current->context);
    f->rax = 0;
    if (r->stack)
        f->rsp = r->stack;
    uint64_t irq = irq_save();
    context_save_bases(&current->context);
    fpu_save_current(c->fpu);
    irq_restore(irq);
    c->fs_base = r->flags & CLONE_SETTLS ? r->tls : current->context.fs_base;
    c->gs_base = current->context.gs_base;
    context_init_user(c, c->stack_top, sched_first_run);
}

static void copy_task(struct task *k, const struct clone_request *r)
{
    struct task *own = current_task();
    k->mask = own->mask;
    if ((r->flags & (CLONE_VM | CLONE_VFORK)) != CLONE_VM)
        k->altstack = own->altstack; // a thread must not share its creator's
    if (r->flags & CLONE_CHILD_CLEARTID)
        k->clear_child_tid = r->child_tid;
}

static struct thread *create_thread(const struct clone_request *r)
{
    struct thread *t = thread_create(current->name, true);
    if (!t)
        return NULL;
    if (!task_create(t)) {
        thread_put(t);
        return NULL;
    }
    sched_fork(t);
    copy_registers(t, r);
    copy_task(t->task, r);
    return t;
}

/* The ids that libc wants to find in memory. As on Linux, an address that cannot be written is no
 * error. */
static void write_ids(const struct clone_request *r, struct space *child_space, int id)
{
    if (r->flags & CLONE_PARENT_SETTID && copy_out(r->parent_tid, &id))
        return;
    if (r->flags & CLONE_CHILD_SETTID && user_range_ok(r->child_tid, sizeof(id)))
        space_write(child_space, r->child_tid, &id, sizeof(id));
}

/* --- commit --- */

static struct process *choose_parent(const struct clone_request *r, struct process *child)
{
    struct process *self = current_process();
    if (!(r->flags & CLONE_PARENT))
        return self;
    child->exit_signal = self->exit_signal;
    return self->parent;
}

/*
 * Makes the new thread, and process if it is one, visible. Refused when a signal came meanwhile: a
 * signal for the group or the process must reach the child, or be handled before it exists; both
 * locks make that one moment.
 */
static int commit(const struct clone_request *r, struct thread *t, struct process *child)
{
    struct process *self = current_process();
    bool refused;
    spin_lock(&process_tree_lock);
    spin_lock(&self->lock);
    refused = signal_pending();
    if (!refused && !child)
        process_add_thread(self, t);
    spin_unlock(&self->lock);
    if (!refused && child) {
        process_add_thread(child, t);
        process_publish(child, choose_parent(r, child));
    }
    spin_unlock(&process_tree_lock);
    return refused ? -ERESTARTNOINTR : 0;
}

/* vfork: the parent lends its memory and waits until the child has a space of its own or is gone.
 */
static void wait_for_exec(struct process *child)
{
    spin_lock(&process_tree_lock);
    while (child->vfork_pending)
        if (wait_unless_killed(&child->exec_done, "vfork"))
            break;
    spin_unlock(&process_tree_lock);
}

static long start(const struct clone_request *r, struct thread *t, struct process *child)
{
    struct space *space = child ? child->space : current_process()->space;
    int id = t->id;
    write_ids(r, space, id);
    space_get(space);
    t->space = space;
    int err = commit(r, t, child);
    if (err) {
        space_put(space);
        thread_put(t);
        if (child)
            discard_process(child);
        return err;
    }
    // From here on nothing fails.
    if (child) {
        process_get(child);
        if (child->limits[RLIMIT_CPU].rlim_cur != RLIM_INFINITY)
            itimer_limit_changed(child);
    }
    trace_thread(t, t->process->id);
    thread_start(t);
    thread_put(t);
    if (child && r->flags & CLONE_VFORK)
        wait_for_exec(child);
    process_put(child);
    return id;
}

long process_clone(const struct clone_request *r)
{
    int err = check_flags(r);
    if (!err)
        err = check_process_limit(current_process());
    if (err)
        return err;
    if (signal_pending())
        return -ERESTARTNOINTR;
    bool is_thread = r->flags & CLONE_THREAD;
    struct process *child = is_thread ? NULL : create_process(r);
    struct thread *t = is_thread || child ? create_thread(r) : NULL;
    if (t)
        return start(r, t, child);
    if (child)
        discard_process(child);
    return -ENOMEM;
}
