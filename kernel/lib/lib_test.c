// SPDX-License-Identifier: ISC
/* Unit tests of kernel/lib. */
#include "lib/printf.h"
#include "lib/rbtree.h"
#include "lib/ring.h"
#include "lib/selftest.h"
#include "lib/string.h"

static uint32_t random_state = 1;

static uint32_t next_random(void)
{
    random_state = random_state * 1664525u + 1013904223u;
    return random_state >> 8;
}

// --- rbtree -------------------------------------------------------------------------------------

#define TREE_KEYS 128

struct item {
    struct rbnode node;
    unsigned key;
    bool in;
};

static struct item items[TREE_KEYS];

static void tree_add(struct rbtree *t, struct item *it)
{
    struct rbnode **link = &t->root, *parent = NULL;

    while (*link) {
        parent = *link;
        link = it->key < rb_entry(parent, struct item, node)->key ? &parent->left : &parent->right;
    }
    rb_insert(t, &it->node, parent, link);
}

/* Black height of the subtree, or -1 when a rule of the tree is broken in it. */
static int tree_check(const struct rbnode *n, const struct rbnode *parent)
{
    if (!n)
        return 0;
    bool black = n->parent_color & 1;
    if ((n->parent_color & ~1ul) != (uintptr_t)parent)
        return -1;
    if (!black && (!parent || !(parent->parent_color & 1)))
        return -1;
    int left = tree_check(n->left, n), right = tree_check(n->right, n);
    return left < 0 || left != right ? -1 : left + black;
}

SELFTEST(rbtree_random,
         "a tree stays sorted and balanced under 4000 random insertions and removals")
{
    struct rbtree t = {NULL};
    unsigned count = 0;

    for (unsigned i = 0; i < TREE_KEYS; i++)
        items[i] = (struct item){.key = i};
    for (int step = 0; step < 4000; step++) {
        struct item *it = &items[next_random() % TREE_KEYS];
        if (it->in)
            rb_remove(&t, &it->node);
        else
            tree_add(&t, it);
        it->in = !it->in;
        count += it->in ? 1 : -1;
        SELFTEST_CHECK(tree_check(t.root, NULL) >= 0);
        if (step % 64)
            continue;
        unsigned seen = 0, back = 0;
        int last = -1;
        for (struct rbnode *n = rb_first(&t); n; n = rb_next(n), seen++) {
            struct item *at = rb_entry(n, struct item, node);
            SELFTEST_CHECK(at->in && (int)at->key > last);
            last = at->key;
        }
        for (struct rbnode *n = rb_last(&t); n; n = rb_prev(n))
            back++;
        SELFTEST_CHECK(seen == count && back == count);
    }
    return true;
}

// --- ring ---------------------------------------------------------------------------------------

SELFTEST(ring_wraps,
         "what goes into a ring comes out in order, across the wrap, and no more than fits")
{
    uint8_t data[16], out[16];
    struct ring r = {
        .data = data, .size = sizeof(data), .head = UINT32_MAX - 20, .tail = UINT32_MAX - 20};
    uint8_t next_in = 0, next_out = 0;

    for (int step = 0; step < 500; step++) {
        uint8_t in[24];
        size_t want = next_random() % sizeof(in), room = ring_free(&r);
        for (size_t i = 0; i < want; i++)
            in[i] = next_in + i;
        size_t put = ring_write(&r, in, want);
        SELFTEST_CHECK(put == MIN(want, room));
        next_in += put;
        size_t ask = next_random() % sizeof(out), held = ring_used(&r);
        size_t got = ring_read(&r, out, ask);
        SELFTEST_CHECK(got == MIN(ask, held));
        for (size_t i = 0; i < got; i++)
            SELFTEST_CHECK(out[i] == next_out++);
    }
    return true;
}

// --- printf -------------------------------------------------------------------------------------

static bool printf_like(2, 3) prints(const char *want, const char *fmt, ...)
{
    char buf[128];
    va_list ap;

    va_start(ap, fmt);
    int n = vsnprintf(buf, sizeof(buf), fmt, ap);
    va_end(ap);
    if (n == (int)strlen(want) && !strcmp(buf, want))
        return true;
    log_error("selftest: printf gave '%s', not '%s'", buf, want);
    return false;
}

