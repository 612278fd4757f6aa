// SPDX-License-Identifier: ISC
/*
 * Cells shown by VGA text mode: a byte of code page 437 and a byte of two colours out of 16. The
 * cursor is the hardware's (CRT controller registers 0x0e and 0x0f; IBM VGA technical reference).
 */
#include "dev/screen.h"

#include "lib/log.h"
#include "x86/boot.h"
#include "x86/io.h"
#include "x86/mmu.h"

#define VGA_TEXT     0xb8000
#define CRTC_INDEX   0x3d4
#define CRTC_DATA    0x3d5
#define CURSOR_START 0x0a // bit 5: off
#define CURSOR_HIGH  0x0e
#define CURSOR_LOW   0x0f

static volatile uint16_t *cells;
static unsigned line_cells;  // distance of two lines
static uint8_t nearest[256]; // of the 16 colours

/* Code page 437 from 0x80 on. */
static const uint16_t upper_half[128] = {
    0x00c7, 0x00fc, 0x00e9, 0x00e2, 0x00e4, 0x00e0, 0x00e5, 0x00e7, 0x00ea, 0x00eb, 0x00e8, 0x00ef,
    0x00ee, 0x00ec, 0x00c4, 0x00c5, 0x00c9, 0x00e6, 0x00c6, 0x00f4, 0x00f6, 0x00f2, 0x00fb, 0x00f9,
    0x00ff, 0x00d6, 0x00dc, 0x00a2, 0x00a3, 0x00a5, 0x20a7, 0x0192, 0x00e1, 0x00ed, 0x00f3, 0x00fa,
    0x00f1, 0x00d1, 0x00aa, 0x00ba, 0x00bf, 0x2310, 0x00ac, 0x00bd, 0x00bc, 0x00a1, 0x00ab, 0x00bb,
    0x2591, 0x2592, 0x2593, 0x2502, 0x2524, 0x2561, 0x2562, 0x2556, 0x2555, 0x2563, 0x2551, 0x2557,
    0x255d, 0x255c, 0x255b, 0x2510, 0x2514, 0x2534, 0x252c, 0x251c, 0x2500, 0x253c, 0x255e, 0x255f,
    0x255a, 0x2554, 0x2569, 0x2566, 0x2560, 0x2550, 0x256c, 0x2567, 0x2568, 0x2564, 0x2565, 0x2559,
    0x2558, 0x2552, 0x2553, 0x256b, 0x256a, 0x2518, 0x250c, 0x2588, 0x2584, 0x258c, 0x2590, 0x2580,
    0x03b1, 0x00df, 0x0393, 0x03c0, 0x03a3, 0x03c3, 0x00b5, 0x03c4, 0x03a6, 0x0398, 0x03a9, 0x03b4,
    0x221e, 0x03c6, 0x03b5, 0x2229, 0x2261, 0x00b1, 0x2265, 0x2264, 0x2320, 0x2321, 0x00f7, 0x2248,
    0x00b0, 0x2219, 0x00b7, 0x221a, 0x207f, 0x00b2, 0x25a0, 0x00a0,
};

static uint8_t to_cp437(uint32_t ch)
{
    static const struct {
        uint16_t ch;
        uint8_t code;
    } others[] = {{0x2022, 0x07}, {0x2190, 0x1b}, {0x2191, 0x18}, {0x2192, 0x1a},
                  {0x2193, 0x19}, {0x25c6, 0x04}, {0x25b2, 0x1e}, {0x25ba, 0x10},
                  {0x25bc, 0x1f}, {0x25c4, 0x11}, {0x2013, '-'},  {0x2014, '-'},
                  {0x2018, '\''}, {0x2019, '\''}, {0x201c, '"'},  {0x201d, '"'}};

    if (ch < 0x80)
        return ch < ' ' ? ' ' : ch;
    for (unsigned i = 0; i < 128; i++) {
        if (upper_half[i] == ch)
            return 0x80 + i;
    }
    for (unsigned i = 0; i < ARRAY_SIZE(others); i++) {
        if (others[i].ch == ch)
            return others[i].code;
    }
    return '?';
}

/* VGA's order of colours has red and blue swapped against ANSI's. */
static uint8_t vga_colour(uint8_t ansi)
{
    return (ansi & 0x0a) | (ansi & 1) << 2 | (ansi & 4) >> 2;
}

static unsigned distance(uint32_t a, uint32_t b)
{
    unsigned sum = 0;

    for (unsigned shift = 0; shift <= 16; shift += 8) {
        int d = (int)(a >> shift & 255) - (int)(b >> shift & 255);
        sum += d * d;
    }
    return sum;
}

static uint8_t find_nearest(uint8_t index)
{
    uint8_t best = 0;

    if (index < 16)
        return index;
    for (unsigned i = 1; i < 16; i++) {
        if (distance(palette_rgb(i), palette_rgb(index)) <
            distance(palette_rgb(best), palette_rgb(index)))
            best = i;
    }
    return best;
}

static void vgatext_draw(unsigned row, unsigned col, const struct look *l)
{
    uint8_t fg = vga_colour(nearest[l->fg]),
            bg = vga_colour(nearest[l->bg]) & 7; // bit 3 would blink

    if (fg == bg && l->fg != l->bg)
        fg ^= 8;
    cells[row * line_cells + col] = (bg << 4 | fg) << 8 | (l->half ? '?' : to_cp437(l->ch));
}

static void crtc_write(uint8_t index, uint8_t value)
{
    outb(CRTC_INDEX, index);
    outb(CRTC_DATA, value);
}

static void vgatext_cursor(unsigned row, unsigned col, bool visible)
{
    unsigned at = row * line_cells + col;

    outb(CRTC_INDEX, CURSOR_START);
    uint8_t start = inb(CRTC_DATA) & ~0x20;
    crtc_write(CURSOR_START, visible ? start : start | 0x20);
    crtc_write(CURSOR_HIGH, at >> 8);
    crtc_write(CURSOR_LOW, at);
}

bool vgatext_init(struct display *d)
{
    const struct boot_framebuffer *fb = &boot_info.fb;
    bool told = fb->present && fb->text;

    if (fb->present && !fb->text)
        return false;
    *d = (struct display){.rows = told ? fb->height : 25,
                          .cols = told ? fb->width : 80,
                          .hardware_cursor = true,
                          .draw = vgatext_draw,
                          .cursor = vgatext_cursor};
    line_cells = told && fb->pitch ? fb->pitch / 2 : d->cols;
    cells = mmio_map(told ? fb->addr : PHYS(VGA_TEXT), d->rows * line_cells * 2);
    if (!cells || !d->rows || !d->cols)
        return false;
    for (unsigned i = 0; i < 256; i++)
        nearest[i] = find_nearest(i);
    log_info("screen: VGA text, %ux%u characters", d->cols, d->rows);
    return true;
}
