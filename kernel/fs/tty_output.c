// SPDX-License-Identifier: ISC
/*
 * Output of a terminal: what OPOST asks for (POSIX 11.2.3, Linux's ONLRET, OLCUC and XTABS), the
 * cursor's column, which erasing a tab needs, and stopping.
 */
#include "fs/tty.h"

#include "lib/string.h"

struct out {
    struct tty *t;
    char text[256];
    size_t len;
};

static void send(struct tty *t, const char *text, size_t len)
{
    if (t->stopped) { // only echo comes here then: writers wait
        len = MIN(len, sizeof(t->held) - t->held_len);
        memcpy(t->held + t->held_len, text, len);
        t->held_len += len;
    } else if (len) {
        t->driver->write(t, text, len);
    }
}

static void put(struct out *o, char c)
{
    if (o->len == sizeof(o->text)) {
        send(o->t, o->text, o->len);
        o->len = 0;
    }
    o->text[o->len++] = c;
}

static void put_newline(struct out *o)
{
    struct tty *t = o->t;

    if (t->termios.c_oflag & ONLCR)
        put(o, '\r');
    put(o, '\n');
    if (t->termios.c_oflag & (ONLCR | ONLRET))
        t->column = 0;
    t->line_column = t->column;
}

static void put_return(struct out *o)
{
    struct tty *t = o->t;
    unsigned flags = t->termios.c_oflag;

    if ((flags & ONOCR) && t->column == 0)
        return;
    if (flags & OCRNL) {
        put(o, '\n');
        if (!(flags & ONLRET))
            return;
    } else {
        put(o, '\r');
    }
    t->column = t->line_column = 0;
}

static void put_tab(struct out *o)
{
    unsigned spaces = 8 - o->t->column % 8;

    o->t->column += spaces;
    if ((o->t->termios.c_oflag & TABDLY) != XTABS) {
        put(o, '\t');
        return;
    }
    while (spaces--)
        put(o, ' ');
}

static void put_processed(struct out *o, uint8_t c)
{
    struct tty *t = o->t;

    switch (c) {
    case '\n':
        put_newline(o);
        return;
    case '\r':
        put_return(o);
        return;
    case '\t':
        put_tab(o);
        return;
    case '\b':
        if (t->column > 0)
            t->column--;
        break;
    default:
        if ((t->termios.c_oflag & OLCUC) && c >= 'a' && c <= 'z')
            c -= 'a' - 'A';
        bool continuation = (t->termios.c_iflag & IUTF8) && (c & 0xc0) == 0x80;
        if (c >= 0x20 && c != 0x7f && !continuation)
            t->column++;
    }
    put(o, c);
}

void tty_output(struct tty *t, const char *text, size_t len)
{
    struct out o = {.t = t};

    if (!(t->termios.c_oflag & OPOST)) {
        send(t, text, len);
        return;
    }
    for (size_t i = 0; i < len; i++)
        put_processed(&o, text[i]);
    send(t, o.text, o.len);
}

void tty_output_raw(struct tty *t, const char *text, size_t len)
{
    send(t, text, len);
}

void tty_stop(struct tty *t)
{
    t->stopped = true;
}

void tty_start(struct tty *t)
{
    if (!t->stopped)
        return;
    t->stopped = false;
    send(t, t->held, t->held_len);
    t->held_len = 0;
    wake_all(&t->writable);
}
