// SPDX-License-Identifier: ISC
/*
 * A balanced search tree (red-black). The caller walks down and links the new node itself, so that
 * the order stays in the caller's words; the tree only rebalances. No lock: the owner's guards it.
 */
#pragma once

#include "lib/base.h"

struct rbnode {
    uintptr_t parent_color; // parent pointer; bit 0: 1 = black
    struct rbnode *left, *right;
};

struct rbtree {
    struct rbnode *root;
};

/* Links `node` under `parent` at `*link` (a child slot of parent, or &tree->root) and rebalances. */
void rb_insert(struct rbtree *t, struct rbnode *node, struct rbnode *parent, struct rbnode **link);
void rb_remove(struct rbtree *t, struct rbnode *node);
struct rbnode *rb_first(const struct rbtree *t);
struct rbnode *rb_last(const struct rbtree *t);
struct rbnode *rb_next(const struct rbnode *node); // NULL after the last
struct rbnode *rb_prev(const struct rbnode *node);

#define rb_entry(node, type, member) container_of(node, type, member)
