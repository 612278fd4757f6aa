// SPDX-License-Identifier: ISC
/* The terminal emulator: what certain bytes leave on a small screen. */
#include "dev/vt.h"

#include "lib/selftest.h"
#include "lib/string.h"

#define ROWS 5
#define COLS 20

static struct vt_cell primary[ROWS * COLS], alternate[ROWS * COLS];
static struct vt vt;
static char answered[64];

static void keep_answer(struct vt *v, const char *text, size_t len)
{
    (void)v;
    size_t at = strlen(answered);
    memcpy(answered + at, text, MIN(len, sizeof(answered) - 1 - at));
}

/* A fresh screen after these bytes. */
static void show(const char *text)
{
    memset(answered, 0, sizeof(answered));
    vt_init(&vt, ROWS, COLS, primary, alternate);
    vt.reply = keep_answer;
    vt_write(&vt, text, strlen(text));
}

/* Does the row begin with `text`, and is it blank behind that? */
static bool row_is(unsigned row, const char *text)
{
    size_t len = strlen(text);

    for (unsigned col = 0; col < COLS; col++) {
        if (vt_cell_at(&vt, row, col)->ch != (col < len ? (uint8_t)text[col] : ' '))
            return false;
    }
    return true;
}

static bool cursor_at(unsigned row, unsigned col)
{
    return vt.cursor.row == row && vt.cursor.col == col;
}

SELFTEST(vt_text, "text, line feeds and tabs land where they should")
{
    show("one\r\ntwo\n  x\ta\bb");
    SELFTEST_CHECK(row_is(0, "one") && row_is(1, "two"));
    SELFTEST_CHECK(row_is(2, "     x  b"));
    SELFTEST_CHECK(cursor_at(2, 9));
    return true;
}

SELFTEST(vt_wrap, "a full line wraps only when the next character comes")
{
    show("12345678901234567890");
    SELFTEST_CHECK(cursor_at(0, COLS - 1) && vt.cursor.wrap_pending);
    vt_write(&vt, "\r\nx", 3);
    SELFTEST_CHECK(row_is(0, "12345678901234567890") && row_is(1, "x"));
    show("12345678901234567890A");
    SELFTEST_CHECK(row_is(1, "A") && cursor_at(1, 1));
    show("\033[?7l12345678901234567890AB");
    SELFTEST_CHECK(row_is(0, "1234567890123456789B") && row_is(1, ""));
    return true;
}

SELFTEST(vt_scroll, "the screen and a region scroll, both ways")
{
    show("1\r\n2\r\n3\r\n4\r\n5\r\n6");
    SELFTEST_CHECK(row_is(0, "2") && row_is(4, "6"));
    show("1\r\n2\r\n3\r\n4\r\n5\033[2;4r\033[4;1H\nX");
    SELFTEST_CHECK(row_is(0, "1") && row_is(1, "3") && row_is(2, "4") && row_is(3, "X") &&
                   row_is(4, "5"));
    show("1\r\n2\r\n3\r\n4\r\n5\033[2;4r\033[2;1H\033MY");
    SELFTEST_CHECK(row_is(0, "1") && row_is(1, "Y") && row_is(2, "2") && row_is(3, "3") &&
                   row_is(4, "5"));
    show("1\r\n2\r\n3\r\n4\r\n5\033[2;1H\033[L\033[4;1H\033[M");
    SELFTEST_CHECK(row_is(0, "1") && row_is(1, "") && row_is(2, "2") && row_is(3, "4") &&
                   row_is(4, ""));
    return true;
}

SELFTEST(vt_edit, "characters and parts of lines and screens are inserted, deleted and erased")
{
    show("abcdef\033[1;3H\033[2@\033[1;1H\033[P");
    SELFTEST_CHECK(row_is(0, "b  cdef"));
    show("abcdef\033[1;3H\033[4hXY\033[4lZ");
    SELFTEST_CHECK(row_is(0, "abXYZdef"));
    show("abcdef\033[1;3H\033[K\r\n123456\033[2;3H\033[1K\r\nxyz\033[2X\033[3;1H\033[2X");
    SELFTEST_CHECK(row_is(0, "ab") && row_is(1, "   456") && row_is(2, "  z"));
    show("1\r\n2\r\n3\033[2;1H\033[J");
    SELFTEST_CHECK(row_is(0, "1") && row_is(1, "") && row_is(2, ""));
    show("ab\033[3bc");
    SELFTEST_CHECK(row_is(0, "abbbbc"));
    return true;
}

