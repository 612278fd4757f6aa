// SPDX-License-Identifier: ISC
// memcpy, memmove, memset and their kin, in steps of 16 bytes.
//
// The trick throughout: a length between n and 2n is served by two blocks of n, one from the front
// and one that ends at the end, which may overlap; so there is no byte loop anywhere. No `rep`:
// an emulator charges it by the iteration.
#include <emmintrin.h>
#include <string.h>

typedef unsigned long word __attribute__((may_alias, aligned(1)));
typedef unsigned int half __attribute__((may_alias, aligned(1)));
typedef unsigned short quarter __attribute__((may_alias, aligned(1)));

static inline __m128i load(const char *from)
{
    return _mm_loadu_si128((const __m128i *)from);
}

static inline void store(char *to, __m128i block)
{
    _mm_storeu_si128((__m128i *)to, block);
}

// Up to 16 bytes; all is read before anything is written, so the areas may overlap.
static inline void move_small(char *to, const char *from, size_t size)
{
    if (size >= 8) {
        word a = *(const word *)from, b = *(const word *)(from + size - 8);
        *(word *)to = a;
        *(word *)(to + size - 8) = b;
    } else if (size >= 4) {
        half a = *(const half *)from, b = *(const half *)(from + size - 4);
        *(half *)to = a;
        *(half *)(to + size - 4) = b;
    } else if (size >= 2) {
        quarter a = *(const quarter *)from, b = *(const quarter *)(from + size - 2);
        *(quarter *)to = a;
        *(quarter *)(to + size - 2) = b;
    } else if (size == 1) {
        *to = *from;
    }
}

// From the front; right for overlapping areas when `to` is below `from`.
static inline void move_up(char *to, const char *from, size_t size)
{
    __m128i last = load(from + size - 16);
    char *end = to + size - 16;
    for (; to + 48 < end; to += 64, from += 64) {
        __m128i a = load(from), b = load(from + 16), c = load(from + 32), d = load(from + 48);
        store(to, a);
        store(to + 16, b);
        store(to + 32, c);
        store(to + 48, d);
    }
    for (; to < end; to += 16, from += 16)
        store(to, load(from));
    store(end, last);
}

// From the back; for `to` above `from`.
static inline void move_down(char *to, const char *from, size_t size)
{
    __m128i first = load(from);
    size_t left = size;
    for (; left > 64; left -= 64) {
        __m128i a = load(from + left - 16), b = load(from + left - 32);
        __m128i c = load(from + left - 48), d = load(from + left - 64);
        store(to + left - 16, a);
        store(to + left - 32, b);
        store(to + left - 48, c);
        store(to + left - 64, d);
    }
    for (; left > 16; left -= 16)
        store(to + left - 16, load(from + left - 16));
    store(to, first);
}

void *memcpy(void *restrict to, const void *restrict from, size_t size)
{
    if (size <= 16)
        move_small(to, from, size);
    else
        move_up(to, from, size);
    return to;
}

void *memmove(void *to, const void *from, size_t size)
{
    if (size <= 16)
        move_small(to, from, size);
    else if ((size_t)((char *)to - (const char *)from) >= size) // below, or not overlapping
        move_up(to, from, size);
    else
        move_down(to, from, size);
    return to;
}

void *mempcpy(void *restrict to, const void *restrict from, size_t size)
{
    return (char *)memcpy(to, from, size) + size;
}

void *memccpy(void *restrict to, const void *restrict from, int c, size_t size)
{
    const char *end = memchr(from, c, size);
    if (end == NULL) {
        memcpy(to, from, size);
        return NULL;
    }
    return mempcpy(to, from, (size_t)(end + 1 - (const char *)from));
}

void *memset(void *data, int c, size_t size)
{
    char *to = data;
    word pattern = 0x0101010101010101UL * (unsigned char)c;
    if (size > 16) {
        __m128i block = _mm_set1_epi8((char)c);
        char *end = to + size - 16;
        for (; to + 48 < end; to += 64) {
            store(to, block);
            store(to + 16, block);
            store(to + 32, block);
            store(to + 48, block);
        }
        for (; to < end; to += 16)
            store(to, block);
        store(end, block);
    } else if (size >= 8) {
        *(word *)to = pattern;
        *(word *)(to + size - 8) = pattern;
    } else if (size >= 4) {
        *(half *)to = (half)pattern;
        *(half *)(to + size - 4) = (half)pattern;
    } else if (size > 0) {
        to[0] = to[size / 2] = to[size - 1] = (char)c;
    }
    return data;
}

void explicit_bzero(void *data, size_t size)
{
    memset(data, 0, size);
    __asm__ volatile("" : : "r"(data) : "memory"); // the compiler must think it is read
}

void bzero(void *data, size_t size)
{
    memset(data, 0, size);
}

void bcopy(const void *from, void *to, size_t size)
{
    memmove(to, from, size);
}
