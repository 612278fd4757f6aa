// SPDX-License-Identifier: ISC
/*
 * One CPU's start-up: what it offers (CPUID), its segments and task state, control registers, the
 * system-call registers, and its place in the per-CPU data.
 *
 * No CPU uses the original of the .percpu section: it stays as it was linked, read-only, so that a
 * per-CPU variable that is written by its plain name faults. Every CPU has a copy; the boot CPU's is
 * part of the image and filled first of all, a further CPU's is made before it starts.
 *
 * SDM vol. 2A "CPUID"; vol. 3A 2.5 (control registers), 3.4.5 (descriptors), 7.7 (64-bit TSS).
 */
#include "x86/cpu.h"
#include "x86/context.h"
#include "x86/entry.h"
#include "x86/msr.h"
#include "x86/vdso/vdso.h"
#include "lib/log.h"
#include "lib/string.h"

#define IST_STACK_SIZE 8192
#define IST_STACKS     4

struct tss {
    uint32_t reserved0;
    uint64_t rsp[3];
    uint64_t reserved1;
    uint64_t ist[7];
    uint64_t reserved2;
    uint16_t reserved3, io_map;
} __attribute__((packed));
static_assert(offsetof(struct tss, rsp) == TSS_RSP0, "entry.S");

/* The word above the stack is where the entry code finds this CPU's GS base. */
struct ist_stack {
    uint8_t bytes[IST_STACK_SIZE - 16];
    uint64_t gs_base, unused;
} __attribute__((aligned(16)));

struct ist_set {
    struct ist_stack stack[IST_STACKS];
};

struct gdt {
    uint64_t entry[CPU_NUMBER_SEL / 8 + 1];
};

struct table_pointer {
    uint16_t limit;
    uint64_t base;
} __attribute__((packed));

uintptr_t percpu_offset[MAX_CPUS];
unsigned cpu_count = 1;
struct cpu_features cpu_features;

DEFINE_PER_CPU(uintptr_t, percpu_self);
DEFINE_PER_CPU(unsigned, cpu_number);
DEFINE_PER_CPU(struct thread *, current_thread);
DEFINE_PER_CPU(struct tss, cpu_tss);
DEFINE_PER_CPU(uint64_t, syscall_user_rsp); // the user's stack pointer while entry.S changes stacks
static DEFINE_PER_CPU(struct gdt, cpu_gdt);
static DEFINE_PER_CPU(struct ist_set, ist_set);

// --- what the CPU offers ------------------------------------------------------------------------

static void detect_names(void)
{
    struct cpu_features *f = &cpu_features;
    struct cpuid r = cpuid(0, 0);

    memcpy(f->vendor, &r.b, 4);
    memcpy(f->vendor + 4, &r.d, 4);
    memcpy(f->vendor + 8, &r.c, 4);
    if (cpuid(0x80000000, 0).a < 0x80000004)
        return;
    for (unsigned i = 0; i < 3; i++) {
        r = cpuid(0x80000002 + i, 0);
        memcpy(f->brand + 16 * i, &r, 16);
    }
}

/*
 * TSC frequency where the CPU states it: crystal clock times ratio (leaf 15h), else nominal (16h).
 */
static uint32_t detect_tsc_khz(uint32_t max_leaf)
{
    if (max_leaf < 0x15)
        return 0;
    struct cpuid r = cpuid(0x15, 0);
    if (!r.a || !r.b)
        return 0;
    if (r.c)
        return (uint64_t)r.c * r.b / r.a / 1000;
    return max_leaf >= 0x16 ? (cpuid(0x16, 0).a & 0xffff) * 1000 : 0;
}

