// SPDX-License-Identifier: ISC
/*
 * The terminal emulator: parser and operations. Functions by their ECMA-48 names:
 *
 *   moving     CUU CUD CUF CUB CNL CPL CHA CUP HVP VPA HPA HPR VPR CBT CHT, BS HT LF VT FF CR, IND
 *              NEL RI, tab stops HTS TBC, DECSC DECRC (also CSI s, u)
 *   editing    ED EL ECH ICH DCH IL DL SU SD REP, insert mode IRM
 *   looks      SGR with 16, 256 and true colours (mapped to the palette of 256)
 *   modes      DECCKM, DECOM, DECAWM, DECTCEM, DECSCNM, LNM, alternate screen (47, 1047, 1048,
 * 1049) queries    DSR 5 and 6, DA sets       DEC line drawing in G0 and G1, SI and SO; UTF-8, what
 * is malformed shows as U+FFFD
 *
 * Strings for the host (OSC, DCS, APC, PM) are read and dropped. What is unknown is ignored.
 */
#include "dev/vt.h"

#include "lib/printf.h"
#include "lib/string.h"

enum state { GROUND, ESCAPE, ESCAPE_INTERMEDIATE, CSI, CSI_IGNORE, STRING, STRING_ESCAPE };

#define REPLACEMENT 0xfffd

// --- cells
// ----------------------------------------------------------------------------------------

static void mark(struct vt *vt, unsigned from, unsigned to)
{
    vt->changed_top = MIN(vt->changed_top, from);
    vt->changed_bottom = MAX(vt->changed_bottom, to);
}

/* Cells that are cleared take the background colour in use. */
static void clear_cells(struct vt *vt, unsigned row, unsigned col, unsigned n)
{
    struct vt_cell blank = {' ', vt->cursor.fg, vt->cursor.bg, 0, 0};
    struct vt_cell *c = vt_cell_at(vt, row, col);

    for (unsigned i = 0; i < n; i++)
        c[i] = blank;
    mark(vt, row, row + 1);
}

static void clear_rows(struct vt *vt, unsigned from, unsigned to)
{
    for (; from < to; from++)
        clear_cells(vt, from, 0, vt->cols);
}

/* Rows top to bottom - 1 go up by n (down, if negative); what appears is blank. */
static void scroll(struct vt *vt, unsigned top, unsigned bottom, int n)
{
    unsigned height = bottom - top, by = MIN((unsigned)(n < 0 ? -n : n), height);
    size_t kept = (size_t)(height - by) * vt->cols * sizeof(struct vt_cell);

    if (n > 0) {
        memmove(vt_cell_at(vt, top, 0), vt_cell_at(vt, top + by, 0), kept);
        clear_rows(vt, bottom - by, bottom);
    } else {
        memmove(vt_cell_at(vt, top + by, 0), vt_cell_at(vt, top, 0), kept);
        clear_rows(vt, top, top + by);
    }
    mark(vt, top, bottom);
}

/* Within the cursor's line, from its column on: opens (insert) or closes n columns. */
static void shift_line(struct vt *vt, unsigned n, bool insert)
{
    unsigned row = vt->cursor.row, col = vt->cursor.col, rest = vt->cols - col;
    struct vt_cell *c = vt_cell_at(vt, row, col);

    n = MIN(n, rest);
    if (insert) {
        memmove(c + n, c, (rest - n) * sizeof(*c));
        clear_cells(vt, row, col, n);
    } else {
        memmove(c, c + n, (rest - n) * sizeof(*c));
        clear_cells(vt, row, vt->cols - n, n);
    }
}

// --- the cursor
// -----------------------------------------------------------------------------------

static void move_to(struct vt *vt, int row, int col)
{
    int first = vt->cursor.origin ? (int)vt->top : 0;
    int last = vt->cursor.origin ? (int)vt->bottom - 1 : (int)vt->rows - 1;

    mark(vt, vt->cursor.row, vt->cursor.row + 1);
    vt->cursor.row = MAX(first, MIN(row, last));
    vt->cursor.col = MAX(0, MIN(col, (int)vt->cols - 1));
    vt->cursor.wrap_pending = false;
    mark(vt, vt->cursor.row, vt->cursor.row + 1);
}

