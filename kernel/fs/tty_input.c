// SPDX-License-Identifier: ISC
/*
 * Input of a terminal: each typed byte is a signal, flow control, an editing command, or text, by
 * the modes in termios (POSIX 11.1.5 to 11.1.9, 11.2.2, 11.2.5). Runs with t->lock held, usually in
 * an interrupt.
 *
 * In canonical mode the line being typed lies between `complete` and `head` and can be edited; its
 * end moves `complete` up, and only then may it be read. A line longer than the buffer keeps its
 * first 4095 bytes: each further one takes the place of the last, so that the end of the line (and
 * erasing) still work. Input that comes while whole lines fill the buffer waits in a second one.
 *
 * Left out: parity and break marking (BRKINT, INPCK), IXOFF, IUCLC.
 */
#include "fs/tty.h"

#include "lib/string.h"

#define DISABLED 0 // _POSIX_VDISABLE: a special character with this value is off

static bool iflag(const struct tty *t, unsigned flag)
{
    return t->termios.c_iflag & flag;
}

static bool lflag(const struct tty *t, unsigned flag)
{
    return t->termios.c_lflag & flag;
}

static bool is_special(const struct tty *t, uint8_t c, unsigned which)
{
    return c == t->termios.c_cc[which] && c != DISABLED;
}

static bool is_control(uint8_t c)
{
    return c < 0x20 || c == 0x7f;
}

static bool is_continuation(const struct tty *t, uint8_t c)
{
    return iflag(t, IUTF8) && (c & 0xc0) == 0x80;
}

// --- the buffer ----------------------------------------------------------------------------------

static uint8_t byte_at(const struct tty *t, uint32_t at)
{
    return t->input[at % TTY_BUFFER];
}

static void store(struct tty *t, uint8_t c, bool ends_line)
{
    if (!ends_line && t->head - t->tail >= TTY_BUFFER - 1)
        t->head--;
    uint32_t at = t->head++ % TTY_BUFFER;
    t->input[at] = c;
    if (ends_line)
        t->ends[at / 64] |= 1ul << at % 64;
    else
        t->ends[at / 64] &= ~(1ul << at % 64);
}

static void end_line(struct tty *t, uint8_t c)
{
    store(t, c, true);
    t->complete = t->head;
    wake_all(&t->readable);
}

void tty_flush_input(struct tty *t)
{
    t->tail = t->complete = t->head;
    t->literal_next = t->erasing = false;
    t->waiting.tail = t->waiting.head;
}

/*
 * Between modes nothing typed is lost: what is there when canonical mode begins counts as a line,
 * and what was being typed when it ends can be read.
 */
void tty_mode_changed(struct tty *t, const struct ktermios *old)
{
    if (!((old->c_lflag ^ t->termios.c_lflag) & ICANON))
        return;
    memset(t->ends, 0, sizeof(t->ends));
    t->literal_next = t->erasing = false;
    t->complete = t->tail;
    if (tty_is_canonical(t) && t->head != t->tail) {
        uint32_t last = (t->head - 1) % TTY_BUFFER;
        t->ends[last / 64] |= 1ul << last % 64;
        t->complete = t->head;
    }
    wake_all(&t->readable);
}

uint32_t tty_bytes_available(const struct tty *t, bool for_poll)
{
    const unsigned char *cc = t->termios.c_cc;
    uint32_t least = for_poll && !cc[VTIME] && cc[VMIN] ? cc[VMIN] : 1;

    if (tty_is_canonical(t))
        return t->complete - t->tail;
    return t->head - t->tail >= least ? t->head - t->tail : 0;
}

uint32_t tty_bytes_readable(const struct tty *t)
{
    uint32_t n = 0;

    if (!tty_is_canonical(t))
        return t->head - t->tail;
    for (uint32_t at = t->tail; at != t->complete; at++)
        n += !tty_is_end(t, at) || byte_at(t, at) != TTY_EOF_CHAR;
    return n;
}

// --- echo ----------------------------------------------------------------------------------------

/* A character as typed: control characters as ^X where ECHOCTL says so. */
static void echo(struct tty *t, uint8_t c)
{
    char text[2] = {'^', c ^ 0x40};

    if (lflag(t, ECHOCTL) && is_control(c) && c != '\t') {
        tty_output(t, text, 2);
    } else {
        text[0] = c;
        tty_output(t, text, 1);
    }
}

