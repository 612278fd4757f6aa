// SPDX-License-Identifier: ISC
/*
 * Signal frames: how a handler gets to run between two instructions of a program that knows nothing
 * of it, and how the program goes on afterwards.
 *
 * The kernel cannot call a function in user mode and wait for it. Instead it writes everything that
 * the handler could destroy (all registers, the FPU image, the signal mask) onto the user stack,
 * and changes the trap frame: user mode is entered at the handler, with the signal number in rdi,
 * siginfo in rsi, the context in rdx, and a return address that leads to a few bytes of libc
 * (sa_restorer) which call rt_sigreturn. That call reads the registers back from the stack into the
 * trap frame, and so returns into the middle of whatever was interrupted. Nothing stays in the
 * kernel: handlers nest, and may leave by longjmp.
 *
 * From high to low addresses:  | 128 bytes of red zone | FPU image, at 64 bytes | struct
 * rt_sigframe | rsp points at the frame, whose first word is the return address, as after a CALL:
 * rsp + 8 is a multiple of 16 (x86-64 psABI 3.2.2). The layout is Linux's
 * (arch/x86/include/uapi/asm/sigcontext.h, ucontext.h): programs read and change it.
 *
 * What comes back by rt_sigreturn was in a program's hands: it is checked so that loading it cannot
 * fault in ring 0. Selectors and rip are checked by the way back to user mode (x86/entry.S).
 */
#include "abi/errno.h"
#include "lib/string.h"
#include "mm/heap.h"
#include "task/process.h"
#include "x86/context.h"
#include "x86/cpu.h"
#include "x86/uaccess.h"

#define RED_ZONE    128
#define FXSAVE_SIZE 512
#define XSTATE_BV_AT                                                                               \
    FXSAVE_SIZE // header of the XSAVE area: which components it holds (SDM vol. 1, 13.4.2)
#define XSTATE_HEADER  64
#define XSTATE_X87_SSE 3ul

#define RFLAGS_DF 0x400ul
#define RFLAGS_RF 0x10000ul
/* CF PF AF ZF SF TF DF OF RF AC: what a program may change through its context. */
#define RFLAGS_USER 0x50dd5ul

/* --- the alternate stack --- */

static bool on_altstack(const struct task *k, uaddr_t sp)
{
    uaddr_t base = (uaddr_t)k->altstack.ss_sp;
    return !((unsigned)k->altstack.ss_flags & SS_AUTODISARM) && sp > base &&
           sp - base <= k->altstack.ss_size;
}

int signal_altstack_state(const struct task *k, uaddr_t sp)
{
    if (!k->altstack.ss_size)
        return SS_DISABLE;
    return on_altstack(k, sp) ? SS_ONSTACK : 0;
}

int signal_set_altstack(struct task *k, const stack_t *new, uaddr_t sp, size_t minimum)
{
    if (on_altstack(k, sp))
        return -EPERM;
    int mode = (unsigned)new->ss_flags & ~SS_AUTODISARM;
    if (mode != SS_DISABLE && mode != SS_ONSTACK && mode != 0)
        return -EINVAL;
    if (mode == SS_DISABLE) {
        k->altstack = (stack_t){.ss_flags = new->ss_flags};
        return 0;
    }
    if (new->ss_size < minimum)
        return -ENOMEM;
    k->altstack = *new;
    return 0;
}

/* --- building --- */

static size_t fpu_user_size(void)
{
    size_t size = fpu_area_size();
    return cpu_features.xsave ? size + sizeof(uint32_t) : size; // with MAGIC2 behind it
}

size_t signal_frame_size(void)
{
    return ALIGN_UP(RED_ZONE + fpu_user_size() + 64 + sizeof(struct rt_sigframe) + 16, 16ul);
}

