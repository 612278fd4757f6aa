// SPDX-License-Identifier: ISC
/*
 * Exceptions: the interrupt descriptor table, who handles which vector, fix-up of faults in the
 * user-copy routines, and the two C steps on the way back to user mode. Interrupts are in irq.c.
 *
 * Interrupts are off when entry.S calls in here. How a program's trap becomes a signal is the
 * matter of task/ (trap_hooks); of debug registers there is no support.
 */
#include "x86/trap.h"
#include "x86/cpu.h"
#include "x86/entry.h"
#include "x86/mmu.h"
#include "x86/msr.h"
#include "x86/spinlock.h"
#include "lib/log.h"
#include "lib/trace.h"
#include "abi/errno.h"

#define FRAME_AT(field, offset)                                                                    \
    static_assert(offsetof(struct trap_frame, field) == (offset), "asm.h")
FRAME_AT(r15, FRAME_R15);
FRAME_AT(r14, FRAME_R14);
FRAME_AT(r13, FRAME_R13);
FRAME_AT(r12, FRAME_R12);
FRAME_AT(rbp, FRAME_RBP);
FRAME_AT(rbx, FRAME_RBX);
FRAME_AT(r11, FRAME_R11);
FRAME_AT(r10, FRAME_R10);
FRAME_AT(r9, FRAME_R9);
FRAME_AT(r8, FRAME_R8);
FRAME_AT(rax, FRAME_RAX);
FRAME_AT(rcx, FRAME_RCX);
FRAME_AT(rdx, FRAME_RDX);
FRAME_AT(rsi, FRAME_RSI);
FRAME_AT(rdi, FRAME_RDI);
FRAME_AT(vector_or_call, FRAME_VECTOR);
FRAME_AT(error, FRAME_ERROR);
FRAME_AT(rip, FRAME_RIP);
FRAME_AT(cs, FRAME_CS);
FRAME_AT(rflags, FRAME_RFLAGS);
FRAME_AT(rsp, FRAME_RSP);
FRAME_AT(ss, FRAME_SS);
static_assert(sizeof(struct trap_frame) == FRAME_SIZE, "asm.h");
static_assert(FRAME_SIZE % 16 == 0, "the stack is aligned behind a frame");

struct gate {
    uint16_t offset0, selector;
    uint8_t ist, type;
    uint16_t offset1;
    uint32_t offset2, reserved;
};

struct fixup {
    uint64_t from, to;
};
extern const struct fixup __ex_table_start[], __ex_table_end[];

#define GATE_KERNEL 0x8e // present interrupt gate: interrupts off
#define GATE_USER   0xee // the same, and a program may use it with INT

struct trap_hooks trap_hooks;

static struct gate idt[256] __attribute__((aligned(16)));

/*
 * Which IST stack a vector runs on, 0 = the current one. Each its own: they can strike one
 * another.
 */
static const uint8_t ist_of[32] = {
    [TRAP_NMI] = 1, [TRAP_DEBUG] = 2, [TRAP_DOUBLE_FAULT] = 3, [TRAP_MACHINE_CHECK] = 4};

void trap_load_idt(bool ist)
{
    struct {
        uint16_t limit;
        uint64_t base;
    } __attribute__((packed)) pointer = {sizeof(idt) - 1, (uintptr_t)idt};

    for (unsigned v = 0; v < 256 && !this_cpu(cpu_number); v++) { // one table for all CPUs
        uint64_t to = (uintptr_t)trap_stubs[v];
        bool user = v == TRAP_BREAKPOINT || v == TRAP_OVERFLOW;
        idt[v] = (struct gate){.offset0 = to,
                               .offset1 = to >> 16,
                               .offset2 = to >> 32,
                               .selector = KERNEL_CS,
                               .ist = ist && v < 32 ? ist_of[v] : 0,
                               .type = user ? GATE_USER : GATE_KERNEL};
    }
    asm volatile("lidt %0" ::"m"(pointer));
}

