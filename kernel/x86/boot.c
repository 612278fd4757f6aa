// SPDX-License-Identifier: ISC
/*
 * The boot loader's tags, and which memory is free before the frame allocator runs.
 * Multiboot2 specification 2.0, 3.6 "Boot information format".
 */
#include "x86/boot.h"
#include "x86/entry.h"
#include "x86/mmu.h"
#include "lib/printf.h"
#include "lib/string.h"

#define MB2_LOADER_MAGIC 0x36d76289
#define FIRST_MIB        0x100000ul
#define LOW_MEMORY_END   0xa0000ul

enum {
    TAG_END,
    TAG_CMDLINE,
    TAG_MODULE = 3,
    TAG_MEMORY_MAP = 6,
    TAG_FRAMEBUFFER = 8,
    TAG_ACPI_OLD = 14,
    TAG_ACPI_NEW = 15
};

struct tag {
    uint32_t type, size;
};

struct tag_module {
    struct tag tag;
    uint32_t start, end;
};

struct tag_memory_map {
    struct tag tag;
    uint32_t entry_size, entry_version;
};

struct map_entry {
    uint64_t base, length;
    uint32_t type, reserved;
};

struct tag_framebuffer {
    struct tag tag;
    uint64_t addr;
    uint32_t pitch, width, height;
    uint8_t depth, type;
    uint16_t reserved;
    uint8_t red_shift, red_bits, green_shift, green_bits, blue_shift, blue_bits; // type 1
} __attribute__((packed));

enum { FB_RGB = 1, FB_TEXT = 2 };
enum { MEMORY_USABLE = 1 };

struct boot_info boot_info;

extern const char __image_start[], __image_end[];

static void parse_memory_map(const struct tag_memory_map *t)
{
    const char *at = (const char *)(t + 1), *end = (const char *)t + t->tag.size;

    for (; at + sizeof(struct map_entry) <= end && t->entry_size; at += t->entry_size) {
        const struct map_entry *e = (const void *)at;
        if (!e->length || boot_info.map_count == ARRAY_SIZE(boot_info.map))
            continue;
        uint64_t last = e->base + e->length < e->base ? UINT64_MAX : e->base + e->length;
        boot_info.map[boot_info.map_count++] =
            (struct boot_range){e->base, last, e->type == MEMORY_USABLE};
    }
}

static void parse_framebuffer(const struct tag_framebuffer *t)
{
    struct boot_framebuffer *fb = &boot_info.fb;

    if (t->type != FB_RGB && t->type != FB_TEXT)
        return;
    *fb = (struct boot_framebuffer){.addr = PHYS(t->addr),
                                    .pitch = t->pitch,
                                    .width = t->width,
                                    .height = t->height,
                                    .depth = t->depth,
                                    .text = t->type == FB_TEXT,
                                    .present = true};
    if (fb->text)
        return;
    fb->red_shift = t->red_shift, fb->red_bits = t->red_bits;
    fb->green_shift = t->green_shift, fb->green_bits = t->green_bits;
    fb->blue_shift = t->blue_shift, fb->blue_bits = t->blue_bits;
}

static void parse_acpi(const struct tag *t)
{
    size_t len = MIN(t->size - sizeof(*t), sizeof(boot_info.rsdp_copy));

    memcpy(boot_info.rsdp_copy, t + 1, len);
    boot_info.rsdp = PHYS((uintptr_t)boot_info.rsdp_copy - KERNEL_BASE);
}

static void parse_tag(const struct tag *t)
{
    const struct tag_module *m = (const void *)t;

    switch (t->type) {
    case TAG_CMDLINE:
        strlcpy(boot_info.cmdline, (const char *)(t + 1), sizeof(boot_info.cmdline));
        break;
    case TAG_MODULE: // the first one is the root file system
        if (!boot_info.module_end) {
            boot_info.module_start = m->start;
            boot_info.module_end = m->end;
        }
        break;
    case TAG_MEMORY_MAP:
        parse_memory_map((const void *)t);
        break;
    case TAG_FRAMEBUFFER:
        parse_framebuffer((const void *)t);
        break;
    case TAG_ACPI_OLD:
        if (!boot_info.rsdp.addr)
            parse_acpi(t);
        break;
    case TAG_ACPI_NEW:
        parse_acpi(t);
        break;
    }
}

void boot_parse(uint32_t magic, uint64_t info_phys)
{
    if (magic != MB2_LOADER_MAGIC) {
        boot_info.error = "the boot loader does not speak multiboot2 (GRUB does)";
        return;
    }
    const char *info = phys_to_virt(PHYS(info_phys));
    const char *end = info + *(const uint32_t *)info;
    for (const char *at = info + 8; at + sizeof(struct tag) <= end;) {
        const struct tag *t = (const void *)at;
        if (t->type == TAG_END || t->size < sizeof(*t))
            break;
        parse_tag(t);
        at += ALIGN_UP(t->size, 8u);
    }
    if (!boot_info.map_count)
        boot_info.error = "the boot loader gave no memory map";
    else if (!boot_info.module_end)
        boot_info.error =
            "the boot loader gave no module: the root file system (root.cpio) is missing";
}

