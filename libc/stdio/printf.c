// SPDX-License-Identifier: ISC
// The printf family: one formatter that writes into a sink, and the sinks.
//
// Left out: wide characters (%lc, %ls), positions (%1$d), %n. %m is there (the text of errno).
#include <errno.h>
#include <limits.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "stdio/file.h"
#include "stdio/format.h"

void __sink_put(struct sink *sink, const char *data, size_t size)
{
    if (size > 0)
        sink->put(sink, data, size);
    sink->total += size;
}

void __sink_fill(struct sink *sink, char c, int count)
{
    char block[64];
    if (count <= 0)
        return;
    memset(block, c, sizeof(block));
    for (; count > 64; count -= 64)
        __sink_put(sink, block, sizeof(block));
    __sink_put(sink, block, (size_t)count);
}

void __format_padded(struct sink *sink, const struct spec *spec, const char *prefix,
                     const char *body, size_t size)
{
    size_t prefix_size = strlen(prefix), used = size + prefix_size;
    int pad = used < (size_t)spec->width ? spec->width - (int)used : 0;
    if (!spec->left && !spec->zero)
        __sink_fill(sink, ' ', pad);
    __sink_put(sink, prefix, prefix_size);
    if (!spec->left && spec->zero)
        __sink_fill(sink, '0', pad);
    __sink_put(sink, body, size);
    if (spec->left)
        __sink_fill(sink, ' ', pad);
}

// Digits of an unsigned number, at least `precision` of them; 0 with precision 0 has none.
static void format_number(struct sink *sink, struct spec *spec, const char *prefix, uintmax_t value,
                          unsigned base)
{
    const char *alphabet = spec->conversion == 'X' ? "0123456789ABCDEF" : "0123456789abcdef";
    char text[72], *at = text + sizeof(text);
    for (uintmax_t rest = value; rest != 0; rest /= base)
        *--at = alphabet[rest % base];
    int digits = (int)(text + sizeof(text) - at);
    int wanted = spec->precision < 0 ? 1 : spec->precision;
    if (spec->precision >= 0)
        spec->zero = 0;
    if (base == 8 && spec->alternate && digits >= wanted)
        wanted = digits + 1; // # makes an octal number start with 0
    int zeros = wanted > digits ? wanted - digits : 0;

    // The zeros of the precision may be many; they are put as padding of a second kind.
    struct spec outer = *spec;
    size_t used = (size_t)zeros + (size_t)digits + strlen(prefix);
    int pad = used < (size_t)outer.width ? outer.width - (int)used : 0;
    if (!outer.left && !outer.zero)
        __sink_fill(sink, ' ', pad);
    __sink_put(sink, prefix, strlen(prefix));
    if (!outer.left && outer.zero)
        __sink_fill(sink, '0', pad);
    __sink_fill(sink, '0', zeros);
    __sink_put(sink, at, (size_t)digits);
    if (outer.left)
        __sink_fill(sink, ' ', pad);
}

static void format_signed(struct sink *sink, struct spec *spec, intmax_t value)
{
    const char *sign = value < 0 ? "-" : spec->plus ? "+" : spec->space ? " " : "";
    uintmax_t magnitude = value < 0 ? -(uintmax_t)value : (uintmax_t)value;
    format_number(sink, spec, sign, magnitude, 10);
}

static void format_string(struct sink *sink, struct spec *spec, const char *text)
{
    spec->zero = 0;
    if (text == NULL)
        text = spec->precision < 0 || spec->precision >= 6 ? "(null)" : "";
    size_t size = spec->precision < 0 ? strlen(text) : strnlen(text, (size_t)spec->precision);
    __format_padded(sink, spec, "", text, size);
}

static void format_pointer(struct sink *sink, struct spec *spec, const void *pointer)
{
    if (pointer == NULL) {
        spec->zero = 0;
        __format_padded(sink, spec, "", "(nil)", 5);
    } else {
        format_number(sink, spec, "0x", (uintptr_t)pointer, 16);
    }
}

// The length modifiers; long, long long, intmax_t, ptrdiff_t and size_t are all 64 bits here.
enum length { LENGTH_INT, LENGTH_CHAR, LENGTH_SHORT, LENGTH_LONG, LENGTH_LONG_DOUBLE };

