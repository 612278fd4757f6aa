// SPDX-License-Identifier: ISC
//
// The line editor: keys. The terminal is in raw mode only while a line is being typed, so that
// programs and built-ins find it as it was. Signals are off meanwhile: ^C arrives as a character.
//
// A terminal that cannot do this (TERM=dumb, no terminal at all) is read line by line.

#include "edit.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

#include "sh.h"
#include "vars.h"

#define CONTROL(c) ((c)&31)

enum key {
    KEY_END = -1, // of the input
    KEY_LEFT = 256,
    KEY_RIGHT,
    KEY_UP,
    KEY_DOWN,
    KEY_HOME,
    KEY_LAST,
    KEY_DELETE,
    KEY_WORD_LEFT,
    KEY_WORD_RIGHT,
    KEY_WORD_DELETE,
    KEY_WORD_ERASE,
    KEY_NONE,
};

enum outcome { GO_ON, ACCEPT, CANCEL, END };

static struct termios cooked; // to be restored
static bool raw;
static char *killed;   // by ^K ^U ^W, for ^Y
static int browsed;    // how far up in the history; 0: the line itself
static char *own_line; // what was typed before browsing

// ---- the terminal

static bool enter_raw(void)
{
    const char *term = var_get("TERM");
    if (!term || strcmp(term, "dumb") == 0 || tcgetattr(0, &cooked) < 0)
        return false;
    struct termios modes = cooked;
    modes.c_iflag &= ~(tcflag_t)(ICRNL | INLCR | IGNCR | IXON);
    modes.c_lflag &= ~(tcflag_t)(ICANON | ECHO | ISIG | IEXTEN);
    modes.c_cc[VMIN] = 1;
    modes.c_cc[VTIME] = 0;
    // What was typed ahead stays: no flush.
    raw = tcsetattr(0, TCSADRAIN, &modes) == 0;
    return raw;
}

static void leave_raw(void)
{
    if (raw)
        tcsetattr(0, TCSADRAIN, &cooked);
    raw = false;
}

static int read_byte(void)
{
    for (;;) {
        char c;
        ssize_t got = read(0, &c, 1);
        if (got > 0)
            return (unsigned char)c;
        if (got == 0 || errno != EINTR)
            return KEY_END;
        if (trap_take_interrupt()) {
            leave_raw();
            err_string("\n");
            sh_abort(130);
        }
        trap_run_pending();
    }
}

// ---- the line

static void reserve(struct line *line, size_t length)
{
    if (length < line->size)
        return;
    line->size = length * 2 + 64;
    line->text = mem_resize(line->text, line->size);
}

void line_insert(struct line *line, const char *text, size_t length)
{
    reserve(line, line->length + length);
    memmove(line->text + line->cursor + length, line->text + line->cursor,
            line->length - line->cursor + 1);
    memcpy(line->text + line->cursor, text, length);
    line->length += length;
    line->cursor += length;
}

void line_erase(struct line *line, size_t from, size_t to)
{
    memmove(line->text + from, line->text + to, line->length - to + 1);
    line->length -= to - from;
    if (line->cursor >= to)
        line->cursor -= to - from;
    else if (line->cursor > from)
        line->cursor = from;
}

void line_replace(struct line *line, const char *text)
{
    line_erase(line, 0, line->length);
    line_insert(line, text, strlen(text));
}

static size_t previous(const struct line *line, size_t at)
{
    while (at > 0 && (line->text[--at] & 0xc0) == 0x80)
        continue;
    return at;
}

static size_t following(const struct line *line, size_t at)
{
    if (at < line->length)
        at++;
    while (at < line->length && (line->text[at] & 0xc0) == 0x80)
        at++;
    return at;
}

static size_t word_start(const struct line *line)
{
    size_t at = line->cursor;
    while (at > 0 && line->text[at - 1] == ' ')
        at--;
    while (at > 0 && line->text[at - 1] != ' ')
        at--;
    return at;
}

static size_t word_end(const struct line *line)
{
    size_t at = line->cursor;
    while (at < line->length && line->text[at] == ' ')
        at++;
    while (at < line->length && line->text[at] != ' ')
        at++;
    return at;
}

static void erase(struct line *line, size_t from, size_t to)
{
    if (from == to)
        return;
    line_erase(line, from, to);
    screen_draw(line);
}

