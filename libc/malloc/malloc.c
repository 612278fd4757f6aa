// SPDX-License-Identifier: ISC
// malloc: blocks of fixed size classes from bump-allocated regions, and a mapping of its own for
// each large block.
//
// A block has 16 bytes of header before the caller's data: its capacity and class, and a check word
// made of a per-process secret, the block's address and whether it is in use. free and realloc
// verify it, so that freeing twice, freeing a wrong pointer or writing past the end of the block
// before stops the program where it is noticed, with one line, instead of going on with broken
// lists. A free block keeps the link of its class's list where the capacity was.
//
// Locks: one per class, and one for the regions, taken inside. Memory of small blocks is kept for
// reuse and never goes back to the kernel; that of large ones goes back at once.
#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "internal/libc.h"

#define UNIT      16UL
#define SMALL_MAX 65536UL // largest class, with header
#define CLASSES   (8 + 9 * 4)
#define LARGE     CLASSES       // "class" of a block with its own mapping
#define ALIGNED   (CLASSES + 1) // header before an aligned block: capacity is the way back
#define REGION    (256UL << 10)

#define IN_USE 0x5ca1ab1eU
#define FREED  0x0ddba115U

struct block {
    union {
        size_t capacity;
        struct block *next;
    };
    uint32_t class;
    uint32_t check;
};

static struct size_class {
    struct lock lock;
    struct block *free;
} classes[CLASSES];

static struct {
    struct lock lock;
    char *at, *end;
} region;

static uint32_t secret; // set before the first block is made

void __malloc_init(uint64_t random)
{
    secret = (uint32_t)(random >> 16);
}

static uint32_t check_of(const struct block *block, uint32_t state)
{
    return state ^ secret ^ (uint32_t)((uintptr_t)block >> 4) ^ block->class << 24;
}

static _Noreturn void corrupt(const char *what)
{
    char text[100] = "malloc: ";
    strcat(strcat(text, what), "\n");
    SYS3(SYS_write, 2, text, strlen(text));
    abort();
}

static void require(const struct block *block, uint32_t state)
{
    if (block->check == check_of(block, state))
        return;
    if (state == IN_USE && block->check == check_of(block, FREED))
        corrupt("block freed twice or used after free");
    corrupt(state == FREED ? "free list overwritten" : "not a block, or its header overwritten");
}

// Multiples of 16 up to 128; from there four steps to each doubling.
static unsigned class_of(size_t size)
{
    if (size <= 128)
        return (unsigned)((size + UNIT - 1) / UNIT) - 1;
    unsigned log = 63 - (unsigned)__builtin_clzl(size - 1); // size is in (2^log, 2^(log+1)]
    unsigned quarter = (unsigned)((size - 1) >> (log - 2)) & 3;
    return 8 + (log - 7) * 4 + quarter;
}

static size_t class_size(unsigned class)
{
    if (class < 8)
        return (class + 1) * UNIT;
    unsigned log = 7 + (class - 8) / 4;
    return (1UL << log) + ((size_t)(class - 8) % 4 + 1) * (1UL << (log - 2));
}

static void *map(size_t size)
{
    void *memory = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    return memory != MAP_FAILED ? memory : NULL;
}

// Cuts a new block from the region. The rest of a used-up region is given away.
static struct block *region_cut(size_t size)
{
    __lock_acquire(&region.lock);
    if ((size_t)(region.end - region.at) < size) {
        char *memory = map(REGION);
        if (memory == NULL) {
            __lock_release(&region.lock);
            return NULL;
        }
        region.at = memory;
        region.end = memory + REGION;
    }
    struct block *block = (struct block *)region.at;
    region.at += size;
    __lock_release(&region.lock);
    return block;
}

// *zero tells whether the memory is known to be zero.
static struct block *small_get(size_t total, int *zero)
{
    unsigned class = class_of(total);
    struct size_class *from = &classes[class];
    __lock_acquire(&from->lock);
    struct block *block = from->free;
    *zero = block == NULL;
    if (block != NULL) {
        require(block, FREED);
        from->free = block->next;
    }
    __lock_release(&from->lock);
    if (block == NULL)
        block = region_cut(class_size(class));
    if (block != NULL) {
        block->class = class;
        block->capacity = class_size(class) - sizeof(*block);
    }
    return block;
}

static struct block *large_get(size_t total, int *zero)
{
    size_t size = (total + PAGE - 1) & ~(PAGE - 1);
    struct block *block = size >= total ? map(size) : NULL;
    *zero = 1;
    if (block != NULL) {
        block->class = LARGE;
        block->capacity = size - sizeof(*block);
    }
    return block;
}

static void *get(size_t size, int *zero)
{
    size_t total = size + sizeof(struct block);
    struct block *block = NULL;
    if (size == 0)
        total += UNIT;
    if (size <= PTRDIFF_MAX)
        block = total <= SMALL_MAX ? small_get(total, zero) : large_get(total, zero);
    if (block == NULL) {
        errno = ENOMEM;
        return NULL;
    }
    block->check = check_of(block, IN_USE);
    return block + 1;
}