static void finish_erasing(struct tty *t)
{
    if (t->erasing)
        tty_output(t, "/", 1);
    t->erasing = false;
}

static void echo_text(struct tty *t, uint8_t c)
{
    finish_erasing(t);
    if (t->head == t->complete)
        t->line_column = t->column;
    echo(t, c);
}

/* Columns of the line from its start, or from the last tab before `end`; *after_tab says which. */
static unsigned columns_before(const struct tty *t, uint32_t end, bool *after_tab)
{
    unsigned columns = 0;

    *after_tab = false;
    while (end != t->complete) {
        uint8_t c = byte_at(t, --end);
        if (c == '\t') {
            *after_tab = true;
            break;
        }
        if (is_control(c))
            columns += lflag(t, ECHOCTL) ? 2 : 0;
        else
            columns += !is_continuation(t, c);
    }
    return columns;
}

static void echo_erase_tab(struct tty *t)
{
    bool after_tab;
    unsigned columns = columns_before(t, t->head, &after_tab);

    if (!after_tab)
        columns += t->line_column;
    for (unsigned n = 8 - columns % 8; n > 0; n--)
        tty_output(t, "\b", 1);
}

/* The character at `head`, just taken off the line: shown as gone. */
static void echo_erased(struct tty *t, uint8_t c, unsigned bytes, bool single)
{
    if (lflag(t, ECHOPRT)) {
        if (!t->erasing)
            tty_output(t, "\\", 1);
        t->erasing = true;
        echo(t, c);
        for (unsigned i = 1; i < bytes; i++)
            tty_output(t, (const char *)&t->input[(t->head + i) % TTY_BUFFER], 1);
    } else if (single && !lflag(t, ECHOE)) {
        echo(t, t->termios.c_cc[VERASE]);
    } else if (c == '\t') {
        echo_erase_tab(t);
    } else {
        if (is_control(c) && lflag(t, ECHOCTL))
            tty_output(t, "\b \b", 3);
        if (!is_control(c) || lflag(t, ECHOCTL))
            tty_output(t, "\b \b", 3);
    }
}

// --- editing -------------------------------------------------------------------------------------

static bool is_word(uint8_t c)
{
    return (c >= '0' && c <= '9') || ((c | 0x20) >= 'a' && (c | 0x20) <= 'z') || c == '_';
}

/* Position of the character before `head`; *c is its first byte. False: there is only a part of
 * one. */
static bool last_character(const struct tty *t, uint32_t *at, uint8_t *c)
{
    *at = t->head;
    do
        *c = byte_at(t, --*at);
    while (is_continuation(t, *c) && *at != t->complete);
    return !is_continuation(t, *c);
}

enum erase_kind { ERASE_CHARACTER, ERASE_WORD, ERASE_LINE };

static void erase(struct tty *t, enum erase_kind kind)
{
    bool in_word = false;

    while (t->head != t->complete) {
        uint32_t at;
        uint8_t c;
        if (!last_character(t, &at, &c))
            break;
        if (kind == ERASE_WORD) {
            if (in_word && !is_word(c))
                break;
            in_word |= is_word(c);
        }
        unsigned bytes = t->head - at;
        t->head = at;
        if (lflag(t, ECHO))
            echo_erased(t, c, bytes, kind == ERASE_CHARACTER);
        if (kind == ERASE_CHARACTER)
            break;
    }
    if (t->head == t->complete && lflag(t, ECHO))
        finish_erasing(t);
}

static void kill_line(struct tty *t)
{
    bool visual = lflag(t, ECHOK) && lflag(t, ECHOKE) && lflag(t, ECHOE);

    if (t->head == t->complete)
        return;
    if (lflag(t, ECHO) && visual) {
        erase(t, ERASE_LINE);
        return;
    }
    t->head = t->complete;
    if (!lflag(t, ECHO))
        return;
    finish_erasing(t);
    echo(t, t->termios.c_cc[VKILL]);
    if (lflag(t, ECHOK))
        tty_output(t, "\n", 1);
}

static void reprint(struct tty *t, uint8_t c)
{
    finish_erasing(t);
    echo(t, c);
    tty_output(t, "\n", 1);
    for (uint32_t at = t->complete; at != t->head; at++)
        echo(t, byte_at(t, at));
}

// --- what a byte means ---------------------------------------------------------------------------

static bool take_flow_control(struct tty *t, uint8_t c)
{
    if (!iflag(t, IXON))
        return false;
    if (is_special(t, c, VSTART)) {
        tty_start(t);
        return true;
    }
    if (is_special(t, c, VSTOP)) {
        tty_stop(t);
        return true;
    }
    return false;
}

