// SPDX-License-Identifier: ISC
/*
 * /dev, and the devices that are pure software: null, zero, full, random, urandom, kmsg. Numbers as
 * in Linux's admin-guide/devices.txt. Terminals are registered by fs/tty.c.
 */
#include "fs/devfs.h"

#include "abi/errno.h"
#include "fs/memfs.h"
#include "fs/path.h"
#include "lib/log.h"
#include "lib/string.h"
#include "mm/frame.h"
#include "mm/heap.h"
#include "sched/sched.h"
#include "x86/uaccess.h"

static struct filesystem *devfs;

// --- null, zero, full ----------------------------------------------------------------------------

static ssize_t null_read(struct file *f, uaddr_t buf, size_t n, uint64_t *pos)
{
    (void)f, (void)buf, (void)n, (void)pos;
    return 0;
}

static ssize_t null_write(struct file *f, uaddr_t buf, size_t n, uint64_t *pos)
{
    (void)f, (void)buf, (void)pos;
    return (ssize_t)n;
}

static ssize_t full_write(struct file *f, uaddr_t buf, size_t n, uint64_t *pos)
{
    (void)f, (void)buf, (void)n, (void)pos;
    return -ENOSPC;
}

static ssize_t zero_read(struct file *f, uaddr_t buf, size_t n, uint64_t *pos)
{
    (void)f, (void)pos;
    size_t done = 0;
    while (done < n) {
        size_t part = MIN(n - done, 16 * PAGE_SIZE);
        if (clear_user(buf + done, part) < 0)
            return done ? (ssize_t)done : -EFAULT;
        done += part;
        if (current->work)
            break; // a signal or another thread's turn: a short read is allowed
    }
    return (ssize_t)done;
}

/* lseek on these answers 0 and means nothing, as on Linux. */
static off_t null_seek(struct file *f, off_t off, int whence)
{
    (void)off, (void)whence;
    return (off_t)(f->pos = 0);
}

/* A private mapping of /dev/zero is anonymous memory, a shared one a fresh object. */
static int zero_map(struct file *f, struct map_request *r)
{
    (void)f;
    r->offset = 0;
    r->object = NULL;
    return 0;
}

static const struct file_ops null_ops = {
    .read = null_read, .write = null_write, .seek = null_seek, .seekable = true};
static const struct file_ops zero_ops = {
    .read = zero_read, .write = null_write, .seek = null_seek, .map = zero_map, .seekable = true};
static const struct file_ops full_ops = {
    .read = zero_read, .write = full_write, .seek = null_seek, .seekable = true};

// --- random --------------------------------------------------------------------------------------

static ssize_t random_read(struct file *f, uaddr_t buf, size_t n, uint64_t *pos)
{
    (void)f, (void)pos;
    size_t done = 0;
    while (done < n) {
        uint64_t chunk[32];
        for (size_t k = 0; k < ARRAY_SIZE(chunk); k++)
            chunk[k] = cpu_random();
        size_t part = MIN(n - done, sizeof(chunk));
        size_t left = copy_to_user_partial(buf + done, chunk, part);
        done += part - left;
        if (left)
            return done ? (ssize_t)done : -EFAULT;
        if (current->work && done >= 256)
            break;
    }
    return (ssize_t)done;
}

/* Linux's random devices say -EINVAL to requests they do not know. */
static long random_ioctl(struct file *f, unsigned cmd, uaddr_t arg)
{
    (void)f, (void)cmd, (void)arg;
    return -EINVAL;
}

static const struct file_ops random_ops = {.read = random_read,
                                           .write = null_write,
                                           .seek = null_seek,
                                           .ioctl = random_ioctl,
                                           .seekable = true};

// --- kmsg ----------------------------------------------------------------------------------------

/* Reading gives the log as text from f->pos, the ring's cursor; 0 at its end. */
static ssize_t kmsg_read(struct file *f, uaddr_t buf, size_t n, uint64_t *pos)
{
    (void)f;
    char text[512];
    size_t len = log_read(pos, text, MIN(n, sizeof(text)));
    return copy_to_user(buf, text, len) < 0 ? -EFAULT : (ssize_t)len;
}