void *malloc(size_t size)
{
    int zero;
    return get(size, &zero);
}

void *calloc(size_t count, size_t size)
{
    size_t total;
    int zero;
    if (__builtin_mul_overflow(count, size, &total)) {
        errno = ENOMEM;
        return NULL;
    }
    void *data = get(total, &zero);
    if (data != NULL && !zero)
        memset(data, 0, total);
    return data;
}

// The block that holds the data, which may be an aligned place inside it; checked.
static struct block *block_of(void *data)
{
    struct block *block = (struct block *)data - 1;
    if ((uintptr_t)data % UNIT != 0)
        corrupt("pointer not from malloc");
    require(block, IN_USE);
    if (block->class == ALIGNED) {
        block = (struct block *)((char *)block - block->capacity);
        require(block, IN_USE);
    }
    return block;
}

void free(void *data)
{
    if (data == NULL)
        return;
    struct block *block = block_of(data);
    if (block->class == LARGE) {
        int saved = errno;
        munmap(block, block->capacity + sizeof(*block));
        errno = saved;
        return;
    }
    struct size_class *to = &classes[block->class];
    struct block *inner = (struct block *)data - 1;
    if (inner != block)
        inner->check = check_of(inner, FREED);
    __lock_acquire(&to->lock);
    block->check = check_of(block, FREED);
    block->next = to->free;
    to->free = block;
    __lock_release(&to->lock);
}

size_t malloc_usable_size(void *data)
{
    if (data == NULL)
        return 0;
    struct block *block = block_of(data);
    return block->capacity - (size_t)((char *)data - (char *)(block + 1));
}

// A large block that stays large: the kernel moves pages instead of bytes.
static void *large_resize(struct block *block, size_t size)
{
    size_t wanted = (size + sizeof(*block) + PAGE - 1) & ~(PAGE - 1);
    size_t old = block->capacity + sizeof(*block);
    if (size > PTRDIFF_MAX - PAGE)
        return NULL;
    struct block *moved = wanted == old ? block : mremap(block, old, wanted, MREMAP_MAYMOVE);
    if (moved == MAP_FAILED)
        return NULL;
    moved->capacity = wanted - sizeof(*moved);
    moved->check = check_of(moved, IN_USE);
    return moved + 1;
}

void *realloc(void *data, size_t size)
{
    if (data == NULL)
        return malloc(size);
    if (size == 0) {
        free(data);
        return NULL;
    }
    struct block *block = block_of(data);
    size_t usable = malloc_usable_size(data);
    if (block->class == LARGE && data == block + 1 && size + sizeof(*block) > SMALL_MAX) {
        void *moved = large_resize(block, size);
        if (moved != NULL)
            return moved;
    } else if (size <= usable && size >= usable / 4) {
        return data;
    }
    void *copy = malloc(size);
    if (copy == NULL)
        return NULL;
    memcpy(copy, data, size < usable ? size : usable);
    free(data);
    return copy;
}

void *reallocarray(void *data, size_t count, size_t size)
{
    size_t total;
    if (__builtin_mul_overflow(count, size, &total)) {
        errno = ENOMEM;
        return NULL;
    }
    return realloc(data, total);
}

// Takes a larger block and puts a second header before the first aligned place in it.
void *aligned_alloc(size_t alignment, size_t size)
{
    if (alignment == 0 || (alignment & (alignment - 1)) != 0) {
        errno = EINVAL;
        return NULL;
    }
    if (alignment <= UNIT)
        return malloc(size);
    if (size > PTRDIFF_MAX - alignment) {
        errno = ENOMEM;
        return NULL;
    }
    char *data = malloc(size + alignment);
    if (data == NULL || (uintptr_t)data % alignment == 0)
        return data;
    char *place = (char *)(((uintptr_t)data + alignment - 1) & ~(alignment - 1));
    struct block *inner = (struct block *)place - 1;
    inner->class = ALIGNED;
    inner->capacity = (size_t)((char *)inner - (data - sizeof(*inner)));
    inner->check = check_of(inner, IN_USE);
    return place;
}

void *memalign(size_t alignment, size_t size)
{
    return aligned_alloc(alignment, size);
}

int posix_memalign(void **data, size_t alignment, size_t size)
{
    int saved = errno;
    if (alignment < sizeof(void *) || (alignment & (alignment - 1)) != 0)
        return EINVAL;
    void *found = aligned_alloc(alignment, size);
    errno = saved;
    if (found == NULL)
        return ENOMEM;
    *data = found;
    return 0;
}

void __malloc_fork(enum fork_phase phase)
{
    void (*act)(struct lock *) = phase == FORK_PREPARE ? __lock_acquire : __lock_release;
    for (int i = 0; i < CLASSES; i++)
        act(&classes[i].lock);
    act(&region.lock);
}
