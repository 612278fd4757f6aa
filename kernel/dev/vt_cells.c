// SPDX-License-Identifier: ISC
/* The terminal emulator's grid: cells, the cursor, scrolling, putting characters. */
#include "dev/vt_ops.h"

#include "lib/string.h"

// --- cells ---------------------------------------------------------------------------------------

void vt_mark(struct vt *vt, unsigned from, unsigned to)
{
    vt->changed_top = MIN(vt->changed_top, from);
    vt->changed_bottom = MAX(vt->changed_bottom, to);
}

/* Cells that are cleared take the background colour in use. */
void vt_clear_cells(struct vt *vt, unsigned row, unsigned col, unsigned n)
{
    struct vt_cell blank = {' ', vt->cursor.fg, vt->cursor.bg, 0, 0};
    struct vt_cell *c = vt_cell_at(vt, row, col);

    for (unsigned i = 0; i < n; i++)
        c[i] = blank;
    vt_mark(vt, row, row + 1);
}

void vt_clear_rows(struct vt *vt, unsigned from, unsigned to)
{
    for (; from < to; from++)
        vt_clear_cells(vt, from, 0, vt->cols);
}

/* Rows top to bottom - 1 go up by n (down, if negative); what appears is blank. */
void vt_scroll(struct vt *vt, unsigned top, unsigned bottom, int n)
{
    unsigned height = bottom - top, by = MIN((unsigned)(n < 0 ? -n : n), height);
    size_t kept = (size_t)(height - by) * vt->cols * sizeof(struct vt_cell);

    if (n > 0) {
        memmove(vt_cell_at(vt, top, 0), vt_cell_at(vt, top + by, 0), kept);
        vt_clear_rows(vt, bottom - by, bottom);
    } else {
        memmove(vt_cell_at(vt, top + by, 0), vt_cell_at(vt, top, 0), kept);
        vt_clear_rows(vt, top, top + by);
    }
    vt_mark(vt, top, bottom);
}

/* Within the cursor's line, from its column on: opens (insert) or closes n columns. */
void vt_shift_line(struct vt *vt, unsigned n, bool insert)
{
    unsigned row = vt->cursor.row, col = vt->cursor.col, rest = vt->cols - col;
    struct vt_cell *c = vt_cell_at(vt, row, col);

    n = MIN(n, rest);
    if (insert) {
        memmove(c + n, c, (rest - n) * sizeof(*c));
        vt_clear_cells(vt, row, col, n);
    } else {
        memmove(c, c + n, (rest - n) * sizeof(*c));
        vt_clear_cells(vt, row, vt->cols - n, n);
    }
}

// --- the cursor ----------------------------------------------------------------------------------

void vt_move_to(struct vt *vt, int row, int col)
{
    int first = vt->cursor.origin ? (int)vt->top : 0;
    int last = vt->cursor.origin ? (int)vt->bottom - 1 : (int)vt->rows - 1;

    vt_mark(vt, vt->cursor.row, vt->cursor.row + 1);
    vt->cursor.row = MAX(first, MIN(row, last));
    vt->cursor.col = MAX(0, MIN(col, (int)vt->cols - 1));
    vt->cursor.wrap_pending = false;
    vt_mark(vt, vt->cursor.row, vt->cursor.row + 1);
}

/* Up and down stop at the edge of the scroll region when they begin inside it. */
void vt_move_rows(struct vt *vt, int n)
{
    int row = vt->cursor.row;
    int first = row >= (int)vt->top ? (int)vt->top : 0;
    int last = row < (int)vt->bottom ? (int)vt->bottom - 1 : (int)vt->rows - 1;

    vt_move_to(vt, MAX(first, MIN(row + n, last)), vt->cursor.col);
}

void vt_move_cols(struct vt *vt, int n)
{
    vt_move_to(vt, vt->cursor.row, (int)vt->cursor.col + n);
}

void vt_line_feed(struct vt *vt)
{
    if (vt->cursor.row + 1 == vt->bottom)
        vt_scroll(vt, vt->top, vt->bottom, 1);
    else if (vt->cursor.row + 1 < vt->rows)
        vt_move_to(vt, vt->cursor.row + 1, vt->cursor.col);
    vt->cursor.wrap_pending = false;
}

void vt_reverse_line_feed(struct vt *vt)
{
    if (vt->cursor.row == vt->top)
        vt_scroll(vt, vt->top, vt->bottom, -1);
    else if (vt->cursor.row > 0)
        vt_move_to(vt, vt->cursor.row - 1, vt->cursor.col);
}