// Erases and remembers.
static void kill_text(struct line *line, size_t from, size_t to)
{
    if (from == to)
        return;
    free(killed);
    killed = mem_alloc(to - from + 1);
    memcpy(killed, line->text + from, to - from);
    killed[to - from] = '\0';
    erase(line, from, to);
}

static void move_to(struct line *line, size_t to)
{
    line->cursor = to;
    screen_moved(line);
}

// ---- history

static void browse(struct line *line, int step)
{
    const char *text = browsed + step == 0 ? own_line : history_get(browsed + step - 1);
    if (browsed + step < 0 || !text)
        return;
    if (browsed == 0) {
        free(own_line);
        own_line = mem_strdup(line->text);
    }
    browsed += step;
    line_replace(line, browsed ? history_get(browsed - 1) : own_line);
    screen_draw(line);
}

// ^R: searches backwards as the text is typed. The key that ends the search is returned, to be
// obeyed as usual.
static int search(struct line *line)
{
    char wanted[128] = "", prompt[192];
    const char *own_prompt = line->prompt;
    size_t used = 0;
    int found = 0, key;
    for (;;) {
        snprintf(prompt, sizeof prompt, "(search)`%s': ", wanted);
        line->prompt = prompt;
        screen_draw(line);
        key = read_byte();
        int from = found;
        if (key == CONTROL('R') && used)
            from = found + 1;
        else if ((key == 127 || key == CONTROL('H')) && used)
            wanted[--used] = '\0', from = 0;
        else if (key >= 32 && key != 127 && used < sizeof wanted - 1)
            wanted[used++] = (char)key, wanted[used] = '\0';
        else if (key != CONTROL('R'))
            break;
        int hit = used ? history_search(wanted, from) : -1;
        if (hit >= 0) {
            found = hit;
            line_replace(line, history_get(hit));
        }
    }
    line->prompt = own_prompt;
    screen_draw(line);
    return key == CONTROL('G') ? KEY_NONE : key;
}

// ---- keys

// CSI sequences: parameters, then a final character.
static int read_csi(void)
{
    int number = 0, modifier = 0, c;
    bool second = false;
    while ((c = read_byte()) == ';' || (c >= '0' && c <= '9')) {
        if (c == ';')
            second = true;
        else if (second)
            modifier = modifier * 10 + c - '0';
        else
            number = number * 10 + c - '0';
    }
    switch (c) {
    case 'A':
        return KEY_UP;
    case 'B':
        return KEY_DOWN;
    case 'C':
        return modifier == 5 ? KEY_WORD_RIGHT : KEY_RIGHT;
    case 'D':
        return modifier == 5 ? KEY_WORD_LEFT : KEY_LEFT;
    case 'H':
        return KEY_HOME;
    case 'F':
        return KEY_LAST;
    case '~':
        return number == 1 || number == 7   ? KEY_HOME
               : number == 4 || number == 8 ? KEY_LAST
               : number == 3                ? KEY_DELETE
                                            : KEY_NONE;
    default:
        return c == KEY_END ? KEY_END : KEY_NONE;
    }
}

static int read_escape(void)
{
    int c = read_byte();
    switch (c) {
    case '[':
    case 'O':
        return read_csi();
    case 'b':
        return KEY_WORD_LEFT;
    case 'f':
        return KEY_WORD_RIGHT;
    case 'd':
        return KEY_WORD_DELETE;
    case 127:
    case CONTROL('H'):
        return KEY_WORD_ERASE;
    default:
        return c == KEY_END ? KEY_END : KEY_NONE;
    }
}

static int read_key(void)
{
    int c = read_byte();
    return c == 27 ? read_escape() : c;
}

// A character that stands for itself, with the rest of its UTF-8 bytes.
static void insert_character(struct line *line, int first)
{
    char text[4] = {(char)first};
    size_t length = 1;
    size_t wanted = first >= 0xf0 ? 4 : first >= 0xe0 ? 3 : first >= 0xc0 ? 2 : 1;
    while (length < wanted) {
        int c = read_byte();
        if (c == KEY_END)
            break;
        text[length++] = (char)c;
    }
    line_insert(line, text, length);
    screen_inserted(line, length);
}

static void transpose(struct line *line)
{
    size_t middle = line->cursor == line->length ? previous(line, line->cursor) : line->cursor;
    size_t start = previous(line, middle), end = following(line, middle);
    if (start == middle || middle == end)
        return;
    char first[8] = "";
    memcpy(first, line->text + start, middle - start);
    memmove(line->text + start, line->text + middle, end - middle);
    memcpy(line->text + start + (end - middle), first, middle - start);
    line->cursor = end;
    screen_draw(line);
}

