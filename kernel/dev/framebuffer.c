// SPDX-License-Identifier: ISC
/*
 * Cells drawn into a linear framebuffer of 24 or 32 bits a pixel, of any pitch and any position of
 * the colours. Only written to: reading video memory is slow. The owner of the cells holds the
 * lock.
 */
#include "dev/screen.h"

#include "dev/font.h"
#include "lib/log.h"
#include "lib/string.h"
#include "x86/boot.h"
#include "x86/mmu.h"

static uint8_t *base;
static uint32_t pitch;
static unsigned pixel_bytes;
static uint32_t colours[256]; // the palette in this framebuffer's format
static unsigned glyph_of_ascii[128];

static uint32_t channel(uint32_t value, uint8_t bits, uint8_t shift)
{
    return (bits >= 8 ? value << (bits - 8) : value >> (8 - bits)) << shift;
}

static void make_colours(const struct boot_framebuffer *fb)
{
    for (unsigned i = 0; i < 256; i++) {
        uint32_t rgb = palette_rgb(i);
        colours[i] = channel(rgb >> 16 & 255, fb->red_bits, fb->red_shift) |
                     channel(rgb >> 8 & 255, fb->green_bits, fb->green_shift) |
                     channel(rgb & 255, fb->blue_bits, fb->blue_shift);
    }
}

/* `bits` of a glyph's row, the leftmost in bit 31. */
static void draw_row32(uint8_t *at, uint32_t bits, uint32_t fg, uint32_t bg)
{
    uint32_t *p = (uint32_t *)at;

    for (unsigned x = 0; x < font.width; x++, bits <<= 1)
        p[x] = bits >> 31 ? fg : bg;
}

static void draw_row24(uint8_t *p, uint32_t bits, uint32_t fg, uint32_t bg)
{
    for (unsigned x = 0; x < font.width; x++, bits <<= 1, p += 3) {
        uint32_t colour = bits >> 31 ? fg : bg;
        p[0] = colour;
        p[1] = colour >> 8;
        p[2] = colour >> 16;
    }
}

static uint32_t glyph_row(const uint8_t *glyph, unsigned y)
{
    uint32_t bits = 0;

    for (unsigned i = 0; i < font.row_bytes; i++)
        bits |= (uint32_t)glyph[y * font.row_bytes + i] << (24 - 8 * i);
    return bits;
}

static void framebuffer_draw(unsigned row, unsigned col, const struct look *l)
{
    unsigned number = l->half == 2  ? glyph_of_ascii[' ']
                      : l->ch < 128 ? glyph_of_ascii[l->ch]
                                    : font_glyph(l->ch);
    const uint8_t *glyph = font_bitmap(number);
    uint8_t *at = base + (size_t)row * font.height * pitch + col * font.width * pixel_bytes;
    uint32_t fg = colours[l->fg], bg = colours[l->bg];

    for (unsigned y = 0; y < font.height; y++, at += pitch) {
        uint32_t bits = l->underline && y == font.height - 2 ? UINT32_MAX : glyph_row(glyph, y);
        if (pixel_bytes == 4)
            draw_row32(at, bits, fg, bg);
        else
            draw_row24(at, bits, fg, bg);
    }
}

bool framebuffer_init(struct display *d)
{
    const struct boot_framebuffer *fb = &boot_info.fb;

    if (!fb->present || fb->text)
        return false;
    if ((fb->depth != 24 && fb->depth != 32) || !font_init() || font.width > 32) {
        log_warn("screen: framebuffer of %u bits a pixel cannot be used", fb->depth);
        return false;
    }
    base = mmio_map_wc(fb->addr, (size_t)fb->pitch * fb->height);
    if (!base)
        return false;
    pitch = fb->pitch;
    pixel_bytes = fb->depth / 8;
    make_colours(fb);
    for (unsigned c = 0; c < 128; c++)
        glyph_of_ascii[c] = font_glyph(c < ' ' ? ' ' : c);
    for (unsigned y = 0; y < fb->height; y++)
        memset(base + (size_t)y * pitch, 0, fb->width * pixel_bytes);
    *d = (struct display){
        .rows = fb->height / font.height, .cols = fb->width / font.width, .draw = framebuffer_draw};
    log_info("screen: %ux%u, %u bits a pixel, %ux%u characters", fb->width, fb->height, fb->depth,
             d->cols, d->rows);
    return true;
}
