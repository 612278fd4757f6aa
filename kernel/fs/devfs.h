// SPDX-License-Identifier: ISC
/* /dev: a memory file system with a node for each registered character device. */
#pragma once

#include "fs/chrdev.h"

void devfs_init(void);                 // mounts /dev, /dev/shm and fills them
void devfs_add_node(struct chrdev *d); // nothing to do before devfs_init
