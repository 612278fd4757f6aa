// SPDX-License-Identifier: ISC
//
// What a handler sees and what it returns to: registers, SSE and AVX state, siginfo, the alternate
// stack, faults with their addresses, and frames that a hostile program has changed.
#include "support.h"

#include <cpuid.h>
#include <setjmp.h>
#include <ucontext.h>

static volatile sig_atomic_t count;
static volatile siginfo_t seen;
static sigjmp_buf escape;

static void handle_info(int signal, void (*handler)(int, siginfo_t *, void *), int flags)
{
    struct sigaction action = {.sa_sigaction = handler, .sa_flags = SA_SIGINFO | flags};
    CHECK(sigaction(signal, &action, NULL) == 0);
}

// Spoils every register a handler may use.
static void spoil(int signal)
{
    (void)signal;
    count++;
    __asm__ volatile(
        "xor %%eax, %%eax\n\tmov %%rax, %%rcx\n\tmov %%rax, %%rdx\n\tmov %%rax, %%rsi\n\t"
        "mov %%rax, %%rdi\n\tmov %%rax, %%r8\n\tmov %%rax, %%r9\n\tmov %%rax, %%r10\n\t"
        "mov %%rax, %%r11\n\tpxor %%xmm0, %%xmm0\n\tpxor %%xmm7, %%xmm7\n\t"
        "pxor %%xmm15, %%xmm15\n\tstd\n\tcld"
        :
        :
        : "rax", "rcx", "rdx", "rsi", "rdi", "r8", "r9", "r10", "r11", "xmm0", "xmm7", "xmm15",
          "cc", "memory");
}

// Spins until *FLAG is set, with known values in all registers, and stores what they were after.
static void spin_with_values(volatile sig_atomic_t *flag, uint64_t *out)
{
    __asm__ volatile(
        "mov $101, %%rbx\n\tmov $102, %%rcx\n\tmov $103, %%rdx\n\tmov $104, %%r8\n\t"
        "mov $105, %%r9\n\tmov $106, %%r10\n\tmov $107, %%r11\n\tmov $108, %%r12\n\t"
        "mov $109, %%r13\n\tmov $110, %%r14\n\tmov $111, %%r15\n\t"
        "movq %%r12, %%xmm7\n\tmovq %%r13, %%xmm15\n\t"
        "1: pause\n\tcmpl $0, (%0)\n\tje 1b\n\t"
        "mov %%rbx, (%1)\n\tmov %%rcx, 8(%1)\n\tmov %%rdx, 16(%1)\n\tmov %%r8, 24(%1)\n\t"
        "mov %%r9, 32(%1)\n\tmov %%r10, 40(%1)\n\tmov %%r11, 48(%1)\n\t"
        "mov %%r12, 56(%1)\n\tmov %%r13, 64(%1)\n\tmov %%r14, 72(%1)\n\t"
        "mov %%r15, 80(%1)\n\tmovq %%xmm7, 88(%1)\n\tmovq %%xmm15, 96(%1)"
        :
        : "D"(flag), "S"(out)
        : "rbx", "rcx", "rdx", "r8", "r9", "r10", "r11", "r12", "r13", "r14", "r15", "xmm7",
          "xmm15", "cc", "memory");
}

TEST(registers, "after a handler all registers are as before it, SSE included")
{
    static const uint64_t expected[13] = {101, 102, 103, 104, 105, 106, 107,
                                          108, 109, 110, 111, 108, 109};
    signal(SIGUSR1, spoil);
    pid_t parent = getpid();
    for (int round = 0; round < 20; round++) {
        uint64_t found[13] = {0};
        count = 0;
        pid_t pid = fork();
        if (pid == 0)
            _exit(kill(parent, SIGUSR1) ? 1 : 0);
        spin_with_values(&count, found);
        CHECK(memcmp(found, expected, sizeof(found)) == 0);
        CHECK(child_end(pid) == 0);
    }
}

static bool cpu_has_avx(void)
{
    unsigned a, b, c, d, low, high;
    if (!__get_cpuid(1, &a, &b, &c, &d) || !(c & bit_AVX) || !(c & bit_OSXSAVE))
        return false;
    __asm__ volatile("xgetbv" : "=a"(low), "=d"(high) : "c"(0));
    return (low & 6) == 6;
}

static void spoil_avx(int signal)
{
    (void)signal;
    count++;
    if (cpu_has_avx())
        __asm__ volatile("vzeroall" ::: "memory");
}