void cpu_detect(void)
{
    struct cpu_features *f = &cpu_features;
    uint32_t max_leaf = cpuid(0, 0).a, max_extended = cpuid(0x80000000, 0).a;
    struct cpuid r = cpuid(1, 0);

    detect_names();
    f->cpuid_1_edx = r.d;
    f->pcid = r.c & 1u << 17;
    f->x2apic = r.c & 1u << 21;
    f->tsc_deadline = r.c & 1u << 24;
    f->xsave = r.c & 1u << 26;
    f->rdrand = r.c & 1u << 30;
    f->hypervisor = r.c & 1u << 31;
    if (max_leaf >= 7) {
        r = cpuid(7, 0);
        f->fsgsbase = r.b & 1u << 0;
        f->smep = r.b & 1u << 7;
        f->invpcid = r.b & 1u << 10;
        f->smap = r.b & 1u << 20;
        f->umip = r.c & 1u << 2;
    }
    r = cpuid(0x80000001, 0);
    f->nx = r.d & 1u << 20;
    f->pages_1g = r.d & 1u << 26;
    f->rdtscp = r.d & 1u << 27;
    f->invariant_tsc = max_extended >= 0x80000007 && cpuid(0x80000007, 0).d & 1u << 8;
    f->tsc_khz_hint = detect_tsc_khz(max_leaf);
    fpu_detect();
}

/*
 * Turns the no-ops at OPEN_USER and CLOSE_USER into STAC and CLAC. Kernel text is still writable.
 */
void cpu_patch_smap(void)
{
    extern const struct patch {
        uint8_t *at;
        uint8_t code[8];
    } __patch_start[], __patch_end[];

    if (!cpu_features.smap)
        return;
    for (const struct patch *p = __patch_start; p < __patch_end; p++)
        memcpy(p->at, p->code, 3);
    cpuid(0, 0); // serialises: nothing that was fetched before stays
}

// --- per-CPU data -------------------------------------------------------------------------------

extern const char __percpu_start[], __percpu_end[];

size_t percpu_size(void)
{
    return __percpu_end - __percpu_start;
}

void percpu_init(unsigned number, void *area)
{
    memcpy(area, __percpu_start, percpu_size());
    percpu_offset[number] = (uintptr_t)area - (uintptr_t)__percpu_start;
    per_cpu(percpu_self, number) = percpu_offset[number];
    per_cpu(cpu_number, number) = number;
}

// --- segments and task state --------------------------------------------------------------------

static void segments_init(void)
{
    struct gdt *gdt = this_cpu_ptr(cpu_gdt);
    struct tss *tss = this_cpu_ptr(cpu_tss);
    struct ist_set *ist = this_cpu_ptr(ist_set);
    uint64_t base = (uintptr_t)tss;

    for (int i = 0; i < IST_STACKS; i++) {
        ist->stack[i].gs_base = this_cpu(percpu_self);
        tss->ist[i] = (uintptr_t)&ist->stack[i].gs_base;
    }
    tss->io_map = sizeof(*tss); // no port is the user's
    *gdt = (struct gdt){{
        [KERNEL_CS / 8] = 0x00af9b000000ffff,
        [KERNEL_SS / 8] = 0x00cf93000000ffff,
        [USER_SS / 8] = 0x00cff3000000ffff,
        [USER_CS / 8] = 0x00affb000000ffff,
        [TSS_SEL / 8] =
            (sizeof(*tss) - 1) | (base & 0xffffff) << 16 | 0x89ul << 40 | (base >> 24 & 0xff) << 56,
        [TSS_SEL / 8 + 1] = base >> 32,
        [CPU_NUMBER_SEL / 8] = 0x0040f50000000000 | this_cpu(cpu_number), // read-only, nobody loads it
    }};
    struct table_pointer p = {sizeof(*gdt) - 1, (uintptr_t)gdt};
    asm volatile("lgdt %0\n\t"
                 "pushq %1\n\t"
                 "leaq 1f(%%rip), %%rax\n\t"
                 "pushq %%rax\n\t"
                 "lretq\n"
                 "1:\tmovl %2, %%eax\n\t"
                 "movl %%eax, %%ss\n\t"
                 "ltr %w3" ::"m"(p),
                 "i"(KERNEL_CS), "i"(KERNEL_SS), "r"(TSS_SEL)
                 : "rax", "memory");
}

// --- control registers --------------------------------------------------------------------------

