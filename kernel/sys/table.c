// SPDX-License-Identifier: ISC
/*
 * The table of system calls, made from calls.h. A call that is not in it has an empty entry: the
 * entry code answers -ENOSYS.
 */
#include "sys/sys.h"

#include "abi/syscall.h"

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

void sys_init(bool trace)
{
    syscall_register(table, SYSCALL_COUNT);
    if (trace)
        syscall_set_trace(strace_call);
}