SELFTEST(vt_cursor, "the cursor moves, stays inside, is saved and restored, and reports itself")
{
    show("\033[3;5H\033[A\033[2C\033[B\033[D");
    SELFTEST_CHECK(cursor_at(2, 5));
    vt_write(&vt, "\033[99;99H", 8);
    SELFTEST_CHECK(cursor_at(ROWS - 1, COLS - 1));
    show("\033[2;3H\0337\033[H\033[31mx\0338\033[6n");
    SELFTEST_CHECK(cursor_at(1, 2) && vt.cursor.fg == VT_DEFAULT_FG);
    SELFTEST_CHECK(strcmp(answered, "\033[2;3R") == 0);
    show("\033[2;4r\033[?6h\033[1;1H\033[6n");
    SELFTEST_CHECK(cursor_at(1, 0) && strcmp(answered, "\033[1;1R") == 0);
    return true;
}

SELFTEST(vt_colours, "16, 256 and true colours and the attributes are set and taken back")
{
    show("\033[1;31;42mA\033[0mB\033[38;5;208mC\033[48;2;255;0;0mD\033[97;7mE\033[27;39;49mF");
    const struct vt_cell *c = vt_cell_at(&vt, 0, 0);
    SELFTEST_CHECK(c[0].fg == 1 && c[0].bg == 2 && c[0].attr == VT_BOLD);
    SELFTEST_CHECK(c[1].fg == VT_DEFAULT_FG && c[1].bg == VT_DEFAULT_BG && c[1].attr == 0);
    SELFTEST_CHECK(c[2].fg == 208 && c[3].bg == 196);
    SELFTEST_CHECK(c[4].fg == 15 && c[4].attr == VT_REVERSE);
    SELFTEST_CHECK(c[5].fg == VT_DEFAULT_FG && c[5].bg == VT_DEFAULT_BG && c[5].attr == 0);
    return true;
}

SELFTEST(vt_utf8, "UTF-8 is decoded; what is malformed shows as the replacement character")
{
    show("\u00e9\u2500\U0001f600x\xc3z\xffy\xe2\x94");
    const struct vt_cell *c = vt_cell_at(&vt, 0, 0);
    SELFTEST_CHECK(c[0].ch == 0xe9 && c[1].ch == 0x2500);
    SELFTEST_CHECK(c[2].ch == 0x1f600 && (c[2].attr & VT_WIDE) && (c[3].attr & VT_WIDE_TAIL));
    SELFTEST_CHECK(c[4].ch == 'x' && c[5].ch == 0xfffd && c[6].ch == 'z');
    SELFTEST_CHECK(c[7].ch == 0xfffd && c[8].ch == 'y' && c[9].ch == ' ');
    vt_write(&vt, "\x80", 1);
    SELFTEST_CHECK(c[9].ch == 0x2500);
    return true;
}

SELFTEST(vt_alternate, "the alternate screen comes empty and goes without a trace")
{
    show("keep\033[2;2H\033[?1049hgone");
    SELFTEST_CHECK(vt.alternate && row_is(1, " gone") && row_is(0, ""));
    vt_write(&vt, "\033[?1049l", 8);
    SELFTEST_CHECK(!vt.alternate && row_is(0, "keep") && row_is(1, "") && cursor_at(1, 1));
    return true;
}

SELFTEST(vt_sets, "line drawing, application keys, and sequences that mean nothing here")
{
    show("\033(0qx\033(Bq\033[?1h");
    const struct vt_cell *c = vt_cell_at(&vt, 0, 0);
    SELFTEST_CHECK(c[0].ch == 0x2500 && c[1].ch == 0x2502 && c[2].ch == 'q');
    SELFTEST_CHECK(vt.app_cursor_keys);
    show("\033]0;title\a1\033P+q\033\\2\033[>4;1m3\033[?2004h4\033%G5");
    SELFTEST_CHECK(row_is(0, "12345"));
    return true;
}
