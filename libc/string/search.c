// SPDX-License-Identifier: ISC
// Searching and comparing memory and strings, 16 bytes at a time.
//
// An aligned block of 16 never crosses a page, so reading the whole block that holds a valid byte
// is safe; what lies before the start or behind the end is masked off. Code checkers that watch
// each byte would object, hence the aligned loads through intrinsics only.
#include <emmintrin.h>
#include <stdint.h>
#include <string.h>

static inline const __m128i *block_of(const void *data)
{
    return (const __m128i *)((uintptr_t)data & ~15UL);
}

// One bit for each byte of the aligned block that equals the byte in all lanes of `pattern`.
static inline unsigned match(const __m128i *block, __m128i pattern)
{
    return (unsigned)_mm_movemask_epi8(_mm_cmpeq_epi8(_mm_load_si128(block), pattern));
}

size_t strlen(const char *text)
{
    const __m128i *block = block_of(text), zero = _mm_setzero_si128();
    unsigned found = match(block, zero) & ~0U << ((uintptr_t)text & 15);
    while (found == 0)
        found = match(++block, zero);
    return (size_t)((const char *)block + __builtin_ctz(found) - text);
}

size_t strnlen(const char *text, size_t limit)
{
    const char *end = memchr(text, 0, limit);
    return end != NULL ? (size_t)(end - text) : limit;
}

void *memchr(const void *data, int c, size_t size)
{
    const __m128i *block = block_of(data), pattern = _mm_set1_epi8((char)c);
    const char *end = (const char *)data + size;
    if (size == 0)
        return NULL;
    if (end < (const char *)data) // a "no limit" size
        end = (const char *)UINTPTR_MAX;
    unsigned found = match(block, pattern) & ~0U << ((uintptr_t)data & 15);
    while (found == 0) {
        if ((const char *)++block >= end)
            return NULL;
        found = match(block, pattern);
    }
    const char *hit = (const char *)block + __builtin_ctz(found);
    return hit < end ? (void *)hit : NULL;
}

void *rawmemchr(const void *data, int c)
{
    return memchr(data, c, SIZE_MAX);
}

void *memrchr(const void *data, int c, size_t size)
{
    const char *text = data;
    while (size-- > 0)
        if (text[size] == (char)c)
            return (void *)(text + size);
    return NULL;
}

char *strchrnul(const char *text, int c)
{
    const __m128i *block = block_of(text), zero = _mm_setzero_si128();
    __m128i pattern = _mm_set1_epi8((char)c);
    unsigned found = (match(block, zero) | match(block, pattern)) & ~0U << ((uintptr_t)text & 15);
    while (found == 0) {
        block++;
        found = match(block, zero) | match(block, pattern);
    }
    return (char *)block + __builtin_ctz(found);
}

char *strchr(const char *text, int c)
{
    char *found = strchrnul(text, c);
    return *found == (char)c ? found : NULL;
}

char *strrchr(const char *text, int c)
{
    return memrchr(text, c, strlen(text) + 1);
}

char *index(const char *text, int c)
{
    return strchr(text, c);
}

char *rindex(const char *text, int c)
{
    return strrchr(text, c);
}

int memcmp(const void *a, const void *b, size_t size)
{
    const unsigned char *x = a, *y = b;
    for (; size >= 16; x += 16, y += 16, size -= 16) {
        __m128i same = _mm_cmpeq_epi8(_mm_loadu_si128((const __m128i *)x),
                                      _mm_loadu_si128((const __m128i *)y));
        unsigned differ = (unsigned)_mm_movemask_epi8(same) ^ 0xffff;
        if (differ != 0) {
            int at = __builtin_ctz(differ);
            return x[at] - y[at];
        }
    }
    for (; size > 0; x++, y++, size--)
        if (*x != *y)
            return *x - *y;
    return 0;
}

int bcmp(const void *a, const void *b, size_t size)
{
    return memcmp(a, b, size);
}

int strcmp(const char *a, const char *b)
{
    return strncmp(a, b, SIZE_MAX);
}

int strncmp(const char *a, const char *b, size_t limit)
{
    for (; limit > 0; a++, b++, limit--)
        if (*a != *b || *a == '\0')
            return (unsigned char)*a - (unsigned char)*b;
    return 0;
}

// Looks for the first byte with memchr, then compares: quick unless that byte is everywhere.
void *memmem(const void *data, size_t size, const void *part, size_t part_size)
{
    const char *at = data, *last = at + size - part_size, *first = part;
    if (part_size == 0)
        return (void *)data;
    if (part_size > size)
        return NULL;
    while (at <= last && (at = memchr(at, *first, (size_t)(last - at) + 1)) != NULL) {
        if (memcmp(at, part, part_size) == 0)
            return (void *)at;
        at++;
    }
    return NULL;
}

char *strstr(const char *text, const char *part)
{
    if (*part == '\0')
        return (char *)text;
    size_t length = strlen(part);
    for (text = strchr(text, *part); text != NULL; text = strchr(text + 1, *part))
        if (strncmp(text, part, length) == 0)
            return (char *)text;
    return NULL;
}

char *strcasestr(const char *text, const char *part)
{
    size_t length = strlen(part);
    do
        if (strncasecmp(text, part, length) == 0)
            return (char *)text;
    while (*text++ != '\0');
    return NULL;
}
