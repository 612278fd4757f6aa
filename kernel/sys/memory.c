// SPDX-License-Identifier: ISC
/*
 * Calls on the caller's own memory: mmap and its kin. Here Linux's flags and the order of its
 * errors become vm/'s words; the work is in vm/map.c.
 *
 * There is no swap: locking means populating, and advice about paging is accepted and without
 * effect where that is all it would mean on Linux. Advice that changes what a program sees and is
 * not supported (DONTFORK, WIPEONFORK, huge pages, merging) is refused as by a Linux built without
 * it.
 */
#include "abi/errno.h"
#include "abi/fcntl.h"
#include "abi/mman.h"
#include "fs/file.h"
#include "lib/base.h"
#include "task/process.h"
#include "vm/space.h"
#include "x86/uaccess.h"

#define PROT_SEM 0x8
#define PROT_ALL (PROT_READ | PROT_WRITE | PROT_EXEC)
#define MAP_LEGACY                                                                                 \
    (MAP_SHARED | MAP_PRIVATE | MAP_FIXED | MAP_ANONYMOUS | MAP_DENYWRITE | MAP_EXECUTABLE |       \
     MAP_GROWSDOWN | MAP_LOCKED | MAP_NORESERVE | MAP_POPULATE | MAP_NONBLOCK | MAP_STACK |        \
     MAP_HUGETLB | MAP_32BIT | MAP_FIXED_NOREPLACE)
#define MLOCK_ONFAULT 1

static uint32_t area_flags(unsigned prot, unsigned flags)
{
    return (prot & PROT_READ ? AREA_READ : 0) | (prot & PROT_WRITE ? AREA_WRITE : 0) |
           (prot & PROT_EXEC ? AREA_EXEC : 0) | (flags & MAP_GROWSDOWN ? AREA_GROWDOWN : 0) |
           (flags & MAP_NORESERVE ? AREA_NORESERVE : 0) | (flags & MAP_LOCKED ? AREA_LOCKED : 0);
}

/* May the caller lock `length` more bytes? 0, -EPERM, `over` (what exceeding the limit means). */
static int check_lock_limit(size_t length, int over)
{
    struct process *p = current_process();
    uint64_t limit = process_limit(p, RLIMIT_MEMLOCK);

    if (process_is_privileged(p))
        return 0;
    return limit == 0 ? -EPERM : length > limit ? over : 0;
}

// --- mmap ----------------------------------------------------------------------------------------

/* A file's part: may it be mapped so, and which object is it? */
static int request_file(struct map_request *r, struct file *f, unsigned prot, unsigned flags)
{
    unsigned type = flags & MAP_TYPE;

    if (type == MAP_SHARED_VALIDATE && (flags & ~(unsigned)(MAP_LEGACY | MAP_SHARED_VALIDATE)))
        return -EOPNOTSUPP;
    if (type != MAP_PRIVATE && type != MAP_SHARED && type != MAP_SHARED_VALIDATE)
        return -EINVAL;
    if (type != MAP_PRIVATE && (prot & PROT_WRITE) && !file_writable(f))
        return -EACCES;
    if (!file_readable(f))
        return -EACCES;
    if (!f->ops->map)
        return -ENODEV;
    if (flags & MAP_GROWSDOWN)
        return -EINVAL;
    r->flags |=
        type == MAP_PRIVATE ? AREA_MAYWRITE : AREA_SHARED | (file_writable(f) ? AREA_MAYWRITE : 0);
    r->file = f;
    return f->ops->map(f, r);
}

static int request_anonymous(struct map_request *r, unsigned flags)
{
    unsigned type = flags & MAP_TYPE;

    if (type != MAP_PRIVATE && type != MAP_SHARED)
        return -EINVAL;
    if (type == MAP_SHARED && (flags & MAP_GROWSDOWN))
        return -EINVAL;
    r->offset = 0;
    r->flags |= AREA_MAYWRITE | (type == MAP_SHARED ? AREA_SHARED : 0);
    return 0;
}

/* Fills what is not the caller's words, maps, and drops what was only held for that. */
static long map_request(struct map_request *r)
{
    struct memobj *own = NULL;

    if ((r->flags & AREA_SHARED) && !r->object) {
        own = memobj_anonymous(ALIGN_UP(r->length, PAGE_SIZE));
        if (!own)
            return -ENOMEM;
        r->object = own;
    }
    int err = space_map(space_of_current(), r);
    if (own)
        memobj_put(own);
    return err ? err : (long)r->addr;
}