const char *trap_name(unsigned vector)
{
    static const char *const names[] = {
        [TRAP_DIVIDE] = "divide error",
        [TRAP_DEBUG] = "debug exception",
        [TRAP_NMI] = "non-maskable interrupt",
        [TRAP_BREAKPOINT] = "breakpoint",
        [TRAP_OVERFLOW] = "overflow",
        [TRAP_BOUND] = "bound exceeded",
        [TRAP_INVALID] = "invalid instruction",
        [TRAP_NO_DEVICE] = "no FPU",
        [TRAP_DOUBLE_FAULT] = "double fault",
        [TRAP_TSS] = "invalid task state",
        [TRAP_SEGMENT] = "segment not present",
        [TRAP_STACK] = "stack fault",
        [TRAP_PROTECTION] = "general protection fault",
        [TRAP_PAGE_FAULT] = "page fault",
        [TRAP_FPU] = "floating-point error",
        [TRAP_ALIGNMENT] = "alignment fault",
        [TRAP_MACHINE_CHECK] = "machine check",
        [TRAP_SIMD] = "SIMD floating-point error",
    };

    return vector < ARRAY_SIZE(names) && names[vector] ? names[vector] : "unexpected trap";
}

static void frame_dump(const void *arg)
{
    const struct trap_frame *f = arg;

    log_error("  rip %016lx  rsp %016lx  rflags %08lx  cs %02lx  ss %02lx", f->rip, f->rsp,
              f->rflags, f->cs, f->ss);
    log_error("  rax %016lx  rbx %016lx  rcx %016lx  rdx %016lx", f->rax, f->rbx, f->rcx, f->rdx);
    log_error("  rsi %016lx  rdi %016lx  rbp %016lx  r8  %016lx", f->rsi, f->rdi, f->rbp, f->r8);
    log_error("  r9  %016lx  r10 %016lx  r11 %016lx  r12 %016lx", f->r9, f->r10, f->r11, f->r12);
    log_error("  r13 %016lx  r14 %016lx  r15 %016lx", f->r13, f->r14, f->r15);
    log_error("  cr2 %016lx  cr3 %016lx  error code %lx", cr2_read(), cr3_read(), f->error);
}

static void noreturn frame_panic(const struct trap_frame *f, const char *text)
{
    panic_at(f->rip, frame_from_user(f) ? 0 : f->rbp, frame_dump, f, "%s: %s", text,
             trap_name(f->vector_or_call));
}

static const struct fixup *fixup_find(uint64_t rip)
{
    for (const struct fixup *x = __ex_table_start; x < __ex_table_end; x++) {
        if (x->from == rip)
            return x;
    }
    return NULL;
}

static __attribute__((noinline)) int traced_fault(struct trap_frame *f, uint64_t addr)
{
    TRACE(TRACE_FAULT, addr, f->error, f->rip, 0);
    int fault = trap_hooks.page_fault(f, addr, f->error);
    TRACE(TRACE_RESOLVED, addr, fault, 0, 0);
    return fault;
}

static inline int resolve_fault(struct trap_frame *f, uint64_t addr)
{
    return static_branch(&tracing) ? traced_fault(f, addr) : trap_hooks.page_fault(f, addr, f->error);
}

/*
 * Page fault in kernel mode. Only the user-copy routines may cause one, and each of their
 * instructions has a fix-up; anything else is a mistake of the kernel, also where the address is a
 * user's. With a spinlock held (user_peek32) nobody can sleep to get the page: the access fails.
 */
static void kernel_page_fault(struct trap_frame *f, uint64_t addr)
{
    const struct fixup *x = fixup_find(f->rip);
    int fault = -EFAULT;

    if (!x)
        panic_at(f->rip, f->rbp, frame_dump, f, "page fault in the kernel: cannot %s %#lx",
                 f->error & 16  ? "execute"
                 : f->error & 2 ? "write"
                                : "read",
                 addr);
    if (addr < USER_END && trap_hooks.page_fault && may_sleep()) {
        bool on = f->rflags & RFLAGS_IF;
        if (on)
            irq_enable();
        fault = resolve_fault(f, addr);
        if (on)
            irq_disable();
    }
    if (fault)
        f->rip = x->to;
}

/*
 * A fault in user mode on an access that the CPU made with the kernel's rights (bit 2 clear) cannot
 * be resolved, since the page is the user's and SMAP forbids it: QEMU's emulation reads the stack of
 * a program's own IRET so. Treated as resolved it would come again for ever.
 */
static void user_page_fault(struct trap_frame *f, uint64_t addr)
{
    int fault = -EFAULT;

    irq_enable();
    if (addr < USER_END && (f->error & 4) && trap_hooks.page_fault)
        fault = resolve_fault(f, addr);
    if (fault && trap_hooks.user_trap)
        trap_hooks.user_trap(f, addr, fault);
    else if (fault)
        frame_panic(f, "nobody handles a program's trap");
    irq_disable();
}

/* DR6 tells why and is never cleared by the CPU. Nothing in the kernel asks for #DB. */
static void kernel_debug(struct trap_frame *f)
{
    asm volatile("movq %0, %%dr6" ::"r"(0xffff0ff0ul));
    f->rflags &= ~(uint64_t)RFLAGS_TF;
}