static bool take_signal(struct tty *t, uint8_t c)
{
    int sig = is_special(t, c, VINTR)   ? SIGINT
              : is_special(t, c, VQUIT) ? SIGQUIT
              : is_special(t, c, VSUSP) ? SIGTSTP
                                        : 0;

    if (!sig || !lflag(t, ISIG))
        return false;
    tty_signal(t, sig);
    if (!lflag(t, NOFLSH)) {
        t->tail = t->complete = t->head; // what was typed before it; what comes after it stays
        t->literal_next = t->erasing = false;
        t->held_len = 0;
    }
    if (iflag(t, IXON))
        tty_start(t);
    if (lflag(t, ECHO))
        echo(t, c);
    return true;
}

/* Commands of canonical mode. */
static bool take_edit(struct tty *t, uint8_t c)
{
    bool extended = lflag(t, IEXTEN);

    if (is_special(t, c, VERASE)) {
        erase(t, ERASE_CHARACTER);
    } else if (is_special(t, c, VKILL)) {
        kill_line(t);
    } else if (extended && is_special(t, c, VWERASE)) {
        erase(t, ERASE_WORD);
    } else if (extended && is_special(t, c, VLNEXT)) {
        t->literal_next = true;
        if (lflag(t, ECHO))
            finish_erasing(t);
        if (lflag(t, ECHO) && lflag(t, ECHOCTL))
            tty_output(t, "^\b", 2);
    } else if (extended && lflag(t, ECHO) && is_special(t, c, VREPRINT)) {
        reprint(t, c);
    } else {
        return false;
    }
    return true;
}

static bool take_line_end(struct tty *t, uint8_t c)
{
    if (c == '\n') {
        if (lflag(t, ECHO) || lflag(t, ECHONL))
            tty_output(t, "\n", 1);
    } else if (is_special(t, c, VEOF)) {
        c = TTY_EOF_CHAR;
    } else if (is_special(t, c, VEOL) || (lflag(t, IEXTEN) && is_special(t, c, VEOL2))) {
        if (lflag(t, ECHO))
            echo_text(t, c);
    } else {
        return false;
    }
    end_line(t, c);
    return true;
}

static void take_text(struct tty *t, uint8_t c)
{
    if (lflag(t, ECHO)) {
        if (c == '\n' && !tty_is_canonical(t))
            tty_output(t, "\n", 1);
        else
            echo_text(t, c);
    }
    if (c == 0xff && iflag(t, PARMRK))
        store(t, c, false);
    store(t, c, false);
    if (!tty_is_canonical(t))
        wake_all(&t->readable);
}

static void take_byte(struct tty *t, uint8_t c)
{
    if (iflag(t, ISTRIP))
        c &= 0x7f;
    if (t->literal_next) {
        t->literal_next = false;
        take_text(t, c);
        return;
    }
    if (take_flow_control(t, c) || take_signal(t, c))
        return;
    if (t->stopped && iflag(t, IXON) && iflag(t, IXANY))
        tty_start(t);
    if (c == '\r') {
        if (iflag(t, IGNCR))
            return;
        if (iflag(t, ICRNL))
            c = '\n';
    } else if (c == '\n' && iflag(t, INLCR)) {
        c = '\r';
    }
    if (tty_is_canonical(t) && (take_edit(t, c) || take_line_end(t, c)))
        return;
    take_text(t, c);
}

/* Is there room for one more byte, or a line being typed whose last byte can give way? */
static bool may_take(const struct tty *t)
{
    return t->head - t->tail < TTY_BUFFER - 1 || (tty_is_canonical(t) && t->complete == t->tail);
}

void tty_process_waiting(struct tty *t)
{
    uint8_t c;

    while (ring_used(&t->waiting) && may_take(t)) {
        ring_read(&t->waiting, &c, 1);
        take_byte(t, c);
    }
}

void tty_input(struct tty *t, const char *text, size_t len)
{
    spin_lock(&t->lock);
    for (size_t i = 0; i < len; i++) {
        if (!ring_used(&t->waiting) && may_take(t))
            take_byte(t, text[i]);
        else if (ring_free(&t->waiting))
            ring_write(&t->waiting, text + i, 1);
        else if (iflag(t, IMAXBEL))
            tty_output(t, "\a", 1);
    }
    spin_unlock(&t->lock);
}
