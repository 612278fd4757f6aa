// SPDX-License-Identifier: ISC
/*
 * Formatted output into a buffer. Conversions d i u x X o p s c %, flags 0 - + space #, width and
 * precision (also *), lengths hh h l ll z j t. No floating point, no %n.
 */
#include "lib/printf.h"
#include "lib/string.h"

struct output {
    char *buf;
    size_t size, len; // len counts what was wanted, also past size
};

struct spec {
    bool left, zero, plus, space, alternate;
    int width, precision; // precision -1 = none given
    int length;           // bytes of the argument
};

static void put(struct output *o, char c)
{
    if (o->len + 1 < o->size)
        o->buf[o->len] = c;
    o->len++;
}

static void pad(struct output *o, char c, int n)
{
    while (n-- > 0)
        put(o, c);
}

static void put_text(struct output *o, const struct spec *s, const char *text)
{
    if (!text)
        text = "(null)";
    int len = strnlen(text, s->precision < 0 ? SIZE_MAX : (size_t)s->precision);

    if (!s->left)
        pad(o, ' ', s->width - len);
    for (int i = 0; i < len; i++)
        put(o, text[i]);
    if (s->left)
        pad(o, ' ', s->width - len);
}

static void put_number(struct output *o, const struct spec *s, uint64_t v, unsigned base,
                       bool upper, const char *prefix)
{
    char digits[24];
    int n = 0, prefix_len = strlen(prefix);

    for (uint64_t rest = v; rest; rest /= base)
        digits[n++] = (upper ? "0123456789ABCDEF" : "0123456789abcdef")[rest % base];
    int zeros = s->precision < 0 ? (n == 0) : s->precision - n;
    zeros = MAX(zeros, 0);
    int blank = s->width - prefix_len - zeros - n;
    if (s->zero && !s->left && s->precision < 0 && blank > 0) {
        zeros += blank;
        blank = 0;
    }
    if (!s->left)
        pad(o, ' ', blank);
    while (*prefix)
        put(o, *prefix++);
    pad(o, '0', zeros);
    while (n)
        put(o, digits[--n]);
    if (s->left)
        pad(o, ' ', blank);
}

static const char *parse_spec(const char *f, struct spec *s, va_list *ap)
{
    *s = (struct spec){.precision = -1, .length = 4};
    for (;; f++) {
        if (*f == '-')
            s->left = true;
        else if (*f == '0')
            s->zero = true;
        else if (*f == '+')
            s->plus = true;
        else if (*f == ' ')
            s->space = true;
        else if (*f == '#')
            s->alternate = true;
        else
            break;
    }
    if (*f == '*') {
        s->width = va_arg(*ap, int);
        f++;
        if (s->width < 0) {
            s->left = true;
            s->width = -s->width;
        }
    } else {
        s->width = parse_number(*f == '0' ? "" : f, NULL);
        while (*f >= '0' && *f <= '9')
            f++;
    }
    if (*f == '.') {
        f++;
        if (*f == '*') {
            s->precision = va_arg(*ap, int);
            f++;
        } else {
            for (s->precision = 0; *f >= '0' && *f <= '9'; f++)
                s->precision = s->precision * 10 + *f - '0';
        }
    }
    for (;; f++) {
        if (*f == 'l' || *f == 'z' || *f == 'j' || *f == 't')
            s->length = 8;
        else if (*f == 'h')
            s->length = s->length == 2 ? 1 : 2;
        else
            return f;
    }
}

static void put_signed(struct output *o, const struct spec *s, va_list *ap)
{
    int64_t v = s->length == 8 ? va_arg(*ap, int64_t) : va_arg(*ap, int);

    if (s->length == 1)
        v = (int8_t)v;
    else if (s->length == 2)
        v = (int16_t)v;
    put_number(o, s, v < 0 ? -(uint64_t)v : (uint64_t)v, 10, false,
               v < 0      ? "-"
               : s->plus  ? "+"
               : s->space ? " "
                          : "");
}

static void put_unsigned(struct output *o, const struct spec *s, char c, va_list *ap)
{
    uint64_t v = s->length == 8 ? va_arg(*ap, uint64_t) : va_arg(*ap, unsigned);

    if (s->length == 1)
        v = (uint8_t)v;
    else if (s->length == 2)
        v = (uint16_t)v;
    unsigned base = c == 'u' ? 10 : c == 'o' ? 8 : 16;
    const char *prefix = !s->alternate || !v ? ""
                         : c == 'x'          ? "0x"
                         : c == 'X'          ? "0X"
                         : c == 'o'          ? "0"
                                             : "";
    put_number(o, s, v, base, c == 'X', prefix);
}

int vsnprintf(char *buf, size_t size, const char *fmt, va_list args)
{
    struct output o = {buf, size, 0};
    struct spec s;
    va_list ap;

    va_copy(ap, args);
    for (const char *f = fmt; *f; f++) {
        if (*f != '%') {
            put(&o, *f);
            continue;
        }
        f = parse_spec(f + 1, &s, &ap);
        switch (*f) {
        case 'd':
        case 'i':
            put_signed(&o, &s, &ap);
            break;
        case 'u':
        case 'x':
        case 'X':
        case 'o':
            put_unsigned(&o, &s, *f, &ap);
            break;
        case 'p':
            put_number(&o, &s, (uintptr_t)va_arg(ap, void *), 16, false, "0x");
            break;
        case 's':
            put_text(&o, &s, va_arg(ap, const char *));
            break;
        case 'c': {
            char text[2] = {(char)va_arg(ap, int), 0};
            put_text(&o, &s, text);
            break;
        }
        case '%':
            put(&o, '%');
            break;
        default: // unknown: show it, so that it is seen
            put(&o, '%');
            if (!*f)
                f--;
            else
                put(&o, *f);
        }
    }
    va_end(ap);
    if (size)
        buf[MIN(o.len, size - 1)] = 0;
    return (int)o.len;
}

int snprintf(char *buf, size_t size, const char *fmt, ...)
{
    va_list ap;

    va_start(ap, fmt);
    int n = vsnprintf(buf, size, fmt, ap);
    va_end(ap);
    return n;
}

size_t sappendf(char *buf, size_t size, size_t len, const char *fmt, ...)
{
    va_list ap;

    if (len + 1 >= size)
        return len;
    va_start(ap, fmt);
    int n = vsnprintf(buf + len, size - len, fmt, ap);
    va_end(ap);
    return MIN(len + n, size - 1);
}
