// SPDX-License-Identifier: ISC
/*
 * The list of mounted file systems and of the kinds that can be mounted. A mount covers a directory
 * of another file system; the covered directory stays referenced.
 *
 * A file system once mounted stays: umount(2) answers -EBUSY, so no walk can meet one that goes
 * away.
 */
#include "abi/errno.h"
#include "fs/inode.h"
#include "fs/path.h"
#include "lib/string.h"
#include "mm/heap.h"

struct filesystem *mount_root;

static struct spinlock mount_lock = SPINLOCK("mounts");
static struct filesystem *mounts;     // [mount_lock] in the order of mounting
static struct filesystem_type *types; // [mount_lock]
static _Atomic uint64_t next_dev = 0x10;

struct filesystem *filesystem_create(const char *type, const char *source, uint32_t magic)
{
    struct filesystem *fs = kzalloc(sizeof(*fs));
    if (!fs)
        return NULL;
    fs->type = type;
    fs->source = kstrdup(source);
    if (!fs->source) {
        kfree(fs);
        return NULL;
    }
    fs->magic = magic;
    fs->dev = atomic_fetch_add(&next_dev, 1);
    atomic_init(&fs->next_ino, 1);
    mutex_init(&fs->rename_lock, "rename");
    return fs;
}

void filesystem_destroy(struct filesystem *fs)
{
    kfree((char *)fs->source);
    kfree(fs);
}

struct filesystem *mount_next(struct filesystem *after)
{
    spin_lock(&mount_lock);
    struct filesystem *fs = after ? after->next : mounts;
    spin_unlock(&mount_lock);
    return fs;
}

/* Appends it to the list. */
static void publish(struct filesystem *fs)
{
    spin_lock(&mount_lock);
    struct filesystem **end = &mounts;
    while (*end)
        end = &(*end)->next;
    *end = fs;
    spin_unlock(&mount_lock);
}

int mount_add(struct filesystem *fs, const char *where)
{
    if (!mount_root) {
        strlcpy(fs->mount_point, "/", sizeof(fs->mount_point));
        mount_root = fs;
        publish(fs);
        return 0;
    }
    struct inode *dir;
    int err = path_lookup(AT_FDCWD, where, LOOKUP_FOLLOW | LOOKUP_DIRECTORY, &dir);
    if (err < 0)
        return err;
    ssize_t len = inode_directory_path(dir, fs->mount_point, sizeof(fs->mount_point));
    spin_lock(&inode_tree_lock);
    if (len < 0)
        err = len == -ERANGE ? -ENAMETOOLONG : (int)len;
    else if (!dir->parent && dir->fs->covers == NULL)
        err = -EBUSY; // the root itself
    else {
        dir->mounted = fs;
        fs->covers = dir; // keeps the reference
    }
    spin_unlock(&inode_tree_lock);
    if (err < 0) {
        inode_put(dir);
        return err;
    }
    publish(fs);
    return 0;
}

void filesystem_register(struct filesystem_type *t)
{
    spin_lock(&mount_lock);
    struct filesystem_type **end = &types;
    while (*end)
        end = &(*end)->next;
    *end = t;
    spin_unlock(&mount_lock);
}

struct filesystem_type *filesystem_type_next(struct filesystem_type *after)
{
    spin_lock(&mount_lock);
    struct filesystem_type *t = after ? after->next : types;
    spin_unlock(&mount_lock);
    return t;
}