/* Each write is one line; a "<N>" in front is its syslog level. */
static ssize_t kmsg_write(struct file *f, uaddr_t buf, size_t n, uint64_t *pos)
{
    (void)f, (void)pos;
    static const enum log_level levels[8] = {LOG_ERROR, LOG_ERROR, LOG_ERROR, LOG_ERROR,
                                             LOG_WARN,  LOG_INFO,  LOG_INFO,  LOG_DEBUG};
    char text[1024];
    size_t len = MIN(n, sizeof(text));
    if (copy_from_user(text, buf, len) < 0)
        return -EFAULT;
    enum log_level level = LOG_INFO;
    char *line = text;
    if (len >= 3 && line[0] == '<' && line[1] >= '0' && line[1] <= '7' && line[2] == '>') {
        level = levels[line[1] - '0'];
        line += 3;
        len -= 3;
    }
    while (len && line[len - 1] == '\n')
        len--;
    log_raw(level, line, len);
    return (ssize_t)n;
}

static const struct file_ops kmsg_ops = {.read = kmsg_read, .write = kmsg_write};

// --- the tree ------------------------------------------------------------------------------------

static struct chrdev software_devices[] = {
    {.name = "null", .major = 1, .minor = 3, .mode = 0666, .ops = &null_ops},
    {.name = "zero", .major = 1, .minor = 5, .mode = 0666, .ops = &zero_ops},
    {.name = "full", .major = 1, .minor = 7, .mode = 0666, .ops = &full_ops},
    {.name = "random", .major = 1, .minor = 8, .mode = 0666, .ops = &random_ops},
    {.name = "urandom", .major = 1, .minor = 9, .mode = 0666, .ops = &random_ops},
    {.name = "kmsg", .major = 1, .minor = 11, .mode = 0644, .ops = &kmsg_ops},
};

void devfs_add_node(struct chrdev *d)
{
    if (!devfs)
        return;
    struct inode *node = NULL;
    mutex_lock(&devfs->root->lock);
    int err = memfs_create_entry(devfs->root, d->name, strlen(d->name), S_IFCHR | d->mode,
                                 ABI_MAKEDEV(d->major, d->minor), &node);
    mutex_unlock(&devfs->root->lock);
    inode_put(node);
    if (err < 0)
        log_error("/dev/%s: error %d", d->name, -err);
}

static void add_directory(const char *path, uint32_t mode)
{
    int err = path_mkdir(AT_FDCWD, path, mode);
    if (err < 0 && err != -EEXIST)
        log_error("%s: error %d", path, -err);
}

void devfs_init(void)
{
    static const char *const links[][2] = {
        {"/proc/self/fd", "/dev/fd"},
        {"/proc/self/fd/0", "/dev/stdin"},
        {"/proc/self/fd/1", "/dev/stdout"},
        {"/proc/self/fd/2", "/dev/stderr"},
    };
    for (size_t k = 0; k < ARRAY_SIZE(software_devices); k++)
        chrdev_register(&software_devices[k]);
    add_directory("/dev", 0755);
    struct filesystem *fs = memfs_create("devtmpfs", "dev", 0755);
    if (!fs || mount_add(fs, "/dev") < 0)
        panic("cannot mount /dev");
    devfs = fs;
    for (struct chrdev *d = chrdev_next(NULL); d; d = chrdev_next(d))
        devfs_add_node(d);
    for (size_t k = 0; k < ARRAY_SIZE(links); k++)
        path_symlink(links[k][0], AT_FDCWD, links[k][1]);
    add_directory("/dev/shm", 01777);
    add_directory("/dev/pts", 0755);
    struct filesystem *shm = memfs_create("tmpfs", "tmpfs", 01777);
    if (!shm || mount_add(shm, "/dev/shm") < 0)
        log_error("cannot mount /dev/shm");
}