/* Where the frame goes, with *fpu below the red zone; 0: it does not fit on the alternate stack. */
static uaddr_t place_frame(const struct task *k, uint64_t flags, uaddr_t rsp, uaddr_t *fpu)
{
    uaddr_t sp = rsp - RED_ZONE;
    bool alternate = on_altstack(k, rsp);
    if (flags & SA_ONSTACK && signal_altstack_state(k, rsp) == 0) {
        sp = (uaddr_t)k->altstack.ss_sp + k->altstack.ss_size;
        alternate = true;
    }
    *fpu = ALIGN_DOWN(sp - fpu_user_size(), 64ul);
    uaddr_t frame = ALIGN_DOWN(*fpu - sizeof(struct rt_sigframe), 16ul) - 8;
    if (alternate && frame - (uaddr_t)k->altstack.ss_sp >= k->altstack.ss_size)
        return 0;
    return frame;
}

/*
 * The thread's FPU registers to user memory, in the format of XSAVE, with the words that tell
 * readers how much of it is there. Saving and copying are two steps: the copy may fault and sleep,
 * and a switch in between saves the same registers once more.
 */
static int write_fpu(uaddr_t to)
{
    size_t size = fpu_area_size();
    struct fpu_state *fpu = current->context.fpu;
    uint64_t irq = irq_save();
    fpu_save_current(fpu);
    irq_restore(irq);
    if (copy_to_user(to, fpu, size))
        return -EFAULT;
    if (!cpu_features.xsave)
        return 0;
    struct fpx_sw_bytes sw = {
        .magic1 = FP_XSTATE_MAGIC1,
        .extended_size = fpu_user_size(),
        .xfeatures = cpu_features.xcr0,
        .xstate_size = size,
    };
    uint32_t magic2 = FP_XSTATE_MAGIC2;
    if (copy_out(to + offsetof(struct fpstate, sw_reserved), &sw))
        return -EFAULT;
    return copy_out(to + size, &magic2);
}

static void fpu_reset(void)
{
    uint64_t irq =
        irq_save(); // a switch in between would save the old registers over the new image
    fpu_init_state(current->context.fpu);
    fpu_load_current(current->context.fpu);
    irq_restore(irq);
}

static void fill_context(ucontext_t *uc, const struct trap_frame *f, const struct task *k,
                         uaddr_t fpu, ksigset_t mask)
{
    *uc = (ucontext_t){
        .uc_flags =
            UC_SIGCONTEXT_SS | UC_STRICT_RESTORE_SS | (cpu_features.xsave ? UC_FP_XSTATE : 0),
        .uc_stack = k->altstack,
        .uc_sigmask = mask,
    };
    struct sigcontext *c = &uc->uc_mcontext;
    c->r8 = f->r8, c->r9 = f->r9, c->r10 = f->r10, c->r11 = f->r11;
    c->r12 = f->r12, c->r13 = f->r13, c->r14 = f->r14, c->r15 = f->r15;
    c->rdi = f->rdi, c->rsi = f->rsi, c->rbp = f->rbp, c->rbx = f->rbx;
    c->rdx = f->rdx, c->rax = f->rax, c->rcx = f->rcx, c->rsp = f->rsp;
    c->rip = f->rip, c->eflags = f->rflags;
    c->cs = f->cs, c->ss = f->ss;
    c->err = k->trap_error, c->trapno = k->trap_vector, c->cr2 = k->trap_addr;
    c->oldmask = mask;
    c->fpregs = (struct fpstate *)fpu;
}

int signal_build_frame(struct trap_frame *f, const struct kernel_sigaction *a,
                       const siginfo_t *info, ksigset_t mask)
{
    struct task *k = current_task();
    uaddr_t fpu, at = place_frame(k, a->flags, f->rsp, &fpu);
    if (!at || !(a->flags & SA_RESTORER) || write_fpu(fpu))
        return -EFAULT;
    struct rt_sigframe frame = {.pretcode = a->restorer};
    fill_context(&frame.uc, f, k, fpu, mask);
    if (a->flags & SA_SIGINFO)
        frame.info = *info;
    if (copy_out(at, &frame))
        return -EFAULT;
    // From here on nothing fails.
    if ((unsigned)k->altstack.ss_flags & SS_AUTODISARM)
        k->altstack = (stack_t){.ss_flags = SS_DISABLE};
    f->rdi = info->si_signo;
    f->rsi = at + offsetof(struct rt_sigframe, info);
    f->rdx = at + offsetof(struct rt_sigframe, uc);
    f->rax = 0;
    f->rip = a->handler;
    f->rsp = at;
    f->rflags &= ~(RFLAGS_DF | RFLAGS_TF | RFLAGS_RF);
    f->vector_or_call = FRAME_NO_RESTART;
    fpu_reset();
    return 0;
}

