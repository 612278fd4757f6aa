// SPDX-License-Identifier: ISC
/*
 * The terminal emulator: parser and control sequences. Functions by their ECMA-48 names:
 *
 *   moving     CUU CUD CUF CUB CNL CPL CHA CUP HVP VPA HPA HPR VPR CBT CHT, BS HT LF VT FF CR, IND
 *              NEL RI, tab stops HTS TBC, DECSC DECRC (also CSI s, u)
 *   editing    ED EL ECH ICH DCH IL DL SU SD REP, insert mode IRM
 *   looks      SGR with 16, 256 and true colours (mapped to the palette of 256)
 *   modes      DECCKM, DECOM, DECAWM, DECTCEM, DECSCNM, LNM, alternate screen (47, 1047 to 1049)
 *   queries    DSR 5 and 6, DA
 *   sets       DEC line drawing in G0 and G1, SI and SO; UTF-8: what is malformed shows as U+FFFD
 *
 * Strings for the host (OSC, DCS, APC, PM) are read and dropped. What is unknown is ignored.
 */
#include "dev/vt_ops.h"

#include "lib/printf.h"
#include "lib/string.h"

#define REPLACEMENT 0xfffd

// --- control sequences ---------------------------------------------------------------------------

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
        vt_clear_cells(vt, row, col, vt->cols - col);
        vt_clear_rows(vt, row + 1, vt->rows);
    } else if (what == 1) {
        vt_clear_rows(vt, 0, row);
        vt_clear_cells(vt, row, 0, col + 1);
    } else {
        vt_clear_rows(vt, 0, vt->rows);
    }
}

static void erase_line(struct vt *vt, unsigned what)
{
    unsigned row = vt->cursor.row, col = vt->cursor.col;

    if (what == 0)
        vt_clear_cells(vt, row, col, vt->cols - col);
    else if (what == 1)
        vt_clear_cells(vt, row, 0, col + 1);
    else
        vt_clear_cells(vt, row, 0, vt->cols);
}

static void insert_lines(struct vt *vt, int n)
{
    if (vt->cursor.row >= vt->top && vt->cursor.row < vt->bottom) {
        vt_scroll(vt, vt->cursor.row, vt->bottom, -n);
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
    vt_move_to(vt, vt->cursor.origin ? top : 0, 0);
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
        vt_set_modes(vt, final == 'h');
    else if (vt->private_mark == '?' && final == 'n')
        report(vt, vt->params[0]);
}

static void run_csi_edit(struct vt *vt, char final, int n, unsigned p0)
{
    switch (final) {
    case '@':
        vt_shift_line(vt, n, true);
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
        vt_shift_line(vt, n, false);
        break;
    case 'S':
        vt_scroll(vt, vt->top, vt->bottom, n);
        break;
    case 'T':
        vt_scroll(vt, vt->top, vt->bottom, -n);
        break;
    case 'X':
        vt_clear_cells(vt, vt->cursor.row, vt->cursor.col,
                       MIN((unsigned)n, vt->cols - vt->cursor.col));
        break;
    case 'b':
        for (n = MIN(n, (int)(vt->cols * vt->rows)); n > 0 && vt->last_char; n--)
            vt_put_char(vt, vt->last_char);
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
        vt_set_modes(vt, final == 'h');
        break;
    case 'm':
        vt_set_looks(vt);
        break;
    case 'n':
        report(vt, p0);
        break;
    case 'r':
        set_region(vt, p0 ? p0 - 1 : 0, vt->params[1]);
        break;
    case 's':
        vt_save_cursor(vt);
        break;
    case 'u':
        vt_restore_cursor(vt);
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
        vt_move_rows(vt, -n);
        break;
    case 'B':
    case 'e':
        vt_move_rows(vt, n);
        break;
    case 'C':
    case 'a':
        vt_move_cols(vt, n);
        break;
    case 'D':
        vt_move_cols(vt, -n);
        break;
    case 'E':
        vt_move_rows(vt, n);
        vt->cursor.col = 0;
        break;
    case 'F':
        vt_move_rows(vt, -n);
        vt->cursor.col = 0;
        break;
    case 'G':
    case '`':
        vt_move_to(vt, vt->cursor.row, n - 1);
        break;
    case 'H':
    case 'f':
        vt_move_to(vt, origin + n - 1, (int)MAX(p1, 1u) - 1);
        break;
    case 'd':
        vt_move_to(vt, origin + n - 1, vt->cursor.col);
        break;
    case 'I':
        vt_move_tabs(vt, MIN(n, (int)vt->cols));
        break;
    case 'Z':
        vt_move_tabs(vt, -MIN(n, (int)vt->cols));
        break;
    default:
        run_csi_edit(vt, final, n, p0);
        break;
    }
}

// --- the parser ----------------------------------------------------------------------------------

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
        vt_move_cols(vt, -1);
        break;
    case '\t':
        vt_move_tabs(vt, 1);
        break;
    case '\n':
    case '\v':
    case '\f':
        vt_line_feed(vt);
        if (!vt->newline_mode)
            break;
        // fall through
    case '\r':
        vt_move_to(vt, vt->cursor.row, 0);
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
        vt_save_cursor(vt);
        break;
    case '8':
        vt_restore_cursor(vt);
        break;
    case 'D':
        vt_line_feed(vt);
        break;
    case 'E':
        vt_line_feed(vt);
        vt_move_to(vt, vt->cursor.row, 0);
        break;
    case 'H':
        vt->tabs[vt->cursor.col / 8] |= 1u << vt->cursor.col % 8;
        break;
    case 'M':
        vt_reverse_line_feed(vt);
        break;
    case 'Z':
        answer(vt, "\033[?6c", 0, 0);
        break;
    case 'c':
        vt_reset(vt);
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
        vt_put_char(vt, bad ? REPLACEMENT : v);
        return;
    }
    if (vt->utf8_left) {
        vt->utf8_left = 0;
        vt_put_char(vt, REPLACEMENT);
    }
    if (b < 0x80) {
        if (b != 0x7f)
            vt_put_char(vt, b);
    } else if (b >= 0xc2 && b <= 0xf4) {
        vt->utf8_left = b >= 0xf0 ? 3 : b >= 0xe0 ? 2 : 1;
        vt->utf8_value = b & (0x3f >> vt->utf8_left);
        vt->utf8_least = b >= 0xf0 ? 0x10000 : b >= 0xe0 ? 0x800 : 0x80;
    } else {
        vt_put_char(vt, REPLACEMENT);
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
            vt_put_char(vt, REPLACEMENT);
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
    vt_reset(vt);
    if (alternate) {
        vt_use_screen(vt, true);
        vt_clear_rows(vt, 0, rows);
        vt_use_screen(vt, false);
    }
}
