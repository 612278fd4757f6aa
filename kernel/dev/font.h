// SPDX-License-Identifier: ISC
/* The console font that the build puts into the kernel: glyphs by Unicode character. */
#pragma once

#include "lib/base.h"

struct font {
    unsigned width, height, count;
    unsigned row_bytes, glyph_bytes;
    const uint8_t *glyphs; // rows from the top, the leftmost pixel in the highest bit
};
extern struct font font;

bool font_init(void);             // false: not a PSF file
unsigned font_glyph(uint32_t ch); // that of U+FFFD or '?' where the font lacks the character

static inline const uint8_t *font_bitmap(unsigned glyph)
{
    return font.glyphs + glyph * font.glyph_bytes;
}
