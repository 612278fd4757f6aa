// SPDX-License-Identifier: ISC
/*
 * The kernel half of the page tables, and memory for start-up.
 *
 * Every root table shares entries 256..511 with kernel_root. They are filled once, in mmu_init, for
 * all regions of mmu.h; later mappings only change tables below them. So no root ever has to be
 * brought up to date.
 *
 * What is mapped for good: the direct map of every range the firmware lists (device ranges above
 * 4 GiB left out), in 1 GiB, 2 MiB or 4 KiB pages; the kernel image with text read-only and all
 * else not executable. The direct map's second view of text and read-only data is read-only as
 * well.
 *
 * Lock: map_lock guards the kernel's tables while one is being added. Freed mappings leave their
 * tables in place.
 *
 * Source: SDM vol. 3A 4.5 (4-level paging), 4.9 and 11.12 (memory types, PAT).
 */
#include "x86/mmu.h"
#include "x86/boot.h"
#include "x86/cpu.h"
#include "x86/entry.h"
#include "x86/msr.h"
#include "x86/spinlock.h"
#include "lib/log.h"
#include "lib/string.h"
#include "abi/errno.h"

#define ENTRIES    512
#define SIZE_2M    (1ul << 21)
#define SIZE_1G    (1ul << 30)
#define PTE_PAT_4K (1ul << 7) // in a page table, bit 7 selects the upper half of the PAT
#define PTE_TABLE  (PTE_PRESENT | PTE_WRITE)
#define PTE_MAPPED (PTE_PRESENT | PTE_ACCESSED | PTE_DIRTY)
#define EARLY_RUNS 32
#define CR3_KEEP   (1ul << 63) // do not flush

extern const char __image_start[], __image_end[], __text_start[], __text_end[];
extern const char __rodata_start[], __rodata_end[], __data_start[];
extern const char boot_guard[]; // the page below the first stack

bool (*mmu_table_alloc)(phys_t *out);

static phys_t kernel_root;
static struct spinlock map_lock = SPINLOCK("kernel map");

// --- frames before the allocator ----------------------------------------------------------------

static struct {
    uint64_t start, end;
} early_run[EARLY_RUNS]; // what was taken
static unsigned early_runs;
static uint64_t early_next, early_end;     // a free piece to take single frames from
static uint64_t early_limit = 4 * SIZE_1G; // what the early tables reach
static uint64_t early_want, early_found, early_found_end;

bool early_taken(unsigned index, uint64_t *start, uint64_t *end)
{
    if (index >= early_runs)
        return false;
    *start = early_run[index].start;
    *end = early_run[index].end;
    return true;
}

static void early_consider(uint64_t start, uint64_t end)
{
    end = MIN(end, early_limit);
    if (!early_found_end && start < end && end - start >= early_want) {
        early_found = start;
        early_found_end = end;
    }
}

static void early_record(uint64_t start, uint64_t end)
{
    for (unsigned i = 0; i < early_runs; i++) {
        if (early_run[i].end == start) {
            early_run[i].end = end;
            return;
        }
    }
    assert(early_runs < EARLY_RUNS);
    early_run[early_runs].start = start;
    early_run[early_runs++].end = end;
}

phys_t early_frames(size_t count)
{
    early_want = count * PAGE_SIZE;
    if (early_end - early_next < early_want) {
        early_found_end = 0;
        boot_memory_free(early_consider);
        if (!early_found_end)
            panic("not enough memory to start: %zu KiB in one piece are missing",
                  early_want / 1024);
        early_next = early_found;
        early_end = early_found_end;
    }
    uint64_t at = early_next;
    early_next += early_want;
    early_record(at, early_next);
    memset(phys_to_virt(PHYS(at)), 0, early_want);
    return PHYS(at);
}

phys_t early_frame(void)
{
    return early_frames(1);
}

// --- tables -------------------------------------------------------------------------------------

static unsigned table_index(uint64_t va, int level)
{
    return va >> (PAGE_SHIFT + 9 * level) & (ENTRIES - 1);
}

static bool table_alloc(phys_t *out)
{
    if (mmu_table_alloc)
        return mmu_table_alloc(out);
    *out = early_frame();
    return true;
}

/*
 * The entry for va at `level` (0 = 4 KiB page), tables above it made on the way. NULL = no memory.
 */
