// SPDX-License-Identifier: ISC
/*
 * Delivery: what a thread does about its WORK_* bits on the way back to user mode, in this order:
 * die, stop, take signals, repeat an interrupted call.
 *
 * A stop is an agreement of all threads: the one that takes the stop signal sets process->stopping
 * and WORK_STOP on the others; each stops at this point, and the last to do so tells the parent.
 * SIGCONT ends it at the moment it is sent (task/signal.c); the first thread to run again tells the
 * parent of that.
 *
 * Restarting a call: the frame still holds the call's arguments, so "again" is only to put the
 * number back into rax and to step back over the two bytes of SYSCALL.
 */
#include "abi/errno.h"
#include "abi/syscall.h"
#include "sched/sched.h"
#include "sched/trace.h"
#include "task/futex.h"
#include "task/process.h"
#include "x86/trap.h"

void (*signal_exit_hook)(int status);
void (*signal_stop_hook)(struct process *p, bool continued, int sig);

#define SYSCALL_INSTRUCTION_SIZE 2

static void noreturn die(int status)
{
    signal_exit_hook(status);
    panic("a thread went on after its process's end");
}

/* Sits in the stop until SIGCONT or death, if there is one. */
static void stop_point(void)
{
    struct process *p = current_process();
    struct task *k = current_task();
    spin_lock(&p->lock);
    thread_clear_work(current, WORK_STOP);
    if (p->stopping && !p->exiting) {
        k->stopped = true;
        p->stopped_threads++;
        bool completed = signal_stop_completed_locked(p);
        int sig = p->stop_signal;
        if (completed) { // the notice takes process_tree_lock, which comes before ours
            spin_unlock(&p->lock);
            signal_stop_hook(p, false, sig);
            spin_lock(&p->lock);
        }
        while (k->stopped && !(current->work & WORK_DIE))
            thread_stop_here(&p->lock);
        k->stopped = false;
    }
    bool tell = p->continue_notice;
    p->continue_notice = false;
    spin_unlock(&p->lock);
    if (tell)
        signal_stop_hook(p, true, SIGCONT);
}

/* The default action of a stop signal that was just taken. */
static void stop_process(struct process *p, int sig)
{
    spin_lock(&process_tree_lock);
    bool refuse = sig != SIGSTOP && process_group_is_orphaned(p->group); // nobody could continue it
    spin_unlock(&process_tree_lock);
    spin_lock(&p->lock);
    // Without the lock a SIGCONT may have come: it wins over the stop that we took before.
    if (!refuse && p->stop_dequeued && !p->exiting && !p->stopping) {
        p->stopping = true;
        p->stop_signal = sig;
        struct thread *t;
        list_for_each(t, &p->threads, process_link) thread_interrupt(t, WORK_STOP);
    }
    spin_unlock(&p->lock);
}

/*
 * Takes signals until one needs a handler: its number with *a and *info filled, or 0 when nothing
 * deliverable is left. Stops and deaths happen inside.
 */
static int next_for_handler(struct trap_frame *f, struct kernel_sigaction *a, siginfo_t *info)
{
    struct process *p = current_process();
    struct task *k = current_task();
    for (;;) {
        spin_lock(&p->lock);
        int sig = signal_take_locked(p, ~k->mask, info);
        signal_recalculate_locked(p);
        if (!sig) {
            spin_unlock(&p->lock);
            return 0;
        }
        bool forced = k->forced & KSIGBIT(sig);
        k->forced &= ~KSIGBIT(sig);
        spin_lock(&p->handlers->lock);
        *a = p->handlers->action[sig];
        if (a->flags & SA_RESETHAND && a->handler > KSIG_IGN)
            p->handlers->action[sig].handler = KSIG_DFL;
        spin_unlock(&p->handlers->lock);
        spin_unlock(&p->lock);

        enum signal_default what = signal_default_of(sig);
        bool handled = a->handler > KSIG_IGN;
        bool ignored = a->handler == KSIG_IGN || what == SIGNAL_IGNORED || (p == init_process && !forced);
        enum trace_signal done = what == SIGNAL_KILLS ? TRACE_KILLS : TRACE_STOPS;
        TRACE(TRACE_SIGNAL, sig, handled ? TRACE_HANDLED : ignored ? TRACE_IGNORED : done, 0, 0);
        if (handled)
            return sig;
        if (ignored)
            continue;
        if (what == SIGNAL_KILLS) {
            if (forced)
                signal_report_fault(f, info);
            die(sig);
        }
        stop_process(p, sig);
        if (current->work & WORK_STOP)
            stop_point();
        if (current->work & WORK_DIE)
            die(p->group_exit_status);
    }
}