/* Up and down stop at the edge of the scroll region when they begin inside it. */
static void move_rows(struct vt *vt, int n)
{
    int row = vt->cursor.row;
    int first = row >= (int)vt->top ? (int)vt->top : 0;
    int last = row < (int)vt->bottom ? (int)vt->bottom - 1 : (int)vt->rows - 1;

    move_to(vt, MAX(first, MIN(row + n, last)), vt->cursor.col);
}

static void move_cols(struct vt *vt, int n)
{
    move_to(vt, vt->cursor.row, (int)vt->cursor.col + n);
}

static void line_feed(struct vt *vt)
{
    if (vt->cursor.row + 1 == vt->bottom)
        scroll(vt, vt->top, vt->bottom, 1);
    else if (vt->cursor.row + 1 < vt->rows)
        move_to(vt, vt->cursor.row + 1, vt->cursor.col);
    vt->cursor.wrap_pending = false;
}

static void reverse_line_feed(struct vt *vt)
{
    if (vt->cursor.row == vt->top)
        scroll(vt, vt->top, vt->bottom, -1);
    else if (vt->cursor.row > 0)
        move_to(vt, vt->cursor.row - 1, vt->cursor.col);
}

static bool tab_at(const struct vt *vt, unsigned col)
{
    return vt->tabs[col / 8] >> col % 8 & 1;
}

static void move_tabs(struct vt *vt, int n)
{
    int step = n < 0 ? -1 : 1, col = vt->cursor.col;

    for (n *= step; n > 0; n--) {
        do
            col += step;
        while (col > 0 && col < (int)vt->cols - 1 && !tab_at(vt, col));
    }
    move_to(vt, vt->cursor.row, col);
}

static void reset_tabs(struct vt *vt)
{
    memset(vt->tabs, 1, sizeof(vt->tabs)); // one stop every 8 columns
}

// --- characters
// -----------------------------------------------------------------------------------

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

static void put_char(struct vt *vt, uint32_t ch)
{
    struct vt_cursor *cur = &vt->cursor;

    if (cur->graphics[cur->shift] && ch >= 0x5f && ch <= 0x7e)
        ch = line_drawing[ch - 0x5f];
    unsigned width = vt_char_width(ch);
    if (width == 0 || width > vt->cols)
        return;
    if (vt->autowrap && (cur->wrap_pending || cur->col + width > vt->cols)) {
        cur->col = 0;
        line_feed(vt);
    }
    if (vt->insert)
        shift_line(vt, width, true);
    cur->col = MIN(cur->col, vt->cols - width);
    struct vt_cell *c = vt_cell_at(vt, cur->row, cur->col);
    c[0] = (struct vt_cell){ch, cur->fg, cur->bg, cur->attr | (width == 2 ? VT_WIDE : 0), 0};
    if (width == 2)
        c[1] = (struct vt_cell){' ', cur->fg, cur->bg, cur->attr | VT_WIDE_TAIL, 0};
    mark(vt, cur->row, cur->row + 1);
    // The cursor stays on the last column until the next character comes: a line that is exactly
    // full must not leave an empty one behind it.
    cur->wrap_pending = cur->col + width == vt->cols;
    cur->col = MIN(cur->col + width, vt->cols - 1);
    vt->last_char = ch;
}

// --- SGR
// ------------------------------------------------------------------------------------------

/* The nearest colour of the cube 6 x 6 x 6 or of the 24 greys. */
static uint8_t palette_nearest(unsigned r, unsigned g, unsigned b)
{
    unsigned spread = MAX(MAX(r, g), b) - MIN(MIN(r, g), b);

    if (spread < 10) {
        unsigned grey = (r + g + b) / 3;
        return grey < 4 ? 16 : grey > 246 ? 231 : 232 + MIN((grey - 3) / 10, 23u);
    }
    r = r < 48 ? 0 : r < 115 ? 1 : (r - 35) / 40;
    g = g < 48 ? 0 : g < 115 ? 1 : (g - 35) / 40;
    b = b < 48 ? 0 : b < 115 ? 1 : (b - 35) / 40;
    return 16 + 36 * r + 6 * g + b;
}

/* 38 and 48: parameters from *i on; *i is left at the last one used. */
static void extended_colour(struct vt *vt, unsigned *i, uint8_t *colour)
{
    const unsigned *p = vt->params + *i;
    unsigned left = vt->param_count - *i;

    if (left >= 3 && p[1] == 5) {
        *colour = p[2];
        *i += 2;
    } else if (left >= 5 && p[1] == 2) {
        *colour = palette_nearest(p[2] & 255, p[3] & 255, p[4] & 255);
        *i += 4;
    } else {
        *i = vt->param_count;
    }
}

