// SPDX-License-Identifier: ISC
/*
 * Program files: ELF for x86-64, at fixed addresses (ET_EXEC) or movable (ET_DYN: static-PIE, or
 * with an interpreter, which is mapped by the same code at another base). System V ABI, chapters 4
 * and 5; x86-64 psABI chapter 4.
 *
 * Nothing is read but headers: segments are private mappings of the file, and appear page by page.
 * Movable programs always lie at the same base. An address that differs from run to run would hide
 * bugs from those who look for them here, and a measurement could not be repeated.
 */
#include "abi/elf.h"
#include "abi/errno.h"
#include "fs/file.h"
#include "fs/path.h"
#include "lib/printf.h"
#include "lib/string.h"
#include "mm/heap.h"
#include "proc/exec.h"
#include "task/process.h"
#include "vm/space.h"

#define HEADERS_MAX 64u

struct elf_file {
    struct file *file;
    Elf64_Ehdr header;
    Elf64_Phdr *ph; // allocated
    unsigned count;
};

static int elf_check(const Elf64_Ehdr *h)
{
    if (memcmp(h->e_ident, ELFMAG, SELFMAG) || h->e_ident[EI_CLASS] != ELFCLASS64 ||
        h->e_ident[EI_DATA] != ELFDATA2LSB || h->e_machine != EM_X86_64)
        return -ENOEXEC;
    if (h->e_type != ET_EXEC && h->e_type != ET_DYN)
        return -ENOEXEC;
    if (h->e_phentsize != sizeof(Elf64_Phdr) || !h->e_phnum || h->e_phnum > HEADERS_MAX)
        return -ENOEXEC;
    return 0;
}

/* Reads header and program headers; e->ph is to be freed also after an error. */
static int elf_read(struct elf_file *e, struct file *f)
{
    *e = (struct elf_file){.file = f};
    if (file_read_kernel(f, &e->header, sizeof(e->header), 0) != sizeof(e->header))
        return -ENOEXEC;
    int err = elf_check(&e->header);
    if (err)
        return err;
    e->count = e->header.e_phnum;
    size_t size = e->count * sizeof(Elf64_Phdr);
    e->ph = kmalloc(size);
    if (!e->ph)
        return -ENOMEM;
    return file_read_kernel(f, e->ph, size, e->header.e_phoff) == (ssize_t)size ? 0 : -ENOEXEC;
}

static const Elf64_Phdr *elf_find(const struct elf_file *e, uint32_t type)
{
    for (unsigned i = 0; i < e->count; i++)
        if (e->ph[i].p_type == type)
            return &e->ph[i];
    return NULL;
}

/* The lowest and the highest address of all segments; -EINVAL: no segment, or one that cannot be.
 */
static int elf_span(const struct elf_file *e, uaddr_t *low, uaddr_t *high)
{
    *low = UINT64_MAX;
    *high = 0;
    for (unsigned i = 0; i < e->count; i++) {
        const Elf64_Phdr *p = &e->ph[i];
        if (p->p_type != PT_LOAD)
            continue;
        if (p->p_filesz > p->p_memsz || p->p_memsz > USER_END ||
            p->p_vaddr > USER_END - p->p_memsz || (p->p_vaddr - p->p_offset) % PAGE_SIZE ||
            p->p_offset > INT64_MAX - p->p_memsz)
            return -EINVAL;
        *low = MIN(*low, ALIGN_DOWN(p->p_vaddr, PAGE_SIZE));
        *high = MAX(*high, p->p_vaddr + p->p_memsz);
    }
    return *high ? 0 : -EINVAL;
}

static uint32_t area_flags(const Elf64_Phdr *p)
{
    return (p->p_flags & PF_R ? AREA_READ : 0) | (p->p_flags & PF_W ? AREA_WRITE : 0) |
           (p->p_flags & PF_X ? AREA_EXEC : 0) | AREA_MAYWRITE;
}

/* What of the segment is behind the file's bytes: the rest of the last page zeroed, then anonymous
 * pages. */
static int map_bss(struct space *s, const Elf64_Phdr *p, uaddr_t bias)
{
    uaddr_t from = bias + p->p_vaddr + p->p_filesz, end = bias + p->p_vaddr + p->p_memsz;
    uaddr_t page = ALIGN_UP(from, PAGE_SIZE);
    if (p->p_filesz && from < page && p->p_flags & PF_W) {
        static const char zeroes[PAGE_SIZE];
        if (space_write(s, from, zeroes, page - from) != (ssize_t)(page - from))
            return -ENOMEM;
    }
    if (!p->p_filesz)
        page = ALIGN_DOWN(from, PAGE_SIZE);
    if (page >= end)
        return 0;
    struct map_request r = {
        .addr = page, .length = end - page, .flags = area_flags(p), .fixed = true};
    return space_map(s, &r);
}

static int map_segment(struct space *s, const struct elf_file *e, const Elf64_Phdr *p, uaddr_t bias)
{
    uaddr_t skew = p->p_vaddr % PAGE_SIZE;
    if (p->p_filesz) {
        struct map_request r = {
            .addr = bias + p->p_vaddr - skew,
            .length = p->p_filesz + skew,
            .flags = area_flags(p),
            .fixed = true,
            .object = e->file->inode->object,
            .offset = p->p_offset - skew,
            .file = e->file,
        };
        int err = space_map(s, &r);
        if (err)
            return err;
    }
    return map_bss(s, p, bias);
}