TEST(avx,
     "the upper halves of the AVX registers survive a handler and a switch (where there is AVX)")
{
    static const uint64_t pattern[4] = {11, 22, 33, 44};
    uint64_t found[4] = {11, 22, 33, 44};
    signal(SIGUSR1, spoil_avx);
    pid_t parent = getpid(), pid = fork();
    if (pid == 0)
        _exit(kill(parent, SIGUSR1) ? 1 : 0);
    if (cpu_has_avx())
        __asm__ volatile("vmovdqu (%1), %%ymm11\n\t1: pause\n\tcmpl $0, (%0)\n\tje 1b\n\t"
                         "vmovdqu %%ymm11, (%2)"
                         :
                         : "r"(&count), "r"(pattern), "r"(found)
                         : "xmm11", "cc", "memory");
    CHECK(child_end(pid) == 0);
    CHECK(memcmp(found, pattern, sizeof(pattern)) == 0);
}

TEST(rounding_mode,
     "MXCSR and the x87 control word are the interrupted program's again after a handler")
{
    unsigned mxcsr = 0x1f80 | 0x6000, mxcsr_after = 0; // round toward zero
    unsigned short control = 0x0f7f, control_after = 0;
    signal(SIGUSR1, spoil);
    __asm__ volatile("ldmxcsr %0\n\tfldcw %1" : : "m"(mxcsr), "m"(control));
    raise(SIGUSR1);
    __asm__ volatile("stmxcsr %0\n\tfnstcw %1" : "=m"(mxcsr_after), "=m"(control_after));
    CHECK((mxcsr_after & 0xffc0) == mxcsr && control_after == control);
}

static void note_info(int signal, siginfo_t *info, void *context)
{
    (void)context;
    count++;
    memcpy((void *)&seen, info, sizeof(seen));
    if (signal == SIGSEGV || signal == SIGBUS || signal == SIGFPE || signal == SIGILL ||
        signal == SIGTRAP)
        siglongjmp(escape, 1);
}

TEST(info_of_kill, "SA_SIGINFO: the sender's pid and uid, SI_USER")
{
    handle_info(SIGUSR1, note_info, 0);
    CHECK(kill(getpid(), SIGUSR1) == 0);
    CHECK(seen.si_signo == SIGUSR1 && seen.si_code == SI_USER);
    CHECK(seen.si_pid == getpid() && seen.si_uid == getuid());
    CHECK(syscall(SYS_tgkill, getpid(), getpid(), SIGUSR1) == 0);
    CHECK(seen.si_code == SI_TKILL && seen.si_pid == getpid());
}

TEST(info_of_child, "SIGCHLD carries pid, status and how the child ended")
{
    handle_info(SIGCHLD, note_info, SA_RESTART);
    pid_t pid = fork();
    if (pid == 0)
        _exit(12);
    CHECK(child_end(pid) == 12);
    CHECK(seen.si_code == CLD_EXITED && seen.si_pid == pid && seen.si_status == 12);
    pid = fork();
    if (pid == 0) {
        signal(SIGTERM, SIG_DFL);
        raise(SIGTERM);
    }
    CHECK(child_end(pid) == 128 + SIGTERM);
    CHECK(seen.si_code == CLD_KILLED && seen.si_pid == pid && seen.si_status == SIGTERM);
}

// Calls FAULT(ADDRESS) and tells the signal, with its siginfo in `seen`.
static int fault_of(void (*fault)(uintptr_t), uintptr_t address)
{
    memset((void *)&seen, 0, sizeof(seen));
    if (sigsetjmp(escape, 1) == 0) {
        fault(address);
        return 0;
    }
    return seen.si_signo;
}

static void do_read(uintptr_t address)
{
    PEEK(address);
}

static void do_write(uintptr_t address)
{
    POKE(address, 1);
}

static void do_jump(uintptr_t address)
{
    ((void (*)(void))byte_at(address))();
}