long sys_mmap(uaddr_t addr, size_t length, unsigned prot, unsigned flags, int fd, uint64_t offset)
{
    struct map_request r = {.addr = addr,
                            .length = length,
                            .flags = area_flags(prot, flags),
                            .fixed = flags & (MAP_FIXED | MAP_FIXED_NOREPLACE),
                            .noreplace = flags & MAP_FIXED_NOREPLACE,
                            .populate = (flags & (MAP_POPULATE | MAP_NONBLOCK)) == MAP_POPULATE,
                            .low32 = flags & MAP_32BIT,
                            .offset = offset};
    struct file *f = NULL;

    if (offset % PAGE_SIZE)
        return -EINVAL;
    if (!(flags & MAP_ANONYMOUS) && !(f = fd_get(fd)))
        return -EBADF;
    long err = flags & MAP_HUGETLB || !length ? -EINVAL : 0;
    size_t rounded = ALIGN_UP(length, PAGE_SIZE);
    if (!err && (!rounded || rounded > USER_END))
        err = -ENOMEM;
    if (!err && offset + rounded < offset)
        err = -EOVERFLOW;
    if (!err && (flags & MAP_LOCKED))
        err = check_lock_limit(length, -EAGAIN);
    if (!err)
        err = f ? request_file(&r, f, prot, flags) : request_anonymous(&r, flags);
    if (!err)
        err = map_request(&r);
    if (f)
        file_put(f);
    return err;
}

long sys_munmap(uaddr_t addr, size_t length)
{
    return space_unmap(space_of_current(), addr, length);
}

long sys_brk(uaddr_t want)
{
    return space_brk(space_of_current(), want);
}

// --- mprotect ------------------------------------------------------------------------------------

/* PROT_GROWSDOWN: the change begins where the stack-like area that holds *addr begins. */
static int extend_down(struct space *s, uaddr_t *addr, size_t *length)
{
    mutex_lock(&s->lock);
    struct area *a = space_area_find(s, *addr);
    bool grows = a && (a->flags & AREA_GROWDOWN);
    uaddr_t start = grows ? a->start : 0;
    mutex_unlock(&s->lock);
    if (!grows)
        return a ? -EINVAL : -ENOMEM;
    *length += *addr - start;
    *addr = start;
    return 0;
}

long sys_mprotect(uaddr_t addr, size_t length, uint64_t prot)
{
    struct space *s = space_of_current();
    uint64_t grows = prot & (PROT_GROWSDOWN | PROT_GROWSUP);

    if (grows == (PROT_GROWSDOWN | PROT_GROWSUP) || addr % PAGE_SIZE)
        return -EINVAL;
    if (!length)
        return 0;
    length = ALIGN_UP(length, PAGE_SIZE);
    if (addr + length <= addr)
        return -ENOMEM;
    prot &= ~grows;
    if (prot & ~(uint64_t)(PROT_ALL | PROT_SEM) || grows == PROT_GROWSUP)
        return -EINVAL;
    int err = grows ? extend_down(s, &addr, &length) : 0;
    return err ? err : space_protect(s, addr, length, area_flags(prot, 0));
}

// --- mremap, msync, mincore ----------------------------------------------------------------------

long sys_mremap(uaddr_t addr, size_t old_len, size_t new_len, unsigned flags, uaddr_t new_addr)
{
    bool fixed = flags & MREMAP_FIXED;
    uaddr_t result;

    if (flags & ~(MREMAP_FIXED | MREMAP_MAYMOVE))
        return -EINVAL; // DONTUNMAP: as before Linux 5.7
    if ((fixed && !(flags & MREMAP_MAYMOVE)) || addr % PAGE_SIZE || !new_len)
        return -EINVAL;
    if (fixed && (new_addr % PAGE_SIZE || !new_addr))
        return -EINVAL;
    int err = space_remap(space_of_current(), addr, old_len, new_len, flags & MREMAP_MAYMOVE,
                          fixed ? new_addr : 0, &result);
    return err ? err : (long)result;
}

/* Is every page of the range part of an area? */
static bool range_is_mapped(struct space *s, uaddr_t start, uaddr_t end)
{
    mutex_lock(&s->lock);
    struct area *a = space_area_find(s, start);
    while (a && a->end < end) {
        struct area *next = space_area_next(a);
        a = next && next->start == a->end ? next : NULL;
    }
    mutex_unlock(&s->lock);
    return a;
}

/* Mappings of a file share its page cache: there is nothing to bring in step. */
long sys_msync(uaddr_t addr, size_t length, unsigned flags)
{
    if (flags & ~(MS_ASYNC | MS_INVALIDATE | MS_SYNC) || addr % PAGE_SIZE ||
        (flags & (MS_ASYNC | MS_SYNC)) == (MS_ASYNC | MS_SYNC))
        return -EINVAL;
    uaddr_t end = addr + ALIGN_UP(length, PAGE_SIZE);
    if (end < addr)
        return -ENOMEM;
    return end == addr || range_is_mapped(space_of_current(), addr, end) ? 0 : -ENOMEM;
}

