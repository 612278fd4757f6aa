// SPDX-License-Identifier: ISC
/*
 * The memory management unit: page-table entries, the direct map, kernel mappings, TLB.
 * SDM vol. 3A ch. 4 (4-level paging).
 *
 *   0000000000001000 - 00007fffffffefff   user
 *   ffff800000000000 - ffff87ffffffffff   direct map of physical memory (largest pages, NX)
 *   ffff900000000000 - ffff9fffffffffff   kernel stacks, one slot each with a guard (mm/kstack.c)
 *   ffffa00000000000 - ffffafffffffffff   array of struct frame; mmio windows
 *   ffffffff80000000 - ffffffffffffffff   kernel image (text read-only, rodata NX, data NX)
 */
#pragma once

#include "lib/base.h"

#define DIRECT_MAP     0xffff800000000000ul
#define KSTACK_BASE    0xffff900000000000ul
#define FRAME_ARRAY    0xffffa00000000000ul
#define MMIO_BASE      0xffffa80000000000ul
#define KERNEL_BASE    0xffffffff80000000ul
#define USER_START     0x1000ul           // lowest address a program may map by default
#define USER_END       0x00007ffffffff000ul // first address that is not user's

typedef uint64_t pte_t;
#define PTE_PRESENT  (1ul << 0)
#define PTE_WRITE    (1ul << 1)
#define PTE_USER     (1ul << 2)
#define PTE_PWT      (1ul << 3)
#define PTE_PCD      (1ul << 4)
#define PTE_ACCESSED (1ul << 5)
#define PTE_DIRTY    (1ul << 6)
#define PTE_HUGE     (1ul << 7)
#define PTE_GLOBAL   (1ul << 8)
#define PTE_SOFT1    (1ul << 9)  // free for software
#define PTE_SOFT2    (1ul << 10)
#define PTE_SOFT3    (1ul << 11)
#define PTE_NX       (1ul << 63)
#define PTE_ADDR     0x000ffffffffff000ul

static inline void *phys_to_virt(phys_t p)
{
    return (void *)(p.addr + DIRECT_MAP);
}

/* Only for addresses inside the direct map. */
static inline phys_t virt_to_phys(const void *v)
{
    return PHYS((uintptr_t)v - DIRECT_MAP);
}

static inline phys_t pte_phys(pte_t e)
{
    return PHYS(e & PTE_ADDR);
}

/*
 * Early start-up: builds the final kernel page tables (direct map of all memory in the map, kernel
 * image with its permissions) and loads them. Frames come from early_frame (zeroed pages taken from
 * the memory map before the allocator exists; boot_memory_free leaves them out). All of them must
 * be taken before the first boot_memory_free whose ranges are kept.
 */
void mmu_init(void);
phys_t early_frame(void);       // panics when memory ends
phys_t early_frames(size_t count); // contiguous

/*
 * Kernel mappings outside the direct map (frame array, stacks, devices), one 4 KiB page each; -ENOMEM.
 * `flags` beside present, accessed and dirty, which are added. Kernel halves share one set of tables:
 * the first 512 GiB of each region of the map above exist from mmu_init on. No lock needed.
 */
int mmu_map_kernel(void *va, phys_t pa, pte_t flags);
phys_t mmu_unmap_kernel(void *va); // what was mapped; the caller flushes it on every CPU
/* Where mmu_map_kernel gets zeroed table frames once the allocator runs; false = no memory. */
extern bool (*mmu_table_alloc)(phys_t *out);
/* A device's registers, uncached, for good. NULL when out of address space or memory. */
volatile void *mmio_map(phys_t pa, size_t len);
/* Same but write-combining (framebuffer), falling back to uncached. */
void *mmio_map_wc(phys_t pa, size_t len);

/* Fills the kernel half (entries 256..511) of a new, empty root table. Returns a bit for each eight entries written to. */
uint64_t mmu_init_root(pte_t *root);
/* `tag` marks this root's translations where cpu_features.pcid, else 0; keep: those it has are still valid. */
void mmu_load_root(phys_t root, unsigned tag, bool keep);
phys_t mmu_kernel_root(void);

/* This CPU's TLB; other CPUs are the address space's matter (vm/). */
static inline void tlb_flush_page(uaddr_t va)
{
    asm volatile("invlpg (%0)" ::"r"(va) : "memory");
}

void tlb_flush_user(void); // everything of the current tag that is not global
