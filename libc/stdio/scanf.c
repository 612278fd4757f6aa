// SPDX-License-Identifier: ISC
// The scanf family: one reader that takes characters from a source, a stream or a string.
//
// Left out: wide characters, positions (%1$d). %ms allocates, as POSIX has it.
#include <ctype.h>
#include <limits.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "stdio/file.h"

struct source {
    FILE *file; // or
    const char *text;
    size_t count; // characters taken
};

static int take(struct source *source)
{
    int c;
    if (source->file != NULL)
        c = file_get(source->file);
    else
        c = *source->text != '\0' ? (unsigned char)*source->text++ : EOF;
    source->count += c != EOF;
    return c;
}

static void give_back(struct source *source, int c)
{
    if (c == EOF)
        return;
    source->count--;
    if (source->file != NULL)
        ungetc(c, source->file);
    else
        source->text--;
}

static void skip_space(struct source *source)
{
    int c;
    while (isspace(c = take(source)))
        continue;
    give_back(source, c);
}

enum length { SIZE_INT, SIZE_CHAR, SIZE_SHORT, SIZE_LONG, SIZE_LONG_DOUBLE };

struct spec {
    int discard;  // *
    int allocate; // m
    int width;    // INT_MAX: none given
    enum length length;
    char conversion;
    const char *set, *set_end; // of %[
};

static void parse_length(const char **format, struct spec *spec)
{
    spec->length = SIZE_INT;
    switch (**format) {
    case 'h':
        spec->length = (*format)[1] == 'h' ? SIZE_CHAR : SIZE_SHORT;
        *format += (*format)[1] == 'h' ? 2 : 1;
        break;
    case 'l':
        spec->length = SIZE_LONG;
        *format += (*format)[1] == 'l' ? 2 : 1;
        break;
    case 'j':
    case 't':
    case 'z':
        spec->length = SIZE_LONG;
        (*format)++;
        break;
    case 'L':
        spec->length = SIZE_LONG_DOUBLE;
        (*format)++;
        break;
    }
}

// What follows the %. Returns 0 when the format is wrong.
static int parse_spec(const char **format, struct spec *spec)
{
    *spec = (struct spec){.width = 0};
    if (**format == '*') {
        spec->discard = 1;
        (*format)++;
    }
    for (; isdigit((unsigned char)**format); (*format)++)
        spec->width = spec->width * 10 + (**format - '0');
    if (spec->width == 0)
        spec->width = INT_MAX;
    if (**format == 'm') {
        spec->allocate = 1;
        (*format)++;
    }
    parse_length(format, spec);
    spec->conversion = *(*format)++;
    if (spec->conversion != '[')
        return spec->conversion != '\0' && strchr("diouxXpaAeEfFgGscn%", spec->conversion) != NULL;
    spec->set = *format;
    const char *at = spec->set + (*spec->set == '^');
    spec->set_end = *at != '\0' ? strchr(at + 1, ']') : NULL; // a ] at the front is a member
    if (spec->set_end == NULL)
        return 0;
    *format = spec->set_end + 1;
    return 1;
}

static int in_set(const struct spec *spec, int c)
{
    const char *at = spec->set;
    int invert = *at == '^', found = 0;
    for (at += invert; at < spec->set_end; at++) {
        if (at + 2 < spec->set_end && at[1] == '-') {
            found |= (unsigned char)at[0] <= c && c <= (unsigned char)at[2];
            at += 2;
        } else {
            found |= (unsigned char)*at == c;
        }
    }
    return found != invert;
}

static int wanted(const struct spec *spec, int c)
{
    if (c == EOF)
        return 0;
    return spec->conversion == 'c' || (spec->conversion == 's' ? !isspace(c) : in_set(spec, c));
}

