// SPDX-License-Identifier: ISC
/*
 * Faults of programs: which signal a trap becomes (si_code and si_addr as Linux gives them, see
 * man 2 sigaction), and the one line in the log when it kills.
 */
#include "abi/errno.h"
#include "lib/printf.h"
#include "lib/string.h"
#include "sched/mutex.h"
#include "task/process.h"
#include "vm/space.h"
#include "x86/mmu.h"
#include "x86/uaccess.h"

bool (*signal_symbol_hook)(uaddr_t addr, char *buf, size_t size);

#define PF_PRESENT 1u
#define PF_WRITE   2u
#define PF_FETCH   16u

struct fault {
    int sig, code;
    uaddr_t addr;
};

/* Is there no area at all, or one that does not allow the access? */
static int segv_code(const struct trap_frame *f, uaddr_t addr)
{
    if (addr >= USER_END)
        return SEGV_MAPERR;
    if (f->error & PF_PRESENT)
        return SEGV_ACCERR;
    struct space *s = current->space;
    mutex_lock(&s->lock);
    bool mapped = space_area_find(s, addr);
    mutex_unlock(&s->lock);
    return mapped ? SEGV_ACCERR : SEGV_MAPERR;
}

static struct fault page_fault(struct trap_frame *f, uaddr_t addr, int err)
{
    if (err == -ENOMEM)
        return (struct fault){SIGKILL, SI_KERNEL, addr};
    if (err == -EIO)
        return (struct fault){SIGBUS, BUS_ADRERR, addr};
    return (struct fault){SIGSEGV, segv_code(f, addr), addr};
}

/* SDM vol. 1, 8.1.3 and 10.2.3: exception bits IE DE ZE OE UE PE, and which of them are not masked.
 */
static int fpe_code(unsigned raised)
{
    static const struct {
        unsigned bit;
        int code;
    } table[] = {{1, FPE_FLTINV},  {4, FPE_FLTDIV}, {8, FPE_FLTOVF},
                 {16, FPE_FLTUND}, {2, FPE_FLTUND}, {32, FPE_FLTRES}};
    for (unsigned i = 0; i < ARRAY_SIZE(table); i++)
        if (raised & table[i].bit)
            return table[i].code;
    return 0;
}

static int fpu_code(bool simd)
{
    struct fpstate *image = (struct fpstate *)current->context.fpu;
    uint64_t irq = irq_save();
    fpu_save_current(current->context.fpu);
    irq_restore(irq);
    if (simd)
        return fpe_code(image->mxcsr & ~(image->mxcsr >> 7));
    return fpe_code(image->swd & ~image->cwd);
}

static struct fault fault_of(struct trap_frame *f, uaddr_t addr, int err)
{
    switch (f->vector_or_call) {
    case TRAP_PAGE_FAULT:
        return page_fault(f, addr, err);
    case TRAP_DIVIDE:
        return (struct fault){SIGFPE, FPE_INTDIV, f->rip};
    case TRAP_DEBUG:
        return (struct fault){SIGTRAP, TRAP_TRACE, f->rip};
    case TRAP_BREAKPOINT:
        return (struct fault){SIGTRAP, SI_KERNEL, 0};
    case TRAP_INVALID:
        return (struct fault){SIGILL, ILL_ILLOPN, f->rip};
    case TRAP_FPU:
        return (struct fault){SIGFPE, fpu_code(false), f->rip};
    case TRAP_SIMD:
        return (struct fault){SIGFPE, fpu_code(true), f->rip};
    case TRAP_ALIGNMENT:
        return (struct fault){SIGBUS, BUS_ADRALN, 0};
    case TRAP_SEGMENT:
    case TRAP_STACK:
        return (struct fault){SIGBUS, SI_KERNEL, 0};
    default: // general protection, overflow, bound, invalid TSS
        return (struct fault){SIGSEGV, SI_KERNEL, 0};
    }
}

void signal_user_trap(struct trap_frame *f, uaddr_t addr, int err)
{
    struct fault what = fault_of(f, addr, err);
    struct task *k = current_task();
    k->trap_vector = f->vector_or_call;
    k->trap_error = f->error;
    k->trap_addr = addr;
    if (what.sig == SIGKILL) // no memory left: the signal takes effect at once, so tell now
        signal_report_fault(f, &(siginfo_t){.si_signo = SIGKILL});
    signal_force(what.sig, what.code, what.addr);
}

/* --- the line --- */

static const char *page_fault_kind(const struct task *k)
{
    if (k->trap_error & PF_FETCH)
        return "jump to";
    return k->trap_error & PF_WRITE ? "write to" : "read of";
}

static size_t append_address(char *line, size_t size, size_t len, uaddr_t addr)
{
    char name[64];
    if (signal_symbol_hook && signal_symbol_hook(addr, name, sizeof(name)))
        return sappendf(line, size, len, " %s", name);
    return sappendf(line, size, len, " 0x%lx", addr);
}

/* Return addresses along the frame pointers, while they are readable and rise. */
static size_t append_backtrace(char *line, size_t size, size_t len, uaddr_t rbp)
{
    uint64_t pair[2];
    for (int depth = 0; depth < 6; depth++) {
        if (rbp & 7 || copy_in(&pair, rbp) || !pair[1])
            break;
        len = sappendf(line, size, len, " <-");
        len = append_address(line, size, len, pair[1]);
        if (pair[0] <= rbp)
            break;
        rbp = pair[0];
    }
    return len;
}

/* What went wrong, up to the "at" before the address of the instruction. */
static size_t append_reason(char *line, size_t size, size_t len, const struct trap_frame *f,
                            const siginfo_t *info)
{
    const struct task *k = current_task();
    const char *access = page_fault_kind(k);
    if (info->si_signo == SIGKILL)
        return sappendf(line, size, len, "out of memory at");
    if (f->vector_or_call ==
        FRAME_NO_RESTART) // no fault of its own: a frame that could not be written or read
        return sappendf(line, size, len, "bad signal frame on the stack at 0x%lx, at", f->rsp);
    if (f->vector_or_call != TRAP_PAGE_FAULT)
        return sappendf(line, size, len, "%s at", trap_name(f->vector_or_call));
    if (info->si_signo == SIGBUS)
        return sappendf(line, size, len, "%s 0x%lx, past the end of the file, at", access,
                        k->trap_addr);
    if (info->si_code == SI_KERNEL)
        return sappendf(line, size, len, "%s 0x%lx, and no stack for its handler, at", access,
                        k->trap_addr);
    return sappendf(line, size, len, "%s 0x%lx, %s, at", access, k->trap_addr,
                    info->si_code == SEGV_ACCERR ? "not permitted" : "not mapped");
}

void signal_report_fault(const struct trap_frame *f, const siginfo_t *info)
{
    char line[400];
    size_t len = snprintf(line, sizeof(line), "%s[%d]: killed by signal %d: ", current->name,
                          current_process()->id, info->si_signo);
    len = append_reason(line, sizeof(line), len, f, info);
    len = append_address(line, sizeof(line), len, f->rip);
    append_backtrace(line, sizeof(line), len, f->rbp);
    log_warn("%s", line);
}
