// SPDX-License-Identifier: ISC
//
// What only the kernel may do: every such instruction in user space ends that process with the
// signal Linux gives, and nothing else happens.
#include "support.h"

// A test's instruction as a function; what it leaves in registers does not matter, it dies.
#define INSTRUCTION(name, text)                                                                    \
    static void name(void)                                                                         \
    {                                                                                              \
        __asm__ volatile(text : : "a"(0l), "c"(0l), "d"(0l), "D"(&scratch) : "rbx", "memory");     \
    }

static unsigned char scratch[64];

INSTRUCTION(do_cli, "cli")
INSTRUCTION(do_sti, "sti")
INSTRUCTION(do_hlt, "hlt")
INSTRUCTION(do_in, "mov $0x64, %%dx\n\tinb %%dx, %%al")
INSTRUCTION(do_out, "mov $0x80, %%dx\n\toutb %%al, %%dx")
INSTRUCTION(do_out_immediate, "outb %%al, $0xfe")
INSTRUCTION(do_ins, "mov $0x60, %%dx\n\tinsb")
INSTRUCTION(do_read_cr0, "mov %%cr0, %%rax")
INSTRUCTION(do_write_cr0, "mov %%rax, %%cr0")
INSTRUCTION(do_read_cr3, "mov %%cr3, %%rax")
INSTRUCTION(do_write_cr3, "mov %%rax, %%cr3")
INSTRUCTION(do_write_cr4, "mov %%rax, %%cr4")
INSTRUCTION(do_debug_register, "mov %%rax, %%dr7")
INSTRUCTION(do_rdmsr, "mov $0xc0000080, %%ecx\n\trdmsr")
INSTRUCTION(do_wrmsr, "mov $0xc0000082, %%ecx\n\twrmsr")
INSTRUCTION(do_lgdt, "lgdt (%%rdi)")
INSTRUCTION(do_lidt, "lidt (%%rdi)")
INSTRUCTION(do_lldt, "lldt %%ax")
INSTRUCTION(do_ltr, "ltr %%ax")
INSTRUCTION(do_lmsw, "lmsw %%ax")
INSTRUCTION(do_clts, "clts")
INSTRUCTION(do_invlpg, "invlpg (%%rdi)")
INSTRUCTION(do_wbinvd, "wbinvd")
INSTRUCTION(do_swapgs, "swapgs")
INSTRUCTION(do_sysret, "sysretq")
INSTRUCTION(do_iret, "pushq $0x18\n\tpushq $0\n\tpushq $2\n\tpushq $0x10\n\tpushq $0\n\tiretq")
INSTRUCTION(do_far_return, "pushq $8\n\tpushq $0\n\tlretq")
INSTRUCTION(do_load_kernel_ss, "mov $0x18, %%eax\n\tmov %%eax, %%ss")
INSTRUCTION(do_load_bad_ds, "mov $0xfff8, %%eax\n\tmov %%eax, %%ds")
INSTRUCTION(do_int_page_fault, "int $14")
INSTRUCTION(do_int_timer, "int $32")
INSTRUCTION(do_int_double_fault, "int $8")

TEST(instructions, "privileged instructions and gates are SIGSEGV")
{
    static void (*const instructions[])(void) = {do_cli,
                                                 do_sti,
                                                 do_hlt,
                                                 do_in,
                                                 do_out,
                                                 do_out_immediate,
                                                 do_ins,
                                                 do_read_cr0,
                                                 do_write_cr0,
                                                 do_read_cr3,
                                                 do_write_cr3,
                                                 do_write_cr4,
                                                 do_debug_register,
                                                 do_rdmsr,
                                                 do_wrmsr,
                                                 do_lgdt,
                                                 do_lidt,
                                                 do_lldt,
                                                 do_ltr,
                                                 do_lmsw,
                                                 do_clts,
                                                 do_invlpg,
                                                 do_wbinvd,
                                                 do_swapgs,
                                                 do_iret,
                                                 do_far_return,
                                                 do_load_kernel_ss,
                                                 do_load_bad_ds,
                                                 do_int_page_fault,
                                                 do_int_timer,
                                                 do_int_double_fault,
                                                 do_sysret};
    for (size_t i = 0; i < COUNT_OF(instructions); i++)
        CHECK_EQ(run_child(instructions[i]) * 1000 + (long)i, (128 + SIGSEGV) * 1000 + (long)i);
}