static void insert_killed(struct line *line)
{
    if (!killed)
        return;
    line_insert(line, killed, strlen(killed));
    screen_draw(line);
}

// Keys that change or move; false where the key is none of them.
static bool edit_key(struct line *line, int key)
{
    switch (key) {
    case KEY_LEFT:
    case CONTROL('B'):
        move_to(line, previous(line, line->cursor));
        break;
    case KEY_RIGHT:
    case CONTROL('F'):
        move_to(line, following(line, line->cursor));
        break;
    case KEY_HOME:
    case CONTROL('A'):
        move_to(line, 0);
        break;
    case KEY_LAST:
    case CONTROL('E'):
        move_to(line, line->length);
        break;
    case KEY_WORD_LEFT:
        move_to(line, word_start(line));
        break;
    case KEY_WORD_RIGHT:
        move_to(line, word_end(line));
        break;
    case KEY_UP:
    case CONTROL('P'):
        browse(line, 1);
        break;
    case KEY_DOWN:
    case CONTROL('N'):
        browse(line, -1);
        break;
    case 127:
    case CONTROL('H'):
        erase(line, previous(line, line->cursor), line->cursor);
        break;
    case KEY_DELETE:
    case CONTROL('D'):
        erase(line, line->cursor, following(line, line->cursor));
        break;
    case CONTROL('K'):
        kill_text(line, line->cursor, line->length);
        break;
    case CONTROL('U'):
        kill_text(line, 0, line->cursor);
        break;
    case KEY_WORD_ERASE:
    case CONTROL('W'):
        kill_text(line, word_start(line), line->cursor);
        break;
    case KEY_WORD_DELETE:
        kill_text(line, line->cursor, word_end(line));
        break;
    case CONTROL('Y'):
        insert_killed(line);
        break;
    case CONTROL('T'):
        transpose(line);
        break;
    default:
        return false;
    }
    return true;
}

static enum outcome obey(struct line *line, int key)
{
    if (key == CONTROL('R'))
        key = search(line);
    switch (key) {
    case KEY_END:
        return END;
    case '\r':
    case '\n':
        return ACCEPT;
    case CONTROL('C'):
        return CANCEL;
    case CONTROL('D'):
        if (!line->length)
            return END;
        break;
    case CONTROL('L'):
        err_string("\033[H\033[2J");
        line->row = 0;
        screen_draw(line);
        return GO_ON;
    case '\t':
        if (complete(line))
            screen_draw(line);
        return GO_ON;
    case CONTROL('V'):
        key = read_byte();
        if (key > 0)
            insert_character(line, key);
        return GO_ON;
    }
    if (!edit_key(line, key) && key >= 32 && key < 256)
        insert_character(line, key);
    return GO_ON;
}

static enum outcome edit(struct line *line)
{
    enum outcome outcome = GO_ON;
    browsed = 0;
    screen_size(line);
    screen_draw(line);
    while (outcome == GO_ON) {
        int key = read_key();
        screen_size(line);
        outcome = obey(line, key);
    }
    return outcome;
}

// ---- a line

static char *read_plain(const char *prompt)
{
    struct line line = {0};
    reserve(&line, 0);
    line.text[0] = '\0';
    err_string(prompt);
    for (;;) {
        int c = read_byte();
        if (c == KEY_END && line.length == 0) {
            free(line.text);
            return NULL;
        }
        char text = c == KEY_END ? '\n' : (char)c;
        line_insert(&line, &text, 1);
        if (text == '\n')
            return line.text;
    }
}

char *edit_read_line(const char *prompt)
{
    if (!enter_raw())
        return read_plain(prompt);
    struct line line = {.prompt = prompt};
    reserve(&line, 0);
    line.text[0] = '\0';
    enum outcome outcome = edit(&line);
    if (outcome != END) {
        if (outcome == CANCEL)
            err_string("^C");
        screen_leave(&line);
    }
    leave_raw();
    if (outcome != ACCEPT) {
        free(line.text);
        if (outcome == CANCEL)
            sh_abort(130);
        return NULL;
    }
    history_add(line.text);
    line.cursor = line.length;
    line_insert(&line, "\n", 1);
    return line.text;
}
