// SPDX-License-Identifier: ISC
/*
 * An address space: areas in a balanced tree, and the page tables that say what of them is present.
 * Everything appears on first touch. See vm/cow.c for how a fork shares page tables.
 *
 * Locks: space->lock (a mutex: page-ins sleep) guards areas and page tables of this space. It may be
 * held while a page of a file is made; never while user memory is copied.
 */
#pragma once

#include "lib/base.h"
#include "lib/list.h"
#include "lib/rbtree.h"
#include "sched/mutex.h"
#include "vm/memobj.h"

#define AREA_READ     1u
#define AREA_WRITE    2u
#define AREA_EXEC     4u
#define AREA_SHARED   8u   // writes go to the object
#define AREA_GROWDOWN 16u  // the stack: grows towards lower addresses on a touch, up to its limit
#define AREA_HEAP     32u  // the brk area
#define AREA_STACK    64u  // named [stack]
#define AREA_NORESERVE 128u
#define AREA_LOCKED   256u
#define AREA_MAYWRITE 512u // mprotect may add PROT_WRITE (file opened for writing, or private)

struct file; // floor 6; carried for /proc/PID/maps and kept alive through area_file_ops

struct area {
    uaddr_t start, end; // page-aligned
    uint32_t flags;
    struct memobj *object; // NULL: private anonymous
    uint64_t offset;       // of start in the object, page-aligned bytes
    struct file *file;     // whose name /proc/PID/maps shows, or NULL
    struct rbnode node;
    struct list object_link; // in object->mappings
    struct space *space;
    uaddr_t grow_limit;    // AREA_GROWDOWN: lowest start
    uint64_t truncate_round; // [object->lock] memobj_truncate has been here
};

struct space {
    phys_t root;           // of the page tables
    _Atomic int refs;      // threads and borrowers
    struct mutex lock;
    struct rbtree areas;   // [lock] by start
    size_t area_count;     // [lock]
    size_t mapped_pages;   // [lock] sum of area sizes
    size_t resident, peak_resident; // [lock] pages present
    uaddr_t brk_start, brk; // [lock]
    uaddr_t mmap_top;      // where the search for free space begins, downwards
    uaddr_t free_hint;     // [lock] no gap of free_hint_size bytes lies between it and mmap_top
    size_t free_hint_size; // [lock]
    uaddr_t arg_start, arg_end, env_start, env_end, stack_top;
    uaddr_t code_start, code_end, data_start, data_end; // for /proc/PID/stat
    struct file *exe;      // /proc/PID/exe; kept alive through area_file_ops
    _Atomic uint64_t cpus; // CPUs that have it loaded: vm/tlb.c
    _Atomic uint64_t flushes; // of its translations, so far: vm/tlb.c
    uint64_t id;           // [c] never given out twice
    uint64_t limit_as, limit_stack, limit_data; // RLIMIT_* bytes, copied by floor 4/8
    char exe_path[256];
};

/* How vm keeps struct file alive without knowing it; registered by fs/. */
struct area_file_ops {
    void (*get)(struct file *f);
    void (*put)(struct file *f); // may sleep
};
extern struct area_file_ops area_file_ops;

void vm_init(void); // hooks the page fault and the scheduler's switch

struct space *space_create(void); // empty, one reference; NULL without memory
void space_get(struct space *s);
void space_put(struct space *s); // the last one frees all; may sleep
/* fork: a copy of s that shares every page and page table until a write. NULL without memory. Takes s->lock. */
struct space *space_fork(struct space *s);
/* Makes s the calling thread's space and loads it; consumes the caller's reference; puts the old one. */
void space_switch_current(struct space *s);
struct space *space_of_current(void);

/*
 * mmap and its kin. Addresses and lengths are checked here; all take s->lock. prot and flags are
 * AREA_*. `fixed`: exactly at addr, replacing what is there; `noreplace`: -EEXIST instead.
 * Results: 0 with *addr set; -EINVAL, -ENOMEM, -EEXIST.
 */
struct map_request {
    uaddr_t addr;     // hint or exact; result
    size_t length;
    uint32_t flags;   // AREA_*
    bool fixed, noreplace, populate, low32;
    struct memobj *object; // a reference is taken
    uint64_t offset;
    struct file *file;     // a reference is taken through area_file_ops
};
int space_map(struct space *s, struct map_request *r);
int space_unmap(struct space *s, uaddr_t addr, size_t length);
int space_protect(struct space *s, uaddr_t addr, size_t length, uint32_t prot); // AREA_READ|WRITE|EXEC; -ENOMEM on a hole, -EACCES
int space_discard(struct space *s, uaddr_t addr, size_t length); // MADV_DONTNEED; -ENOMEM on a hole
int space_remap(struct space *s, uaddr_t addr, size_t old_len, size_t new_len, bool may_move, uaddr_t fixed_to, uaddr_t *out);
uaddr_t space_brk(struct space *s, uaddr_t want); // returns the break that holds now, as Linux's call
int space_lock_range(struct space *s, uaddr_t addr, size_t length, bool lock); // mlock: populates
/* Which pages of the range are present: one byte a page. */
int space_mincore(struct space *s, uaddr_t addr, size_t pages, uint8_t *out);

/*
 * The page at addr made accessible as if touched (write: as if written): used by the fault handler,
 * futexes, and reads of another process's memory. 0, -EFAULT, -ENOMEM, -EIO. Takes s->lock.
 */
int space_fault(struct space *s, uaddr_t addr, bool write, bool exec);
/* Same, and returns the frame with a reference. */
int space_get_frame(struct space *s, uaddr_t addr, bool write, struct frame **out);
/* Copies between kernel memory and another space (exec's stack, /proc/PID/cmdline). Bytes done or -EFAULT. */
ssize_t space_read(struct space *s, uaddr_t addr, void *buf, size_t n);
ssize_t space_write(struct space *s, uaddr_t addr, const void *buf, size_t n);

/* What names a futex word: private = (space, address); shared = (object or frame, offset). 0 or -EFAULT. */
struct futex_key {
    uint64_t a, b;
};
int space_futex_key(struct space *s, uaddr_t addr, bool shared, struct futex_key *key);

/* For /proc/PID/maps, pagemap and statm. Walk with s->lock held. */
struct area *space_area_first(struct space *s);
struct area *space_area_next(struct area *a);
struct area *space_area_find(struct space *s, uaddr_t addr); // the area that holds addr, or NULL
uint64_t space_pagemap(struct space *s, uaddr_t addr); // the entry of /proc/PID/pagemap (Linux: admin-guide/mm/pagemap)
/* What a CPU did to keep TLBs right, so far: for /proc. */
struct tlb_counts {
    uint64_t flushes;    // of its own, for itself or others
    uint64_t asked;      // of these, because another CPU interrupted it
    uint64_t shootdowns; // operations of its own for which it interrupted others, once each
};
struct tlb_counts vm_tlb_counts(unsigned cpu);
size_t vm_table_count(void); // page tables alive in all spaces, each shared one counted once

/*
 * Called when a fault finds no memory, without locks: 0 = something was freed, try again; -ENOMEM =
 * the caller itself is to end. Registered by task/.
 */
extern int (*vm_out_of_memory)(void);
