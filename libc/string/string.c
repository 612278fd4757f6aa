// SPDX-License-Identifier: ISC
// The rest of <string.h>: copying strings, sets of characters, tokens, case.
#include <ctype.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

char *stpcpy(char *restrict to, const char *restrict from)
{
    size_t length = strlen(from);
    memcpy(to, from, length + 1);
    return to + length;
}

char *strcpy(char *restrict to, const char *restrict from)
{
    stpcpy(to, from);
    return to;
}

char *stpncpy(char *restrict to, const char *restrict from, size_t size)
{
    size_t length = strnlen(from, size);
    memcpy(to, from, length);
    memset(to + length, 0, size - length);
    return to + length;
}

char *strncpy(char *restrict to, const char *restrict from, size_t size)
{
    stpncpy(to, from, size);
    return to;
}

size_t strlcpy(char *restrict to, const char *restrict from, size_t size)
{
    size_t length = strlen(from);
    if (size > 0) {
        size_t copied = length < size ? length : size - 1;
        memcpy(to, from, copied);
        to[copied] = '\0';
    }
    return length;
}

size_t strlcat(char *restrict to, const char *restrict from, size_t size)
{
    size_t used = strnlen(to, size);
    return used + strlcpy(to + used, from, size - used);
}

char *strcat(char *restrict to, const char *restrict from)
{
    stpcpy(to + strlen(to), from);
    return to;
}

char *strncat(char *restrict to, const char *restrict from, size_t limit)
{
    size_t length = strnlen(from, limit);
    char *end = to + strlen(to);
    memcpy(end, from, length);
    end[length] = '\0';
    return to;
}

int strcoll(const char *a, const char *b)
{
    return strcmp(a, b);
}

size_t strxfrm(char *restrict to, const char *restrict from, size_t size)
{
    return strlcpy(to, from, size);
}

// A set of bytes as 256 bits.
struct byte_set {
    uint64_t bits[4];
};

static struct byte_set set_of(const char *bytes)
{
    struct byte_set set = {{0}};
    for (; *bytes != '\0'; bytes++)
        set.bits[(unsigned char)*bytes / 64] |= 1UL << ((unsigned char)*bytes % 64);
    return set;
}

static int set_has(const struct byte_set *set, char c)
{
    return set->bits[(unsigned char)c / 64] >> ((unsigned char)c % 64) & 1;
}

size_t strspn(const char *text, const char *accept)
{
    struct byte_set set = set_of(accept);
    size_t length = 0;
    while (set_has(&set, text[length]))
        length++;
    return length;
}

size_t strcspn(const char *text, const char *reject)
{
    struct byte_set set = set_of(reject);
    size_t length = 0;
    while (text[length] != '\0' && !set_has(&set, text[length]))
        length++;
    return length;
}

char *strpbrk(const char *text, const char *accept)
{
    text += strcspn(text, accept);
    return *text != '\0' ? (char *)text : NULL;
}

char *strsep(char **text, const char *separators)
{
    char *start = *text;
    if (start == NULL)
        return NULL;
    char *end = start + strcspn(start, separators);
    *text = *end != '\0' ? end + 1 : NULL;
    *end = '\0';
    return start;
}

char *strtok_r(char *restrict text, const char *restrict separators, char **restrict state)
{
    if (text == NULL)
        text = *state;
    if (text != NULL)
        text += strspn(text, separators);
    if (text == NULL || *text == '\0') {
        *state = NULL;
        return NULL;
    }
    *state = text;
    return strsep(state, separators);
}

char *strtok(char *restrict text, const char *restrict separators)
{
    static char *state;
    return strtok_r(text, separators, &state);
}

char *strdup(const char *text)
{
    size_t size = strlen(text) + 1;
    char *copy = malloc(size);
    return copy != NULL ? memcpy(copy, text, size) : NULL;
}

char *strndup(const char *text, size_t limit)
{
    size_t length = strnlen(text, limit);
    char *copy = malloc(length + 1);
    if (copy == NULL)
        return NULL;
    memcpy(copy, text, length);
    copy[length] = '\0';
    return copy;
}

int strcasecmp(const char *a, const char *b)
{
    return strncasecmp(a, b, SIZE_MAX);
}

int strncasecmp(const char *a, const char *b, size_t limit)
{
    for (; limit > 0; a++, b++, limit--) {
        int difference = tolower((unsigned char)*a) - tolower((unsigned char)*b);
        if (difference != 0 || *a == '\0')
            return difference;
    }
    return 0;
}

// Like strcmp, but runs of digits compare as numbers; with leading zeros they are fractions.
int strverscmp(const char *a, const char *b)
{
    size_t at = 0, digits = 0; // where the run of digits before `at` starts
    int zeros = 1;             // all of that run so far is zeros
    for (; a[at] == b[at]; at++) {
        if (a[at] == '\0')
            return 0;
        if (!isdigit((unsigned char)a[at]))
            digits = at + 1, zeros = 1;
        else if (a[at] != '0')
            zeros = 0;
    }
    int in_a = isdigit((unsigned char)a[at]), in_b = isdigit((unsigned char)b[at]);
    int fraction = digits < at ? zeros : (in_a && in_b && (a[at] == '0' || b[at] == '0'));
    if (fraction) {
        // A run that goes on after equal zeros is the smaller one.
        if (digits < at && (in_a || in_b) && (!in_a || !in_b))
            return in_a ? -1 : 1;
    } else if (in_a || in_b) {
        size_t i = at, j = at;
        while (isdigit((unsigned char)a[i]))
            i++;
        while (isdigit((unsigned char)b[j]))
            j++;
        if (i != j && (digits < at || (in_a && in_b)))
            return i > j ? 1 : -1;
    }
    return (unsigned char)a[at] - (unsigned char)b[at];
}

int ffs(int n)
{
    return n == 0 ? 0 : __builtin_ctz((unsigned)n) + 1;
}

int ffsl(long n)
{
    return n == 0 ? 0 : __builtin_ctzl((unsigned long)n) + 1;
}

int ffsll(long long n)
{
    return ffsl(n);
}
