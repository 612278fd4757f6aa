// SPDX-License-Identifier: ISC
/* The registry of character devices: a list by number, and their nodes below /dev. */
#include "fs/chrdev.h"

#include "abi/errno.h"
#include "fs/devfs.h"
#include "fs/inode.h"
#include "x86/spinlock.h"

static struct spinlock chrdev_lock = SPINLOCK("character devices");
static struct chrdev *devices; // [chrdev_lock] devices are never taken away

void chrdev_register(struct chrdev *d)
{
    spin_lock(&chrdev_lock);
    struct chrdev **end = &devices;
    while (*end)
        end = &(*end)->next;
    *end = d;
    spin_unlock(&chrdev_lock);
    devfs_add_node(d);
}

struct chrdev *chrdev_next(struct chrdev *after)
{
    spin_lock(&chrdev_lock);
    struct chrdev *d = after ? after->next : devices;
    spin_unlock(&chrdev_lock);
    return d;
}

int chrdev_open(struct inode *i, struct file *f)
{
    struct chrdev *d = chrdev_next(NULL);
    while (d && ABI_MAKEDEV(d->major, d->minor) != i->rdev)
        d = chrdev_next(d);
    if (!d)
        return -ENXIO;
    f->ops = d->ops;
    f->data = d->data;
    return d->open ? d->open(d, f) : 0;
}
