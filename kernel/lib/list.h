// SPDX-License-Identifier: ISC
/*
 * Doubly linked ring lists. The head is a node itself; a node that is in no list points to itself
 * or is not initialised. No lock: the owner's lock guards the list.
 */
#pragma once

#include "lib/base.h"

struct list {
    struct list *next, *prev;
};

#define LIST_INIT(name) {&(name), &(name)}

static inline void list_init(struct list *l)
{
    l->next = l->prev = l;
}

static inline bool list_empty(const struct list *l)
{
    return l->next == l;
}

static inline void list_insert_between(struct list *node, struct list *prev, struct list *next)
{
    node->prev = prev;
    node->next = next;
    prev->next = node;
    next->prev = node;
}

static inline void list_push_front(struct list *head, struct list *node)
{
    list_insert_between(node, head, head->next);
}

static inline void list_push_back(struct list *head, struct list *node)
{
    list_insert_between(node, head->prev, head);
}

/* Takes the node out and leaves it pointing to itself, so that a second removal is harmless. */
static inline void list_remove(struct list *node)
{
    node->prev->next = node->next;
    node->next->prev = node->prev;
    list_init(node);
}

/* Moves every node of `from` to the end of `to`; `from` is empty afterwards. */
static inline void list_splice_back(struct list *to, struct list *from)
{
    if (list_empty(from))
        return;
    from->next->prev = to->prev;
    from->prev->next = to;
    to->prev->next = from->next;
    to->prev = from->prev;
    list_init(from);
}

#define list_entry(node, type, member) container_of(node, type, member)
#define list_first(head, type, member) list_entry((head)->next, type, member)
#define list_last(head, type, member)  list_entry((head)->prev, type, member)

#define list_for_each(var, head, member)                                                           \
    for ((var) = list_first(head, typeof(*(var)), member); &(var)->member != (head);               \
         (var) = list_entry((var)->member.next, typeof(*(var)), member))

/* As above, but the body may remove the node it is at. */
#define list_for_each_safe(var, head, member)                                                      \
    for (typeof(*(var)) *_next = ((var) = list_first(head, typeof(*(var)), member),                \
                                 list_entry((var)->member.next, typeof(*(var)), member));          \
         &(var)->member != (head);                                                                 \
         (var) = _next, _next = list_entry((var)->member.next, typeof(*(var)), member))
