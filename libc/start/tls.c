// SPDX-License-Identifier: ISC
// Thread-local storage of a static program: the PT_TLS segment is the initial image; each thread
// has a copy that ends where its descriptor begins (System V ABI for TLS, variant II).
#include <abi/auxv.h>
#include <abi/elf.h>
#include <string.h>
#include <sys/auxv.h>

#include "internal/libc.h"
#include "internal/thread.h"

#define ALIGN 64 // also that of struct thread; a segment that asks for more is not supported

static const Elf64_Phdr *tls_segment(void)
{
    static const Elf64_Phdr *found;
    const Elf64_Phdr *segment = (const Elf64_Phdr *)getauxval(AT_PHDR);
    if (found == NULL)
        for (unsigned long n = getauxval(AT_PHNUM); n > 0; n--, segment++)
            if (segment->p_type == PT_TLS)
                found = segment;
    return found;
}

size_t __tls_size(void)
{
    const Elf64_Phdr *segment = tls_segment();
    return segment == NULL ? 0 : (segment->p_memsz + ALIGN - 1) / ALIGN * ALIGN;
}

void __tls_fill(struct thread *thread)
{
    const Elf64_Phdr *segment = tls_segment();
    if (segment == NULL)
        return;
    // The linker counted offsets back from the end of the segment, rounded to its alignment.
    size_t align = segment->p_align > 1 ? segment->p_align : 1;
    size_t size = (segment->p_memsz + align - 1) / align * align;
    char *block = (char *)thread - size;
    memcpy(block, (const void *)segment->p_vaddr, segment->p_filesz);
    memset(block + segment->p_filesz, 0, size - segment->p_filesz);
}