static void reset_looks(struct vt *vt)
{
    vt->cursor.fg = VT_DEFAULT_FG;
    vt->cursor.bg = VT_DEFAULT_BG;
    vt->cursor.attr = 0;
}

static void set_looks(struct vt *vt)
{
    struct vt_cursor *cur = &vt->cursor;
    static const uint8_t on[] = {[1] = VT_BOLD,      [2] = VT_DIM,     [3] = VT_UNDERLINE,
                                 [4] = VT_UNDERLINE, [7] = VT_REVERSE, [8] = VT_HIDDEN};
    static const uint8_t off[] = {[1] = VT_BOLD,      [2] = VT_BOLD | VT_DIM, [3] = VT_UNDERLINE,
                                  [4] = VT_UNDERLINE, [7] = VT_REVERSE,       [8] = VT_HIDDEN};

    for (unsigned i = 0; i < vt->param_count; i++) {
        unsigned p = vt->params[i];
        if (p == 0)
            reset_looks(vt);
        else if (p < ARRAY_SIZE(on))
            cur->attr |= on[p];
        else if (p > 20 && p - 20 < ARRAY_SIZE(off))
            cur->attr &= ~off[p - 20];
        else if (p >= 30 && p <= 37)
            cur->fg = p - 30;
        else if (p == 38)
            extended_colour(vt, &i, &cur->fg);
        else if (p == 39)
            cur->fg = VT_DEFAULT_FG;
        else if (p >= 40 && p <= 47)
            cur->bg = p - 40;
        else if (p == 48)
            extended_colour(vt, &i, &cur->bg);
        else if (p == 49)
            cur->bg = VT_DEFAULT_BG;
        else if (p >= 90 && p <= 97)
            cur->fg = p - 90 + 8;
        else if (p >= 100 && p <= 107)
            cur->bg = p - 100 + 8;
    }
}

// --- modes
// ----------------------------------------------------------------------------------------

static void save_cursor(struct vt *vt)
{
    vt->saved[vt->alternate] = vt->cursor;
}

static void restore_cursor(struct vt *vt)
{
    const struct vt_cursor *s = &vt->saved[vt->alternate];

    mark(vt, vt->cursor.row, vt->cursor.row + 1);
    vt->cursor = *s;
    vt->cursor.row = MIN(vt->cursor.row, vt->rows - 1);
    vt->cursor.col = MIN(vt->cursor.col, vt->cols - 1);
    mark(vt, vt->cursor.row, vt->cursor.row + 1);
}

static void use_screen(struct vt *vt, bool alternate)
{
    if (alternate == vt->alternate || !vt->screens[1])
        return;
    vt->alternate = alternate;
    vt->cells = vt->screens[alternate];
    mark(vt, 0, vt->rows);
}

/* 1049 saves the cursor, changes to a cleared alternate screen, and the other way round. */
static void set_alternate(struct vt *vt, unsigned mode, bool on)
{
    if (on && mode == 1049)
        save_cursor(vt);
    if (!on && mode == 1047 && vt->alternate)
        clear_rows(vt, 0, vt->rows);
    use_screen(vt, on);
    if (on && mode == 1049)
        clear_rows(vt, 0, vt->rows);
    if (!on && mode == 1049)
        restore_cursor(vt);
}

static void set_private_mode(struct vt *vt, unsigned mode, bool on)
{
    switch (mode) {
    case 1:
        vt->app_cursor_keys = on;
        break;
    case 5:
        vt->reverse_screen = on;
        mark(vt, 0, vt->rows);
        break;
    case 6:
        vt->cursor.origin = on;
        move_to(vt, on ? vt->top : 0, 0);
        break;
    case 7:
        vt->autowrap = on;
        break;
    case 25:
        vt->cursor_visible = on;
        mark(vt, vt->cursor.row, vt->cursor.row + 1);
        break;
    case 1048:
        on ? save_cursor(vt) : restore_cursor(vt);
        break;
    case 47:
    case 1047:
    case 1049:
        set_alternate(vt, mode, on);
        break;
    }
}