// %s, %[ and %c. Returns 1, 0 for no match, EOF at the end, -2 without memory.
static int read_text(struct source *source, const struct spec *spec, va_list *args)
{
    char **place = NULL, *to = NULL;
    int room = 0, length = 0, c, limit = spec->width;
    if (spec->conversion == 'c' && limit == INT_MAX)
        limit = 1;
    if (!spec->discard && spec->allocate)
        place = va_arg(*args, char **);
    else if (!spec->discard)
        to = va_arg(*args, char *);
    while (length < limit && wanted(spec, c = take(source))) {
        if (place != NULL && length + 1 >= room) {
            room = room * 2 + 32;
            char *larger = realloc(to, (size_t)room);
            if (larger == NULL) {
                free(to);
                return -2;
            }
            to = larger;
        }
        if (to != NULL)
            to[length] = (char)c;
        length++;
        c = 0;
    }
    int short_c = spec->conversion == 'c' && length < limit;
    if (length < limit)
        give_back(source, c);
    if (length == 0 || short_c) {
        if (place != NULL)
            free(to);
        return c == EOF ? EOF : 0;
    }
    if (to != NULL && spec->conversion != 'c')
        to[length] = '\0';
    if (place != NULL)
        *place = to;
    return 1;
}

// The longest text that can be a number, up to the width: one character too far is taken and
// given back, as C has it, so "0x" and "1e+" are failures and not 0 and 1.
struct number_text {
    char text[1100];
    int length, limit;
    struct source *source;
    int next; // the character that is looked at
};

static void number_advance(struct number_text *number)
{
    if (number->length < (int)sizeof(number->text) - 1)
        number->text[number->length++] = (char)number->next;
    number->limit--;
    number->next = number->limit > 0 ? take(number->source) : EOF;
}

static int number_accept(struct number_text *number, const char *set)
{
    if (number->next == EOF || number->next == '\0' || strchr(set, number->next) == NULL)
        return 0;
    number_advance(number);
    return 1;
}

static int number_digits(struct number_text *number, const char *set)
{
    int count = 0;
    while (number_accept(number, set))
        count++;
    return count;
}

static void number_start(struct number_text *number, struct source *source, int width)
{
    number->length = 0;
    number->limit = width;
    number->source = source;
    number->next = take(source);
    number_accept(number, "+-");
}

static void number_end(struct number_text *number)
{
    if (number->limit > 0)
        give_back(number->source, number->next);
    number->text[number->length] = '\0';
}

static void store_integer(const struct spec *spec, va_list *args, unsigned long value)
{
    void *place = va_arg(*args, void *);
    switch (spec->length) {
    case SIZE_CHAR:
        *(char *)place = (char)value;
        break;
    case SIZE_SHORT:
        *(short *)place = (short)value;
        break;
    case SIZE_INT:
        *(int *)place = (int)value;
        break;
    default:
        *(long *)place = (long)value;
    }
}

static int read_integer(struct source *source, struct spec *spec, va_list *args)
{
    static const char digits[] = "0123456789abcdefABCDEF";
    struct number_text number;
    int base = 10, count = 0;
    char set[sizeof(digits)] = "0123456789";
    if (spec->conversion == 'o')
        base = 8;
    else if (strchr("xXp", spec->conversion) != NULL)
        base = 16;
    else if (spec->conversion == 'i')
        base = 0;

    number_start(&number, source, spec->width);
    int at_end = number.length == 0 && number.next == EOF;
    if ((base == 0 || base == 16) && number.next == '0') {
        number_advance(&number);
        count = 1;
        if (number_accept(&number, "xX")) {
            base = 16;
            count = 0;
        } else if (base == 0) {
            base = 8;
        }
    } else if (base == 0) {
        base = 10;
    }
    strcpy(set, digits);
    if (base < 16)
        set[base] = '\0';
    count += number_digits(&number, set);
    number_end(&number);
    if (count == 0)
        return at_end ? EOF : 0;
    if (spec->conversion == 'p')
        spec->length = SIZE_LONG;
    if (!spec->discard) {
        int is_signed = spec->conversion == 'd' || spec->conversion == 'i';
        store_integer(spec, args,
                      is_signed ? (unsigned long)strtol(number.text, NULL, base)
                                : strtoul(number.text, NULL, base));
    }
    return 1;
}

// "inf", "infinity" and "nan", in any case, letter by letter.
static int number_word(struct number_text *number)
{
    char one[3] = {0};
    const char *word = (number->next | 32) == 'i' ? "infinity" : "nan";
    int taken = 0;
    for (; word[taken] != '\0'; taken++) {
        one[0] = word[taken];
        one[1] = (char)(word[taken] - 32);
        if (!number_accept(number, one))
            break;
    }
    return taken == 3 || word[taken] == '\0';
}