TEST(segv_address,
     "SIGSEGV tells the address: MAPERR where nothing is, ACCERR where it is forbidden")
{
    handle_info(SIGSEGV, note_info, 0);
    unsigned char *page = private_memory(PAGE);
    CHECK(mprotect(page, PAGE, PROT_READ) == 0);
    CHECK(fault_of(do_read, 8) == SIGSEGV);
    CHECK(seen.si_code == SEGV_MAPERR && seen.si_addr == NOWHERE);
    CHECK(fault_of(do_write, (uintptr_t)page + 123) == SIGSEGV);
    CHECK(seen.si_code == SEGV_ACCERR && seen.si_addr == page + 123);
    CHECK(fault_of(do_jump, (uintptr_t)page) == SIGSEGV);
    CHECK(seen.si_code == SEGV_ACCERR && seen.si_addr == page);
    CHECK(munmap(page, PAGE) == 0);
    CHECK(fault_of(do_read, (uintptr_t)page) == SIGSEGV);
    CHECK(seen.si_code == SEGV_MAPERR && seen.si_addr == page);
}

TEST(segv_kernel,
     "kernel addresses fault with their address; those that are no address at all with 0")
{
    handle_info(SIGSEGV, note_info, 0);
    CHECK(fault_of(do_read, 0xffffffff80000000) == SIGSEGV);
    CHECK(seen.si_addr == KERNEL_MEMORY);
    CHECK(fault_of(do_write, 0xffff888000000000) == SIGSEGV);
    CHECK(seen.si_addr == (void *)0xffff888000000000);
    CHECK(fault_of(do_jump, 0xffffffff80000000) == SIGSEGV);
    CHECK(fault_of(do_read, 0x8000000000000000) == SIGSEGV);
    CHECK(seen.si_addr == NULL && seen.si_code == SI_KERNEL);
}

static void do_divide(uintptr_t zero)
{
    __asm__ volatile("xor %%edx, %%edx\n\tmov $1, %%eax\n\tdivq %0" : : "r"(zero) : "rax", "rdx");
}

static void do_overflow(uintptr_t unused)
{
    (void)unused;
    __asm__ volatile("mov $0x8000000000000000, %%rax\n\tcqo\n\tmov $-1, %%rcx\n\tidiv %%rcx"
                     :
                     :
                     : "rax", "rcx", "rdx");
}

static void do_undefined(uintptr_t unused)
{
    (void)unused;
    __asm__ volatile("ud2");
}

static void do_breakpoint(uintptr_t unused)
{
    (void)unused;
    __asm__ volatile("int3");
}

static void do_privileged(uintptr_t unused)
{
    (void)unused;
    __asm__ volatile("hlt");
}

static void do_sse_divide(uintptr_t unused)
{
    (void)unused;
    unsigned mxcsr = 0x1d80; // division by zero unmasked
    __asm__ volatile(
        "ldmxcsr %0\n\tmov $1, %%eax\n\tcvtsi2sd %%eax, %%xmm0\n\txorpd %%xmm1, %%xmm1\n\t"
        "divsd %%xmm1, %%xmm0"
        :
        : "m"(mxcsr)
        : "rax", "xmm0", "xmm1");
}

static void do_x87_divide(uintptr_t unused)
{
    (void)unused;
    unsigned short control = 0x037b; // division by zero unmasked
    __asm__ volatile("fninit\n\tfldcw %0\n\tfld1\n\tfldz\n\tfdivrp\n\tfwait" : : "m"(control));
}

TEST(other_faults, "SIGFPE, SIGILL and SIGTRAP tell their reasons, for integers, SSE and x87")
{
    static const int signals[] = {SIGFPE, SIGILL, SIGTRAP, SIGSEGV};
    for (size_t i = 0; i < COUNT_OF(signals); i++)
        handle_info(signals[i], note_info, 0);
    CHECK(fault_of(do_divide, 0) == SIGFPE && seen.si_code == FPE_INTDIV && seen.si_addr);
    CHECK(fault_of(do_overflow, 0) == SIGFPE && seen.si_code == FPE_INTDIV);
    CHECK(fault_of(do_undefined, 0) == SIGILL && seen.si_code == ILL_ILLOPN && seen.si_addr);
    CHECK(fault_of(do_breakpoint, 0) == SIGTRAP && seen.si_code == SI_KERNEL);
    CHECK(fault_of(do_privileged, 0) == SIGSEGV && seen.si_code == SI_KERNEL);
    // QEMU's emulated CPU sets the flag and raises nothing; a real one and KVM do.
    int sse = fault_of(do_sse_divide, 0);
    CHECK(sse == 0 || (sse == SIGFPE && seen.si_code == FPE_FLTDIV));
    CHECK(fault_of(do_x87_divide, 0) == SIGFPE && seen.si_code == FPE_FLTDIV);
}

