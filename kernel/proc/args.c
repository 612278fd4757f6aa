// SPDX-License-Identifier: ISC
/*
 * Arguments and environment of exec: into the kernel, and out again onto the new stack, which looks
 * like this from the top down (x86-64 psABI 3.4.1):
 *
 *     8 zero bytes | file name | environment strings | argument strings | "x86_64" | 16 random
 * bytes | auxiliary vector | NULL | environment pointers | NULL | argument pointers | argc  <- rsp,
 * at 16
 */
#include "abi/errno.h"
#include "abi/limits.h"
#include "abi/time.h"
#include "lib/string.h"
#include "mm/heap.h"
#include "proc/exec.h"
#include "task/process.h"
#include "vm/space.h"
#include "vm/vdso.h"
#include "x86/cpu.h"
#include "x86/uaccess.h"

#define STACK_FIRST_SIZE (128ul << 10) // mapped beyond the arguments; the rest grows by faults
#define ARGS_MAX         (6ul << 20)

static const char platform[] = "x86_64";

int exec_args_init(struct exec_args *a, uint64_t stack_limit)
{
    *a = (struct exec_args){.limit = MAX(MIN(stack_limit / 4, ARGS_MAX), (uint64_t)ARG_MAX)};
    a->page_limit = a->limit / PAGE_SIZE + 1;
    a->pages = kzalloc(a->page_limit * sizeof(char *));
    return a->pages ? 0 : -ENOMEM;
}

void exec_args_free(struct exec_args *a)
{
    for (size_t i = 0; a->pages && i < a->page_limit && a->pages[i]; i++)
        kfree(a->pages[i]);
    kfree(a->pages);
    for (unsigned i = 0; i < a->prefix_count; i++)
        kfree(a->prefix[i]);
}

/* --- in --- */

/* Room behind what is used, at most to the end of a page. NULL with *err set. */
static char *room(struct exec_args *a, size_t *len, int *err)
{
    size_t page = a->used / PAGE_SIZE, at = a->used % PAGE_SIZE;
    size_t pointers = (a->argc + a->envc + 2) * sizeof(uaddr_t);
    *err = -E2BIG;
    if (a->used + pointers >= a->limit)
        return NULL;
    *err = -ENOMEM;
    if (!a->pages[page] && !(a->pages[page] = kmalloc(PAGE_SIZE)))
        return NULL;
    *len = MIN(PAGE_SIZE - at, a->limit - a->used);
    return a->pages[page] + at;
}

/* One string, in pieces that end with pages. `user` or `kernel` says where it comes from. */
static int append(struct exec_args *a, uaddr_t user, const char *kernel)
{
    size_t start = a->used, len;
    int err;
    for (;;) {
        char *to = room(a, &len, &err);
        if (!to)
            return err;
        size_t done = a->used - start;
        ssize_t got;
        if (kernel) {
            got = strnlen(kernel + done, len);
            memcpy(to, kernel + done, MIN((size_t)got + 1, len));
            if ((size_t)got == len)
                got = -ENAMETOOLONG;
        } else {
            got = string_from_user(to, user + done, len);
        }
        if (got >= 0) {
            a->used += got + 1;
            return a->used - start > ABI_ARG_STRLEN_MAX ? -E2BIG : 0;
        }
        if (got != -ENAMETOOLONG)
            return got;
        a->used += len;
        if (a->used - start >= ABI_ARG_STRLEN_MAX)
            return -E2BIG;
    }
}

static int copy_array(struct exec_args *a, uaddr_t array, unsigned *count)
{
    for (; array; array += sizeof(uaddr_t)) {
        uaddr_t string;
        if (copy_in(&string, array))
            return -EFAULT;
        if (!string)
            break;
        int err = append(a, string, NULL);
        if (err)
            return err;
        if (!(*count)++ && count == &a->argc)
            a->first = a->used;
    }
    return 0;
}

static int copy_kernel_array(struct exec_args *a, const char *const array[], unsigned *count)
{
    for (; *array; array++) {
        int err = append(a, 0, *array);
        if (err)
            return err;
        if (!(*count)++ && count == &a->argc)
            a->first = a->used;
    }
    return 0;
}