static int number_float(struct number_text *number)
{
    const char *digits = "0123456789", *letters = "eE";
    if (number->next == EOF)
        return 0;
    if (strchr("iInN", number->next) != NULL)
        return number_word(number);
    int count = 0;
    if (number->next == '0') {
        number_advance(number);
        count = 1;
        if (number_accept(number, "xX")) {
            digits = "0123456789abcdefABCDEF";
            letters = "pP";
            count = 0;
        }
    }
    count += number_digits(number, digits);
    if (number_accept(number, "."))
        count += number_digits(number, digits);
    if (count > 0 && number_accept(number, letters)) {
        number_accept(number, "+-");
        return number_digits(number, "0123456789") > 0;
    }
    return count > 0;
}

static int read_float(struct source *source, const struct spec *spec, va_list *args)
{
    struct number_text number;
    number_start(&number, source, spec->width);
    int at_end = number.length == 0 && number.next == EOF;
    int valid = number_float(&number);
    number_end(&number);
    if (!valid)
        return at_end ? EOF : 0;
    if (spec->discard)
        return 1;
    void *place = va_arg(*args, void *);
    if (spec->length == SIZE_LONG_DOUBLE)
        *(long double *)place = strtold(number.text, NULL);
    else if (spec->length == SIZE_LONG)
        *(double *)place = strtod(number.text, NULL);
    else
        *(float *)place = strtof(number.text, NULL);
    return 1;
}

// One conversion: 1 for a value, 0 for no match, EOF, -2.
static int convert(struct source *source, struct spec *spec, va_list *args)
{
    if (spec->conversion != 'c' && spec->conversion != '[' && spec->conversion != 'n')
        skip_space(source);
    switch (spec->conversion) {
    case 's':
    case 'c':
    case '[':
        return read_text(source, spec, args);
    case 'd':
    case 'i':
    case 'o':
    case 'u':
    case 'x':
    case 'X':
    case 'p':
        return read_integer(source, spec, args);
    default:
        return read_float(source, spec, args);
    }
}

// A character of the format that stands for itself.
static int match_literal(struct source *source, char literal)
{
    int c = take(source);
    if (c == (unsigned char)literal)
        return 1;
    give_back(source, c);
    return c == EOF ? EOF : 0;
}

static int scan(struct source *source, const char *format, va_list args)
{
    va_list rest;
    int done = 0, result = 1;
    va_copy(rest, args);
    while (result > 0 && *format != '\0') {
        struct spec spec;
        char c = *format++;
        if (isspace((unsigned char)c)) {
            skip_space(source);
        } else if (c != '%') {
            result = match_literal(source, c);
        } else if (!parse_spec(&format, &spec)) {
            result = 0;
        } else if (spec.conversion == '%') {
            skip_space(source);
            result = match_literal(source, '%');
        } else if (spec.conversion == 'n') {
            if (!spec.discard)
                store_integer(&spec, &rest, source->count);
        } else {
            result = convert(source, &spec, &rest);
            done += result == 1 && !spec.discard;
        }
    }
    va_end(rest);
    return result < 0 && done == 0 ? EOF : done;
}

int vfscanf(FILE *restrict file, const char *restrict format, va_list args)
{
    struct source source = {.file = file};
    __file_lock(file);
    int result = scan(&source, format, args);
    __file_unlock(file);
    return result;
}

int vsscanf(const char *restrict text, const char *restrict format, va_list args)
{
    struct source source = {.text = text};
    return scan(&source, format, args);
}

int vscanf(const char *restrict format, va_list args)
{
    return vfscanf(stdin, format, args);
}

int scanf(const char *restrict format, ...)
{
    va_list args;
    va_start(args, format);
    int result = vfscanf(stdin, format, args);
    va_end(args);
    return result;
}

int fscanf(FILE *restrict file, const char *restrict format, ...)
{
    va_list args;
    va_start(args, format);
    int result = vfscanf(file, format, args);
    va_end(args);
    return result;
}

int sscanf(const char *restrict text, const char *restrict format, ...)
{
    va_list args;
    va_start(args, format);
    int result = vsscanf(text, format, args);
    va_end(args);
    return result;
}