SELFTEST(printf_conversions, "each conversion prints what the C standard says")
{
    int minus_one = -1;
    char small[4];

    SELFTEST_CHECK(prints("0 -1 42", "%d %d %u", 0, minus_one, 42u));
    SELFTEST_CHECK(prints("-2147483648 4294967295", "%d %u", INT32_MIN, UINT32_MAX));
    SELFTEST_CHECK(prints("-9223372036854775808", "%ld", INT64_MIN));
    SELFTEST_CHECK(prints("ffffffffffffffff 0xab AB", "%lx %#x %X", UINT64_MAX, 0xab, 0xab));
    SELFTEST_CHECK(prints("   42|42   |00042|-0042", "%5d|%-5d|%05d|%05d", 42, 42, 42, -42));
    SELFTEST_CHECK(prints("0007|  007|+7", "%.4d|%5.3d|%+d", 7, 7, 7));
    SELFTEST_CHECK(prints("abc|  abc|abc  |ab", "%s|%5s|%-5s|%.2s", "abc", "abc", "abc", "abc"));
    SELFTEST_CHECK(prints("x%|    7", "%c%%|%*d", 'x', 5, 7));
    SELFTEST_CHECK(prints("18446744073709551615 777", "%zu %o", SIZE_MAX, 0777));
    SELFTEST_CHECK(snprintf(small, sizeof(small), "%d", 12345) == 5 && !strcmp(small, "123"));
    SELFTEST_CHECK(sappendf(small, sizeof(small), 1, "xyz") == 3 && !strcmp(small, "1xy"));
    return true;
}

// --- string -------------------------------------------------------------------------------------

SELFTEST(memory_moves,
         "memcpy, memmove and memset do what a byte loop does, at every offset and overlap")
{
    static uint8_t a[300], b[300];

    for (int step = 0; step < 2000; step++) {
        size_t from = next_random() % 100, to = next_random() % 100, n = next_random() % 200;
        for (size_t i = 0; i < sizeof(a); i++)
            a[i] = b[i] = next_random();
        memmove(a + to, a + from, n);
        if (to <= from) {
            for (size_t i = 0; i < n; i++)
                b[to + i] = b[from + i];
        } else {
            for (size_t i = n; i-- > 0;)
                b[to + i] = b[from + i];
        }
        SELFTEST_CHECK(!memcmp(a, b, sizeof(a)));
        uint8_t fill = next_random();
        memset(a + to, fill, n);
        for (size_t i = 0; i < n; i++)
            b[to + i] = fill;
        SELFTEST_CHECK(!memcmp(a, b, sizeof(a)));
        memset(b, 0, sizeof(b));
        memcpy(b + to, a + from, n);
        for (size_t i = 0; i < n; i++)
            SELFTEST_CHECK(b[to + i] == a[from + i]);
        SELFTEST_CHECK((!to || !b[to - 1]) && !b[to + n]);
    }
    return true;
}

SELFTEST(string_helpers, "the string helpers keep their meanings at the edges")
{
    char buf[4];
    const char *end;

    SELFTEST_CHECK(memcmp("aaaaaaaaab", "aaaaaaaaac", 10) < 0 && memcmp("\xff", "\x01", 1) > 0);
    SELFTEST_CHECK(strcmp("a", "ab") < 0 && strcmp("\xff", "a") > 0 && !strncmp("abc", "abd", 2));
    SELFTEST_CHECK(strnlen("abc", 2) == 2 && strnlen("abc", 9) == 3);
    SELFTEST_CHECK(!strcmp(strrchr("a/b/c", '/'), "/c") && !strchr("abc", 'x') &&
                   !*strchr("abc", 0));
    SELFTEST_CHECK(strlcpy(buf, "abcdef", sizeof(buf)) == 6 && !strcmp(buf, "abc"));
    SELFTEST_CHECK(parse_number("0x1F,", &end) == 31 && *end == ',');
    SELFTEST_CHECK(parse_number("120M", &end) == 120 && *end == 'M');
    SELFTEST_CHECK(parse_number("", &end) == 0 && parse_number("0x", &end) == 0 && *end == 'x');
    return true;
}

// --- arith --------------------------------------------------------------------------------------

SELFTEST(wide_division,
         "128-bit division undoes multiplication, with narrow and with wide divisors")
{
    for (int i = 0; i < 500; i++) {
        uint64_t a = (uint64_t)next_random() << 40 ^ next_random(), b = next_random() + 1ul;
        unsigned __int128 wide = ((unsigned __int128)1 << 70) + next_random(),
                          few = next_random() & 0xffff;
        SELFTEST_CHECK(((unsigned __int128)a * b + b - 1) / b == a);
        SELFTEST_CHECK((wide * few + wide - 1) / wide == few);
    }
    SELFTEST_CHECK(__builtin_popcountll(0xf00000000000000full + (next_random() & 0)) == 8);
    return true;
}