INSTRUCTION(do_undefined, "ud2")
INSTRUCTION(do_lock_invalid, ".byte 0xf0, 0x90") // lock nop
INSTRUCTION(do_breakpoint, "int3")
INSTRUCTION(do_int_3, ".byte 0xcd, 0x03")
INSTRUCTION(do_single_step, "pushf\n\torl $0x100, (%%rsp)\n\tpopf\n\tnop\n\tnop")
INSTRUCTION(do_divide, "xor %%ecx, %%ecx\n\tdiv %%rcx")

TEST(faults, "ud2 is SIGILL, division by zero SIGFPE, int3 and single-stepping SIGTRAP")
{
    CHECK(run_child(do_undefined) == 128 + SIGILL);
    CHECK(run_child(do_lock_invalid) == 128 + SIGILL);
    CHECK(run_child(do_divide) == 128 + SIGFPE);
    CHECK(run_child(do_breakpoint) == 128 + SIGTRAP);
    CHECK(run_child(do_int_3) == 128 + SIGTRAP);
    CHECK(run_child(do_single_step) == 128 + SIGTRAP);
}

static void jump_to(void *where)
{
    ((void (*)(void))where)();
}

TEST(jumps, "jumping into the kernel, to no address, or to null is SIGSEGV")
{
    CHECK(run_child_with(jump_to, KERNEL_MEMORY) == 128 + SIGSEGV);
    CHECK(run_child_with(jump_to, (void *)0xffffffff80100000) == 128 + SIGSEGV);
    CHECK(run_child_with(jump_to, (void *)0xffff888000000000) == 128 + SIGSEGV);
    CHECK(run_child_with(jump_to, (void *)0x8000000000000000) == 128 + SIGSEGV);
    CHECK(run_child_with(jump_to, (void *)0x00007ffffffff000) == 128 + SIGSEGV);
    CHECK(run_child_with(jump_to, NULL) == 128 + SIGSEGV);
}

INSTRUCTION(do_bad_stack, "mov $0xffffffff80000000, %%rsp\n\tpush %%rax")
INSTRUCTION(do_odd_stack, "mov $0x8000000000000000, %%rsp\n\tpush %%rax")
INSTRUCTION(do_no_stack, "xor %%esp, %%esp\n\tpush %%rax")

TEST(stacks, "a stack pointer into the kernel or nowhere is harmless to the kernel, also while a "
             "signal comes")
{
    int end = run_child(do_bad_stack);
    CHECK(end == 128 + SIGSEGV);
    end = run_child(do_odd_stack);
    CHECK(end == 128 + SIGSEGV || end == 128 + SIGBUS);
    CHECK(run_child(do_no_stack) == 128 + SIGSEGV);
    volatile int *ready = shared_memory(PAGE);
    pid_t pid = fork();
    if (pid == 0) {
        signal(SIGUSR1, exit);
        __asm__ volatile("mov $0xffffffff80000000, %%rsp\n\tmovl $1, (%0)\n1: pause\n\tjmp 1b"
                         :
                         : "r"(ready)
                         : "memory");
    }
    while (!*ready)
        sched_yield();
    CHECK(kill(pid, SIGUSR1) == 0);
    CHECK(child_end(pid) == 128 + SIGSEGV);
}

