// SPDX-License-Identifier: ISC
/* Trace points that speak of threads; the trace's switch and its memory. */
#include "sched/trace.h"
#include "abi/errno.h"
#include "lib/string.h"
#include "mm/heap.h"
#include "sched/sched.h"
#include "x86/clock.h"
#include "x86/smp.h"

void (*trace_calls_hook)(bool on);
const char *(*trace_call_name_hook)(uint64_t number);

static struct trace_record *rings[MAX_CPUS];
static bool on;

// --- points ---------------------------------------------------------------------------------------

static struct trace_who who_runs(void)
{
    return (struct trace_who){current->id, current->traced};
}

static enum trace_left why_left(const struct thread *t)
{
    switch (t->state) {
    case THREAD_BLOCKED:
        return TRACE_BLOCKED;
    case THREAD_SLEEPING:
        return TRACE_SLEEPING;
    case THREAD_STOPPED:
        return TRACE_STOPPED;
    case THREAD_DEAD:
        return TRACE_ENDED;
    default:
        return t->id ? TRACE_READY : TRACE_IDLE;
    }
}

void trace_add_switch(struct thread *from, struct thread *to)
{
    enum trace_left left = why_left(from);
    bool waits = left == TRACE_BLOCKED || left == TRACE_SLEEPING || left == TRACE_STOPPED;
    trace_add(TRACE_SWITCH, from->traced || to->traced, to->id, left,
              waits ? (uintptr_t)from->wait_reason : 0, 0);
}

void trace_add_wake(struct thread *t)
{
    trace_add(TRACE_WAKE, t->traced, t->id, t->cpu, trace_irq_now(), 0);
}

static void add_named(enum trace_event e, bool about, uint64_t a, uint64_t b, const char *name)
{
    uint64_t text[2] = {0};
    strlcpy((char *)text, name, sizeof(text));
    trace_add(e, about, a, b, text[0], text[1]);
}

void trace_add_thread(struct thread *t, int process)
{
    if (current->traced)
        t->traced = true;
    add_named(TRACE_THREAD, true, t->id, process, t->name);
}

void trace_exec(void)
{
    if (static_branch(&tracing))
        add_named(TRACE_EXEC, false, 0, 0, current->name);
}

// --- the switch -----------------------------------------------------------------------------------

void trace_free(void)
{
    assert(!on);
    for (unsigned cpu = 0; cpu < cpu_count; cpu++) {
        trace_ring_set(cpu, NULL, 0);
        kfree(rings[cpu]);
        rings[cpu] = NULL;
    }
}

int trace_start(uint32_t events, size_t size, bool only_traced)
{
    if (on)
        return -EBUSY;
    trace_free();
    for (unsigned cpu = 0; cpu < cpu_count; cpu++) {
        rings[cpu] = kmalloc(size);
        if (!rings[cpu]) {
            trace_free();
            return -ENOMEM;
        }
        trace_ring_set(cpu, rings[cpu], size / sizeof(*rings[cpu]));
    }
    on = true;
    trace_record_start(events, only_traced);
    if (events & (1u << TRACE_CALL | 1u << TRACE_RETURN))
        trace_calls_hook(true);
    return 0;
}

void trace_stop(void)
{
    if (!on)
        return;
    trace_calls_hook(false);
    trace_record_stop();
    on = false;
}

bool trace_is_on(void)
{
    return on;
}

static void nothing(void *unused)
{
    (void)unused;
}

/* A record is made with interrupts off: a CPU that has served an interrupt has written all older ones. */
uint64_t trace_settle(void)
{
    uint64_t now = clock_ns();
    if (on)
        cpus_call(cpus_running(), nothing, NULL);
    return now;
}

void trace_init(void)
{
    trace_who_hook = who_runs;
}
