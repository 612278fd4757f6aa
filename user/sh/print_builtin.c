// SPDX-License-Identifier: ISC
//
// echo and printf. echo interprets escapes, as XSI has it.
// Source: POSIX.1-2017, utilities echo and printf; File Format Notation.

#include <ctype.h>
#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "builtin.h"
#include "sh.h"

static char simple_escape(char c)
{
    static const char names[] = "abfnrtv\\", values[] = "\a\b\f\n\r\t\v\\";
    const char *at = c ? strchr(names, c) : NULL;
    return at ? values[at - names] : 0;
}

// The octal number at *text, of at most `digits` digits.
static char octal(const char **text, int digits)
{
    int value = 0;
    for (; digits && **text >= '0' && **text <= '7'; digits--)
        value = value * 8 + *(*text)++ - '0';
    return (char)value;
}

// Adds `text` with its escapes interpreted, as echo and %b do. False at \c: print no more.
static bool add_escaped(struct buf *out, const char *text)
{
    while (*text) {
        char c = *text++;
        if (c != '\\') {
            buf_add(out, c);
        } else if (*text == 'c') {
            return false;
        } else if (*text == '0') {
            text++;
            buf_add(out, octal(&text, 3));
        } else if (simple_escape(*text)) {
            buf_add(out, simple_escape(*text++));
        } else {
            buf_add(out, c);
        }
    }
    return true;
}

int builtin_echo(int argc, char **argv)
{
    int first = argc > 1 && strcmp(argv[1], "-n") == 0 ? 2 : 1;
    bool newline = first == 1, go_on = true;
    struct buf text;
    buf_init(&text, &temp);
    for (int i = first; i < argc && go_on; i++) {
        if (i > first)
            buf_add(&text, ' ');
        go_on = add_escaped(&text, argv[i]);
    }
    if (newline && go_on)
        buf_add(&text, '\n');
    out_bytes(text.text, text.length);
    return 0;
}

// ---- printf

struct print {
    char **next;  // the arguments not used yet
    bool stopped; // by \c in a %b
    int status;
};

static const char *take(struct print *print)
{
    return *print->next ? *print->next++ : NULL;
}

static void check_number(struct print *print, const char *text, const char *end)
{
    if (!*end && !errno && end != text)
        return;
    sh_warn("printf: %s: %s", text,
            errno == ERANGE ? "Numerical result out of range"
            : end == text   ? "expected numeric value"
                            : "not completely converted");
    print->status = 1;
}

static long take_integer(struct print *print, bool is_unsigned)
{
    const char *text = take(print);
    if (!text)
        return 0;
    if (*text == '"' || *text == '\'')
        return (unsigned char)text[1];
    char *end;
    errno = 0;
    long value = is_unsigned ? (long)strtoul(text, &end, 0) : strtol(text, &end, 0);
    check_number(print, text, end);
    return value;
}

static double take_double(struct print *print)
{
    const char *text = take(print);
    if (!text)
        return 0;
    if (*text == '"' || *text == '\'')
        return (unsigned char)text[1];
    char *end;
    errno = 0;
    double value = strtod(text, &end);
    check_number(print, text, end);
    return value;
}

static void put_padded(const char *text, size_t length, int width, bool left)
{
    size_t pad = width > 0 && (size_t)width > length ? (size_t)width - length : 0;
    for (size_t i = 0; !left && i < pad; i++)
        out_bytes(" ", 1);
    out_bytes(text, length);
    for (size_t i = 0; left && i < pad; i++)
        out_bytes(" ", 1);
}

static void put_text(struct print *print, const char *spec, char kind, int width, int precision)
{
    const char *text = take(print);
    struct buf escaped;
    buf_init(&escaped, &temp);
    if (kind == 'b')
        print->stopped = !add_escaped(&escaped, text ? text : "");
    else if (kind == 's')
        buf_add_string(&escaped, text ? text : "");
    else
        buf_add(&escaped, text ? *text : '\0');
    size_t length = escaped.length;
    if (precision >= 0 && (size_t)precision < length && kind != 'c')
        length = (size_t)precision;
    put_padded(escaped.text, length, width < 0 ? -width : width, width < 0 || strchr(spec, '-'));
}

// A number by the C library: `flags` are those of the specification.
static void put_number(struct print *print, const char *flags, char kind, int width, int precision)
{
    char format[32], text[512];
    bool real = strchr("eEfFgGaA", kind);
    snprintf(format, sizeof format, "%%%.8s*.*%s%c", flags, real ? "" : "l", kind);
    if (real)
        snprintf(text, sizeof text, format, width, precision, take_double(print));
    else
        snprintf(text, sizeof text, format, width, precision,
                 take_integer(print, !strchr("di", kind)));
    out_string(text);
}

static int take_size(struct print *print, const char **p)
{
    if (**p == '*') {
        (*p)++;
        return (int)take_integer(print, false);
    }
    int value = 0;
    while (isdigit((unsigned char)**p))
        value = value * 10 + *(*p)++ - '0';
    return value;
}

// A conversion, after its %. Returns what follows it, NULL where it is none.
static const char *convert(struct print *print, const char *p)
{
    size_t flag_count = strspn(p, "-+ #0");
    const char *flags = arena_strndup(&temp, p, flag_count);
    p += flag_count;
    int width = take_size(print, &p), precision = -1;
    if (*p == '.') {
        p++;
        precision = take_size(print, &p);
    }
    if (*p && strchr("bsc", *p)) {
        put_text(print, flags, *p, width, precision);
    } else if (*p && strchr("diouxXeEfFgGaA", *p)) {
        put_number(print, flags, *p, width, precision);
    } else {
        sh_warn("printf: %%%s: invalid directive", p);
        return NULL;
    }
    return p + 1;
}

// An escape of the format, after its backslash. Returns what follows it.
static const char *put_escape(const char *p)
{
    char c = simple_escape(*p);
    if (*p >= '0' && *p <= '7') {
        c = octal(&p, 3);
        out_bytes(&c, 1);
        return p;
    }
    if (c) {
        out_bytes(&c, 1);
        return p + 1;
    }
    out_bytes("\\", 1);
    return p;
}

static bool put_format(struct print *print, const char *p)
{
    while (*p && !print->stopped) {
        if (*p == '\\') {
            p = put_escape(p + 1);
        } else if (*p != '%') {
            out_bytes(p++, 1);
        } else if (p[1] == '%') {
            out_bytes("%", 1);
            p += 2;
        } else if (!(p = convert(print, p + 1))) {
            return false;
        }
    }
    return !print->stopped;
}

int builtin_printf(int argc, char **argv)
{
    int first = argc > 1 && strcmp(argv[1], "--") == 0 ? 2 : 1;
    if (first >= argc)
        return builtin_error("printf: usage: printf format [arg ...]");
    struct print print = {.next = argv + first + 1};
    char **before;
    // The format is used again while it uses up arguments.
    do {
        before = print.next;
        if (!put_format(&print, argv[first]))
            return print.stopped ? print.status : 2;
    } while (*print.next && print.next != before);
    return print.status;
}
