// SPDX-License-Identifier: ISC
/* Growing texts. Running out of memory is remembered and reported once, by whoever reads. */
#include "fs/text.h"

#include "lib/printf.h"
#include "lib/string.h"
#include "mm/heap.h"

#define FIRST_SIZE 512u

static bool make_room(struct text *t, size_t more)
{
    if (t->len + more <= t->size)
        return true;
    size_t size = MAX(t->size, (size_t)FIRST_SIZE);
    while (size < t->len + more)
        size *= 2;
    char *fresh = t->failed ? NULL : kmalloc(size);
    if (!fresh) {
        t->failed = true;
        return false;
    }
    memcpy(fresh, t->data, t->len);
    kfree(t->data);
    t->data = fresh;
    t->size = size;
    return true;
}

void text_add(struct text *t, const char *s, size_t len)
{
    if (!make_room(t, len))
        return;
    memcpy(t->data + t->len, s, len);
    t->len += len;
}

void text_printf(struct text *t, const char *fmt, ...)
{
    va_list ap;
    va_start(ap, fmt);
    size_t room = t->size - t->len;
    size_t want = (size_t)vsnprintf(t->data ? t->data + t->len : NULL, room, fmt, ap);
    va_end(ap);
    if (want >= room) { // the 0 at the end needs a byte too
        if (!make_room(t, want + 1))
            return;
        va_start(ap, fmt);
        vsnprintf(t->data + t->len, want + 1, fmt, ap);
        va_end(ap);
    }
    t->len += want;
}

void text_add_escaped(struct text *t, const char *s, const char *escape)
{
    for (; *s; s++) {
        if (strchr(escape, *s))
            text_printf(t, "\\%03o", (uint8_t)*s);
        else
            text_add(t, s, 1);
    }
}

void text_clear(struct text *t)
{
    t->len = 0;
    t->failed = false;
}

void text_free(struct text *t)
{
    kfree(t->data);
    *t = (struct text){0};
}
