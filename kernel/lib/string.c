// SPDX-License-Identifier: ISC
/*
 * Memory and string helpers. Eight bytes a move, four moves a round, no `rep`: under emulation each
 * iteration of a string instruction costs as much as a move, and on hardware this is fast enough.
 * The compiler itself calls memcpy, memmove, memset and memcmp.
 */
#include "lib/string.h"

// A loop in here must not be turned into a call of the function it is in.
#pragma GCC optimize("no-tree-loop-distribute-patterns")

typedef uint64_t __attribute__((may_alias, aligned(1))) word;

void *memcpy(void *restrict dst, const void *restrict src, size_t n)
{
    uint8_t *d = dst;
    const uint8_t *s = src;

    for (; n >= 32; n -= 32, d += 32, s += 32) {
        word a = ((const word *)s)[0], b = ((const word *)s)[1];
        word c = ((const word *)s)[2], e = ((const word *)s)[3];
        ((word *)d)[0] = a;
        ((word *)d)[1] = b;
        ((word *)d)[2] = c;
        ((word *)d)[3] = e;
    }
    for (; n >= 8; n -= 8, d += 8, s += 8)
        *(word *)d = *(const word *)s;
    while (n--)
        *d++ = *s++;
    return dst;
}

/* From the end, for a destination that lies inside the source. */
static void copy_backwards(uint8_t *d, const uint8_t *s, size_t n)
{
    for (; n >= 8; n -= 8)
        *(word *)(d + n - 8) = *(const word *)(s + n - 8);
    for (; n; n--)
        d[n - 1] = s[n - 1];
}

void *memmove(void *dst, const void *src, size_t n)
{
    uint8_t *d = dst;
    const uint8_t *s = src;

    if ((uintptr_t)d - (uintptr_t)s < n) {
        copy_backwards(d, s, n);
        return dst;
    }
    // Forwards one word at a time: memcpy reads a whole round before it writes, which an overlap
    // closer than a round would show.
    for (; n >= 8; n -= 8, d += 8, s += 8)
        *(word *)d = *(const word *)s;
    while (n--)
        *d++ = *s++;
    return dst;
}

void *memset(void *dst, int c, size_t n)
{
    uint8_t *d = dst;
    uint64_t fill = (uint8_t)c * 0x0101010101010101ull;

    for (; n >= 64; n -= 64, d += 64) {
        word *w = (word *)d;
        w[0] = fill, w[1] = fill, w[2] = fill, w[3] = fill;
        w[4] = fill, w[5] = fill, w[6] = fill, w[7] = fill;
    }
    for (; n >= 8; n -= 8, d += 8)
        *(word *)d = fill;
    while (n--)
        *d++ = (uint8_t)c;
    return dst;
}

int memcmp(const void *a, const void *b, size_t n)
{
    const uint8_t *p = a, *q = b;

    for (; n >= 8 && *(const word *)p == *(const word *)q; n -= 8, p += 8, q += 8)
        ;
    for (; n; n--, p++, q++) {
        if (*p != *q)
            return *p - *q;
    }
    return 0;
}

size_t strlen(const char *s)
{
    const char *p = s;

    while (*p)
        p++;
    return p - s;
}

size_t strnlen(const char *s, size_t max)
{
    size_t n = 0;

    while (n < max && s[n])
        n++;
    return n;
}

int strcmp(const char *a, const char *b)
{
    while (*a && *a == *b)
        a++, b++;
    return (uint8_t)*a - (uint8_t)*b;
}

int strncmp(const char *a, const char *b, size_t n)
{
    for (; n; n--, a++, b++) {
        if (*a != *b || !*a)
            return (uint8_t)*a - (uint8_t)*b;
    }
    return 0;
}

char *strchr(const char *s, int c)
{
    for (;; s++) {
        if (*s == (char)c)
            return (char *)s;
        if (!*s)
            return NULL;
    }
}

char *strrchr(const char *s, int c)
{
    const char *last = NULL;

    for (;; s++) {
        if (*s == (char)c)
            last = s;
        if (!*s)
            return (char *)last;
    }
}

size_t strlcpy(char *dst, const char *src, size_t size)
{
    size_t len = strlen(src);

    if (size) {
        size_t n = MIN(len, size - 1);
        memcpy(dst, src, n);
        dst[n] = 0;
    }
    return len;
}

static int digit_value(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    c |= 0x20;
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : 16;
}

uint64_t parse_number(const char *s, const char **end)
{
    uint64_t v = 0;
    int base = 10;

    if (s[0] == '0' && (s[1] | 0x20) == 'x' && digit_value(s[2]) < 16) {
        base = 16;
        s += 2;
    }
    for (; digit_value(*s) < base; s++)
        v = v * base + digit_value(*s);
    if (end)
        *end = s;
    return v;
}

void *memchr(const void *s, int c, size_t n)
{
    const uint8_t *p = s;

    for (; n; n--, p++)
        if (*p == (uint8_t)c)
            return (void *)p;
    return NULL;
}
