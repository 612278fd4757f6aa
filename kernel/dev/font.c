// SPDX-License-Identifier: ISC
/*
 * Fonts in PC Screen Font format, versions 1 and 2: a header, the glyphs, and a table that lists
 * for each glyph the characters it stands for. Version 1 lists 16-bit words, 0xffff ends a glyph's
 * list and 0xfffe begins sequences of combined characters; version 2 lists UTF-8, 0xff and 0xfe
 * likewise. Sequences are not used here. (The format is described in the kbd project's
 * doc/font-formats.)
 */
#include "dev/font.h"

#include "lib/string.h"

#define PSF1_MAGIC      0x0436u
#define PSF1_512        1u
#define PSF1_HAS_TABLE  2u // either bit
#define PSF1_HAS_TABLE2 4u
#define PSF2_MAGIC      0x864ab572u
#define PSF2_HAS_TABLE  1u
#define MAP_MAX         4096

struct psf1 {
    uint16_t magic;
    uint8_t mode, height;
};

struct psf2 {
    uint32_t magic, version, header_size, flags, count, glyph_bytes, height, width;
};

extern const uint8_t console_font_start[], console_font_end[];

struct font font;

static struct mapping {
    uint32_t ch;
    uint32_t glyph;
} map[MAP_MAX]; // sorted by ch
static unsigned map_count;
static unsigned missing; // glyph of what the font lacks

static void map_add(uint32_t ch, unsigned glyph)
{
    if (map_count == MAP_MAX)
        return;
    // Tables come nearly sorted in runs: insertion is cheap enough for some thousand entries.
    unsigned i = map_count++;
    for (; i > 0 && map[i - 1].ch > ch; i--)
        map[i] = map[i - 1];
    map[i] = (struct mapping){ch, glyph};
}

static void read_table1(const uint8_t *p)
{
    bool sequence = false;

    for (unsigned glyph = 0; glyph < font.count && p + 2 <= console_font_end; p += 2) {
        uint16_t word = p[0] | p[1] << 8;
        if (word == 0xffff) {
            glyph++;
            sequence = false;
        } else if (word == 0xfffe) {
            sequence = true;
        } else if (!sequence) {
            map_add(word, glyph);
        }
    }
}

static void read_table2(const uint8_t *p)
{
    bool sequence = false;
    uint32_t ch = 0;
    unsigned left = 0;

    for (unsigned glyph = 0; glyph < font.count && p < console_font_end; p++) {
        if (*p == 0xff) {
            glyph++;
            sequence = false;
        } else if (*p == 0xfe) {
            sequence = true;
        } else if ((*p & 0xc0) == 0x80 && left) {
            ch = ch << 6 | (*p & 0x3f);
            left--;
        } else {
            left = *p >= 0xf0 ? 3 : *p >= 0xe0 ? 2 : *p >= 0xc0 ? 1 : 0;
            ch = *p & (left ? 0x3f >> left : 0x7f);
        }
        if (*p < 0xfe && !left && !sequence)
            map_add(ch, glyph);
    }
}

static bool find(uint32_t ch, unsigned *glyph)
{
    unsigned low = 0, high = map_count;

    while (low < high) {
        unsigned middle = (low + high) / 2;
        if (map[middle].ch < ch)
            low = middle + 1;
        else
            high = middle;
    }
    if (low == map_count || map[low].ch != ch)
        return false;
    *glyph = map[low].glyph;
    return true;
}

unsigned font_glyph(uint32_t ch)
{
    unsigned glyph;

    if (!map_count) // without a table glyphs are in the order of Latin-1
        return ch < font.count ? ch : '?';
    return find(ch, &glyph) ? glyph : missing;
}

static bool parse_psf1(const struct psf1 *h)
{
    font = (struct font){8, h->height, h->mode & PSF1_512 ? 512 : 256,
                         1, h->height, (const uint8_t *)(h + 1)};
    const uint8_t *table = font.glyphs + font.count * font.glyph_bytes;
    if (table > console_font_end)
        return false;
    if (h->mode & (PSF1_HAS_TABLE | PSF1_HAS_TABLE2))
        read_table1(table);
    return true;
}

static bool parse_psf2(const struct psf2 *h)
{
    const uint8_t *glyphs = (const uint8_t *)h + h->header_size;

    font = (struct font){h->width, h->height, h->count, (h->width + 7) / 8, h->glyph_bytes, glyphs};
    const uint8_t *table = font.glyphs + font.count * font.glyph_bytes;
    if (table > console_font_end)
        return false;
    if (h->flags & PSF2_HAS_TABLE)
        read_table2(table);
    return true;
}

bool font_init(void)
{
    const struct psf1 *one = (const void *)console_font_start;
    const struct psf2 *two = (const void *)console_font_start;
    bool ok =
        one->magic == PSF1_MAGIC ? parse_psf1(one) : two->magic == PSF2_MAGIC && parse_psf2(two);

    if (!ok || font.count <= '?')
        return false;
    missing = '?';
    if (!find(0xfffd, &missing))
        find('?', &missing);
    return true;
}
