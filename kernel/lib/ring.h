// SPDX-License-Identifier: ISC
/*
 * The one ring buffer of bytes. `head` and `tail` run freely and are reduced on access; size is a
 * power of two. No lock: the owner's guards it.
 */
#pragma once

#include "lib/base.h"

struct ring {
    uint8_t *data;
    uint32_t size; // power of two
    uint32_t head; // next byte to be written
    uint32_t tail; // next byte to be read
};

static inline uint32_t ring_used(const struct ring *r)
{
    return r->head - r->tail;
}

static inline uint32_t ring_free(const struct ring *r)
{
    return r->size - ring_used(r);
}

/* Contiguous space behind head (ring_write_space) or bytes behind tail (ring_read_space). */
static inline uint8_t *ring_write_space(struct ring *r, uint32_t *len)
{
    uint32_t at = r->head & (r->size - 1);
    *len = MIN(ring_free(r), r->size - at);
    return r->data + at;
}

static inline uint8_t *ring_read_space(struct ring *r, uint32_t *len)
{
    uint32_t at = r->tail & (r->size - 1);
    *len = MIN(ring_used(r), r->size - at);
    return r->data + at;
}

size_t ring_write(struct ring *r, const void *src, size_t len); // returns bytes taken
size_t ring_read(struct ring *r, void *dst, size_t len);        // returns bytes given