static enum length parse_length(const char **format)
{
    switch (*(*format)++) {
    case 'h':
        if (**format != 'h')
            return LENGTH_SHORT;
        (*format)++;
        return LENGTH_CHAR;
    case 'l':
        if (**format == 'l')
            (*format)++;
        return LENGTH_LONG;
    case 'j':
    case 't':
    case 'z':
        return LENGTH_LONG;
    case 'L':
        return LENGTH_LONG_DOUBLE;
    }
    (*format)--;
    return LENGTH_INT;
}

static int parse_flag(struct spec *spec, char c)
{
    switch (c) {
    case '-':
        return spec->left = 1;
    case '+':
        return spec->plus = 1;
    case ' ':
        return spec->space = 1;
    case '#':
        return spec->alternate = 1;
    case '0':
        return spec->zero = 1;
    case '\'': // grouping: this locale has none
        return 1;
    }
    return 0;
}

// A number in the format, or INT_MAX when it is too large.
static int parse_number(const char **format)
{
    int value = 0;
    for (; **format >= '0' && **format <= '9'; (*format)++)
        value = value > (INT_MAX - 9) / 10 ? INT_MAX : value * 10 + (**format - '0');
    return value;
}

static intmax_t to_signed(long value, enum length length)
{
    switch (length) {
    case LENGTH_CHAR:
        return (signed char)value;
    case LENGTH_SHORT:
        return (short)value;
    case LENGTH_INT:
        return (int)value;
    default:
        return value;
    }
}

static uintmax_t to_unsigned(long value, enum length length)
{
    switch (length) {
    case LENGTH_CHAR:
        return (unsigned char)value;
    case LENGTH_SHORT:
        return (unsigned short)value;
    case LENGTH_INT:
        return (unsigned)value;
    default:
        return (uintmax_t)value;
    }
}

// Numbers in base 8, 10 and 16; `value` as it lay in the argument's eight bytes.
static void format_unsigned(struct sink *sink, struct spec *spec, uintmax_t value)
{
    unsigned base = spec->conversion == 'o' ? 8 : spec->conversion == 'u' ? 10 : 16;
    const char *prefix = "";
    if (base == 16 && spec->alternate && value != 0)
        prefix = spec->conversion == 'X' ? "0X" : "0x";
    format_number(sink, spec, prefix, value, base);
}

static void format_one(struct sink *sink, struct spec *spec, enum length length, va_list *args,
                       int error)
{
    char c;
    switch (spec->conversion) {
    case 'd':
    case 'i':
        format_signed(sink, spec, to_signed(va_arg(*args, long), length));
        break;
    case 'o':
    case 'u':
    case 'x':
    case 'X':
        format_unsigned(sink, spec, to_unsigned(va_arg(*args, long), length));
        break;
    case 'c':
        c = (char)va_arg(*args, int);
        spec->zero = 0;
        __format_padded(sink, spec, "", &c, 1);
        break;
    case 's':
        format_string(sink, spec, va_arg(*args, const char *));
        break;
    case 'p':
        format_pointer(sink, spec, va_arg(*args, void *));
        break;
    case 'm':
        format_string(sink, spec, strerror(error));
        break;
    case '%':
        __sink_put(sink, "%", 1);
        break;
    default: // a float, as format_all has checked
        if (length == LENGTH_LONG_DOUBLE)
            __format_float(sink, spec, va_arg(*args, long double), 1);
        else
            __format_float(sink, spec, va_arg(*args, double), 0);
    }
}

static void parse_spec(const char **format, struct spec *spec, va_list *args)
{
    *spec = (struct spec){.precision = -1};
    while (parse_flag(spec, **format))
        (*format)++;
    if (**format == '*') {
        (*format)++;
        spec->width = va_arg(*args, int);
        if (spec->width < 0) {
            spec->left = 1;
            spec->width = spec->width == INT_MIN ? INT_MAX : -spec->width;
        }
    } else {
        spec->width = parse_number(format);
    }
    if (**format == '.') {
        (*format)++;
        if (**format == '*') {
            (*format)++;
            spec->precision = va_arg(*args, int);
            if (spec->precision < 0)
                spec->precision = -1;
        } else {
            spec->precision = parse_number(format);
        }
    }
}

// Returns the number of bytes put, or -1 with EINVAL or EOVERFLOW.
static int format_all(struct sink *sink, const char *format, va_list args)
{
    va_list rest;
    int error = errno;
    va_copy(rest, args);
    while (*format != '\0') {
        const char *percent = strchrnul(format, '%');
        __sink_put(sink, format, (size_t)(percent - format));
        if (*percent == '\0')
            break;
        struct spec spec;
        format = percent + 1;
        parse_spec(&format, &spec, &rest);
        enum length length = parse_length(&format);
        spec.conversion = *format;
        if (spec.conversion == '\0' || strchr("diouxXcspm%aAeEfFgG", spec.conversion) == NULL) {
            va_end(rest);
            errno = EINVAL;
            return -1;
        }
        format++;
        format_one(sink, &spec, length, &rest, error);
    }
    va_end(rest);
    if (sink->total > INT_MAX) {
        errno = EOVERFLOW;
        return -1;
    }
    return (int)sink->total;
}