static void set_modes(struct vt *vt, bool on)
{
    for (unsigned i = 0; i < vt->param_count; i++) {
        if (vt->private_mark == '?')
            set_private_mode(vt, vt->params[i], on);
        else if (vt->params[i] == 4)
            vt->insert = on;
        else if (vt->params[i] == 20)
            vt->newline_mode = on;
    }
}

static void reset(struct vt *vt)
{
    use_screen(vt, false);
    vt->cursor = (struct vt_cursor){.fg = VT_DEFAULT_FG, .bg = VT_DEFAULT_BG};
    vt->saved[0] = vt->saved[1] = vt->cursor;
    vt->top = 0;
    vt->bottom = vt->rows;
    vt->autowrap = vt->cursor_visible = true;
    vt->insert = vt->newline_mode = vt->app_cursor_keys = vt->reverse_screen = false;
    vt->state = GROUND;
    vt->utf8_left = 0;
    reset_tabs(vt);
    clear_rows(vt, 0, vt->rows);
}

// --- control sequences
// ----------------------------------------------------------------------------

static void answer(struct vt *vt, const char *fmt, unsigned a, unsigned b)
{
    char text[32];

    if (vt->reply)
        vt->reply(vt, text, snprintf(text, sizeof(text), fmt, a, b));
}

static void erase_display(struct vt *vt, unsigned what)
{
    unsigned row = vt->cursor.row, col = vt->cursor.col;

    if (what == 0) {
        clear_cells(vt, row, col, vt->cols - col);
        clear_rows(vt, row + 1, vt->rows);
    } else if (what == 1) {
        clear_rows(vt, 0, row);
        clear_cells(vt, row, 0, col + 1);
    } else {
        clear_rows(vt, 0, vt->rows);
    }
}

static void erase_line(struct vt *vt, unsigned what)
{
    unsigned row = vt->cursor.row, col = vt->cursor.col;

    if (what == 0)
        clear_cells(vt, row, col, vt->cols - col);
    else if (what == 1)
        clear_cells(vt, row, 0, col + 1);
    else
        clear_cells(vt, row, 0, vt->cols);
}

static void insert_lines(struct vt *vt, int n)
{
    if (vt->cursor.row >= vt->top && vt->cursor.row < vt->bottom) {
        scroll(vt, vt->cursor.row, vt->bottom, -n);
        vt->cursor.col = 0;
        vt->cursor.wrap_pending = false;
    }
}

static void set_region(struct vt *vt, unsigned top, unsigned bottom)
{
    if (bottom == 0 || bottom > vt->rows)
        bottom = vt->rows;
    if (top + 1 >= bottom)
        return;
    vt->top = top;
    vt->bottom = bottom;
    move_to(vt, vt->cursor.origin ? top : 0, 0);
}

static void report(struct vt *vt, unsigned what)
{
    unsigned first = vt->cursor.origin ? vt->top : 0;

    if (what == 5)
        answer(vt, "\033[0n", 0, 0);
    else if (what == 6)
        answer(vt, "\033[%u;%uR", vt->cursor.row - first + 1, vt->cursor.col + 1);
}

static void clear_tabs(struct vt *vt, unsigned what)
{
    if (what == 0)
        vt->tabs[vt->cursor.col / 8] &= ~(1u << vt->cursor.col % 8);
    else if (what == 3)
        memset(vt->tabs, 0, sizeof(vt->tabs));
}

/* Sequences with a private mark: only modes, and queries that go unanswered. */
static void run_private(struct vt *vt, char final)
{
    if (vt->private_mark == '?' && (final == 'h' || final == 'l'))
        set_modes(vt, final == 'h');
    else if (vt->private_mark == '?' && final == 'n')
        report(vt, vt->params[0]);
}

