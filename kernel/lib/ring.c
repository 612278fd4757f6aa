// SPDX-License-Identifier: ISC
/* Copies in and out of a ring: at most two contiguous pieces each. */
#include "lib/ring.h"
#include "lib/string.h"

size_t ring_write(struct ring *r, const void *src, size_t len)
{
    const uint8_t *s = src;
    size_t done = 0;
    uint32_t space;

    while (done < len) {
        uint8_t *to = ring_write_space(r, &space);
        if (!space)
            break;
        uint32_t n = MIN((size_t)space, len - done);
        memcpy(to, s + done, n);
        r->head += n;
        done += n;
    }
    return done;
}

size_t ring_read(struct ring *r, void *dst, size_t len)
{
    uint8_t *d = dst;
    size_t done = 0;
    uint32_t held;

    while (done < len) {
        const uint8_t *from = ring_read_space(r, &held);
        if (!held)
            break;
        uint32_t n = MIN((size_t)held, len - done);
        memcpy(d + done, from, n);
        r->tail += n;
        done += n;
    }
    return done;
}
