// SPDX-License-Identifier: ISC
/* The terminal emulator's looks (SGR) and modes. */
#include "dev/vt_ops.h"

#include "lib/string.h"

// --- SGR -----------------------------------------------------------------------------------------

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

void vt_set_looks(struct vt *vt)
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

// --- modes ---------------------------------------------------------------------------------------

void vt_save_cursor(struct vt *vt)
{
    vt->saved[vt->alternate] = vt->cursor;
}

void vt_restore_cursor(struct vt *vt)
{
    const struct vt_cursor *s = &vt->saved[vt->alternate];

    vt_mark(vt, vt->cursor.row, vt->cursor.row + 1);
    vt->cursor = *s;
    vt->cursor.row = MIN(vt->cursor.row, vt->rows - 1);
    vt->cursor.col = MIN(vt->cursor.col, vt->cols - 1);
    vt_mark(vt, vt->cursor.row, vt->cursor.row + 1);
}

void vt_use_screen(struct vt *vt, bool alternate)
{
    if (alternate == vt->alternate || !vt->screens[1])
        return;
    vt->alternate = alternate;
    vt->cells = vt->screens[alternate];
    vt_mark(vt, 0, vt->rows);
}

/* 1049 saves the cursor, changes to a cleared alternate screen, and the other way round. */
static void set_alternate(struct vt *vt, unsigned mode, bool on)
{
    if (on && mode == 1049)
        vt_save_cursor(vt);
    if (!on && mode == 1047 && vt->alternate)
        vt_clear_rows(vt, 0, vt->rows);
    vt_use_screen(vt, on);
    if (on && mode == 1049)
        vt_clear_rows(vt, 0, vt->rows);
    if (!on && mode == 1049)
        vt_restore_cursor(vt);
}

static void set_private_mode(struct vt *vt, unsigned mode, bool on)
{
    switch (mode) {
    case 1:
        vt->app_cursor_keys = on;
        break;
    case 5:
        vt->reverse_screen = on;
        vt_mark(vt, 0, vt->rows);
        break;
    case 6:
        vt->cursor.origin = on;
        vt_move_to(vt, on ? vt->top : 0, 0);
        break;
    case 7:
        vt->autowrap = on;
        break;
    case 25:
        vt->cursor_visible = on;
        vt_mark(vt, vt->cursor.row, vt->cursor.row + 1);
        break;
    case 1048:
        on ? vt_save_cursor(vt) : vt_restore_cursor(vt);
        break;
    case 47:
    case 1047:
    case 1049:
        set_alternate(vt, mode, on);
        break;
    }
}

void vt_set_modes(struct vt *vt, bool on)
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

void vt_reset(struct vt *vt)
{
    vt_use_screen(vt, false);
    vt->cursor = (struct vt_cursor){.fg = VT_DEFAULT_FG, .bg = VT_DEFAULT_BG};
    vt->saved[0] = vt->saved[1] = vt->cursor;
    vt->top = 0;
    vt->bottom = vt->rows;
    vt->autowrap = vt->cursor_visible = true;
    vt->insert = vt->newline_mode = vt->app_cursor_keys = vt->reverse_screen = false;
    vt->state = GROUND;
    vt->utf8_left = 0;
    vt_reset_tabs(vt);
    vt_clear_rows(vt, 0, vt->rows);
}
