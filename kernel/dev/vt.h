// SPDX-License-Identifier: ISC
/*
 * A terminal emulator: bytes go in, a grid of cells comes out. It knows no hardware and takes no
 * lock (the owner's guards it); screen.c shows its cells, vt_test.c feeds it and looks.
 *
 * What it understands is what the name "linux" stands for in terminfo, as far as shells, vi, less
 * and top use it; see vt.c. ECMA-48 names the functions.
 */
#pragma once

#include "lib/base.h"

#define VT_COLS_MAX 512
#define VT_ROWS_MAX 256

#define VT_BOLD      1u
#define VT_UNDERLINE 2u
#define VT_REVERSE   4u
#define VT_DIM       8u
#define VT_WIDE      16u // left half of a character two columns wide
#define VT_WIDE_TAIL 32u // its right half
#define VT_HIDDEN    64u

#define VT_DEFAULT_FG 7 // colours are indices of the 256-colour palette
#define VT_DEFAULT_BG 0

struct vt_cell {
    uint32_t ch; // Unicode
    uint8_t fg, bg;
    uint8_t attr; // VT_*
    uint8_t unused;
};

struct vt_cursor { // what DECSC saves
    unsigned row, col;
    bool wrap_pending; // a character was put into the last column: the next one goes to a new line
    bool origin;       // rows count from the scroll region's top
    uint8_t fg, bg, attr;
    bool graphics[2]; // G0, G1 hold DEC's line drawing set
    uint8_t shift;    // which of them is in use
};

struct vt {
    unsigned rows, cols;
    struct vt_cell *cells;      // what is shown: rows * cols
    struct vt_cell *screens[2]; // primary, alternate (NULL without memory: then there is only one)
    bool alternate;
    struct vt_cursor cursor, saved[2];
    unsigned top, bottom; // scroll region: rows top to bottom - 1
    bool autowrap, insert, newline_mode, cursor_visible, app_cursor_keys, reverse_screen;
    uint8_t tabs[VT_COLS_MAX / 8];
    uint32_t last_char;                   // for REP
    unsigned changed_top, changed_bottom; // rows that changed since the owner last looked

    // the parser
    uint8_t state;
    uint32_t utf8_value, utf8_least;
    uint8_t utf8_left;
    char private_mark, intermediate;
    unsigned params[16], param_count;

    /* Answers to queries go here as if typed. NULL: not answered. */
    void (*reply)(struct vt *vt, const char *text, size_t len);
    void *owner;
};

/* `cells` and `alternate` (or NULL) have rows * cols each. */
void vt_init(struct vt *vt, unsigned rows, unsigned cols, struct vt_cell *cells,
             struct vt_cell *alternate);
void vt_write(struct vt *vt, const char *text, size_t len);

/* Columns of a character: 0 (combining), 1 or 2. */
unsigned vt_char_width(uint32_t ch);

static inline struct vt_cell *vt_cell_at(const struct vt *vt, unsigned row, unsigned col)
{
    return vt->cells + row * vt->cols + col;
}
