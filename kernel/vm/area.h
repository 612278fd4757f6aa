// SPDX-License-Identifier: ISC
/* Areas inside vm/: the tree, splitting, joining. All need space->lock. */
#pragma once

#include "vm/space.h"

struct area *area_alloc(void); // not linked; NULL without memory
/* Copies the describing fields and takes references to object and file. */
void area_copy(struct area *to, const struct area *from);
void area_free(struct area *a); // not linked; drops its references; may sleep
void area_link(struct space *s, struct area *a);
void area_unlink(struct space *s, struct area *a);
/* First area whose end lies above addr, or NULL. */
struct area *area_at_or_above(struct space *s, uaddr_t addr);
struct area *area_prev(struct area *a);
/* Cuts a at addr (inside it): `spare` becomes the upper part. */
void area_split(struct space *s, struct area *a, uaddr_t addr, struct area *spare);
/* Joins a with its neighbours where nothing tells them apart; returns the area that remains. */
struct area *area_join(struct space *s, struct area *a);
/* Up to two areas for the splits at both ends of a range. */
struct area_spares {
    struct area *area[2];
};
bool area_spares_get(struct area_spares *sp);
void area_spares_put(struct area_spares *sp);
/* Makes `start` and `end` borders of areas; uses spares. */
void area_cut(struct space *s, uaddr_t start, uaddr_t end, struct area_spares *sp);
/* Cuts and removes all areas of the range, pages included. 0 or -ENOMEM (nothing changed). */
int area_remove_range(struct space *s, uaddr_t start, uaddr_t end);
/* True when areas cover the range without a hole. */
bool area_range_is_mapped(struct space *s, uaddr_t start, uaddr_t end);

/* The fault's work with s->lock held; see space_fault. */
int fault_locked(struct space *s, uaddr_t addr, bool write, bool exec);
