// SPDX-License-Identifier: ISC
/* What the files of exec share: arguments on their way (args.c), the program file (elf.c), the act
 * (exec.c). */
#pragma once

#include "abi/auxv.h"
#include "lib/base.h"

struct file;
struct space;

#define EXEC_HEAD_SIZE 256 // bytes of the file that decide what it is; a #! line must fit
#define EXEC_STACK_TOP (USER_END - 0x10000) // above it some room for those who ask for the very top
#define EXEC_PIE_BASE  0x555555554000ul     // where a movable program lies

/*
 * Argument and environment strings, one behind the other with their zero bytes, in kernel pages:
 * the old space is gone when they are needed. #! puts others before them and drops argv[0].
 */
struct exec_args {
    char **pages; // page_limit pointers
    size_t page_limit;
    size_t used;  // bytes
    size_t limit; // for strings and their pointers
    unsigned argc, envc;
    size_t first;     // bytes of argv[0], with its 0
    size_t env_at;    // where the environment begins
    char *prefix[12]; // #!: strings that replace argv[0], in order
    unsigned prefix_count;
};

/* A program file mapped into a space. */
struct elf_image {
    uaddr_t start; // first instruction: the interpreter's, if there is one
    uaddr_t entry; // the program's own
    uaddr_t phdr;  // its program headers in memory
    unsigned phnum;
    uaddr_t interp_base; // 0: none
    uaddr_t end;         // behind the last segment: the break starts here
    bool exec_stack;
};

/* 0, -ENOMEM. stack_limit: RLIMIT_STACK, of which a quarter may be arguments. */
int exec_args_init(struct exec_args *a, uint64_t stack_limit);
void exec_args_free(struct exec_args *a);
/* From user memory; -EFAULT, -E2BIG, -ENOMEM. argv first. */
int exec_args_copy(struct exec_args *a, uaddr_t argv, uaddr_t envp);
int exec_args_copy_kernel(struct exec_args *a, const char *const argv[], const char *const envp[]);
/* Puts strings before the rest; they replace argv[0] (once). Allocated copies are made. */
int exec_args_prefix(struct exec_args *a, const char *interpreter, const char *option,
                     const char *script);
/* Maps the stack, writes strings, pointers and the auxiliary vector. 0 with *sp, -ENOMEM, -E2BIG.
 */
int exec_args_place(const struct exec_args *a, struct space *s, const char *filename,
                    const struct elf_image *image, bool secure, uaddr_t *sp);

/* -ENOEXEC (no program of this machine), -ENOMEM, -EINVAL, or what opening the interpreter gives.
 */
int elf_load(struct space *s, struct file *f, const void *head, struct elf_image *image);
/* signal_symbol_hook: the name of an address, from the running program's own symbol table. */
bool elf_symbol_name(uaddr_t addr, char *buf, size_t size);
