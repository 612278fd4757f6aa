// SPDX-License-Identifier: ISC
/* /proc/PID: the address space: maps, statm, pagemap, arguments and environment. */
#include "abi/errno.h"
#include "fs/procfs.h"
#include "lib/string.h"
#include "mm/heap.h"
#include "vm/vdso.h"
#include "x86/uaccess.h"

#define NAME_COLUMN 73 // where maps shows the name

static const char *area_name(const struct space *s, const struct area *a)
{
    if (a->flags & (AREA_STACK | AREA_GROWDOWN))
        return "[stack]";
    if (a->flags & AREA_HEAP)
        return "[heap]";
    (void)s;
    return a->object ? vdso_name(a->object) : NULL;
}

static void show_area(const struct space *s, struct area *a, struct text *t)
{
    size_t start = t->len;
    struct inode *i = a->file ? a->file->inode : NULL;
    text_printf(t, "%08lx-%08lx %c%c%c%c %08lx %02x:%02x %lu ", a->start, a->end,
                a->flags & AREA_READ ? 'r' : '-', a->flags & AREA_WRITE ? 'w' : '-',
                a->flags & AREA_EXEC ? 'x' : '-', a->flags & AREA_SHARED ? 's' : 'p', a->offset,
                i ? ABI_MAJOR(i->fs->dev) : 0, i ? ABI_MINOR(i->fs->dev) : 0, i ? i->ino : 0ul);
    const char *name = area_name(s, a);
    if (i || name) {
        while (t->len - start < NAME_COLUMN && !t->failed)
            text_add(t, " ", 1);
    }
    if (i && a->file->path) {
        text_add_escaped(t, a->file->path, "\n");
        if (i->links == 0)
            text_printf(t, " (deleted)");
    } else if (name) {
        text_printf(t, "%s", name);
    } else if (a->object && (a->flags & AREA_SHARED)) {
        while (t->len - start < NAME_COLUMN && !t->failed)
            text_add(t, " ", 1);
        text_printf(t, "/dev/zero (deleted)");
    }
    text_printf(t, "\n");
}

int proc_show_maps(struct gen_node *n, struct text *t)
{
    struct space *s = proc_space_get(n);
    if (!s)
        return 0;
    mutex_lock(&s->lock);
    for (struct area *a = space_area_first(s); a; a = space_area_next(a))
        show_area(s, a, t);
    mutex_unlock(&s->lock);
    space_put(s);
    return 0;
}

/* Pages: size, resident, shared, code, 0, data and stack, 0. */
int proc_show_statm(struct gen_node *n, struct text *t)
{
    struct space *s = proc_space_get(n);
    size_t total = 0, shared = 0, code = 0, data = 0;
    long resident = 0;
    if (s) {
        mutex_lock(&s->lock);
        for (struct area *a = space_area_first(s); a; a = space_area_next(a)) {
            size_t pages = (a->end - a->start) >> PAGE_SHIFT;
            total += pages;
            if (a->flags & AREA_SHARED)
                shared += pages;
            else if (a->flags & AREA_WRITE)
                data += pages;
            else if (a->flags & AREA_EXEC)
                code += pages;
        }
        resident = s->resident;
        mutex_unlock(&s->lock);
        space_put(s);
    }
    text_printf(t, "%lu %ld %lu %lu 0 %lu 0\n", total, resident, MIN(shared, (size_t)resident),
                code, data);
    return 0;
}

/* Bytes [from, to) of the process's memory. */
static int show_bytes(struct gen_node *n, struct text *t, bool environment)
{
    struct space *s = proc_space_get(n);
    if (!s)
        return 0;
    uaddr_t from = environment ? s->env_start : s->arg_start;
    uaddr_t to = environment ? s->env_end : s->arg_end;
    char chunk[256];
    while (from < to) {
        ssize_t got = space_read(s, from, chunk, MIN(to - from, sizeof(chunk)));
        if (got <= 0)
            break;
        text_add(t, chunk, (size_t)got);
        from += (uaddr_t)got;
    }
    space_put(s);
    return 0;
}

int proc_show_cmdline(struct gen_node *n, struct text *t)
{
    return show_bytes(n, t, false);
}

int proc_show_environ(struct gen_node *n, struct text *t)
{
    return show_bytes(n, t, true);
}

// --- pagemap -------------------------------------------------------------------------------------

#define ENTRIES_AT_ONCE 64

/* One word of 8 bytes a page, at the position page number * 8. */
static ssize_t pagemap_read(struct file *f, uaddr_t buf, size_t n, uint64_t *pos)
{
    if (*pos % 8 || n % 8)
        return -EINVAL;
    uint64_t words[ENTRIES_AT_ONCE], last = 0x800000000000ul >> PAGE_SHIFT;
    struct space *s = proc_space_get(gen_node(f->inode));
    if (!s)
        return 0;
    size_t done = 0;
    ssize_t err = 0;
    while (done < n && (*pos + done) / 8 < last && !err) {
        uint64_t page = (*pos + done) / 8;
        size_t count = MIN(MIN((n - done) / 8, (size_t)ENTRIES_AT_ONCE), last - page);
        mutex_lock(&s->lock);
        for (size_t k = 0; k < count; k++)
            words[k] = space_pagemap(s, (page + k) << PAGE_SHIFT);
        mutex_unlock(&s->lock);
        err = copy_to_user(buf + done, words, count * 8);
        if (!err)
            done += count * 8;
    }
    space_put(s);
    *pos += done;
    return done ? (ssize_t)done : err;
}

static off_t pagemap_seek(struct file *f, off_t off, int whence)
{
    return whence == SEEK_END ? -EINVAL : file_seek_sized(f, off, whence, 0);
}

const struct file_ops proc_pagemap_ops = {
    .read = pagemap_read,
    .seek = pagemap_seek,
    .seekable = true,
};