/* A panicking CPU stops the others with it; anything else is the board's complaint. */
static void nmi(void)
{
    if (log_panicking())
        cpu_halt_forever();
    log_warn("cpu: non-maskable interrupt on CPU %u", this_cpu(cpu_number));
}

static void kernel_trap(struct trap_frame *f)
{
    const struct fixup *x = fixup_find(f->rip);

    if (f->vector_or_call == TRAP_DEBUG)
        kernel_debug(f);
    else if (f->vector_or_call == TRAP_NMI)
        nmi();
    else if (x && (f->vector_or_call == TRAP_PROTECTION || f->vector_or_call == TRAP_STACK))
        f->rip = x->to; // an address that is not canonical
    else
        frame_panic(f,
                    f->vector_or_call == TRAP_DOUBLE_FAULT ? "kernel (stack overflow?)" : "kernel");
}

static void user_exception(struct trap_frame *f)
{
    unsigned v = f->vector_or_call;

    if (v == TRAP_NMI) {
        nmi();
        return;
    }
    if (v == TRAP_DOUBLE_FAULT || v == TRAP_MACHINE_CHECK || !trap_hooks.user_trap)
        frame_panic(f, "in a program");
    if (v == TRAP_DEBUG)
        asm volatile("movq %0, %%dr6" ::"r"(0xffff0ff0ul));
    irq_enable();
    trap_hooks.user_trap(f, 0, 0);
    irq_disable();
}

/*
 * Called by entry.S for every vector, on the stack of the thread or of the interrupted kernel
 * code.
 */
void trap_dispatch(struct trap_frame *f)
{
    bool user = frame_from_user(f);

    if (f->vector_or_call >= 32) {
        irq_dispatch(f);
    } else if (f->vector_or_call == TRAP_PAGE_FAULT) {
        uint64_t addr = cr2_read(); // before anything else can fault
        if (user)
            user_page_fault(f, addr);
        else
            kernel_page_fault(f, addr);
    } else if (user) {
        user_exception(f);
    } else {
        kernel_trap(f);
    }
}

/* NMI, #DB, #DF, #MC that struck kernel code: on an IST stack, so neither sleep nor switch here. */
void trap_dispatch_ist(struct trap_frame *f)
{
    kernel_trap(f);
}

/* Called by entry.S before it returns to user mode while the thread's work word is not 0. */
void trap_user_work(struct trap_frame *f)
{
    if (!trap_hooks.user_work)
        panic("a thread has work but nobody does it");
    irq_enable();
    trap_hooks.user_work(f);
    irq_disable();
}

/*
 * Called by entry.S instead of an IRET that would fault: the frame's rip or selectors are no
 * program's.
 */
void trap_bad_frame(struct trap_frame *f)
{
    f->cs = USER_CS;
    f->ss = USER_SS;
    f->vector_or_call = TRAP_PROTECTION;
    f->error = 0;
    user_exception(f);
}

// --- system calls -------------------------------------------------------------------------------

const syscall_fn *syscall_table; // entry.S reads these two
unsigned syscall_count;

static unsigned table_count;
static long (*syscall_trace)(struct trap_frame *f);
DEFINE_PER_CPU(uint64_t, syscalls_served); // counted by the entry


void syscall_register(const syscall_fn *table, unsigned count)
{
    syscall_table = table;
    table_count = count;
    syscall_count = syscall_trace ? 0 : count;
}

/*
 * With a count of 0 every call takes entry.S's other branch, so tracing costs nothing when it is
 * off.
 */
void syscall_set_trace(long (*trace)(struct trap_frame *f))
{
    syscall_trace = trace;
    syscall_count = trace ? 0 : table_count;
}

/* Tracing may end between the entry's test and this one. */
long syscall_other(struct trap_frame *f)
{
    long (*trace)(struct trap_frame *f) = __atomic_load_n(&syscall_trace, __ATOMIC_ACQUIRE);

    return trace ? trace(f) : syscall_run(f);
}

long syscall_run(struct trap_frame *f)
{
    syscall_fn function = f->rax < table_count ? syscall_table[f->rax] : NULL;

    return function ? function(f->rdi, f->rsi, f->rdx, f->r10, f->r8, f->r9) : -ENOSYS;
}

uint64_t syscall_total(void)
{
    uint64_t n = 0;
    for (unsigned i = 0; i < cpu_count; i++)
        n += per_cpu(syscalls_served, i);
    return n;
}
