// SPDX-License-Identifier: ISC
// Tests of <string.h>, <strings.h> and <ctype.h>: against plain byte loops, at every alignment, and
// up to the last byte before a page that is not there.
#define _GNU_SOURCE
#include <ctype.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "harness.h"

#define PAGE 4096

// Two pages that may be touched, and one that may not behind them; returns its address.
static char *page_edge(void)
{
    char *map = mmap(NULL, 3 * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    CHECK(map != MAP_FAILED);
    CHECK_EQ(mprotect(map + 2 * PAGE, PAGE, PROT_NONE), 0);
    return map + 2 * PAGE;
}

static void fill(char *data, int size, unsigned seed)
{
    for (int i = 0; i < size; i++) {
        seed = seed * 1103515245 + 12345;
        data[i] = (char)(seed >> 16);
    }
}

TEST(memcpy_alignments,
     "memcpy and memset write exactly what they should, for all sizes and places")
{
    char from[400], to[400], model[400];
    fill(from, 400, 1);
    for (int size = 0; size < 300; size++)
        for (int a = 0; a < 17; a++) {
            int b = (a * 7 + size) % 19;
            fill(to, 400, 2);
            memcpy(model, to, sizeof(model));
            for (int i = 0; i < size; i++)
                model[b + i] = from[a + i];
            CHECK(memcpy(to + b, from + a, (size_t)size) == to + b);
            CHECK(memcmp(to, model, sizeof(model)) == 0);
            for (int i = 0; i < size; i++)
                model[a + i] = 'x';
            CHECK(memset(to + a, 'x', (size_t)size) == to + a);
            CHECK(memcmp(to, model, sizeof(model)) == 0);
        }
}

TEST(memmove_overlap, "memmove is right for every overlap, in both directions")
{
    char data[600], model[600], copy[600];
    for (int size = 0; size < 200; size++)
        for (int distance = -80; distance <= 80; distance += 3) {
            fill(data, 600, 3);
            memcpy(model, data, sizeof(data));
            memcpy(copy, data, sizeof(data));
            for (int i = 0; i < size; i++)
                model[200 + distance + i] = copy[200 + i];
            memmove(data + 200 + distance, data + 200, (size_t)size);
            CHECK(memcmp(data, model, sizeof(data)) == 0);
        }
}

TEST(page_edges, "no function reads or writes behind the last byte that is its")
{
    char *end = page_edge(), other[300];
    for (size_t size = 0; size < 200; size++) {
        char *data = end - size;
        memset(data, 'a', size);
        memcpy(other, data, size);
        memmove(data, other, size);
        CHECK_EQ(memcmp(data, other, size), 0);
        CHECK(memchr(data, 'b', size) == NULL);
        CHECK_EQ(strnlen(data, size), size);
        if (size == 0)
            continue;
        data[size - 1] = '\0';
        CHECK_EQ(strlen(data), size - 1);
        CHECK(strchr(data, 'b') == NULL);
        CHECK(strrchr(data, 'b') == NULL);
        CHECK(*strchrnul(data, 'b') == '\0');
        strcpy(other, data);
        CHECK_EQ(strcmp(data, other), 0);
        CHECK(strstr(data, "ab") == NULL);
    }
}

TEST(memcmp_order, "comparisons order bytes as unsigned, at the first difference")
{
    char a[64], b[64];
    for (int at = 0; at < 60; at++) {
        memset(a, 'm', sizeof(a));
        memset(b, 'm', sizeof(b));
        a[at] = (char)0xf0;
        b[at] = 0x10;
        b[at + 1] = (char)0xff;
        CHECK(memcmp(a, b, 62) > 0 && memcmp(b, a, 62) < 0);
        CHECK(memcmp(a, b, (size_t)at) == 0);
        CHECK(strncmp(a, b, 62) > 0 && strncmp(b, a, (size_t)at) == 0);
    }
    CHECK(strcmp("abc", "abcd") < 0 && strcmp("", "") == 0 && strcmp("b", "abc") > 0);
    CHECK(strcasecmp("HeLLo", "hEllO") == 0 && strcasecmp("a", "B") < 0);
    CHECK(strncasecmp("ABCx", "abcY", 3) == 0);
}

TEST(search, "strchr, strrchr, memchr, memrchr, memmem and strstr find the right one")
{
    char text[100];
    memset(text, '.', sizeof(text));
    text[99] = '\0';
    for (int i = 0; i < 98; i++) {
        text[i] = text[i + 1] = 'x';
        CHECK(strchr(text, 'x') == text + i && strrchr(text, 'x') == text + i + 1);
        CHECK(memchr(text, 'x', 99) == text + i && memrchr(text, 'x', 99) == text + i + 1);
        CHECK(memchr(text, 'x', (size_t)i) == NULL);
        CHECK(strstr(text, "xx") == text + i && memmem(text, 99, "xx", 2) == text + i);
        text[i] = text[i + 1] = '.';
    }
    CHECK(strchr(text, '\0') == text + 99);
    CHECK(strcmp(strstr("aabaabaac", "aabaac"), "aabaac") == 0);
    CHECK(strstr("abc", "") != NULL && strstr("ab", "abc") == NULL);
    CHECK(strcmp(strcasestr("Hello World", "WORLD"), "World") == 0);
}

TEST(copies, "strncpy pads, strncat ends, strlcpy tells what it wanted, stpcpy where it ended")
{
    char text[16];
    const char *volatile cdef = "cdef"; // the compiler would warn of what is wanted here
    memset(text, 'x', sizeof(text));
    strncpy(text, "ab", 5);
    CHECK(memcmp(text, "ab\0\0\0xx", 7) == 0);
    strcpy(text, "ab");
    CHECK(strcmp(strncat(text, cdef, 2), "abcd") == 0);
    CHECK(strcmp(strcat(text, "e"), "abcde") == 0);
    CHECK(stpcpy(text, "xyz") == text + 3);
    CHECK(stpncpy(text, cdef, 2) == text + 2);
    CHECK(memccpy(text, "key=value", '=', 9) == text + 4);
    char *copy = strndup("abcdef", 3);
    CHECK(strcmp(copy, "abc") == 0);
    free(copy);
}

TEST(tokens, "strtok_r skips separators, strsep does not; spans count")
{
    char text[] = "  a,b,,c ", *state, *rest;
    CHECK(strcmp(strtok_r(text, " ,", &state), "a") == 0);
    CHECK(strcmp(strtok_r(NULL, " ,", &state), "b") == 0);
    CHECK(strcmp(strtok_r(NULL, " ,", &state), "c") == 0);
    CHECK(strtok_r(NULL, " ,", &state) == NULL);
    char fields[] = "x::y";
    rest = fields;
    CHECK(strcmp(strsep(&rest, ":"), "x") == 0 && strcmp(strsep(&rest, ":"), "") == 0);
    CHECK(strcmp(strsep(&rest, ":"), "y") == 0 && strsep(&rest, ":") == NULL);
    CHECK(strspn("aabbcc", "ab") == 4 && strcspn("aabbcc", "c") == 4);
    CHECK(strpbrk("hello", "xl") != NULL && strpbrk("hello", "xyz") == NULL);
}

TEST(versions, "strverscmp orders numbers inside names")
{
    static const char *const order[] = {"000", "00", "01", "010", "09", "0", "1", "9", "10"};
    for (int i = 0; i < 8; i++)
        CHECK(strverscmp(order[i], order[i + 1]) < 0 && strverscmp(order[i + 1], order[i]) > 0);
    CHECK(strverscmp("file9.c", "file10.c") < 0 && strverscmp("a", "a") == 0);
}

TEST(ctype, "the classes of all ASCII characters, and of the bytes above")
{
    for (int c = -1; c < 256; c++) {
        int upper = c >= 'A' && c <= 'Z', lower = c >= 'a' && c <= 'z',
            digit = c >= '0' && c <= '9';
        CHECK(!isupper(c) == !upper && !islower(c) == !lower && !isdigit(c) == !digit);
        CHECK(!isalpha(c) == !(upper || lower) && !isalnum(c) == !(upper || lower || digit));
        CHECK(!isprint(c) == !(c >= 32 && c < 127) &&
              !iscntrl(c) == !((c >= 0 && c < 32) || c == 127));
        CHECK(!isspace(c) == !(c == ' ' || (c >= 9 && c <= 13)));
        CHECK(!ispunct(c) == !(c > 32 && c < 127 && !upper && !lower && !digit));
        CHECK_EQ(toupper(c), lower ? c - 32 : c);
        CHECK_EQ(tolower(c), upper ? c + 32 : c);
    }
}

TEST(messages, "strerror and strsignal say what they say on Linux")
{
    CHECK(strcmp(strerror(ENOENT), "No such file or directory") == 0);
    CHECK(strcmp(strerror(0), "Success") == 0);
    CHECK(strcmp(strerror(9999), "Unknown error 9999") == 0);
    CHECK(strcmp(strsignal(SIGSEGV), "Segmentation fault") == 0);
    CHECK(strcmp(strsignal(40), "Real-time signal 6") == 0);
}