/* --- returning --- */

/* Reads the image at `from` into `image`; extended state only where the magic numbers vouch for it.
 */
static int read_fpu_image(uaddr_t from, uint8_t *image)
{
    size_t size = fpu_area_size();
    struct fpx_sw_bytes sw;
    uint32_t magic2 = 0;
    if (copy_in(&sw, from + offsetof(struct fpstate, sw_reserved)))
        return -EFAULT;
    bool extended = cpu_features.xsave && sw.magic1 == FP_XSTATE_MAGIC1 && sw.xstate_size <= size &&
                    sw.xstate_size >= FXSAVE_SIZE + XSTATE_HEADER;
    if (extended && copy_in(&magic2, from + sw.xstate_size))
        return -EFAULT;
    extended &= magic2 == FP_XSTATE_MAGIC2;
    memset(image, 0, size);
    if (copy_from_user(image, from, extended ? sw.xstate_size : FXSAVE_SIZE))
        return -EFAULT;
    if (cpu_features.xsave && !extended)
        memcpy(image + XSTATE_BV_AT, &(uint64_t){XSTATE_X87_SSE}, sizeof(uint64_t));
    return fpu_sanitize((struct fpu_state *)image, size) ? 0 : -EFAULT;
}

static int restore_fpu(uaddr_t from)
{
    if (!from) {
        fpu_reset();
        return 0;
    }
    uint8_t *image = kmalloc(fpu_area_size());
    if (!image)
        return -ENOMEM;
    int err = read_fpu_image(from, image);
    if (!err)
        fpu_load_current((struct fpu_state *)image);
    kfree(image);
    return err;
}

static void restore_registers(struct trap_frame *f, const ucontext_t *uc)
{
    const struct sigcontext *c = &uc->uc_mcontext;
    f->r8 = c->r8, f->r9 = c->r9, f->r10 = c->r10, f->r11 = c->r11;
    f->r12 = c->r12, f->r13 = c->r13, f->r14 = c->r14, f->r15 = c->r15;
    f->rdi = c->rdi, f->rsi = c->rsi, f->rbp = c->rbp, f->rbx = c->rbx;
    f->rdx = c->rdx, f->rax = c->rax, f->rcx = c->rcx, f->rsp = c->rsp;
    f->rip = c->rip;
    f->rflags = (f->rflags & ~RFLAGS_USER) | (c->eflags & RFLAGS_USER);
    f->cs = c->cs | 3;
    if (uc->uc_flags & UC_STRICT_RESTORE_SS)
        f->ss = c->ss | 3;
    f->vector_or_call = FRAME_NO_RESTART;
}

long signal_return(struct trap_frame *f)
{
    ucontext_t uc;
    uaddr_t frame = f->rsp - sizeof(uint64_t); // the handler's RET took the return address
    if (copy_in(&uc, frame + offsetof(struct rt_sigframe, uc)) ||
        restore_fpu((uaddr_t)uc.uc_mcontext.fpregs)) {
        f->vector_or_call = FRAME_NO_RESTART;
        signal_force(SIGSEGV, SI_KERNEL, 0);
        return 0;
    }
    signal_set_mask(uc.uc_sigmask);
    restore_registers(f, &uc);
    struct task *k = current_task();
    (void)signal_set_altstack(k, &uc.uc_stack, f->rsp,
                              0); // in use still, or nonsense: stays as it is
    return f->rax;
}