static void run_csi_edit(struct vt *vt, char final, int n, unsigned p0)
{
    switch (final) {
    case '@':
        shift_line(vt, n, true);
        break;
    case 'J':
        erase_display(vt, p0);
        break;
    case 'K':
        erase_line(vt, p0);
        break;
    case 'L':
        insert_lines(vt, n);
        break;
    case 'M':
        insert_lines(vt, -n);
        break;
    case 'P':
        shift_line(vt, n, false);
        break;
    case 'S':
        scroll(vt, vt->top, vt->bottom, n);
        break;
    case 'T':
        scroll(vt, vt->top, vt->bottom, -n);
        break;
    case 'X':
        clear_cells(vt, vt->cursor.row, vt->cursor.col,
                    MIN((unsigned)n, vt->cols - vt->cursor.col));
        break;
    case 'b':
        for (n = MIN(n, (int)(vt->cols * vt->rows)); n > 0 && vt->last_char; n--)
            put_char(vt, vt->last_char);
        break;
    case 'c':
        if (p0 == 0)
            answer(vt, "\033[?6c", 0, 0); // a VT102
        break;
    case 'g':
        clear_tabs(vt, p0);
        break;
    case 'h':
    case 'l':
        set_modes(vt, final == 'h');
        break;
    case 'm':
        set_looks(vt);
        break;
    case 'n':
        report(vt, p0);
        break;
    case 'r':
        set_region(vt, p0 ? p0 - 1 : 0, vt->params[1]);
        break;
    case 's':
        save_cursor(vt);
        break;
    case 'u':
        restore_cursor(vt);
        break;
    }
}

static void run_csi(struct vt *vt, char final)
{
    unsigned p0 = vt->params[0], p1 = vt->params[1];
    int n = MAX(p0, 1u); // a count: 0 and nothing mean 1
    int origin = vt->cursor.origin ? (int)vt->top : 0;

    if (vt->intermediate)
        return;
    if (vt->private_mark) {
        run_private(vt, final);
        return;
    }
    switch (final) {
    case 'A':
        move_rows(vt, -n);
        break;
    case 'B':
    case 'e':
        move_rows(vt, n);
        break;
    case 'C':
    case 'a':
        move_cols(vt, n);
        break;
    case 'D':
        move_cols(vt, -n);
        break;
    case 'E':
        move_rows(vt, n);
        vt->cursor.col = 0;
        break;
    case 'F':
        move_rows(vt, -n);
        vt->cursor.col = 0;
        break;
    case 'G':
    case '`':
        move_to(vt, vt->cursor.row, n - 1);
        break;
    case 'H':
    case 'f':
        move_to(vt, origin + n - 1, (int)MAX(p1, 1u) - 1);
        break;
    case 'd':
        move_to(vt, origin + n - 1, vt->cursor.col);
        break;
    case 'I':
        move_tabs(vt, MIN(n, (int)vt->cols));
        break;
    case 'Z':
        move_tabs(vt, -MIN(n, (int)vt->cols));
        break;
    default:
        run_csi_edit(vt, final, n, p0);
        break;
    }
}

// --- the parser
// -----------------------------------------------------------------------------------

static void begin_sequence(struct vt *vt, uint8_t state)
{
    vt->state = state;
    vt->private_mark = vt->intermediate = 0;
    memset(vt->params, 0, sizeof(vt->params));
    vt->param_count = 1;
}

/* C0 control characters act wherever they come, inside sequences too. */
static void control(struct vt *vt, char c)
{
    switch (c) {
    case '\b':
        move_cols(vt, -1);
        break;
    case '\t':
        move_tabs(vt, 1);
        break;
    case '\n':
    case '\v':
    case '\f':
        line_feed(vt);
        if (!vt->newline_mode)
            break;
        // fall through
    case '\r':
        move_to(vt, vt->cursor.row, 0);
        break;
    case 0x0e: // SO
        vt->cursor.shift = 1;
        break;
    case 0x0f: // SI
        vt->cursor.shift = 0;
        break;
    case 0x18: // CAN
    case 0x1a: // SUB
        vt->state = GROUND;
        break;
    case 0x1b:
        begin_sequence(vt, ESCAPE);
        break;
    }
}

static void escape(struct vt *vt, char c)
{
    vt->state = GROUND;
    switch (c) {
    case '[':
        begin_sequence(vt, CSI);
        break;
    case ']':
    case 'P':
    case 'X':
    case '^':
    case '_':
        vt->state = STRING;
        break;
    case '7':
        save_cursor(vt);
        break;
    case '8':
        restore_cursor(vt);
        break;
    case 'D':
        line_feed(vt);
        break;
    case 'E':
        line_feed(vt);
        move_to(vt, vt->cursor.row, 0);
        break;
    case 'H':
        vt->tabs[vt->cursor.col / 8] |= 1u << vt->cursor.col % 8;
        break;
    case 'M':
        reverse_line_feed(vt);
        break;
    case 'Z':
        answer(vt, "\033[?6c", 0, 0);
        break;
    case 'c':
        reset(vt);
        break;
    default:
        if (c >= 0x20 && c <= 0x2f) {
            vt->intermediate = c;
            vt->state = ESCAPE_INTERMEDIATE;
        }
    }
}

