// SPDX-License-Identifier: ISC
/*
 * /sys: which CPUs there are, and firmware/qemu_fw_cfg as Linux's driver shows it: below by_name
 * the slashes of a file's name are directories, and the last one holds `raw`, `name`, `size`.
 *
 * A node of by_name is given by a firmware file (its index) and how many components of that file's
 * name it stands for; the first file with those components represents all that share them.
 */
#include "fs/sysfs.h"

#include "abi/errno.h"
#include "dev/devices.h"
#include "fs/genfs.h"
#include "lib/log.h"
#include "lib/printf.h"
#include "lib/string.h"
#include "x86/cpu.h"
#include "x86/uaccess.h"
#include "mm/heap.h"

#define DIR  (S_IFDIR | 0555)
#define TEXT (S_IFREG | 0444)

// --- CPUs ----------------------------------------------------------------------------------------

static int show_cpu_range(struct gen_node *n, struct text *t)
{
    (void)n;
    text_printf(t, cpu_count > 1 ? "0-%u\n" : "%u\n", cpu_count - 1);
    return 0;
}

static int cpu_find(struct gen_node *dir, const char *name, size_t len, struct gen_node *fresh)
{
    static const struct gen_entry cpu_directory = {.mode = DIR};
    (void)dir;
    int64_t number =
        len > 3 && memcmp(name, "cpu", 3) == 0 ? gen_parse_number(name + 3, len - 3) : -1;
    if (number < 0 || number >= cpu_count)
        return -ENOENT;
    fresh->entry = &cpu_directory;
    fresh->number = (uint64_t)number;
    return 0;
}

static bool cpu_next(struct gen_node *dir, uint64_t *number, char *name, size_t size)
{
    (void)dir;
    if (*number >= cpu_count)
        return false;
    snprintf(name, size, "cpu%lu", *number);
    return true;
}

// --- firmware files ------------------------------------------------------------------------------

struct firmware_file {
    char name[56];
    uint32_t key, size;
};

/* A node's number: index of the file, and how many bytes of its name the node stands for. */
static uint64_t pack(unsigned index, size_t prefix)
{
    return (uint64_t)index << 8 | prefix;
}

static unsigned index_of(const struct gen_node *n)
{
    return (unsigned)(n->number >> 8);
}

static bool file_get_index(unsigned index, struct firmware_file *f)
{
    return fwcfg_name(index, f->name, &f->key, &f->size) == 0;
}

static int show_name(struct gen_node *n, struct text *t)
{
    struct firmware_file f;
    if (file_get_index(index_of(n), &f))
        text_printf(t, "%s\n", f.name);
    return 0;
}

static int show_size(struct gen_node *n, struct text *t)
{
    struct firmware_file f;
    if (file_get_index(index_of(n), &f))
        text_printf(t, "%u\n", f.size);
    return 0;
}

static ssize_t raw_read(struct file *f, uaddr_t buf, size_t n, uint64_t *pos)
{
    struct firmware_file file;
    if (!file_get_index(index_of(gen_node(f->inode)), &file))
        return -EIO;
    if (*pos >= file.size)
        return 0;
    size_t part = MIN(MIN(n, file.size - *pos), PAGE_SIZE);
    char *page = kmalloc(PAGE_SIZE);
    if (!page)
        return -ENOMEM;
    int err = fwcfg_read(file.key, (uint32_t)*pos, page, part);
    if (!err)
        err = copy_to_user(buf, page, part);
    kfree(page);
    if (err)
        return err;
    *pos += part;
    return (ssize_t)part;
}

static off_t raw_seek(struct file *f, off_t off, int whence)
{
    struct firmware_file file;
    if (!file_get_index(index_of(gen_node(f->inode)), &file))
        return -EIO;
    return file_seek_sized(f, off, whence, file.size);
}

static const struct file_ops raw_ops = {.read = raw_read, .seek = raw_seek, .seekable = true};

static int raw_find(struct gen_node *dir, const char *name, size_t len, struct gen_node *fresh)
{
    static const struct gen_entry entries[] = {
        {.name = "raw", .mode = S_IFREG | 0400, .ops = &raw_ops},
        {.name = "name", .mode = TEXT, .show = show_name},
        {.name = "size", .mode = TEXT, .show = show_size},
    };
    for (size_t k = 0; k < ARRAY_SIZE(entries); k++)
        if (strlen(entries[k].name) == len && memcmp(entries[k].name, name, len) == 0) {
            fresh->entry = &entries[k];
            fresh->number = dir->number;
            return 0;
        }
    return -ENOENT;
}