static void control_init(void)
{
    const struct cpu_features *f = &cpu_features;
    uint64_t cr4 = cr4_read() | CR4_DE | CR4_PGE | CR4_OSFXSR | CR4_OSXMMEXCPT;

    cr0_write((cr0_read() | CR0_MP | CR0_NE | CR0_WP | CR0_AM) & ~(uint64_t)(CR0_EM | CR0_TS));
    cr4 |= f->smep ? CR4_SMEP : 0;
    cr4 |= f->smap ? CR4_SMAP : 0;
    cr4 |= f->umip ? CR4_UMIP : 0;
    cr4 |= f->fsgsbase ? CR4_FSGSBASE : 0;
    cr4 |= f->xsave ? CR4_OSXSAVE : 0;
    cr4 |= f->pcid ? CR4_PCIDE : 0; // CR3 holds tag 0 now, as it must
    cr4_write(cr4);
    // Page attribute table: entry 4 becomes write-combining, the others keep their reset values.
    msr_write(MSR_PAT, 0x0007040100070406);
    if (f->rdtscp)
        msr_write(MSR_TSC_AUX, this_cpu(cpu_number)); // as programs know it from Linux
}

/*
 * SFMASK: flags that SYSCALL clears. IF, because the stack is the user's for three instructions;
 * DF, because C expects it; TF, NT and AC, because a program could use them against the kernel
 * (single steps in ring 0, an IRET that switches tasks, an open SMAP).
 */
static void syscall_init(void)
{
    msr_write(MSR_EFER, msr_read(MSR_EFER) | EFER_SCE);
    msr_write(MSR_STAR, (uint64_t)(USER_SS - 8) << 48 | (uint64_t)KERNEL_CS << 32);
    msr_write(MSR_LSTAR, (uintptr_t)syscall_entry);
    msr_write(MSR_SFMASK, 0x44700); // AC NT DF IF TF
}

/* No-execute pages: early, since the page tables use them. */
void cpu_enable_nx(void)
{
    if (cpu_features.nx)
        msr_write(MSR_EFER, msr_read(MSR_EFER) | EFER_NXE);
}

void cpu_init(void)
{
    irq_disable();
    cpu_enable_nx();
    msr_write(MSR_KERNEL_GS_BASE, 0);
    segments_init();
    trap_load_idt(true);
    control_init();
    syscall_init();
    fpu_init();
    if (!this_cpu(cpu_number))
        log_info("cpu: %s%s%s%s%s%s%s%s%s%s%s",
                 cpu_features.brand[0] ? cpu_features.brand : cpu_features.vendor,
                 cpu_features.nx ? " nx" : "", cpu_features.smep ? " smep" : "",
                 cpu_features.smap ? " smap" : "", cpu_features.umip ? " umip" : "",
                 cpu_features.fsgsbase ? " fsgsbase" : "", cpu_features.xsaveopt ? " xsaveopt" : "",
                 cpu_features.pcid ? " pcid" : "", cpu_features.x2apic ? " x2apic" : "",
                 cpu_features.tsc_deadline ? " tsc-deadline" : "",
                 cpu_features.invariant_tsc ? " invariant-tsc" : "");
}

void cpu_set_kernel_stack(void *top)
{
    this_cpu(cpu_tss).rsp[0] = (uintptr_t)top;
}

// --- small --------------------------------------------------------------------------------------

void cpu_halt_forever(void)
{
    for (;;)
        asm volatile("cli; hlt");
}

/* An exception with no IDT cannot be delivered, nor can the double fault: the CPU resets. */
void cpu_triple_fault(void)
{
    struct table_pointer none = {0, 0};

    asm volatile("lidt %0; int3" ::"m"(none));
}

uint64_t cpu_random(void)
{
    static atomic_ulong state;
    uint64_t v = 0, z;
    bool ok = false;

    for (int i = 0; cpu_features.rdrand && i < 10 && !ok; i++)
        asm volatile("rdrand %0" : "=r"(v), "=@ccc"(ok));
    // Steele, Lea, Flood, "Fast splittable pseudorandom number generators" (2014): the mix of
    // SplitMix64, over a state that the time stamp counter disturbs at each call.
    z = atomic_fetch_add(&state, 0x9e3779b97f4a7c15 ^ tsc_read()) + tsc_read();
    z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9;
    z = (z ^ z >> 27) * 0x94d049bb133111eb;
    return v ^ z ^ z >> 31;
}
