// SPDX-License-Identifier: ISC
/*
 * Out of memory: a page fault that finds no frame ends the process that has most, and waits until
 * its memory is back. Calls that can fail (mmap, brk, fork) fail with -ENOMEM instead and never
 * come here.
 */
#include "abi/errno.h"
#include "task/process.h"
#include "vm/space.h"
#include "x86/clock.h"

#define WAIT_LIMIT                                                                                 \
    (2 * NSEC_PER_SEC) // a victim that waits for something we hold must not stop us for ever

static struct wait_queue freed = {.lock = &process_tree_lock, .waiters = LIST_INIT(freed.waiters)};

void process_memory_freed(void)
{
    wake_all(&freed);
}

/* The living process with most pages, with a reference; init only if there is no other.
 * process_tree_lock held. */
static struct process *choose_victim(void)
{
    struct process *best = NULL;
    long most = -1;
    for (struct process *p = process_next_locked(NULL); p; p = process_next_locked(p)) {
        spin_lock(&p->lock);
        long pages = -1;
        if (p->space)
            pages = p->space->resident;
        spin_unlock(&p->lock);
        if (p == init_process || pages <= most)
            continue;
        best = p;
        most = pages;
    }
    if (best)
        process_get(best);
    return best;
}

/* vm_out_of_memory: 0 = try again, -ENOMEM = the caller is to end (or cannot wait). */
static int make_room(void)
{
    struct process *self = current_process();
    if (!self || current->work & WORK_DIE)
        return -ENOMEM;
    spin_lock(&process_tree_lock);
    struct process *victim = choose_victim();
    if (!victim || victim == self) {
        if (victim) // also where the fault is the kernel's, in a copy that then ends with -EFAULT
            signal_send_process(self, SIGKILL, NULL);
        spin_unlock(&process_tree_lock);
        process_put(victim);
        return -ENOMEM;
    }
    bool new = !victim->exiting;
    signal_send_process(victim, SIGKILL, NULL);
    uint64_t deadline = clock_ns() + WAIT_LIMIT;
    int err = 0;
    while (victim->space && !err)
        err = wait_on(&freed, WAIT_ALWAYS, deadline, "memory");
    spin_unlock(&process_tree_lock);
    if (new)
        log_warn("%s[%d]: killed: out of memory, and it has most of it", victim->name, victim->id);
    process_put(victim);
    return err ? -ENOMEM : 0;
}

void oom_init(void)
{
    vm_out_of_memory = make_room;
}