static bool raw_next(struct gen_node *dir, uint64_t *number, char *name, size_t size)
{
    static const char *const names[] = {"raw", "name", "size"};
    (void)dir;
    if (*number >= ARRAY_SIZE(names))
        return false;
    strlcpy(name, names[*number], size);
    return true;
}

static int by_name_find(struct gen_node *dir, const char *name, size_t len, struct gen_node *fresh);
static bool by_name_next(struct gen_node *dir, uint64_t *number, char *name, size_t size);

static const struct gen_entry file_directory = {
    .mode = DIR, .find = raw_find, .next = raw_next, .next_type = DT_REG};
static const struct gen_entry name_directory = {
    .mode = DIR, .find = by_name_find, .next = by_name_next, .next_type = DT_DIR};

/* Does `f` lie below the node; then *rest is its name behind the node's part. */
static bool lies_below(const struct gen_node *dir, const struct firmware_file *f, const char **rest)
{
    struct firmware_file own;
    size_t prefix = dir->number & 0xff;
    if (prefix && (!file_get_index(index_of(dir), &own) ||
                   strncmp(own.name, f->name, prefix) != 0 || f->name[prefix] != '/'))
        return false;
    *rest = f->name + prefix + (prefix ? 1 : 0);
    return true;
}

static size_t component_length(const char *s)
{
    const char *slash = strchr(s, '/');
    return slash ? (size_t)(slash - s) : strlen(s);
}

/* The first firmware file below the node whose next component is `name`, or -1. */
static int find_component(const struct gen_node *dir, const char *name, size_t len,
                          struct firmware_file *f, const char **rest)
{
    for (unsigned k = 0; file_get_index(k, f); k++)
        if (lies_below(dir, f, rest) && component_length(*rest) == len &&
            memcmp(*rest, name, len) == 0)
            return (int)k;
    return -1;
}

static int by_name_find(struct gen_node *dir, const char *name, size_t len, struct gen_node *fresh)
{
    struct firmware_file f;
    const char *rest;
    int index = find_component(dir, name, len, &f, &rest);
    if (index < 0)
        return -ENOENT;
    fresh->entry = rest[len] ? &name_directory : &file_directory;
    fresh->number = pack((unsigned)index, (size_t)(rest + len - f.name));
    return 0;
}

static bool by_name_next(struct gen_node *dir, uint64_t *number, char *name, size_t size)
{
    struct firmware_file f, first;
    const char *rest, *unused;
    for (; file_get_index((unsigned)*number, &f); ++*number) {
        if (!lies_below(dir, &f, &rest))
            continue;
        size_t len = component_length(rest);
        if (find_component(dir, rest, len, &first, &unused) != (int)*number)
            continue; // an earlier file stands for this name
        strlcpy(name, rest, MIN(size, len + 1));
        return true;
    }
    return false;
}

// --- the tree ------------------------------------------------------------------------------------

static const struct gen_entry cpu_entries[] = {
    {.name = "online", .mode = TEXT, .show = show_cpu_range},
    {.name = "possible", .mode = TEXT, .show = show_cpu_range},
    {.name = "present", .mode = TEXT, .show = show_cpu_range},
    {0},
};
static const struct gen_entry system_entries[] = {
    {.name = "cpu",
     .mode = DIR,
     .children = cpu_entries,
     .find = cpu_find,
     .next = cpu_next,
     .next_type = DT_DIR},
    {0},
};
static const struct gen_entry device_entries[] = {
    {.name = "system", .mode = DIR, .children = system_entries}, {0}};
static const struct gen_entry fw_cfg_entries[] = {
    {.name = "by_name",
     .mode = DIR,
     .find = by_name_find,
     .next = by_name_next,
     .next_type = DT_DIR},
    {0},
};
static const struct gen_entry firmware_entries[] = {
    {.name = "qemu_fw_cfg", .mode = DIR, .children = fw_cfg_entries}, {0}};
static const struct gen_entry root_entries[] = {
    {.name = "devices", .mode = DIR, .children = device_entries},
    {.name = "firmware", .mode = DIR, .children = firmware_entries},
    {.name = "kernel", .mode = DIR},
    {0},
};
static const struct gen_entry root_directory = {.mode = DIR, .children = root_entries};

static struct filesystem *make_sysfs(const char *source)
{
    return genfs_create("sysfs", source, SYSFS_MAGIC, &root_directory);
}

static struct filesystem_type sysfs_type = {.name = "sysfs", .no_device = true, .make = make_sysfs};

void sysfs_init(void)
{
    filesystem_register(&sysfs_type);
    struct filesystem *fs = make_sysfs("sysfs");
    if (!fs || mount_add(fs, "/sys") < 0)
        log_error("cannot mount /sys");
}
