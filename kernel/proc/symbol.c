// SPDX-License-Identifier: ISC
/*
 * Names for addresses of the running program, from the symbol table in its file, for the line that
 * a fatal fault leaves in the log. Nothing is kept: faults are rare, and the file is in memory
 * anyway.
 */
#include "abi/elf.h"
#include "fs/file.h"
#include "lib/printf.h"
#include "proc/exec.h"
#include "sched/thread.h"
#include "vm/space.h"

#define NAME_SIZE 40
#define BLOCK     32 // symbols read at a time

static bool read_at(struct file *f, void *buf, size_t n, uint64_t at)
{
    return file_read_kernel(f, buf, n, at) == (ssize_t)n;
}

static bool section_header(struct file *f, const Elf64_Ehdr *h, unsigned index, Elf64_Shdr *out)
{
    return index < h->e_shnum && read_at(f, out, sizeof(*out), h->e_shoff + index * sizeof(*out));
}

static bool find_table(struct file *f, const Elf64_Ehdr *h, Elf64_Shdr *symbols)
{
    for (unsigned i = 0; i < h->e_shnum; i++)
        if (section_header(f, h, i, symbols) && symbols->sh_type == SHT_SYMTAB)
            return true;
    return false;
}

/* The function that starts last at or before addr. */
static bool find_symbol(struct file *f, const Elf64_Shdr *table, uint64_t addr, Elf64_Sym *best)
{
    Elf64_Sym block[BLOCK];
    bool found = false;
    uint64_t count = table->sh_size / sizeof(Elf64_Sym);
    for (uint64_t at = 0; at < count; at += BLOCK) {
        unsigned n = MIN(count - at, (uint64_t)BLOCK);
        if (!read_at(f, block, n * sizeof(Elf64_Sym), table->sh_offset + at * sizeof(Elf64_Sym)))
            break;
        for (unsigned i = 0; i < n; i++) {
            const Elf64_Sym *s = &block[i];
            if (ELF64_ST_TYPE(s->st_info) != STT_FUNC || s->st_value > addr ||
                (s->st_size && addr >= s->st_value + s->st_size))
                continue;
            if (!found || s->st_value > best->st_value)
                *best = *s;
            found = true;
        }
    }
    return found;
}

/* Movable programs lie at EXEC_PIE_BASE and are linked from 0; addresses of an interpreter have no
 * name. */
bool elf_symbol_name(uaddr_t addr, char *buf, size_t size)
{
    struct space *space = current->space;
    Elf64_Ehdr h;
    Elf64_Shdr symbols, strings;
    Elf64_Sym best;
    char name[NAME_SIZE];
    struct file *f = space ? space->exe : NULL;
    if (!f || !read_at(f, &h, sizeof(h), 0) || h.e_shentsize != sizeof(Elf64_Shdr))
        return false;
    uint64_t bias = h.e_type == ET_DYN ? EXEC_PIE_BASE : 0;
    if (!find_table(f, &h, &symbols) || !section_header(f, &h, symbols.sh_link, &strings) ||
        addr < bias || !find_symbol(f, &symbols, addr - bias, &best))
        return false;
    ssize_t n = file_read_kernel(f, name, sizeof(name) - 1, strings.sh_offset + best.st_name);
    if (n <= 0)
        return false;
    name[n] = 0;
    snprintf(buf, size, "%s+0x%lx", name, addr - bias - best.st_value);
    return true;
}