static int map_segments(struct space *s, const struct elf_file *e, uaddr_t bias)
{
    for (unsigned i = 0; i < e->count; i++) {
        if (e->ph[i].p_type != PT_LOAD || !e->ph[i].p_memsz)
            continue;
        int err = map_segment(s, e, &e->ph[i], bias);
        if (err)
            return err == -EPERM ? -EINVAL : err;
    }
    return 0;
}

/* Where its program headers are in memory; 0: in no segment. */
static uaddr_t headers_at(const struct elf_file *e, uaddr_t bias)
{
    for (unsigned i = 0; i < e->count; i++) {
        const Elf64_Phdr *p = &e->ph[i];
        if (p->p_type == PT_LOAD && e->header.e_phoff >= p->p_offset &&
            e->header.e_phoff < p->p_offset + p->p_filesz)
            return bias + p->p_vaddr + (e->header.e_phoff - p->p_offset);
    }
    return 0;
}

/* Code and data bounds, as /proc/PID/stat shows them. */
static void note_bounds(struct space *s, const struct elf_file *e, uaddr_t bias)
{
    for (unsigned i = 0; i < e->count; i++) {
        const Elf64_Phdr *p = &e->ph[i];
        if (p->p_type != PT_LOAD)
            continue;
        uaddr_t start = bias + p->p_vaddr;
        if (p->p_flags & PF_X) {
            s->code_start = start;
            s->code_end = start + p->p_filesz;
        } else if (p->p_flags & PF_W) {
            s->data_start = start;
            s->data_end = start + p->p_filesz;
        }
    }
}

/* Finds room for a movable file where mmap would put it: the interpreter's place. */
static int find_base(struct space *s, uaddr_t low, uaddr_t high, uaddr_t *bias)
{
    struct map_request r = {.length = high - low, .flags = AREA_NORESERVE};
    int err = space_map(s, &r);
    if (err)
        return err;
    *bias = r.addr - low;
    return space_unmap(s, r.addr, r.length);
}

static int load_interpreter(struct space *s, const char *path, struct elf_image *image)
{
    struct elf_file e = {};
    struct file *f;
    uaddr_t low, high, bias = 0;
    int err = path_open_exec(AT_FDCWD, path, 0, &f);
    if (err)
        return err;
    err = elf_read(&e, f);
    if (err == -ENOEXEC)
        err = -ELIBBAD;
    if (!err)
        err = elf_span(&e, &low, &high);
    if (!err && e.header.e_type == ET_DYN)
        err = find_base(s, low, high, &bias);
    if (!err)
        err = map_segments(s, &e, bias);
    if (!err) {
        image->interp_base = bias + low;
        image->start = bias + e.header.e_entry;
    }
    kfree(e.ph);
    file_put(f);
    return err;
}

/* The path in PT_INTERP, into `path`; -ENOENT: there is none. */
static int interpreter_path(const struct elf_file *e, char *path, size_t size)
{
    const Elf64_Phdr *p = elf_find(e, PT_INTERP);
    if (!p)
        return -ENOENT;
    if (p->p_filesz < 2 || p->p_filesz > size)
        return -ENOEXEC;
    if (file_read_kernel(e->file, path, p->p_filesz, p->p_offset) != (ssize_t)p->p_filesz)
        return -EIO;
    return path[p->p_filesz - 1] ? -ENOEXEC : 0;
}

static int load_program(struct space *s, const struct elf_file *e, struct elf_image *image)
{
    uaddr_t low, high, bias = 0;
    int err = elf_span(e, &low, &high);
    if (err)
        return err;
    if (e->header.e_type == ET_DYN)
        bias = EXEC_PIE_BASE - low;
    err = map_segments(s, e, bias);
    if (err)
        return err;
    const Elf64_Phdr *stack = elf_find(e, PT_GNU_STACK);
    *image = (struct elf_image){
        .start = bias + e->header.e_entry,
        .entry = bias + e->header.e_entry,
        .phdr = headers_at(e, bias),
        .phnum = e->count,
        .end = bias + high,
        .exec_stack = stack && stack->p_flags & PF_X,
    };
    note_bounds(s, e, bias);
    s->brk_start = s->brk = ALIGN_UP(image->end, PAGE_SIZE);
    return 0;
}

int elf_load(struct space *s, struct file *f, const void *head, struct elf_image *image)
{
    if (!f->inode || !f->inode->object || memcmp(head, ELFMAG, SELFMAG))
        return -ENOEXEC;
    struct elf_file e;
    char *path = kmalloc(PATH_MAX_LEN);
    int err = path ? elf_read(&e, f) : -ENOMEM;
    if (!path)
        return err;
    int interpreted = err ? err : interpreter_path(&e, path, PATH_MAX_LEN);
    if (!err && interpreted && interpreted != -ENOENT)
        err = interpreted;
    if (!err)
        err = load_program(s, &e, image);
    if (!err && !interpreted)
        err = load_interpreter(s, path, image);
    kfree(e.ph);
    kfree(path);
    return err;
}