/* Sets an interrupted call up for repetition, or turns its result into -EINTR. `a`: the handler
 * that runs first. */
static void restart_call(struct trap_frame *f, const struct kernel_sigaction *a)
{
    if (!(f->vector_or_call & FRAME_IS_SYSCALL))
        return;
    uint64_t call = f->vector_or_call & ~FRAME_IS_SYSCALL;
    bool again = true;
    switch (-(int64_t)f->rax) {
    case ERESTARTNOINTR:
        break;
    case ERESTARTSYS:
        again = !a || a->flags & SA_RESTART;
        break;
    case ERESTARTNOHAND:
        again = !a;
        break;
    case ERESTART_RESTARTBLOCK:
        again = !a;
        call = SYS_restart_syscall;
        break;
    default:
        f->vector_or_call = FRAME_NO_RESTART;
        return;
    }
    f->vector_or_call = FRAME_NO_RESTART;
    if (again) {
        f->rax = call;
        f->rip -= SYSCALL_INSTRUCTION_SIZE;
    } else {
        f->rax = -EINTR;
    }
}

/* The mask while the handler runs: what was masked, what the handler asks for, and the signal
 * itself. */
static void mask_for_handler(const struct kernel_sigaction *a, int sig)
{
    ksigset_t mask = current_task()->mask | a->mask;
    if (!(a->flags & SA_NODEFER))
        mask |= KSIGBIT(sig);
    current_task()->restore_mask = false;
    signal_set_mask(mask);
}

/* The frame could not be written: the handler for a bad stack would need that stack too. */
static void bad_stack(int sig)
{
    struct process *p = current_process();
    if (sig == SIGSEGV) {
        spin_lock(&p->handlers->lock);
        p->handlers->action[SIGSEGV].handler = KSIG_DFL;
        spin_unlock(&p->handlers->lock);
    }
    signal_force(SIGSEGV, SI_KERNEL, 0);
}

static void deliver(struct trap_frame *f)
{
    struct kernel_sigaction a;
    siginfo_t info;
    int sig = next_for_handler(f, &a, &info);
    restart_call(f, sig ? &a : NULL);
    if (!sig) {
        signal_restore_mask();
        return;
    }
    struct task *k = current_task();
    if (signal_build_frame(f, &a, &info, k->restore_mask ? k->saved_mask : k->mask))
        bad_stack(sig);
    else
        mask_for_handler(&a, sig);
}

/* What comes after `why` was read is seen by the entry code, which then calls again. */
void signal_user_work(struct trap_frame *f)
{
    uint32_t why = current->work;
    sched_preempt();
    if (!current->process || !(why & (WORK_DIE | WORK_STOP | WORK_SIGNAL)))
        return;
    if (why & WORK_STOP)
        stop_point();
    if (current->work & WORK_DIE)
        die(current_process()->group_exit_status);
    deliver(f); // also after a stop alone: it may have interrupted a call
}

void signal_init(void)
{
    task_init();
    oom_init();
    futex_init();
    trap_hooks.user_work = signal_user_work;
    trap_hooks.user_trap = signal_user_trap;
}