/* A program may rely on argv[0]: an empty list becomes one empty string (as on Linux since 5.18).
 */
static int end_of_argv(struct exec_args *a)
{
    int err = a->argc ? 0 : append(a, 0, "");
    if (!err && !a->argc) {
        a->argc = 1;
        a->first = a->used;
    }
    a->env_at = a->used;
    return err;
}

int exec_args_copy(struct exec_args *a, uaddr_t argv, uaddr_t envp)
{
    int err = copy_array(a, argv, &a->argc);
    if (!err)
        err = end_of_argv(a);
    return err ? err : copy_array(a, envp, &a->envc);
}

int exec_args_copy_kernel(struct exec_args *a, const char *const argv[], const char *const envp[])
{
    int err = copy_kernel_array(a, argv, &a->argc);
    if (!err)
        err = end_of_argv(a);
    return err ? err : copy_kernel_array(a, envp, &a->envc);
}

int exec_args_prefix(struct exec_args *a, const char *interpreter, const char *option,
                     const char *script)
{
    const char *strings[] = {interpreter, option, script};
    // A script run by a script: the inner one's name, now at the front, is given again as `script`.
    unsigned keep = a->prefix_count ? a->prefix_count - 1 : 0, added = option ? 3 : 2;
    if (keep + added > ARRAY_SIZE(a->prefix))
        return -ELOOP;
    char *copies[3];
    for (unsigned i = 0, n = 0; i < 3; i++) {
        if (!strings[i])
            continue;
        copies[n] = kstrdup(strings[i]);
        if (!copies[n]) {
            while (n--)
                kfree(copies[n]);
            return -ENOMEM;
        }
        n++;
    }
    if (a->prefix_count)
        kfree(a->prefix[0]);
    memmove(a->prefix + added, a->prefix + 1, keep * sizeof(char *));
    memcpy(a->prefix, copies, added * sizeof(char *));
    a->prefix_count = keep + added;
    return 0;
}

/* --- out --- */

/* Writes upwards from `at`; the first failure stays. */
struct writer {
    struct space *space;
    uaddr_t at;
    int err;
};

static uaddr_t put(struct writer *w, const void *data, size_t n)
{
    uaddr_t at = w->at;
    if (!w->err && space_write(w->space, at, data, n) != (ssize_t)n)
        w->err = -ENOMEM;
    w->at += n;
    return at;
}

static void put_word(struct writer *w, uint64_t value)
{
    put(w, &value, sizeof(value));
}

static void put_range(struct writer *w, const struct exec_args *a, size_t from, size_t to)
{
    while (from < to) {
        size_t part = MIN(to - from, PAGE_SIZE - from % PAGE_SIZE);
        put(w, a->pages[from / PAGE_SIZE] + from % PAGE_SIZE, part);
        from += part;
    }
}

/* Pointers to the strings in [from, to), which lie at `strings` on the new stack. Words go out in
 * blocks. */
static void put_pointers(struct writer *w, const struct exec_args *a, size_t from, size_t to,
                         uaddr_t strings)
{
    uint64_t block[64];
    unsigned n = 0;
    bool at_start = true;
    for (size_t i = from; i < to; i++) {
        if (at_start)
            block[n++] = strings + (i - from);
        at_start = !a->pages[i / PAGE_SIZE][i % PAGE_SIZE];
        if (n == ARRAY_SIZE(block)) {
            put(w, block, sizeof(block));
            n = 0;
        }
    }
    put(w, block, n * sizeof(uint64_t));
}

#define AUXV_COUNT 22

