// SPDX-License-Identifier: ISC
/*
 * What the boot loader told: multiboot2's tags decoded into one struct, before anything else runs.
 * Multiboot2 specification 2.0, section 3.6.
 */
#pragma once

#include "lib/base.h"

struct boot_range {
    uint64_t start, end; // physical bytes [start, end)
    bool usable;
};

struct boot_framebuffer {
    phys_t addr;
    uint32_t pitch, width, height;
    uint8_t depth;  // bits a pixel
    bool text;      // VGA text cells of 16 bits at addr
    bool present;
    uint8_t red_shift, red_bits, green_shift, green_bits, blue_shift, blue_bits;
};

struct boot_info {
    char cmdline[1024];
    struct boot_range map[128];
    unsigned map_count;
    struct boot_framebuffer fb;
    phys_t rsdp;        // copy of the ACPI root pointer inside the tags, 0 = none
    uint8_t rsdp_copy[40];
    uint64_t module_start, module_end; // root file system archive, 0 = none
    const char *error;  // what is wrong, readable, or NULL
};
extern struct boot_info boot_info;

void boot_parse(uint32_t magic, uint64_t info_phys); // also sets boot_info.error

/*
 * Memory that the frame allocator may have once early_frame is no longer used: calls give(start, end)
 * for each free physical range: usable by the map, without the kernel image, the module, the early
 * frames and the first 1 MiB.
 */
void boot_memory_free(void (*give)(uint64_t start, uint64_t end));
/* A page below 640 KiB that nobody uses, for the start of other CPUs; 0 = none. */
uint64_t boot_low_page(void);
uint64_t boot_memory_end(void); // first physical byte above all usable memory