// A system call made with the stack pointer VALUE: it must work, no user stack is needed for it.
static void call_without_stack(void *value)
{
    long result;
    __asm__ volatile("mov %%rsp, %%rbx\n\tmov %2, %%rsp\n\tsyscall\n\tmov %%rbx, %%rsp"
                     : "=a"(result)
                     : "0"((long)SYS_getpid), "r"(value)
                     : "rbx", "rcx", "r11", "memory");
    _exit(result == getpid() ? 0 : 1);
}

TEST(calls_without_stack,
     "a system call works whatever the stack pointer is: the kernel uses its own")
{
    CHECK(run_child_with(call_without_stack, NULL) == 0);
    CHECK(run_child_with(call_without_stack, KERNEL_MEMORY) == 0);
    CHECK(run_child_with(call_without_stack, (void *)0x8000000000000000) == 0);
}

// Runs on a stack of its own: the page it maps may be the one that the stack was on.
static void call_at_the_top(void)
{
    unsigned char *page = (unsigned char *)0x7fffffffe000;
    long at = raw_call(SYS_mmap, (long)page, PAGE, PROT_READ | PROT_WRITE | PROT_EXEC,
                       MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0);
    if (at != (long)page)
        raw_call(SYS_exit_group, 1, 0, 0, 0, 0, 0);
    page[PAGE - 2] = 0x0f; // syscall as the last two bytes
    page[PAGE - 1] = 0x05;
    ((void (*)(void))(page + PAGE - 2))();
}

static void on_other_stack(void)
{
    unsigned char *stack = private_memory(16 * PAGE);
    __asm__ volatile("mov %0, %%rsp\n\txor %%ebp, %%ebp\n\tcall *%1"
                     :
                     : "r"(stack + 16 * PAGE), "r"(call_at_the_top)
                     : "memory");
}

TEST(top_of_user_space, "a system call at the very end of user space returns safely or dies: no "
                        "address above it is ever run")
{
    CHECK(run_child(on_other_stack) == 128 + SIGSEGV);
}

TEST(other_entries,
     "the entries for 32-bit programs are no way in: an unknown call or a signal, never more")
{
    pid_t pid = fork();
    if (pid == 0) {
        __asm__ volatile("mov $20, %%eax\n\tint $0x80" ::: "rax", "memory"); // getpid of i386
        _exit(0);
    }
    int end = child_end(pid);
    CHECK(end == 0 || end == 128 + SIGSEGV);
    pid = fork();
    if (pid == 0) {
        __asm__ volatile("xor %%ebp, %%ebp\n\tmov $20, %%eax\n\tsysenter" ::: "rax", "memory");
        _exit(0);
    }
    end = child_end(pid);
    CHECK(end == 0 || end == 128 + SIGSEGV || end == 128 + SIGILL);
}

TEST(nothing_leaks,
     "a system call changes rax, rcx and r11 alone, and those hold no kernel address")
{
    unsigned long after[9], result;
    __asm__ volatile("mov $4, %%r8d\n\tmov $5, %%r9d\n\tmov $6, %%r10d\n\tsyscall\n\t"
                     "mov %%rcx, (%1)\n\tmov %%r11, 8(%1)\n\tmov %%rdi, 16(%1)\n\t"
                     "mov %%rsi, 24(%1)\n\tmov %%rdx, 32(%1)\n\tmov %%r8, 40(%1)\n\t"
                     "mov %%r9, 48(%1)\n\tmov %%r10, 56(%1)\n\tmov %%rbp, 64(%1)"
                     : "=a"(result)
                     : "b"(after), "0"((long)SYS_getpid), "D"(1l), "S"(2l), "d"(3l)
                     : "rcx", "r8", "r9", "r10", "r11", "memory");
    CHECK(result == (unsigned long)getpid());
    CHECK(after[0] < 0x800000000000 && after[1] < 0x800000000000); // rip and rflags of this program
    for (unsigned long i = 1; i <= 6; i++)
        CHECK(after[i + 1] == i);
}