TEST(blocked_fault, "a fault whose signal is blocked or ignored ends the process all the same")
{
    pid_t pid = fork();
    if (pid == 0) {
        sigset_t set;
        handle_info(SIGSEGV, note_info, 0);
        sigfillset(&set);
        sigprocmask(SIG_BLOCK, &set, NULL);
        PEEK(8);
        _exit(1);
    }
    CHECK(child_end(pid) == 128 + SIGSEGV);
    pid = fork();
    if (pid == 0) {
        signal(SIGSEGV, SIG_IGN);
        PEEK(8);
        _exit(1);
    }
    CHECK(child_end(pid) == 128 + SIGSEGV);
}

static unsigned char alternate[65536];
static volatile bool on_alternate;

static void where_am_i(int signal)
{
    unsigned char local;
    (void)signal;
    unsigned char *here = (unsigned char *)byte_at((uintptr_t)&local);
    stack_t now;
    sigaltstack(NULL, &now);
    on_alternate =
        here >= alternate && here < alternate + sizeof(alternate) && (now.ss_flags & SS_ONSTACK);
    stack_t other = {.ss_sp = alternate, .ss_size = sizeof(alternate)};
    if (on_alternate && !FAILS(sigaltstack(&other, NULL), EPERM))
        _exit(9);
}

TEST(alternate_stack,
     "SA_ONSTACK runs the handler on the alternate stack, which cannot be changed meanwhile")
{
    stack_t stack = {.ss_sp = alternate, .ss_size = sizeof(alternate)}, old;
    CHECK(sigaltstack(&stack, NULL) == 0);
    struct sigaction action = {.sa_handler = where_am_i, .sa_flags = SA_ONSTACK};
    CHECK(sigaction(SIGUSR1, &action, NULL) == 0);
    raise(SIGUSR1);
    CHECK(on_alternate);
    action.sa_flags = 0;
    CHECK(sigaction(SIGUSR1, &action, NULL) == 0);
    raise(SIGUSR1);
    CHECK(!on_alternate);
    CHECK(sigaltstack(NULL, &old) == 0 && old.ss_sp == alternate && old.ss_flags == 0);
    stack.ss_size = 100;
    CHECK(FAILS(sigaltstack(&stack, NULL), ENOMEM));
    stack.ss_flags = 0x40;
    CHECK(FAILS(sigaltstack(&stack, NULL), EINVAL));
}

static int recurse(int level)
{
    volatile char frame[1024];
    frame[0] = (char)level;
    return *byte_at((uintptr_t)frame) == level ? recurse((level + 1) & 0x7f) + frame[0] : 1;
}

static void overflowed(int signal)
{
    (void)signal;
    _exit(45);
}

TEST(
    stack_overflow,
    "endless recursion is SIGSEGV: fatal without a way to handle it, handled on an alternate stack")
{
    pid_t pid = fork();
    if (pid == 0) {
        signal(SIGSEGV, overflowed); // there is no stack left to run it on
        _exit(recurse(0));
    }
    CHECK(child_end(pid) == 128 + SIGSEGV);
    pid = fork();
    if (pid == 0) {
        stack_t stack = {.ss_sp = alternate, .ss_size = sizeof(alternate)};
        struct sigaction action = {.sa_handler = overflowed, .sa_flags = SA_ONSTACK};
        sigaltstack(&stack, NULL);
        sigaction(SIGSEGV, &action, NULL);
        _exit(recurse(0));
    }
    CHECK(child_end(pid) == 45);
}

static void skip_load(int signal, siginfo_t *info, void *context)
{
    ucontext_t *frame = context;
    (void)signal;
    (void)info;
    count++;
    frame->uc_mcontext.gregs[REG_RIP] += 2; // the load below is two bytes long
    frame->uc_mcontext.gregs[REG_RAX] = 4711;
}

TEST(changed_context, "what a handler changes in the saved registers takes effect: a load is "
                      "skipped and its result set")
{
    long value = 0;
    handle_info(SIGSEGV, skip_load, 0);
    __asm__ volatile(".byte 0x8b, 0x01"
                     : "=a"(value)
                     : "c"(8), "0"(0l)
                     : "memory"); // mov (%rcx), %eax
    CHECK(count == 1 && value == 4711);
}

// Makes the saved frame hostile in one way.
static int hostile_way;