static void escape_intermediate(struct vt *vt, char c)
{
    if (vt->intermediate == '(' || vt->intermediate == ')')
        vt->cursor.graphics[vt->intermediate == ')'] = c == '0';
    vt->state = GROUND;
}

static void csi(struct vt *vt, char c)
{
    unsigned *param = &vt->params[vt->param_count - 1];

    if (c >= '0' && c <= '9') {
        *param = MIN(*param * 10 + (c - '0'), 99999u);
    } else if (c == ';' || c == ':') {
        if (vt->param_count < ARRAY_SIZE(vt->params))
            vt->param_count++;
        else
            vt->state = CSI_IGNORE;
    } else if (c >= '<' && c <= '?') {
        vt->private_mark = c;
    } else if (c >= 0x20 && c <= 0x2f) {
        vt->intermediate = c;
    } else if (c >= 0x40 && c <= 0x7e) {
        vt->state = GROUND;
        run_csi(vt, c);
    } else {
        vt->state = CSI_IGNORE;
    }
}

/* A string ends with BEL or ESC \. */
static void string(struct vt *vt, char c)
{
    if (c == '\a' || (vt->state == STRING_ESCAPE && c == '\\'))
        vt->state = GROUND;
    else
        vt->state = c == 0x1b ? STRING_ESCAPE : STRING;
}

/* Decodes UTF-8; a byte that cannot follow shows what came before as U+FFFD and is looked at anew.
 */
static void ground(struct vt *vt, uint8_t b)
{
    if (vt->utf8_left && (b & 0xc0) == 0x80) {
        vt->utf8_value = vt->utf8_value << 6 | (b & 0x3f);
        if (--vt->utf8_left)
            return;
        uint32_t v = vt->utf8_value;
        bool bad = v < vt->utf8_least || v > 0x10ffff || (v >= 0xd800 && v <= 0xdfff);
        put_char(vt, bad ? REPLACEMENT : v);
        return;
    }
    if (vt->utf8_left) {
        vt->utf8_left = 0;
        put_char(vt, REPLACEMENT);
    }
    if (b < 0x80) {
        if (b != 0x7f)
            put_char(vt, b);
    } else if (b >= 0xc2 && b <= 0xf4) {
        vt->utf8_left = b >= 0xf0 ? 3 : b >= 0xe0 ? 2 : 1;
        vt->utf8_value = b & (0x3f >> vt->utf8_left);
        vt->utf8_least = b >= 0xf0 ? 0x10000 : b >= 0xe0 ? 0x800 : 0x80;
    } else {
        put_char(vt, REPLACEMENT);
    }
}

static void take_byte(struct vt *vt, uint8_t b)
{
    if (vt->state == STRING || vt->state == STRING_ESCAPE) {
        string(vt, b);
        return;
    }
    if (b < 0x20) {
        if (vt->utf8_left) {
            vt->utf8_left = 0;
            put_char(vt, REPLACEMENT);
        }
        control(vt, b);
        return;
    }
    switch (vt->state) {
    case ESCAPE:
        escape(vt, b);
        break;
    case ESCAPE_INTERMEDIATE:
        escape_intermediate(vt, b);
        break;
    case CSI:
        csi(vt, b);
        break;
    case CSI_IGNORE:
        if (b >= 0x40 && b <= 0x7e)
            vt->state = GROUND;
        break;
    default:
        ground(vt, b);
    }
}

void vt_write(struct vt *vt, const char *text, size_t len)
{
    for (size_t i = 0; i < len; i++)
        take_byte(vt, text[i]);
}

void vt_init(struct vt *vt, unsigned rows, unsigned cols, struct vt_cell *cells,
             struct vt_cell *alternate)
{
    *vt =
        (struct vt){.rows = rows, .cols = cols, .screens = {cells, alternate}, .changed_top = rows};
    vt->cells = cells;
    reset(vt);
    if (alternate) {
        use_screen(vt, true);
        clear_rows(vt, 0, rows);
        use_screen(vt, false);
    }
}