static bool tab_at(const struct vt *vt, unsigned col)
{
    return vt->tabs[col / 8] >> col % 8 & 1;
}

void vt_move_tabs(struct vt *vt, int n)
{
    int step = n < 0 ? -1 : 1, col = vt->cursor.col;

    for (n *= step; n > 0; n--) {
        do
            col += step;
        while (col > 0 && col < (int)vt->cols - 1 && !tab_at(vt, col));
    }
    vt_move_to(vt, vt->cursor.row, col);
}

void vt_reset_tabs(struct vt *vt)
{
    memset(vt->tabs, 1, sizeof(vt->tabs)); // one stop every 8 columns
}

// --- characters ----------------------------------------------------------------------------------

unsigned vt_char_width(uint32_t ch)
{
    static const struct {
        uint32_t from, to;
        uint8_t width;
    } ranges[] = {
        // Unicode 15: combining marks, and East Asian Width W and F
        {0x0300, 0x036f, 0},   {0x1ab0, 0x1aff, 0},   {0x1dc0, 0x1dff, 0},   {0x200b, 0x200f, 0},
        {0x202a, 0x202e, 0},   {0x2060, 0x2064, 0},   {0x20d0, 0x20ff, 0},   {0xfe00, 0xfe0f, 0},
        {0xfe20, 0xfe2f, 0},   {0xfeff, 0xfeff, 0},   {0x1100, 0x115f, 2},   {0x2e80, 0x303e, 2},
        {0x3041, 0xa4cf, 2},   {0xa960, 0xa97c, 2},   {0xac00, 0xd7a3, 2},   {0xf900, 0xfaff, 2},
        {0xfe30, 0xfe6f, 2},   {0xff00, 0xff60, 2},   {0xffe0, 0xffe6, 2},   {0x1f300, 0x1f64f, 2},
        {0x1f680, 0x1f6ff, 2}, {0x1f900, 0x1f9ff, 2}, {0x20000, 0x3fffd, 2},
    };

    for (size_t i = 0; ch >= 0x300 && i < ARRAY_SIZE(ranges); i++) {
        if (ch >= ranges[i].from && ch <= ranges[i].to)
            return ranges[i].width;
    }
    return 1;
}

/* DEC Special Graphics: 0x5f to 0x7e (VT100 user guide, table 3-9). */
static const uint16_t line_drawing[] = {
    0x00a0, 0x25c6, 0x2592, 0x2409, 0x240c, 0x240d, 0x240a, 0x00b0, 0x00b1, 0x2424, 0x240b,
    0x2518, 0x2510, 0x250c, 0x2514, 0x253c, 0x23ba, 0x23bb, 0x2500, 0x23bc, 0x23bd, 0x251c,
    0x2524, 0x2534, 0x252c, 0x2502, 0x2264, 0x2265, 0x03c0, 0x2260, 0x00a3, 0x00b7,
};

void vt_put_char(struct vt *vt, uint32_t ch)
{
    struct vt_cursor *cur = &vt->cursor;

    if (cur->graphics[cur->shift] && ch >= 0x5f && ch <= 0x7e)
        ch = line_drawing[ch - 0x5f];
    unsigned width = vt_char_width(ch);
    if (width == 0 || width > vt->cols)
        return;
    if (vt->autowrap && (cur->wrap_pending || cur->col + width > vt->cols)) {
        cur->col = 0;
        vt_line_feed(vt);
    }
    if (vt->insert)
        vt_shift_line(vt, width, true);
    cur->col = MIN(cur->col, vt->cols - width);
    struct vt_cell *c = vt_cell_at(vt, cur->row, cur->col);
    c[0] = (struct vt_cell){ch, cur->fg, cur->bg, cur->attr | (width == 2 ? VT_WIDE : 0), 0};
    if (width == 2)
        c[1] = (struct vt_cell){' ', cur->fg, cur->bg, cur->attr | VT_WIDE_TAIL, 0};
    vt_mark(vt, cur->row, cur->row + 1);
    // The cursor stays on the last column until the next character comes: a line that is exactly
    // full must not leave an empty one behind it.
    cur->wrap_pending = cur->col + width == vt->cols;
    cur->col = MIN(cur->col + width, vt->cols - 1);
    vt->last_char = ch;
}
