// SPDX-License-Identifier: ISC
//
// Shows the line being edited on the terminal, over as many rows as it needs. Uses only escape
// sequences that every terminal since the VT100 knows: cursor up, down, right, and erase below.
//
// A terminal that has written its last column keeps the cursor there until the next character
// ("pending wrap"). Drawing ends that state with CR LF, so the cursor is always where we count it.

#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <termios.h>

#include "edit.h"
#include "sh.h"

struct place {
    int row, column;
};

void screen_size(struct line *line)
{
    struct winsize size;
    bool known = ioctl(2, TIOCGWINSZ, &size) == 0 && size.ws_col > 0;
    line->columns = known ? size.ws_col : 80;
}

// Takes one UTF-8 character of a text; malformed bytes count as one each.
static unsigned take_character(const char **text, const char *end)
{
    const unsigned char *p = (const unsigned char *)*text;
    int more = *p >= 0xf0 ? 3 : *p >= 0xe0 ? 2 : *p >= 0xc0 ? 1 : 0;
    unsigned value = more == 0 ? *p : *p & (0x3f >> more);
    (*text)++;
    for (; more && *text < end && (**text & 0xc0) == 0x80; more--)
        value = value << 6 | (*(*text)++ & 0x3f);
    return value;
}

// How many columns a character takes: combining marks none, East Asian wide ones two.
static int width_of(unsigned c)
{
    if (c < 32 || c == 127)
        return 2; // shown as ^X
    if ((c >= 0x300 && c <= 0x36f) || (c >= 0x200b && c <= 0x200f) || c == 0xfeff)
        return 0;
    bool wide = (c >= 0x1100 && c <= 0x115f) || (c >= 0x2e80 && c <= 0xa4cf && c != 0x303f) ||
                (c >= 0xac00 && c <= 0xd7a3) || (c >= 0xf900 && c <= 0xfaff) ||
                (c >= 0xfe30 && c <= 0xfe6f) || (c >= 0xff00 && c <= 0xff60) ||
                (c >= 0xffe0 && c <= 0xffe6) || (c >= 0x1f300 && c <= 0x1faff) ||
                (c >= 0x20000 && c <= 0x3fffd);
    return wide ? 2 : 1;
}

static void advance(struct place *place, int width, int columns)
{
    if (place->column + width > columns) {
        place->row++;
        place->column = 0;
    }
    place->column += width;
    if (place->column == columns) {
        place->row++;
        place->column = 0;
    }
}

// Where the cursor is behind the prompt, which may hold escape sequences and newlines.
static struct place after_prompt(const struct line *line)
{
    struct place place = {0, 0};
    const char *p = line->prompt, *end = p + strlen(p);
    while (p < end) {
        if (p[0] == '\033' && p[1] == '[') {
            p += 2 + strcspn(p + 2, "ABCDHJKmhlr");
            p += p < end;
            continue;
        }
        unsigned c = take_character(&p, end);
        if (c == '\n')
            place = (struct place){place.row + 1, 0};
        else
            advance(&place, width_of(c), line->columns);
    }
    return place;
}

static struct place place_of(const struct line *line, size_t position)
{
    struct place place = after_prompt(line);
    const char *p = line->text, *end = p + position;
    while (p < end)
        advance(&place, width_of(take_character(&p, end)), line->columns);
    return place;
}

static void put_text(struct buf *out, const char *text, size_t length)
{
    for (size_t i = 0; i < length; i++) {
        unsigned char c = (unsigned char)text[i];
        if (c < 32 || c == 127) {
            buf_add(out, '^');
            buf_add(out, (char)(c ^ 64));
        } else {
            buf_add(out, (char)c);
        }
    }
}

static void put_move(struct buf *out, int count, char direction)
{
    char text[16];
    if (count <= 0)
        return;
    snprintf(text, sizeof text, "\033[%d%c", count, direction);
    buf_add_string(out, text);
}

// Moves from the row `row` to the place of the cursor.
static void put_cursor(struct buf *out, struct line *line, int row)
{
    struct place place = place_of(line, line->cursor);
    put_move(out, row - place.row, 'A');
    put_move(out, place.row - row, 'B');
    buf_add(out, '\r');
    put_move(out, place.column, 'C');
    line->row = place.row;
}

void screen_draw(struct line *line)
{
    struct buf out;
    struct mark mark = arena_mark(&temp);
    buf_init(&out, &temp);
    put_move(&out, line->row, 'A');
    buf_add_string(&out, "\r\033[J");
    buf_add_string(&out, line->prompt);
    put_text(&out, line->text, line->length);
    struct place end = place_of(line, line->length);
    if (end.column == 0 && line->length)
        buf_add_string(&out, "\r\n");
    if (line->cursor < line->length)
        put_cursor(&out, line, end.row);
    else
        line->row = end.row;
    err_string(out.text);
    arena_release(&temp, mark);
}

void screen_moved(struct line *line)
{
    struct buf out;
    struct mark mark = arena_mark(&temp);
    buf_init(&out, &temp);
    put_cursor(&out, line, line->row);
    err_string(out.text);
    arena_release(&temp, mark);
}

// What is typed at the end of the line within one row is simply written.
void screen_inserted(struct line *line, size_t length)
{
    const char *text = line->text + line->cursor - length;
    bool printable = (unsigned char)*text >= 32 && *text != 127;
    struct place place = place_of(line, line->cursor);
    if (line->cursor < line->length || !printable || place.column == 0 || place.row != line->row) {
        screen_draw(line);
        return;
    }
    struct mark mark = arena_mark(&temp);
    err_string(arena_strndup(&temp, text, length));
    arena_release(&temp, mark);
}

void screen_leave(struct line *line)
{
    size_t cursor = line->cursor;
    line->cursor = line->length;
    if (cursor != line->length)
        screen_moved(line);
    line->cursor = cursor;
    struct place end = place_of(line, line->length);
    err_string(end.column == 0 && line->length ? "\r" : "\r\n");
    line->row = 0;
}
