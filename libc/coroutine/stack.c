// SPDX-License-Identifier: ISC
// Stacks: slots of 2^n bytes, cut from large mappings and used again and again.
//
//     slot: | guard page | stack, growing down ... | struct co |
//
// A mapping holds many slots of one size. Memory is only reserved by it; pages appear when they are
// touched. The guard of a slot is made when the slot is used for the first time: with
// MADV_GUARD_INSTALL, which marks the page in the page table alone, where the kernel knows it
// (Linux 6.13), else with mprotect, which splits the mapping (Linux then allows some 32,000
// coroutines: vm.max_map_count). A slot whose guard cannot be made is not given out.
//
// A freed slot keeps its pages for the next coroutine. Mappings are kept for good.
#include <errno.h>
#include <sched.h>
#include <stdatomic.h>
#include <sys/mman.h>

#include "internal.h"

#define GUARD    4096UL
#define SMALLEST 14 // 2^14 bytes
#define CLASSES  27
#define MAPPING  (16UL << 20) // at least; larger slots are mapped one by one

#ifndef MADV_GUARD_INSTALL
#define MADV_GUARD_INSTALL 102
#endif

// Slots of one size: those given back, and the part of the newest mapping that was never used.
static struct {
    struct co *free;
    char *unused, *end;
} classes[CLASSES];

// Guards all of the above. It is held for a few instructions, and a system call at worst.
static atomic_flag lock = ATOMIC_FLAG_INIT;

static void pool_lock(void)
{
    while (atomic_flag_test_and_set_explicit(&lock, memory_order_acquire))
        sched_yield();
}

static void pool_unlock(void)
{
    atomic_flag_clear_explicit(&lock, memory_order_release);
}

static size_t slot_size(int class)
{
    return 1UL << (class + SMALLEST);
}

static struct co *block_of(char *slot, int class)
{
    return (struct co *)((uintptr_t)(slot + slot_size(class) - sizeof(struct co)) & ~63UL);
}

static int guard_install(char *slot)
{
    int saved = errno;
    if (madvise(slot, GUARD, MADV_GUARD_INSTALL) == 0)
        return 0;
    errno = saved;
    return mprotect(slot, GUARD, PROT_NONE);
}

// A slot that was never used before, guarded; NULL with errno set.
static struct co *slot_new(int class)
{
    size_t size = slot_size(class);
    if (classes[class].unused == classes[class].end) {
        size_t length = size > MAPPING ? size : MAPPING;
        char *mapping = mmap(NULL, length, PROT_READ | PROT_WRITE,
                             MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_STACK, -1, 0);
        if (mapping == MAP_FAILED)
            return NULL;
        classes[class].unused = mapping;
        classes[class].end = mapping + length;
    }
    char *slot = classes[class].unused;
    if (guard_install(slot) != 0)
        return NULL;
    classes[class].unused += size;
    struct co *co = block_of(slot, class);
    co->size_class = class;
    return co;
}

struct co *co_slot_get(size_t stack_size)
{
    size_t need = stack_size + GUARD + sizeof(struct co) + 64;
    int class = 0;
    while (class < CLASSES && slot_size(class) < need)
        class ++;
    if (class == CLASSES || need < stack_size) {
        errno = ENOMEM;
        return NULL;
    }
    pool_lock();
    struct co *co = classes[class].free;
    if (co != NULL)
        classes[class].free = co->next;
    else
        co = slot_new(class);
    pool_unlock();
    return co;
}

void co_slot_put(struct co *co)
{
    pool_lock();
    co->next = classes[co->size_class].free;
    classes[co->size_class].free = co;
    pool_unlock();
}