static pte_t *table_walk(uint64_t va, int level)
{
    pte_t *table = phys_to_virt(kernel_root);

    for (int l = 3; l > level; l--) {
        pte_t *e = &table[table_index(va, l)];
        if (!(*e & PTE_PRESENT)) {
            phys_t frame;
            if (!table_alloc(&frame))
                return NULL;
            *e = frame.addr | PTE_TABLE;
        }
        assert(!(*e & PTE_HUGE));
        table = phys_to_virt(pte_phys(*e));
    }
    return &table[table_index(va, level)];
}

/*
 * Maps [pa, pa+len) at va with the largest pages that fit; what is mapped already stays as it is.
 */
static void map_range(uint64_t va, uint64_t pa, uint64_t len, pte_t flags)
{
    for (uint64_t end = va + len, size; va < end; va += size, pa += size) {
        uint64_t both = va | pa;
        int level = 0;
        size = PAGE_SIZE;
        if (cpu_features.pages_1g && !(both & (SIZE_1G - 1)) && end - va >= SIZE_1G)
            level = 2, size = SIZE_1G;
        else if (!(both & (SIZE_2M - 1)) && end - va >= SIZE_2M)
            level = 1, size = SIZE_2M;
        pte_t *e = table_walk(va, level);
        if (!(*e & PTE_PRESENT))
            *e = pa | flags | PTE_MAPPED | (level ? PTE_HUGE : 0);
    }
}

/*
 * [start, end) of the direct map, except what is mapped already. Whole 2 MiB, as given by
 * direct_map.
 */
static void direct_map_range(uint64_t start, uint64_t end, pte_t flags)
{
    for (uint64_t at = start, next; at < end; at = next) {
        pte_t *root = phys_to_virt(kernel_root);
        next = at + SIZE_2M;
        pte_t *e = &root[table_index(DIRECT_MAP + at, 3)];
        if (*e & PTE_PRESENT) {
            e = (pte_t *)phys_to_virt(pte_phys(*e)) + table_index(DIRECT_MAP + at, 2);
            if (*e & PTE_HUGE) { // 1 GiB at once
                next = ALIGN_DOWN(at, SIZE_1G) + SIZE_1G;
                continue;
            }
            if (!(*e & PTE_PRESENT) && !(at & (SIZE_1G - 1)) && end - at >= SIZE_1G)
                next = at + SIZE_1G;
            else if (*e & PTE_PRESENT) {
                e = (pte_t *)phys_to_virt(pte_phys(*e)) + table_index(DIRECT_MAP + at, 1);
                if (*e & PTE_PRESENT)
                    continue;
            }
        }
        map_range(DIRECT_MAP + at, at, next - at, flags);
    }
}

static uint64_t image_phys(const char *symbol)
{
    return (uintptr_t)symbol - KERNEL_BASE;
}

static void direct_map(pte_t global, pte_t nx)
{
    uint64_t image_start = ALIGN_DOWN(image_phys(__image_start), SIZE_2M);
    uint64_t image_end = ALIGN_UP(image_phys(__image_end), SIZE_2M);
    uint64_t ro_start = image_phys(__text_start), ro_end = image_phys(__rodata_end);

    // The pages around the image first: small ones, text and read-only data without write.
    map_range(DIRECT_MAP + image_start, image_start, ro_start - image_start,
              PTE_WRITE | global | nx);
    map_range(DIRECT_MAP + ro_start, ro_start, ro_end - ro_start, global | nx);
    map_range(DIRECT_MAP + ro_end, ro_end, image_end - ro_end, PTE_WRITE | global | nx);
    for (unsigned i = 0; i < boot_info.map_count; i++) {
        const struct boot_range *r = &boot_info.map[i];
        if (!r->usable && r->end > 4 * SIZE_1G && r->end > boot_memory_end())
            continue;
        direct_map_range(ALIGN_DOWN(r->start, SIZE_2M), ALIGN_UP(r->end, SIZE_2M),
                         PTE_WRITE | global | nx);
    }
}

static void map_image(const char *start, const char *end, pte_t flags)
{
    map_range((uintptr_t)start, image_phys(start), end - start, flags);
}

