// SPDX-License-Identifier: ISC
/*
 * A radix tree from page number to pointer: 64 slots a node, as deep as the largest index needs.
 * It holds the frames of a memory object. No lock: the owner's guards it.
 */
#pragma once

#include "lib/base.h"

struct pagetree {
    void *root;
    unsigned height; // levels; 0 = empty
    size_t count;    // slots in use
};

void *pagetree_get(const struct pagetree *t, uint64_t index); // NULL when empty
int pagetree_set(struct pagetree *t, uint64_t index, void *value); // 0 or -ENOMEM; value not NULL
void *pagetree_remove(struct pagetree *t, uint64_t index); // what was there, or NULL
/* First entry at or behind *index: returns it and sets *index, or NULL. */
void *pagetree_next(const struct pagetree *t, uint64_t *index);
