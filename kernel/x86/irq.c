// SPDX-License-Identifier: ISC
/*
 * Interrupts: one handler a vector. Handlers run with interrupts off and are never nested. They are
 * registered once, during start-up, before their line is unmasked, so the table needs no lock.
 * When one ends and found the kernel preemptible, the scheduler is asked.
 */
#include "x86/clock.h"
#include "x86/cpu.h"
#include "x86/entry.h"
#include "x86/msr.h"
#include "lib/log.h"
#include "lib/trace.h"
#include "abi/errno.h"

static struct {
    irq_handler handler;
    void *arg;
} handlers[256];

static const char *irq_names[ISA_LINES];

struct irq_counts {
    uint64_t of[256]; // by vector
};
static DEFINE_PER_CPU(struct irq_counts, irq_counts);

uint64_t irq_count(unsigned cpu, unsigned vector)
{
    return per_cpu(irq_counts, cpu).of[vector];
}

const char *irq_name(unsigned irq)
{
    return irq_names[irq];
}

void vector_register(unsigned vector, irq_handler handler, void *arg)
{
    assert(vector >= 32 && vector < 256 && !handlers[vector].handler);
    handlers[vector].arg = arg;
    handlers[vector].handler = handler;
}

int irq_register(unsigned irq, const char *name, irq_handler handler, void *arg)
{
    if (irq >= ISA_LINES)
        return -ENODEV;
    unsigned vector = VECTOR_IRQ_BASE + irq;
    if (handlers[vector].handler)
        return -EBUSY;
    vector_register(vector, handler, arg);
    irq_names[irq] = name;
    int error = apic_route(irq, vector);
    if (error) {
        handlers[vector].handler = NULL;
        irq_names[irq] = NULL;
    }
    return error;
}

DEFINE_PER_CPU(struct trap_frame *, irq_frame);

static bool kernel_preemptible(void)
{
    return current && !*preempt_count();
}

void irq_dispatch(struct trap_frame *f)
{
    unsigned vector = f->vector_or_call;

    this_cpu(irq_counts).of[vector]++;
    if (vector == VECTOR_SPURIOUS) // has no end-of-interrupt (SDM vol. 3A 10.9)
        return;
    if (vector == VECTOR_HALT)
        cpu_halt_forever();
    this_cpu(irq_frame) = f;
    if (static_branch(&tracing))
        trace_irq_begin(vector);
    if (handlers[vector].handler)
        handlers[vector].handler(handlers[vector].arg);
    else
        log_debug("irq: nobody handles vector %#x", vector);
    apic_eoi();
    if (static_branch(&tracing))
        trace_irq_end();
    if (!frame_from_user(f) && trap_hooks.preempt && kernel_preemptible())
        trap_hooks.preempt();
}
