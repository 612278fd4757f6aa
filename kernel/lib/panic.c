// SPDX-License-Identifier: ISC
/*
 * The end: one CPU stops the others, says why, where and how it came there, on every console.
 * A fault during a panic says so and goes no deeper; a panic on a second CPU just stops.
 */
#include "lib/log.h"
#include "lib/printf.h"
#include "x86/cpu.h"

#define BACKTRACE_DEPTH 24

void (*panic_exit)(void);

/* From the symbol table that boot/symbols.py writes into the section .symbols; see there. */
extern const uint64_t kernel_symbols_base[] __attribute__((weak));
extern const uint64_t kernel_symbols_count[] __attribute__((weak));
extern const struct {
    uint32_t address, name;
} kernel_symbols_start[] __attribute__((weak));
extern const char kernel_symbols_names[] __attribute__((weak));
extern const char __text_start[], __text_end[];

const char *symbol_name(uintptr_t addr, char *buf, size_t size)
{
    bool text = addr >= (uintptr_t)__text_start && addr < (uintptr_t)__text_end;

    if (!text || !kernel_symbols_count || !*kernel_symbols_count || addr < *kernel_symbols_base) {
        snprintf(buf, size, "%#lx", addr);
        return buf;
    }
    // Invariant: the answer is in [low, high).
    uint64_t low = 0, high = *kernel_symbols_count, offset = addr - *kernel_symbols_base;
    while (high - low > 1) {
        uint64_t middle = (low + high) / 2;
        if (kernel_symbols_start[middle].address <= offset)
            low = middle;
        else
            high = middle;
    }
    snprintf(buf, size, "%s+%#lx", kernel_symbols_names + kernel_symbols_start[low].name,
             offset - kernel_symbols_start[low].address);
    return buf;
}

static void print_address(uintptr_t addr)
{
    char name[96];

    // A return address lies behind its call, which may be the last instruction of its function.
    log_error("  %016lx %s", addr, symbol_name(addr - 1, name, sizeof(name)));
}

void backtrace_print(uintptr_t rbp)
{
    for (int i = 0; i < BACKTRACE_DEPTH && rbp; i++) {
        uint64_t next, ret;
        // The chain may be broken; a word that cannot be read ends it. It goes up in the kernel
        // half.
        if (rbp & 7 || (int64_t)rbp >= 0 || !kernel_read64(rbp, &next) ||
            !kernel_read64(rbp + 8, &ret) || !ret)
            return;
        print_address(ret);
        if (next <= rbp)
            return;
        rbp = next;
    }
}

/* Returns only on the first CPU to get here, and the first two times. */
static void panic_begin(void)
{
    static atomic_int owner = -1;
    static int depth;
    int nobody = -1, me = this_cpu(cpu_number);

    irq_disable();
    if (!atomic_compare_exchange_strong(&owner, &nobody, me) && nobody != me)
        cpu_halt_forever();
    if (depth++ >= 2)
        cpu_halt_forever();
    log_enter_panic();
    if (depth == 1)
        cpu_stop_others();
    else
        log_error("PANIC: and during that panic:");
}

static void noreturn panic_end(void)
{
    if (panic_exit)
        panic_exit();
    cpu_halt_forever();
}

static void noreturn panic_text(uintptr_t rip, uintptr_t rbp, void (*dump)(const void *),
                                const void *arg, const char *fmt, va_list ap)
{
    char text[320], name[96];

    panic_begin();
    vsnprintf(text, sizeof(text), fmt, ap);
    log_error("PANIC: %s", text);
    log_error("on CPU %u, thread %p, in %s", this_cpu(cpu_number), (void *)current,
              symbol_name(rip, name, sizeof(name)));
    if (dump)
        dump(arg);
    log_error("called from:");
    backtrace_print(rbp);
    panic_end();
}

void panic(const char *fmt, ...)
{
    const uintptr_t *frame = __builtin_frame_address(0);
    va_list ap;

    va_start(ap, fmt);
    panic_text(frame[1] - 1, frame[0], NULL, NULL, fmt, ap);
}

void panic_at(uintptr_t rip, uintptr_t rbp, void (*dump)(const void *), const void *arg,
              const char *fmt, ...)
{
    va_list ap;

    va_start(ap, fmt);
    panic_text(rip, rbp, dump, arg, fmt, ap);
}

/* The compiler's stack protector: a canary before the return address that start-up seeds. */
uintptr_t __stack_chk_guard = 0x00bad5eed0cafe00;

void noreturn __stack_chk_fail(void)
{
    panic("stack overrun in a function: its canary is gone");
}