long sys_mincore(uaddr_t addr, size_t length, uaddr_t vec)
{
    uint8_t present[256];
    size_t pages = DIV_ROUND_UP(length, PAGE_SIZE);

    if (addr % PAGE_SIZE)
        return -EINVAL;
    if (!user_range_ok(addr, length))
        return -ENOMEM;
    if (!user_range_ok(vec, pages))
        return -EFAULT;
    for (size_t done = 0, n; done < pages; done += n) {
        n = MIN(pages - done, sizeof(present));
        int err = space_mincore(space_of_current(), addr + done * PAGE_SIZE, n, present);
        if (err)
            return err;
        if (copy_to_user(vec + done, present, n) < 0)
            return -EFAULT;
    }
    return 0;
}

// --- madvise -------------------------------------------------------------------------------------

static bool advice_is_supported(int advice)
{
    switch (advice) {
    case MADV_NORMAL:
    case MADV_RANDOM:
    case MADV_SEQUENTIAL:
    case MADV_WILLNEED:
    case MADV_DONTNEED:
    case MADV_FREE:
    case MADV_DONTDUMP:
    case MADV_DODUMP:
    case MADV_COLD:
    case MADV_PAGEOUT:
    case MADV_POPULATE_READ:
    case MADV_POPULATE_WRITE:
        return true;
    }
    return false;
}

/* Is some part of the range of a kind that MADV_FREE is not for: shared, or a file's? */
static bool range_has_objects(struct space *s, uaddr_t start, uaddr_t end)
{
    bool found = false;

    mutex_lock(&s->lock);
    for (struct area *a = space_area_first(s); a && a->start < end && !found;
         a = space_area_next(a))
        found = a->end > start && a->object;
    mutex_unlock(&s->lock);
    return found;
}

static int populate(struct space *s, uaddr_t start, uaddr_t end, bool write)
{
    if (!range_is_mapped(s, start, end))
        return -ENOMEM;
    for (uaddr_t at = start; at < end; at += PAGE_SIZE) {
        int err = space_fault(s, at, write, false);
        if (err)
            return err == -EIO ? -EFAULT : err;
        if (signal_pending())
            return -EINTR;
    }
    return 0;
}

long sys_madvise(uaddr_t addr, size_t length, int advice)
{
    struct space *s = space_of_current();
    size_t rounded = ALIGN_UP(length, PAGE_SIZE);

    if (!advice_is_supported(advice) || addr % PAGE_SIZE)
        return -EINVAL;
    if ((length && !rounded) || addr + rounded < addr)
        return -EINVAL;
    if (!rounded)
        return 0;
    switch (advice) {
    case MADV_FREE: // pages may be dropped at any time from now on: here, at once
        if (range_has_objects(s, addr, addr + rounded))
            return -EINVAL;
        return space_discard(s, addr, rounded);
    case MADV_DONTNEED:
        return space_discard(s, addr, rounded);
    case MADV_POPULATE_READ:
    case MADV_POPULATE_WRITE:
        return populate(s, addr, addr + rounded, advice == MADV_POPULATE_WRITE);
    }
    return range_is_mapped(s, addr, addr + rounded) ? 0 : -ENOMEM;
}

// --- locking -------------------------------------------------------------------------------------

long sys_mlock2(uaddr_t addr, size_t length, unsigned flags)
{
    if (flags & ~MLOCK_ONFAULT)
        return -EINVAL;
    int err = check_lock_limit(length, -ENOMEM);
    if (err || !length)
        return err;
    return space_lock_range(space_of_current(), addr, length, !(flags & MLOCK_ONFAULT));
}

long sys_mlock(uaddr_t addr, size_t length)
{
    return sys_mlock2(addr, length, 0);
}

long sys_munlock(uaddr_t addr, size_t length)
{
    return length ? space_lock_range(space_of_current(), addr, length, false) : 0;
}

/* The next area at or behind *at: its range; false behind the last. */
static bool next_range(struct space *s, uaddr_t *at, uaddr_t *end)
{
    mutex_lock(&s->lock);
    struct area *a = space_area_first(s);
    while (a && a->end <= *at)
        a = space_area_next(a);
    if (a) {
        *at = a->start;
        *end = a->end;
    }
    mutex_unlock(&s->lock);
    return a;
}

/* Nothing is ever paged out, so MCL_FUTURE holds by itself but for the first touch. */
long sys_mlockall(unsigned flags)
{
    struct space *s = space_of_current();
    uaddr_t at = 0, end;

    if (!flags || flags & ~(MCL_CURRENT | MCL_FUTURE | MCL_ONFAULT) || flags == MCL_ONFAULT)
        return -EINVAL;
    int err = check_lock_limit(s->mapped_pages << PAGE_SHIFT, -ENOMEM);
    if (err || !(flags & MCL_CURRENT) || (flags & MCL_ONFAULT))
        return err;
    while (next_range(s, &at, &end)) { // what cannot be touched (PROT_NONE) stays as it is
        space_lock_range(s, at, end - at, true);
        at = end;
    }
    return 0;
}

long sys_munlockall(void)
{
    return 0;
}