// --- free memory --------------------------------------------------------------------------------

/*
 * Hole number i: memory that is not free although a map entry may call it usable. False behind the
 * last.
 */
static bool hole_get(unsigned i, uint64_t *start, uint64_t *end)
{
    if (i == 0) {
        *start = 0;
        *end = FIRST_MIB;
    } else if (i == 1) {
        *start = (uintptr_t)__image_start - KERNEL_BASE;
        *end = (uintptr_t)__image_end - KERNEL_BASE;
    } else if (i == 2) {
        *start = boot_info.module_start;
        *end = boot_info.module_end;
    } else if (i - 3 < boot_info.map_count) {
        const struct boot_range *r = &boot_info.map[i - 3];
        *start = r->start;
        *end = r->usable ? r->start : r->end;
    } else {
        return early_taken(i - 3 - boot_info.map_count, start, end);
    }
    return true;
}

/* The same in whole pages. An empty hole stays empty. */
static bool hole_pages(unsigned i, uint64_t *start, uint64_t *end)
{
    if (!hole_get(i, start, end))
        return false;
    if (*start < *end) {
        *start = ALIGN_DOWN(*start, PAGE_SIZE);
        *end = *end > UINT64_MAX - PAGE_SIZE ? *end : ALIGN_UP(*end, PAGE_SIZE);
    }
    return true;
}

/* The first free piece of [at, end): its start, and its end in *piece_end; both `end` if none. */
static uint64_t free_piece(uint64_t at, uint64_t end, uint64_t *piece_end)
{
    uint64_t hole_start, hole_end;
    bool moved;

    do { // out of every hole that covers `at`
        moved = false;
        for (unsigned i = 0; hole_pages(i, &hole_start, &hole_end); i++) {
            if (hole_start <= at && at < hole_end) {
                at = hole_end;
                moved = true;
            }
        }
    } while (moved && at < end);
    at = MIN(at, end);
    for (unsigned i = 0; hole_pages(i, &hole_start, &hole_end); i++) {
        if (hole_start < hole_end && hole_start > at)
            end = MIN(end, hole_start);
    }
    *piece_end = end;
    return at;
}

/* Odd firmware lists a range twice: what an earlier usable entry covers is not given again. */
static void without_earlier(unsigned index, uint64_t *start, uint64_t *end)
{
    for (unsigned j = 0; j < index; j++) {
        const struct boot_range *q = &boot_info.map[j];
        if (!q->usable)
            continue;
        if (q->start <= *start && *start < q->end)
            *start = ALIGN_UP(q->end, PAGE_SIZE);
        else if (q->start > *start)
            *end = MIN(*end, ALIGN_DOWN(q->start, PAGE_SIZE));
    }
}

void boot_memory_free(void (*give)(uint64_t start, uint64_t end))
{
    for (unsigned i = 0; i < boot_info.map_count; i++) {
        const struct boot_range *r = &boot_info.map[i];
        uint64_t at = ALIGN_UP(r->start, PAGE_SIZE), end = ALIGN_DOWN(r->end, PAGE_SIZE), piece_end;
        if (!r->usable)
            continue;
        without_earlier(i, &at, &end);
        while (at < end) {
            at = free_piece(at, end, &piece_end);
            if (at < piece_end)
                give(at, piece_end);
            at = piece_end;
        }
    }
}

/* Wholly usable by the map, and in no entry that says otherwise? */
static bool page_is_usable(uint64_t at)
{
    bool usable = false;

    for (unsigned i = 0; i < boot_info.map_count; i++) {
        const struct boot_range *r = &boot_info.map[i];
        if (r->usable && r->start <= at && at + PAGE_SIZE <= r->end)
            usable = true;
        else if (!r->usable && r->start < at + PAGE_SIZE && at < r->end)
            return false;
    }
    return usable && (at + PAGE_SIZE <= boot_info.module_start || at >= boot_info.module_end);
}

uint64_t boot_low_page(void)
{
    uint64_t at = LOW_MEMORY_END - PAGE_SIZE;

    while (at && !page_is_usable(at))
        at -= PAGE_SIZE;
    return at;
}

uint64_t boot_memory_end(void)
{
    uint64_t end = 0;

    for (unsigned i = 0; i < boot_info.map_count; i++) {
        if (boot_info.map[i].usable)
            end = MAX(end, boot_info.map[i].end);
    }
    return ALIGN_DOWN(end, PAGE_SIZE);
}