// --- to a stream -----------------------------------------------------------------------------

struct file_sink {
    struct sink sink;
    FILE *file;
    int failed;
};

static void file_put(struct sink *sink, const char *data, size_t size)
{
    struct file_sink *to = (struct file_sink *)sink;
    if (!to->failed && __file_write(to->file, data, size) != size)
        to->failed = 1;
}

// An unbuffered stream gets a buffer for the length of the call, so that a message is one write.
int vfprintf(FILE *restrict file, const char *restrict format, va_list args)
{
    struct file_sink to = {{file_put, 0}, file, 0};
    char local[512];
    __file_lock(file);
    int borrowed = (file->flags & FILE_NONE) != 0 && __file_start_writing(file) == 0;
    if (borrowed) {
        file->buffer = local;
        file->size = sizeof(local);
        file->flags &= ~(unsigned)FILE_NONE;
    }
    int result = format_all(&to.sink, format, args);
    if (borrowed) {
        if (__file_flush(file) != 0)
            to.failed = 1;
        file->buffer = file->tiny;
        file->size = sizeof(file->tiny);
        file->flags |= FILE_NONE;
    }
    __file_unlock(file);
    return to.failed ? -1 : result;
}

int fprintf(FILE *restrict file, const char *restrict format, ...)
{
    va_list args;
    va_start(args, format);
    int result = vfprintf(file, format, args);
    va_end(args);
    return result;
}

int vprintf(const char *restrict format, va_list args)
{
    return vfprintf(stdout, format, args);
}

int printf(const char *restrict format, ...)
{
    va_list args;
    va_start(args, format);
    int result = vfprintf(stdout, format, args);
    va_end(args);
    return result;
}

// --- to a descriptor -------------------------------------------------------------------------

int vdprintf(int fd, const char *restrict format, va_list args)
{
    char *text;
    int length = vasprintf(&text, format, args), done = 0;
    if (length < 0)
        return -1;
    while (done < length) {
        ssize_t written = write(fd, text + done, (size_t)(length - done));
        if (written < 0)
            break;
        done += (int)written;
    }
    free(text);
    return done == length ? length : -1;
}

int dprintf(int fd, const char *restrict format, ...)
{
    va_list args;
    va_start(args, format);
    int result = vdprintf(fd, format, args);
    va_end(args);
    return result;
}

// --- to memory -------------------------------------------------------------------------------

struct text_sink {
    struct sink sink;
    char *to;
    size_t room; // without the final zero
};

static void text_put(struct sink *sink, const char *data, size_t size)
{
    struct text_sink *text = (struct text_sink *)sink;
    if (size > text->room)
        size = text->room;
    memcpy(text->to, data, size);
    text->to += size;
    text->room -= size;
}

int vsnprintf(char *restrict text, size_t size, const char *restrict format, va_list args)
{
    char none;
    struct text_sink to = {{text_put, 0}, size > 0 ? text : &none, size > 0 ? size - 1 : 0};
    int result = format_all(&to.sink, format, args);
    *to.to = '\0';
    return result;
}

int snprintf(char *restrict text, size_t size, const char *restrict format, ...)
{
    va_list args;
    va_start(args, format);
    int result = vsnprintf(text, size, format, args);
    va_end(args);
    return result;
}

int vsprintf(char *restrict text, const char *restrict format, va_list args)
{
    return vsnprintf(text, PTRDIFF_MAX, format, args);
}

int sprintf(char *restrict text, const char *restrict format, ...)
{
    va_list args;
    va_start(args, format);
    int result = vsprintf(text, format, args);
    va_end(args);
    return result;
}

int vasprintf(char **text, const char *format, va_list args)
{
    char *result = NULL;
    int length = vsnprintf(NULL, 0, format, args);
    if (length >= 0)
        result = malloc((size_t)length + 1);
    *text = result;
    if (result == NULL)
        return -1;
    return vsnprintf(result, (size_t)length + 1, format, args);
}

int asprintf(char **text, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    int result = vasprintf(text, format, args);
    va_end(args);
    return result;
}
