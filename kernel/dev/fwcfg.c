// SPDX-License-Identifier: ISC
/*
 * QEMU's fw_cfg device: named blobs that the host passes in (QEMU docs/specs/fw_cfg). Selecting a
 * key starts its blob from the beginning; each read goes on from there. The device copies into
 * memory by itself (DMA interface) where it offers that; otherwise each byte is a port read.
 *
 * The directory is read once, at start-up, before memory can be allocated; blobs later.
 * Lock: fwcfg_lock, for the selected key and position; released between pieces.
 */
#include "dev/devices.h"

#include "abi/errno.h"
#include "lib/string.h"
#include "mm/heap.h"
#include "x86/io.h"
#include "x86/mmu.h"
#include "x86/spinlock.h"

#define SELECTOR 0x510
#define DATA     0x511
#define DMA_HIGH 0x514
#define DMA_LOW  0x518

#define KEY_SIGNATURE 0x00
#define KEY_FEATURES  0x01
#define KEY_DIRECTORY 0x19
#define FEATURE_DMA   2

// DMA control word: key << 16 with SELECT
#define DMA_ERROR  0x01
#define DMA_READ   0x02
#define DMA_SKIP   0x04
#define DMA_SELECT 0x08

#define NAME_SIZE 56
#define FILES_MAX 96
#define DMA_PIECE (1u << 20)
#define DMA_SMALL 64 // below this, port reads are no slower

struct dma_request { // big-endian
    uint32_t control, length;
    uint64_t address;
};

struct directory_entry { // big-endian
    uint32_t size;
    uint16_t key, reserved;
    char name[NAME_SIZE];
};

bool machine_runs_command;

static struct spinlock fwcfg_lock = SPINLOCK("fw_cfg");
static struct directory_entry files[FILES_MAX]; // [constant after fwcfg_init] native byte order
static unsigned file_count;
static bool has_dma;
static struct dma_request *request;    // [fwcfg_lock] in the direct map; made on first use
static uint32_t selected = UINT32_MAX; // [fwcfg_lock]
static uint32_t position;              // [fwcfg_lock] in the selected blob

static void select_key(uint32_t key)
{
    outw(SELECTOR, key);
    selected = key;
    position = 0;
}

static void port_read(void *buf, size_t n)
{
    for (size_t i = 0; i < n; i++)
        ((uint8_t *)buf)[i] = inb(DATA);
    position += n;
}

/* READ into buf, or SKIP; the device does the work inside the port write. */
static int dma_run(uint32_t control, const void *buf, uint32_t n)
{
    uint64_t at = virt_to_phys(request).addr;

    request->control = __builtin_bswap32(control);
    request->length = __builtin_bswap32(n);
    request->address = buf ? __builtin_bswap64(virt_to_phys(buf).addr) : 0;
    outl(DMA_HIGH, __builtin_bswap32(at >> 32));
    outl(DMA_LOW, __builtin_bswap32((uint32_t)at));
    uint32_t state;
    while ((state = __builtin_bswap32(*(volatile uint32_t *)&request->control)) & ~DMA_ERROR)
        cpu_relax();
    position += n;
    return state & DMA_ERROR ? -EIO : 0;
}

static bool in_direct_map(const void *p, size_t n)
{
    uintptr_t at = (uintptr_t)p;
    return at >= DIRECT_MAP && at + n <= KSTACK_BASE;
}

/* Makes `offset` the next byte. */
static int seek(uint32_t key, uint32_t offset)
{
    if (key == selected && offset == position)
        return 0;
    if (key != selected || offset < position)
        select_key(key);
    uint32_t n = offset - position;
    if (n && request)
        return dma_run(DMA_SKIP, NULL, n);
    while (position < offset) {
        uint8_t dropped;
        port_read(&dropped, 1);
    }
    return 0;
}

static int read_piece(uint32_t key, uint32_t offset, void *buf, uint32_t n)
{
    spin_lock(&fwcfg_lock);
    int err = seek(key, offset);
    if (!err && request && n > DMA_SMALL && in_direct_map(buf, n))
        err = dma_run(DMA_READ, buf, n);
    else if (!err)
        port_read(buf, n);
    if (err)
        selected = UINT32_MAX;
    spin_unlock(&fwcfg_lock);
    return err;
}

int fwcfg_read(uint32_t key, uint32_t offset, void *buf, size_t n)
{
    if (has_dma && !request && n > DMA_SMALL)
        request = kmalloc(sizeof(*request)); // without memory: port reads
    for (size_t done = 0; done < n;) {
        uint32_t piece = MIN(n - done, request ? (size_t)DMA_PIECE : PAGE_SIZE);
        int err = read_piece(key, offset + done, (char *)buf + done, piece);
        if (err < 0)
            return err;
        done += piece;
    }
    return 0;
}

ssize_t fwcfg_find(const char *name, uint32_t *key)
{
    for (unsigned i = 0; i < file_count; i++) {
        if (strcmp(files[i].name, name) == 0) {
            *key = files[i].key;
            return files[i].size;
        }
    }
    return -ENOENT;
}

int fwcfg_name(unsigned index, char name[56], uint32_t *key, uint32_t *size)
{
    if (index >= file_count)
        return -ENOENT;
    memcpy(name, files[index].name, NAME_SIZE);
    *key = files[index].key;
    *size = files[index].size;
    return 0;
}

static void read_directory(void)
{
    uint32_t count;

    select_key(KEY_DIRECTORY);
    port_read(&count, sizeof(count));
    count = __builtin_bswap32(count);
    if (count > FILES_MAX)
        log_warn("fw_cfg: %u files, the first %u are seen", count, FILES_MAX);
    for (; file_count < MIN(count, (uint32_t)FILES_MAX); file_count++) {
        struct directory_entry *e = &files[file_count];
        port_read(e, sizeof(*e));
        e->size = __builtin_bswap32(e->size);
        e->key = __builtin_bswap16(e->key);
        e->name[NAME_SIZE - 1] = '\0';
    }
}

bool fwcfg_init(void)
{
    char signature[4];
    uint32_t features, key;

    select_key(KEY_SIGNATURE);
    port_read(signature, sizeof(signature));
    if (memcmp(signature, "QEMU", 4) != 0)
        return false;
    select_key(KEY_FEATURES);
    port_read(&features, sizeof(features));
    has_dma = features & FEATURE_DMA;
    read_directory();
    machine_runs_command = fwcfg_find("opt/braid/command", &key) >= 0;
    log_info("fw_cfg: %u files%s%s", file_count, has_dma ? ", DMA" : "",
             machine_runs_command ? ", a command to run" : "");
    return true;
}
