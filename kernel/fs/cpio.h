// SPDX-License-Identifier: ISC
/* Unpacks a cpio archive of the "newc" kind (cpio(5)) over the file tree. */
#pragma once

#include "lib/base.h"

/* Where an archive comes from, read from front to back. */
struct cpio_source {
    int (*read)(struct cpio_source *s, uint64_t offset, void *buf,
                size_t n); // all n bytes, or -errno
    uint64_t size;
    const void *memory; // or:
    uint32_t key;       // whatever the source needs
};

struct cpio_result {
    size_t entries;
    uint64_t bytes; // of file contents
};

/* 0, -EINVAL (not an archive, or cut short), or what making the first failing entry gave. */
int cpio_unpack(struct cpio_source *s, struct cpio_result *result);