void mmu_init(void)
{
    static const uint64_t regions[] = {KSTACK_BASE, FRAME_ARRAY, MMIO_BASE};
    pte_t global = PTE_GLOBAL, nx = cpu_features.nx ? PTE_NX : 0;

    kernel_root = early_frame();
    direct_map(global, nx);
    map_image(__image_start, __text_start, global | nx); // start-up code; the GDT until cpu_init
    map_image(__text_start, __text_end, global);
    map_image(__rodata_start, __rodata_end, global | nx);
    map_image(__data_start, boot_guard, PTE_WRITE | global | nx);
    map_image(boot_guard + PAGE_SIZE, __image_end, PTE_WRITE | global | nx);
    for (unsigned i = 0; i < ARRAY_SIZE(regions); i++)
        table_walk(regions[i], 2);
    mmu_load_root(kernel_root, 0, false);
    early_limit = UINT64_MAX;
}

int mmu_map_kernel(void *va, phys_t pa, pte_t flags)
{
    spin_lock(&map_lock);
    pte_t *e = table_walk((uintptr_t)va, 0);
    int result = -ENOMEM;

    if (e) {
        assert(!(*e & PTE_PRESENT));
        *e = pa.addr | (cpu_features.nx ? flags : flags & ~PTE_NX) | PTE_MAPPED;
        result = 0;
    }
    spin_unlock(&map_lock);
    return result;
}

phys_t mmu_unmap_kernel(void *va)
{
    spin_lock(&map_lock);
    pte_t *e = table_walk((uintptr_t)va, 0);

    assert(e && *e & PTE_PRESENT);
    phys_t was = pte_phys(*e);
    *e = 0;
    spin_unlock(&map_lock);
    return was;
}

// --- devices ------------------------------------------------------------------------------------

/* Device windows are never given back, so the next free address is all there is to keep. */
static void *window_map(phys_t pa, size_t len, pte_t type)
{
    static atomic_ulong next = MMIO_BASE;
    uint64_t first = ALIGN_DOWN(pa.addr, PAGE_SIZE), offset = pa.addr - first;
    uint64_t size = ALIGN_UP(offset + len, PAGE_SIZE);
    uint64_t va =
        atomic_fetch_add(&next, size + PAGE_SIZE); // one page of nothing between two windows

    if (!len || va + size > MMIO_BASE + 512 * SIZE_1G)
        return NULL;
    for (uint64_t at = 0; at < size; at += PAGE_SIZE) {
        if (mmu_map_kernel((void *)(va + at), PHYS(first + at),
                           PTE_WRITE | PTE_GLOBAL | PTE_NX | type))
            return NULL;
    }
    return (void *)(va + offset);
}

volatile void *mmio_map(phys_t pa, size_t len)
{
    return window_map(pa, len, PTE_PCD | PTE_PWT);
}

/* PAT entry 4 (cpu.c). Every 64-bit CPU has the PAT. */
void *mmio_map_wc(phys_t pa, size_t len)
{
    return window_map(pa, len, PTE_PAT_4K);
}

// --- roots --------------------------------------------------------------------------------------

uint64_t mmu_init_root(pte_t *root)
{
    const pte_t *kernel = phys_to_virt(kernel_root);
    static uint64_t used;

    if (!used)
        for (unsigned i = ENTRIES / 2; i < ENTRIES; i++)
            used |= (uint64_t)(kernel[i] != 0) << (i / 8);
    for (uint64_t left = used; left; left &= left - 1)
        memcpy(&root[8 * __builtin_ctzl(left)], &kernel[8 * __builtin_ctzl(left)], 8 * sizeof(pte_t));
    return used;
}

void mmu_load_root(phys_t root, unsigned tag, bool keep)
{
    cr3_write(root.addr | tag | (keep && cpu_features.pcid ? CR3_KEEP : 0));
}

phys_t mmu_kernel_root(void)
{
    return kernel_root;
}

/* INVPCID (SDM vol. 2A) type 1 is one tag; without it, loading CR3 with bit 63 clear is the same. */
void tlb_flush_user(void)
{
    uint64_t root = cr3_read();
    struct {
        uint64_t tag, unused;
    } descriptor = {root % PAGE_SIZE, 0};

    if (cpu_features.pcid && cpu_features.invpcid)
        asm volatile("invpcid %0, %1" ::"m"(descriptor), "r"(1ul) : "memory");
    else
        cr3_write(root);
}
