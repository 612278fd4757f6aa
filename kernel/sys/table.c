// SPDX-License-Identifier: ISC
/*
 * The table of system calls, made from calls.h. A call that is not in it has an empty entry: the
 * entry code answers -ENOSYS.
 */
#include "sys/sys.h"

#include "abi/syscall.h"
#include "sched/trace.h"

// The functions are declared without parameters: each has its own, and the table calls them all
// with six registers, which the calling convention allows.
#define CALL(number, name, arguments)                                                              \
    long sys_##name();                                                                             \
    _Static_assert((number) == SYS_##name, "calls.h: wrong number for " #name);
#define LACK(number, name, arguments)                                                              \
    _Static_assert((number) == SYS_##name, "calls.h: wrong number for " #name);
#include "sys/calls.h"
#undef CALL
#undef LACK

static const syscall_fn table[SYSCALL_COUNT] = {
#define CALL(number, name, arguments) [number] = sys_##name,
#define LACK(number, name, arguments)
#include "sys/calls.h"
#undef CALL
#undef LACK
};

static const struct {
    const char *name, *arguments;
} texts[SYSCALL_COUNT] = {
#define CALL(number, name, arguments) [number] = {#name, arguments},
#define LACK(number, name, arguments) [number] = {#name, arguments},
#include "sys/calls.h"
#undef CALL
#undef LACK
};

syscall_fn sys_function(uint64_t number)
{
    return number < SYSCALL_COUNT ? table[number] : NULL;
}

const char *sys_name(uint64_t number)
{
    return number < SYSCALL_COUNT ? texts[number].name : NULL;
}

const char *sys_arguments(uint64_t number)
{
    return number < SYSCALL_COUNT ? texts[number].arguments : NULL;
}

static bool strace;

static long traced_call(struct trap_frame *f)
{
    uint64_t number = f->rax;
    TRACE(TRACE_CALL, number, f->rdi, f->rsi, f->rdx);
    long result = strace ? strace_call(f) : syscall_run(f);
    TRACE(TRACE_RETURN, number, result, 0, 0);
    return result;
}

static void trace_calls(bool on)
{
    syscall_set_trace(on ? traced_call : strace ? strace_call : NULL);
}

void sys_init(bool trace)
{
    strace = trace;
    syscall_register(table, SYSCALL_COUNT);
    trace_calls_hook = trace_calls;
    trace_call_name_hook = sys_name;
    trace_calls(false);
}
