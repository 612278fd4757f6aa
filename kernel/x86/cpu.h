// SPDX-License-Identifier: ISC
/*
 * One CPU: its number, per-CPU data, interrupt flag, features, and the instructions that have no C.
 * Sources: Intel SDM vol. 2 and 3; CPUID leaves from SDM vol. 2A "CPUID".
 */
#pragma once

#include "lib/base.h"

#define MAX_CPUS 64

/*
 * Per-CPU data: DEFINE_PER_CPU places a variable in the section that every CPU has its own copy of;
 * GS holds the distance from the linked address to this CPU's copy. this_cpu(v) is the variable of
 * the CPU that executes (one instruction; with preemption possible the CPU may change right after),
 * per_cpu(v, n) that of CPU n.
 */
#define DEFINE_PER_CPU(type, name)  __attribute__((section(".percpu"))) type name
#define DECLARE_PER_CPU(type, name) extern type name
#define this_cpu(name)   (*(__seg_gs typeof(name) *)(uintptr_t)&(name))
#define per_cpu(name, n) (*(typeof(name) *)((uintptr_t)&(name) + percpu_offset[n]))
#define this_cpu_ptr(name) ((typeof(name) *)((uintptr_t)&(name) + this_cpu(percpu_self)))

extern uintptr_t percpu_offset[MAX_CPUS];
DECLARE_PER_CPU(uintptr_t, percpu_self); // this CPU's own offset
DECLARE_PER_CPU(unsigned, cpu_number);
DECLARE_PER_CPU(struct thread *, current_thread);

#define current ((struct thread *)this_cpu(current_thread))

extern unsigned cpu_count; // CPUs that run

/* What this machine's CPU offers; read once on the boot CPU. */
struct cpu_features {
    bool nx, smep, smap, umip, fsgsbase, xsave, xsaveopt, xgetbv1, pcid, invpcid, x2apic, tsc_deadline;
    bool invariant_tsc, pages_1g, rdrand, rdtscp, hypervisor;
    uint64_t xcr0;        // state components in use
    uint32_t fpu_size;    // bytes of the XSAVE (or FXSAVE) area
    uint32_t tsc_khz_hint; // from CPUID 15h/16h, or 0
    uint32_t cpuid_1_edx;  // as programs see it in AT_HWCAP
    char vendor[13], brand[49];
};
extern struct cpu_features cpu_features;

/* `area` (percpu_size bytes, aligned to 64) becomes CPU `number`'s per-CPU data, as it was linked. */
void percpu_init(unsigned number, void *area);
size_t percpu_size(void);
/* Start-up of the CPU that calls: GDT, TSS, IDT, control registers, syscall MSRs, FPU. */
void cpu_init(void);

#define RFLAGS_IF 0x200ul

static inline uint64_t rflags_read(void)
{
    uint64_t f;
    asm volatile("pushfq; popq %0" : "=r"(f)::"memory");
    return f;
}

static inline bool irq_enabled(void)
{
    return rflags_read() & RFLAGS_IF;
}

static inline void irq_disable(void)
{
    asm volatile("cli" ::: "memory");
}

static inline void irq_enable(void)
{
    asm volatile("sti" ::: "memory");
}

/* Nesting interrupt-off sections: flags = irq_save(); ... irq_restore(flags); */
static inline uint64_t irq_save(void)
{
    uint64_t f = rflags_read();
    irq_disable();
    return f;
}

static inline void irq_restore(uint64_t flags)
{
    if (flags & RFLAGS_IF)
        irq_enable();
}

/* In every spin: lets the other hyper-thread, or under emulation the other virtual CPU, go on. */
static inline void cpu_relax(void)
{
    asm volatile("pause" ::: "memory");
}

/* Enables interrupts and waits for one, without a gap between the two. Returns with them enabled. */
static inline void cpu_idle(void)
{
    asm volatile("sti; hlt" ::: "memory");
}

static inline uint64_t tsc_read(void)
{
    uint32_t lo, hi;
    asm volatile("rdtsc" : "=a"(lo), "=d"(hi));
    return (uint64_t)hi << 32 | lo;
}

/* Not before what came earlier: for time that others compare with theirs. */
static inline uint64_t tsc_read_ordered(void)
{
    asm volatile("lfence" ::: "memory");
    return tsc_read();
}

void noreturn cpu_halt_forever(void); // interrupts off, for panic
void cpu_stop_others(void);           // for panic: every other CPU halts, whatever it is doing
/* Reads a word of kernel memory that may not be mapped; false = it is not. */
bool kernel_read64(uintptr_t addr, uint64_t *value);
void cpu_triple_fault(void);          // last resort of reboot

/* 64 random-looking bits: RDRAND where there is one, mixed with the TSC. */
uint64_t cpu_random(void);
