// SPDX-License-Identifier: ISC
/*
 * Character devices by number. A driver registers once, at start-up, before or after /dev exists;
 * the node /dev/NAME is made by itself. Opening any node with that number gives the driver's file.
 */
#pragma once

#include "fs/file.h"
#include "lib/base.h"

struct chrdev {
    const char *name; // below /dev
    unsigned major, minor;
    uint32_t mode; // permission bits
    const struct file_ops *ops;
    void *data; // becomes file->data
    /* Completes an open: may set f->ops and f->data, may refuse (-ENXIO). NULL: nothing to do. */
    int (*open)(struct chrdev *d, struct file *f);
    struct chrdev *next;
};

void chrdev_register(struct chrdev *d);           // lives for ever
int chrdev_open(struct inode *i, struct file *f); // by i->rdev; -ENXIO
struct chrdev *chrdev_next(struct chrdev *after); // NULL: the first; NULL at the end
