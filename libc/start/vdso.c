// SPDX-License-Identifier: ISC
// The vDSO: a shared library that the kernel maps into every program, with functions that answer
// without a call (man 7 vdso). Where there is none, or not the function, the call is made.
#include <abi/auxv.h>
#include <abi/elf.h>
#include <string.h>
#include <sys/auxv.h>
#include <time.h>

#include "internal/libc.h"

static int clock_call(clockid_t clock, struct timespec *now)
{
    return (int)SYS2(SYS_clock_gettime, clock, now);
}

static long cpu_call(unsigned *cpu, unsigned *node, void *unused)
{
    return SYS3(SYS_getcpu, cpu, node, unused);
}

int (*__vdso_clock)(clockid_t clock, struct timespec *now) = clock_call;
long (*__vdso_cpu)(unsigned *cpu, unsigned *node, void *unused) = cpu_call;

// Addresses in the image are counted from its first byte, which its first segment maps.
static const Elf64_Dyn *dynamic_section(const Elf64_Ehdr *image)
{
    const Elf64_Phdr *segment = (const void *)((const char *)image + image->e_phoff);
    for (unsigned n = image->e_phnum; n > 0; n--, segment++)
        if (segment->p_type == PT_DYNAMIC)
            return (const void *)((const char *)image + segment->p_offset);
    return NULL;
}

static const void *find(const Elf64_Sym *symbols, unsigned count, const char *names,
                        const char *image, const char *name)
{
    for (; count > 0; count--, symbols++)
        if (symbols->st_shndx != SHN_UNDEF && strcmp(names + symbols->st_name, name) == 0)
            return image + symbols->st_value;
    return NULL;
}

void __vdso_init(void)
{
    const char *image = (const char *)getauxval(AT_SYSINFO_EHDR), *names = NULL;
    const Elf64_Dyn *entry = image == NULL ? NULL : dynamic_section((const void *)image);
    const Elf64_Sym *symbols = NULL;
    const uint32_t *hash = NULL; // its second word is the number of symbols
    for (; entry != NULL && entry->d_tag != DT_NULL; entry++) {
        const void *at = image + entry->d_un.d_ptr;
        if (entry->d_tag == DT_SYMTAB)
            symbols = at;
        else if (entry->d_tag == DT_STRTAB)
            names = at;
        else if (entry->d_tag == DT_HASH)
            hash = at;
    }
    if (symbols == NULL || names == NULL || hash == NULL)
        return;
    const void *clock = find(symbols, hash[1], names, image, "__vdso_clock_gettime");
    const void *cpu = find(symbols, hash[1], names, image, "__vdso_getcpu");
    if (clock != NULL)
        __vdso_clock = (int (*)(clockid_t, struct timespec *))clock;
    if (cpu != NULL)
        __vdso_cpu = (long (*)(unsigned *, unsigned *, void *))cpu;
}
