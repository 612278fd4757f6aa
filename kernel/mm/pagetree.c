// SPDX-License-Identifier: ISC
/* The radix tree of mm/pagetree.h. A node goes when its last slot is emptied. */
#include "mm/pagetree.h"
#include "abi/errno.h"
#include "lib/log.h"
#include "mm/heap.h"

#define BITS  6
#define SLOTS (1u << BITS)

struct node {
    unsigned used;
    void *slot[SLOTS];
};
static SLAB_CACHE(node_cache, struct node);

static unsigned slot_of(uint64_t index, unsigned level)
{
    return index >> (level * BITS) & (SLOTS - 1);
}

static bool index_fits(const struct pagetree *t, uint64_t index)
{
    return t->height * BITS >= 64 || index >> (t->height * BITS) == 0;
}

void *pagetree_get(const struct pagetree *t, uint64_t index)
{
    if (!t->height || !index_fits(t, index))
        return NULL;
    void *p = t->root;
    for (unsigned level = t->height; p && level-- > 0;)
        p = ((struct node *)p)->slot[slot_of(index, level)];
    return p;
}

/* Adds levels above the root until `index` fits; an empty tree gets the right height at once. */
static bool grow(struct pagetree *t, uint64_t index)
{
    if (!t->root)
        t->height = 1;
    while (!index_fits(t, index)) {
        if (t->root) {
            struct node *n = slab_zalloc(&node_cache);
            if (!n)
                return false;
            n->slot[0] = t->root;
            n->used = 1;
            t->root = n;
        }
        t->height++;
    }
    if (!t->root && !(t->root = slab_zalloc(&node_cache)))
        t->height = 0;
    return t->root;
}

/* Frees the nodes on the way to `index` that hold nothing; shrinks an empty tree to nothing. */
static void prune(struct pagetree *t, uint64_t index)
{
    struct node *path[12];
    struct node *n = t->root;
    for (unsigned level = t->height; n && level-- > 0;) {
        path[level] = n;
        n = n->used && level ? n->slot[slot_of(index, level)] : NULL;
        if (n)
            continue;
        for (; level < t->height && !path[level]->used; level++) {
            slab_free(&node_cache, path[level]);
            if (level + 1 == t->height) {
                t->root = NULL;
                t->height = 0;
                return;
            }
            path[level + 1]->slot[slot_of(index, level + 1)] = NULL;
            path[level + 1]->used--;
        }
        return;
    }
}

int pagetree_set(struct pagetree *t, uint64_t index, void *value)
{
    assert(value);
    if (!grow(t, index))
        return -ENOMEM;
    struct node *n = t->root;
    for (unsigned level = t->height - 1; level > 0; level--) {
        void **slot = &n->slot[slot_of(index, level)];
        if (!*slot) {
            if (!(*slot = slab_zalloc(&node_cache))) {
                prune(t, index);
                return -ENOMEM;
            }
            n->used++;
        }
        n = *slot;
    }
    void **slot = &n->slot[slot_of(index, 0)];
    if (!*slot) {
        n->used++;
        t->count++;
    }
    *slot = value;
    return 0;
}

void *pagetree_remove(struct pagetree *t, uint64_t index)
{
    void *value = pagetree_get(t, index);
    if (!value)
        return NULL;
    struct node *n = t->root;
    for (unsigned level = t->height - 1; level > 0; level--)
        n = n->slot[slot_of(index, level)];
    n->slot[slot_of(index, 0)] = NULL;
    n->used--;
    t->count--;
    prune(t, index);
    return value;
}

static void *next_in(struct node *n, unsigned level, uint64_t *index)
{
    uint64_t span = 1ul << (level * BITS), base = *index & ~(span - 1);
    for (unsigned i = slot_of(*index, level); i < SLOTS; i++) {
        void *p = n->slot[i];
        if (p && level)
            p = next_in(p, level - 1, index);
        if (p)
            return p;
        *index = base += span; // the start of the next slot
    }
    return NULL;
}

void *pagetree_next(const struct pagetree *t, uint64_t *index)
{
    if (!t->height || !index_fits(t, *index))
        return NULL;
    return next_in(t->root, t->height - 1, index);
}
