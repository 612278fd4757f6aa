// SPDX-License-Identifier: ISC
// From the kernel's stack to main: auxiliary vector, thread-local storage, the main thread's
// descriptor, constructors. Nothing here may use errno or a canary before thread_init is through.
#include <abi/auxv.h>
#include <abi/prctl.h>
#include <abi/resource.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/mman.h>
#include <unistd.h>

#include "internal/libc.h"
#include "internal/thread.h"

char **environ;
const uint64_t *__libc_auxv;
char *program_invocation_name = "";
char *program_invocation_short_name = "";
int __thread_count = 1;

// The main thread's descriptor with its variables before it; a larger block is mapped.
static struct {
    char variables[1024];
    struct thread thread;
} main_thread __attribute__((aligned(64)));

extern void (*const __preinit_array_start[])(void) __attribute__((weak));
extern void (*const __preinit_array_end[])(void) __attribute__((weak));
extern void (*const __init_array_start[])(int, char **, char **) __attribute__((weak));
extern void (*const __init_array_end[])(int, char **, char **) __attribute__((weak));

int main(int argc, char **argv, char **envp);
_Noreturn void __libc_start(long *stack);

unsigned long getauxval(unsigned long type)
{
    for (const uint64_t *entry = __libc_auxv; entry[0] != AT_NULL; entry += 2)
        if (entry[0] == type)
            return entry[1];
    return 0;
}

static _Noreturn void start_failed(void)
{
    static const char text[] = "libc: cannot set up thread-local storage\n";
    SYS3(SYS_write, 2, text, sizeof(text) - 1);
    SYS1(SYS_exit_group, 127);
    __builtin_trap();
}

static void thread_init(void)
{
    struct thread *thread = &main_thread.thread;
    size_t size = __tls_size();
    if (size > sizeof(main_thread.variables)) {
        long map = SYS6(SYS_mmap, 0, size + sizeof(*thread), PROT_READ | PROT_WRITE,
                        MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
        if (map < 0 && map > -4096)
            start_failed();
        thread = (struct thread *)(map + (long)size);
    }
    __tls_fill(thread);
    thread->self = thread;
    const uint64_t *random = (const uint64_t *)getauxval(AT_RANDOM); // 16 bytes
    if (random != NULL) {
        thread->canary = random[0] & ~0xffUL; // a zero byte lowest stops an overflowing string
        __malloc_init(random[1]);
    }
    if (SYS2(SYS_arch_prctl, ARCH_SET_FS, thread) != 0)
        start_failed();
    thread->tid = (int)SYS1(SYS_set_tid_address, &thread->tid);
}

static void names_init(char *name)
{
    if (name == NULL)
        return;
    program_invocation_name = name;
    char *slash = strrchr(name, '/');
    program_invocation_short_name = slash != NULL ? slash + 1 : name;
}

void __libc_start(long *stack)
{
    int argc = (int)stack[0];
    char **argv = (char **)(stack + 1);
    environ = argv + argc + 1;
    char **end = environ;
    while (*end != NULL)
        end++;
    __libc_auxv = (const uint64_t *)(end + 1);

    thread_init();
    __vdso_init();
    names_init(argv[0]);
    for (void (*const *run)(void) = __preinit_array_start; run < __preinit_array_end; run++)
        (*run)();
    for (void (*const *run)(int, char **, char **) = __init_array_start; run < __init_array_end;
         run++)
        (*run)(argc, argv, environ);
    exit(main(argc, argv, environ));
}
