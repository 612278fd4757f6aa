// SPDX-License-Identifier: ISC
/* The line discipline on a terminal without processes: what it echoes and what can be read. */
#include "fs/tty.h"

#include "lib/selftest.h"
#include "lib/string.h"
#include "mm/heap.h"

static char shown[256];
static size_t shown_len;

static void keep_shown(struct tty *t, const char *text, size_t len)
{
    (void)t;
    len = MIN(len, sizeof(shown) - 1 - shown_len);
    memcpy(shown + shown_len, text, len);
    shown_len += len;
    shown[shown_len] = '\0';
}

static const struct tty_driver driver = {.write = keep_shown};
static struct tty *t; // large: not on the stack

static bool begin(void)
{
    t = kmalloc(sizeof(*t));
    if (t)
        tty_setup(t, "test", &driver, 24, 80);
    shown_len = 0;
    shown[0] = '\0';
    return t;
}

static void type(const char *text)
{
    shown_len = 0;
    shown[0] = '\0';
    tty_input(t, text, strlen(text));
}

/* Is the input that can be read this, VEOF shown as '#'? Takes it. */
static bool input_is(const char *text)
{
    uint32_t end = tty_is_canonical(t) ? t->complete : t->head;
    bool same = strlen(text) == end - t->tail;

    for (; same && t->tail != end; text++) {
        uint8_t c = t->input[t->tail % TTY_BUFFER];
        same = *text == (tty_is_end(t, t->tail) && c == TTY_EOF_CHAR ? '#' : (char)c);
        t->tail++;
    }
    t->tail = end;
    return same;
}

static bool shows(const char *text)
{
    return strcmp(shown, text) == 0;
}

static void change_mode(const struct ktermios *old)
{
    spin_lock(&t->lock);
    tty_mode_changed(t, old);
    spin_unlock(&t->lock);
}

static bool check_editing(void)
{
    type("ab\177c");
    SELFTEST_CHECK(shows("ab\b \bc") && input_is(""));
    type("\r");
    SELFTEST_CHECK(shows("\r\n") && input_is("ac\n"));
    type("one two\027x\n");
    SELFTEST_CHECK(shows("one two\b \b\b \b\b \bx\r\n") && input_is("one x\n"));
    type("lost\025kept\n");
    SELFTEST_CHECK(input_is("kept\n"));
    type("\177\n");
    SELFTEST_CHECK(shows("\r\n") && input_is("\n"));
    type("a\026\003b\n");
    SELFTEST_CHECK(shows("a^\b^Cb\r\n") && input_is("a\003b\n"));
    type("xy\022\n");
    SELFTEST_CHECK(shows("xy^R\r\nxy\r\n") && input_is("xy\n"));
    return true;
}

static bool check_widths(void)
{
    type("\u00e9\177x\n");
    SELFTEST_CHECK(shows("\u00e9\b \bx\r\n") && input_is("x\n"));
    type("a\t\177b\n");
    SELFTEST_CHECK(shows("a\t\b\b\b\b\b\b\bb\r\n") && input_is("ab\n"));
    type("\001\177\n");
    SELFTEST_CHECK(shows("^A\b \b\b \b\r\n") && input_is("\n"));
    return true;
}

static bool check_ends(void)
{
    type("ab\004");
    SELFTEST_CHECK(shows("ab") && input_is("ab#"));
    type("\004");
    SELFTEST_CHECK(input_is("#"));
    t->termios.c_cc[VEOL] = ';';
    type("x;y\n");
    SELFTEST_CHECK(input_is("x;y\n"));
    return true;
}

static bool check_raw(void)
{
    struct ktermios old = t->termios;
    type("left");
    t->termios.c_lflag &= ~(ICANON | ECHO | ISIG);
    t->termios.c_iflag &= ~(ICRNL | IXON);
    change_mode(&old);
    type("\003\r\177\004");
    SELFTEST_CHECK(shows("") && input_is("left\003\r\177\004"));
    t->termios.c_cc[VMIN] = 3;
    type("ab");
    SELFTEST_CHECK(tty_bytes_available(t, false) == 2 && tty_bytes_available(t, true) == 0);
    old = t->termios;
    t->termios.c_lflag |= ICANON;
    change_mode(&old);
    SELFTEST_CHECK(input_is("ab"));
    return true;
}

static bool check_signals_and_flow(void)
{
    type("typed\003x\n");
    SELFTEST_CHECK(shows("typed^Cx\r\n") && input_is("x\n"));
    type("a\023bc\n");
    SELFTEST_CHECK(shows("a") && input_is("abc\n"));
    type("\021");
    SELFTEST_CHECK(shows("bc\r\n"));
    return true;
}

static bool check_long_line(void)
{
    for (unsigned i = 0; i < TTY_BUFFER + 100; i++)
        tty_input(t, "z", 1);
    tty_input(t, "y\n", 2);
    SELFTEST_CHECK(t->complete - t->tail == TTY_BUFFER);
    SELFTEST_CHECK(t->input[(t->complete - 2) % TTY_BUFFER] == 'y');
    tty_input(t, "next\n", 5); // waits until there is room
    SELFTEST_CHECK(t->complete - t->tail == TTY_BUFFER);
    t->tail = t->complete;
    spin_lock(&t->lock);
    tty_process_waiting(t);
    spin_unlock(&t->lock);
    SELFTEST_CHECK(input_is("next\n"));
    return true;
}

/* Runs one of the checks with a terminal of its own. */
static bool with_terminal(bool (*check)(void))
{
    if (!begin())
        return false;
    bool ok = check();
    kfree(t);
    return ok;
}

SELFTEST(tty_editing, "a line can be edited and shows that as it goes")
{
    return with_terminal(check_editing);
}

SELFTEST(tty_widths,
         "erasing takes a whole UTF-8 character, tab or control character off the screen")
{
    return with_terminal(check_widths);
}

SELFTEST(tty_ends, "newline, end of file and a further character end a line")
{
    return with_terminal(check_ends);
}

SELFTEST(tty_output_modes, "output processing turns newlines and tabs into what the modes ask for")
{
    if (!begin())
        return false;
    tty_output(t, "a\nb\tc", 5);
    SELFTEST_CHECK(shows("a\r\nb\tc") && t->column == 9);
    shown_len = 0;
    t->termios.c_oflag |= XTABS;
    tty_output(t, "\n1\t2", 4);
    SELFTEST_CHECK(shows("\r\n1       2"));
    shown_len = 0;
    t->termios.c_oflag = 0;
    tty_output(t, "a\nb\t", 4);
    SELFTEST_CHECK(shows("a\nb\t"));
    kfree(t);
    return true;
}

SELFTEST(tty_raw, "raw mode gives every byte; no mode change loses what was typed")
{
    return with_terminal(check_raw);
}

SELFTEST(tty_signals, "interrupt flushes what was typed; stop holds the echo until start")
{
    return with_terminal(check_signals_and_flow);
}

SELFTEST(tty_long_line, "a line too long keeps its end, and further lines wait for room")
{
    return with_terminal(check_long_line);
}
