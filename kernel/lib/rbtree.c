// SPDX-License-Identifier: ISC
/*
 * Red-black tree after Cormen, Leiserson, Rivest, Stein, "Introduction to Algorithms", ch. 13:
 *   1. a red node has no red child;
 *   2. every path from a node down to a missing child meets the same number of black nodes.
 * A new node is red, so insertion can only break rule 1; taking a black node out can only break
 * rule 2. Both are repaired on the way up with at most three rotations.
 * Missing children are NULL and count as black.
 */
#include "lib/rbtree.h"

#define BLACK 1ul

static struct rbnode *parent_of(const struct rbnode *n)
{
    return (struct rbnode *)(n->parent_color & ~BLACK);
}

static bool is_black(const struct rbnode *n)
{
    return !n || (n->parent_color & BLACK);
}

static void set_parent(struct rbnode *n, struct rbnode *parent)
{
    n->parent_color = (uintptr_t)parent | (n->parent_color & BLACK);
}

static void set_black(struct rbnode *n)
{
    n->parent_color |= BLACK;
}

static void set_red(struct rbnode *n)
{
    n->parent_color &= ~BLACK;
}

/* Puts `to` (may be NULL) where `from` hangs under `parent`. */
static void replace_child(struct rbtree *t, struct rbnode *parent, struct rbnode *from,
                          struct rbnode *to)
{
    if (!parent)
        t->root = to;
    else if (parent->left == from)
        parent->left = to;
    else
        parent->right = to;
    if (to)
        set_parent(to, parent);
}

static struct rbnode **child_slot(struct rbnode *n, bool left)
{
    return left ? &n->left : &n->right;
}

/* Turns n down to its `left` (or right) side; its other child takes its place. */
static void rotate(struct rbtree *t, struct rbnode *n, bool left)
{
    struct rbnode *up = *child_slot(n, !left);
    struct rbnode *middle = *child_slot(up, left);

    replace_child(t, parent_of(n), n, up);
    *child_slot(n, !left) = middle;
    if (middle)
        set_parent(middle, n);
    *child_slot(up, left) = n;
    set_parent(n, up);
}

void rb_insert(struct rbtree *t, struct rbnode *node, struct rbnode *parent, struct rbnode **link)
{
    node->left = node->right = NULL;
    node->parent_color = (uintptr_t)parent; // red
    *link = node;

    while (parent && !is_black(parent)) {
        struct rbnode *grand = parent_of(parent); // exists: the root is black
        bool left = grand->left == parent;
        struct rbnode *uncle = *child_slot(grand, !left);
        if (!is_black(uncle)) {
            set_black(parent);
            set_black(uncle);
            set_red(grand);
            node = grand;
            parent = parent_of(node);
            continue;
        }
        if (node == *child_slot(parent, !left)) {
            rotate(t, parent, left);
            parent = node;
        }
        set_black(parent);
        set_red(grand);
        rotate(t, grand, !left);
        break;
    }
    set_black(t->root);
}

/* The paths through n (may be NULL), a child of parent, lack one black node. */
static void repair_removal(struct rbtree *t, struct rbnode *n, struct rbnode *parent)
{
    while (parent && is_black(n)) {
        bool left = parent->left == n;
        struct rbnode *sibling = *child_slot(parent, !left); // exists, or rule 2 was broken before
        if (!is_black(sibling)) {
            set_black(sibling);
            set_red(parent);
            rotate(t, parent, left);
            sibling = *child_slot(parent, !left);
        }
        struct rbnode *near = *child_slot(sibling, left), *far = *child_slot(sibling, !left);
        if (is_black(near) && is_black(far)) {
            set_red(sibling);
            n = parent;
            parent = parent_of(n);
            continue;
        }
        if (is_black(far)) {
            set_black(near);
            set_red(sibling);
            rotate(t, sibling, !left);
            far = sibling;
            sibling = near;
        }
        sibling->parent_color = (sibling->parent_color & ~BLACK) | (parent->parent_color & BLACK);
        set_black(parent);
        set_black(far);
        rotate(t, parent, left);
        return;
    }
    if (n)
        set_black(n);
}

void rb_remove(struct rbtree *t, struct rbnode *node)
{
    struct rbnode *child, *parent;
    bool lost_black;

    if (!node->left || !node->right) {
        child = node->left ? node->left : node->right;
        parent = parent_of(node);
        lost_black = is_black(node);
        replace_child(t, parent, node, child);
    } else {
        // The successor takes the node's place and colour; what is missing is where it came from.
        struct rbnode *next = node->right;
        while (next->left)
            next = next->left;
        child = next->right;
        parent = parent_of(next);
        lost_black = is_black(next);
        if (parent == node) {
            parent = next;
        } else {
            replace_child(t, parent, next, child);
            next->right = node->right;
            set_parent(next->right, next);
        }
        next->left = node->left;
        set_parent(next->left, next);
        next->parent_color = (next->parent_color & ~BLACK) | (node->parent_color & BLACK);
        replace_child(t, parent_of(node), node, next);
    }
    if (lost_black)
        repair_removal(t, child, parent);
}

struct rbnode *rb_first(const struct rbtree *t)
{
    struct rbnode *n = t->root;

    while (n && n->left)
        n = n->left;
    return n;
}

struct rbnode *rb_last(const struct rbtree *t)
{
    struct rbnode *n = t->root;

    while (n && n->right)
        n = n->right;
    return n;
}

struct rbnode *rb_next(const struct rbnode *node)
{
    if (node->right) {
        struct rbnode *n = node->right;
        while (n->left)
            n = n->left;
        return n;
    }
    struct rbnode *up = parent_of(node);
    while (up && node == up->right) {
        node = up;
        up = parent_of(up);
    }
    return up;
}

struct rbnode *rb_prev(const struct rbnode *node)
{
    if (node->left) {
        struct rbnode *n = node->left;
        while (n->right)
            n = n->right;
        return n;
    }
    struct rbnode *up = parent_of(node);
    while (up && node == up->left) {
        node = up;
        up = parent_of(up);
    }
    return up;
}