static void put_auxv(struct writer *w, const struct elf_image *image, bool secure, uaddr_t random,
                     uaddr_t platform_at, uaddr_t filename)
{
    const struct credentials *c = &current_process()->cred;
    const uint64_t auxv[AUXV_COUNT][2] = {
        {AT_SYSINFO_EHDR, VDSO_CODE},
        {AT_HWCAP, cpu_features.cpuid_1_edx},
        {AT_PAGESZ, PAGE_SIZE},
        {AT_CLKTCK, ABI_CLK_TCK},
        {AT_PHDR, image->phdr},
        {AT_PHENT, 56},
        {AT_PHNUM, image->phnum},
        {AT_BASE, image->interp_base},
        {AT_FLAGS, 0},
        {AT_ENTRY, image->entry},
        {AT_UID, c->uid},
        {AT_EUID, c->euid},
        {AT_GID, c->gid},
        {AT_EGID, c->egid},
        {AT_SECURE, secure},
        {AT_RANDOM, random},
        {AT_HWCAP2, cpu_features.fsgsbase ? 2 : 0}, // bit 1: RDFSBASE and its kin work in user mode
        {AT_EXECFN, filename},
        {AT_PLATFORM, platform_at},
        {AT_MINSIGSTKSZ, signal_frame_size()},
        {AT_NULL, 0},
    };
    for (unsigned i = 0; i < AUXV_COUNT; i++) {
        put(w, auxv[i], sizeof(auxv[i]));
        if (auxv[i][0] == AT_NULL)
            break;
    }
}

static int map_stack(struct space *s, size_t size, bool exec)
{
    struct map_request r = {
        .addr = EXEC_STACK_TOP - size,
        .length = size,
        .flags = AREA_READ | AREA_WRITE | AREA_MAYWRITE | AREA_GROWDOWN | AREA_STACK |
                 (exec ? AREA_EXEC : 0),
        .fixed = true,
    };
    return space_map(s, &r);
}

int exec_args_place(const struct exec_args *a, struct space *s, const char *filename,
                    const struct elf_image *image, bool secure, uaddr_t *sp)
{
    size_t skip = a->prefix_count ? a->first : 0, prefix_bytes = 0;
    unsigned argc = a->argc + a->prefix_count - (a->prefix_count ? 1 : 0);
    for (unsigned i = 0; i < a->prefix_count; i++)
        prefix_bytes += strlen(a->prefix[i]) + 1;
    size_t name_bytes = strlen(filename) + 1;
    uaddr_t strings = EXEC_STACK_TOP - 8 - name_bytes - (a->used - skip) - prefix_bytes;
    size_t words = 1 + argc + 1 + a->envc + 1 + 2 * AUXV_COUNT;
    uaddr_t random = ALIGN_DOWN(strings - sizeof(platform) - 16, 16ul);
    *sp = ALIGN_DOWN(random - words * 8, 16ul);
    int err = map_stack(s, ALIGN_UP(EXEC_STACK_TOP - *sp + STACK_FIRST_SIZE, PAGE_SIZE),
                        image->exec_stack);
    if (err)
        return err;

    struct writer w = {.space = s, .at = strings};
    for (unsigned i = 0; i < a->prefix_count; i++)
        put(&w, a->prefix[i], strlen(a->prefix[i]) + 1);
    uaddr_t args_at = w.at, env_at = args_at + (a->env_at - skip);
    put_range(&w, a, skip, a->used);
    uaddr_t filename_at = put(&w, filename, name_bytes);
    w.at = random;
    put(&w, (uint64_t[]){cpu_random(), cpu_random()}, 16);
    uaddr_t platform_at = put(&w, platform, sizeof(platform));

    w.at = *sp;
    put_word(&w, argc);
    uaddr_t prefix_at = strings;
    for (unsigned i = 0; i < a->prefix_count; i++) {
        put_word(&w, prefix_at);
        prefix_at += strlen(a->prefix[i]) + 1;
    }
    put_pointers(&w, a, skip, a->env_at, args_at);
    put_word(&w, 0);
    put_pointers(&w, a, a->env_at, a->used, env_at);
    put_word(&w, 0);
    put_auxv(&w, image, secure, random, platform_at, filename_at);
    s->arg_start = strings;
    s->arg_end = s->env_start = env_at;
    s->env_end = filename_at;
    s->stack_top = *sp;
    return w.err;
}
