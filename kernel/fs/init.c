// SPDX-License-Identifier: ISC
/*
 * Start-up of the file systems: the tree that every program expects, and the root file system from
 * the boot module and from QEMU's file opt/braid/extra.
 */
#include "abi/errno.h"
#include "dev/devices.h"
#include "fs/cpio.h"
#include "fs/devfs.h"
#include "fs/memfs.h"
#include "fs/path.h"
#include "fs/procfs.h"
#include "fs/sysfs.h"
#include "lib/log.h"
#include "lib/string.h"
#include "mm/heap.h"
#include "x86/boot.h"
#include "x86/clock.h"
#include "x86/mmu.h"

static struct filesystem *make_tmpfs(const char *source)
{
    return memfs_create("tmpfs", source, 01777);
}

static struct filesystem_type tmpfs_type = {.name = "tmpfs", .no_device = true, .make = make_tmpfs};

static void keep_file(struct file *f)
{
    file_get(f);
}

void fs_init(void)
{
    area_file_ops.get = keep_file;
    area_file_ops.put = file_put;
    struct filesystem *root = memfs_create("tmpfs", "root", 0755);
    if (!root || mount_add(root, "/") < 0)
        panic("no memory for the root file system");
    filesystem_register(&tmpfs_type);
    path_mkdir(AT_FDCWD, "/proc", 0555);
    path_mkdir(AT_FDCWD, "/sys", 0555);
    path_mkdir(AT_FDCWD, "/tmp", 0777 | S_ISVTX);
    devfs_init();
    procfs_init();
    sysfs_init();
}

static int read_module(struct cpio_source *s, uint64_t offset, void *buf, size_t n)
{
    memcpy(buf, (const char *)s->memory + offset, n);
    return 0;
}

/*
 * A file of QEMU's, read ahead in large pieces: a request to the device costs as much as copying
 * many pages.
 */
#define AHEAD (512u << 10)

struct ahead {
    struct cpio_source source;
    char *buffer;
    uint64_t start; // what the buffer holds: [start, start + len)
    size_t len;
};

static int read_fwcfg(struct cpio_source *s, uint64_t offset, void *buf, size_t n)
{
    struct ahead *a = container_of(s, struct ahead, source);
    for (size_t done = 0; done < n;) {
        uint64_t at = offset + done;
        if (at < a->start || at >= a->start + a->len) {
            size_t want = MIN((uint64_t)AHEAD, s->size - at);
            int err = fwcfg_read(s->key, (uint32_t)at, a->buffer, want);
            a->start = at;
            a->len = err ? 0 : want;
            if (err)
                return err;
        }
        size_t part = MIN(n - done, a->start + a->len - at);
        memcpy((char *)buf + done, a->buffer + (at - a->start), part);
        done += part;
    }
    return 0;
}

static int unpack(const char *what, struct cpio_source *s)
{
    struct cpio_result r;
    uint64_t start = clock_ns();
    int err = cpio_unpack(s, &r);
    log_info("%s: %zu entries, %lu KiB in %lu ms%s", what, r.entries, r.bytes >> 10,
             (clock_ns() - start) / 1000000, err < 0 ? ", NOT complete" : "");
    return err;
}

void fs_load_root(void)
{
    uint32_t key;
    if (boot_info.module_end > boot_info.module_start) {
        struct cpio_source module = {
            .read = read_module,
            .size = boot_info.module_end - boot_info.module_start,
            .memory = phys_to_virt(PHYS(boot_info.module_start)),
        };
        int err = unpack("root file system", &module);
        if (err < 0)
            log_error("root file system: the boot module is no whole cpio archive (error %d)",
                      -err);
    }
    ssize_t size = fwcfg_find("opt/braid/extra", &key);
    if (size <= 0)
        return;
    struct ahead extra = {.source = {.read = read_fwcfg, .size = (uint64_t)size, .key = key},
                          .buffer = kmalloc(AHEAD)};
    int err = extra.buffer ? unpack("extra files", &extra.source) : -ENOMEM;
    if (err < 0)
        log_error("extra files: not all could be unpacked (error %d)", -err);
    kfree(extra.buffer);
}