static void spoil_frame(int signal, siginfo_t *info, void *context)
{
    greg_t *registers = ((ucontext_t *)context)->uc_mcontext.gregs;
    (void)signal;
    (void)info;
    switch (hostile_way) {
    case 0: // a kernel address to return to
        registers[REG_RIP] = (greg_t)0xffffffff80000000;
        break;
    case 1: // no address at all
        registers[REG_RIP] = (greg_t)0x8000000000000000;
        break;
    case 2: // kernel segments
        registers[REG_CSGSFS] = 0x10 | (0x18l << 48);
        break;
    case 3: // a null code segment
        registers[REG_CSGSFS] = 0;
        break;
    case 4: // a stack in kernel space, used at once
        registers[REG_RSP] = (greg_t)0xffff888000000000;
        break;
    case 5: // floating-point state that is not there
        ((ucontext_t *)context)->uc_mcontext.fpregs = (void *)0xffff888000000000;
        break;
    case 6: // reserved bits of MXCSR
        ((ucontext_t *)context)->uc_mcontext.fpregs->mxcsr = 0xffffffff;
        break;
    }
}

TEST(
    hostile_frame,
    "a frame changed to kernel addresses or segments kills that process at worst, never the kernel")
{
    for (hostile_way = 0; hostile_way < 6; hostile_way++) {
        pid_t pid = fork();
        if (pid == 0) {
            handle_info(SIGUSR1, spoil_frame, 0);
            raise(SIGUSR1);
            _exit(getpid() > 0 ? 3 : 4);
        }
        int end = child_end(pid);
        CHECK(end == 128 + SIGSEGV || (hostile_way == 2 && end == 3) ||
              (hostile_way == 3 && end == 3));
    }
}

TEST(hostile_mxcsr, "reserved bits of MXCSR in a frame do not reach the CPU unmasked")
{
    hostile_way = 6;
    pid_t pid = fork();
    if (pid == 0) {
        handle_info(SIGUSR1, spoil_frame, 0);
        raise(SIGUSR1);
        _exit(3);
    }
    int end = child_end(pid);
    CHECK(end == 3 || end == 128 + SIGSEGV);
}

static void raise_flags(int signal, siginfo_t *info, void *context)
{
    (void)signal;
    (void)info;
    // IOPL 3, interrupts off, nested task: none of them a user's to set.
    ((ucontext_t *)context)->uc_mcontext.gregs[REG_EFL] |= 0x7000;
    ((ucontext_t *)context)->uc_mcontext.gregs[REG_EFL] &= ~0x200l;
}

TEST(hostile_flags,
     "a handler cannot switch interrupts off or give itself the I/O ports through the frame")
{
    handle_info(SIGUSR1, raise_flags, 0);
    raise(SIGUSR1);
    unsigned long flags;
    __asm__ volatile("pushf\n\tpop %0" : "=r"(flags));
    CHECK((flags & 0x3000) == 0);
    CHECK(flags & 0x200);
}

TEST(sigreturn_alone, "rt_sigreturn without a frame is a SIGSEGV")
{
    pid_t pid = fork();
    if (pid == 0) {
        __asm__ volatile("mov $8, %%rsp\n\tmov $15, %%eax\n\tsyscall" ::: "memory");
        _exit(1);
    }
    CHECK(child_end(pid) == 128 + SIGSEGV);
}

TEST(no_restorer,
     "a handler without SA_RESTORER cannot return on x86-64: SIGSEGV, and only for that process")
{
    struct {
        void (*handler)(int);
        unsigned long flags;
        void *restorer;
        uint64_t mask;
    } action = {spoil, 0, NULL, 0};
    pid_t pid = fork();
    if (pid == 0) {
        CHECK(syscall(SYS_rt_sigaction, SIGUSR1, &action, NULL, 8) == 0);
        kill(getpid(), SIGUSR1);
        _exit(1);
    }
    CHECK(child_end(pid) == 128 + SIGSEGV);
}

TEST(direction_flag, "a handler starts with the direction flag clear whatever the program had")
{
    signal(SIGUSR1, spoil);
    pid_t self = getpid();
    long result;
    unsigned long flags;
    __asm__ volatile("std\n\tsyscall\n\tpushf\n\tpop %1\n\tcld"
                     : "=a"(result), "=r"(flags)
                     : "0"(SYS_kill), "D"(self), "S"(SIGUSR1)
                     : "rcx", "r11", "memory", "cc");
    CHECK(result == 0 && count == 1 && (flags & 0x400));
}
