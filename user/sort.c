// SPDX-License-Identifier: ISC
//
// sort [-bcdfhmnrsuz] [-k KEY]... [-t CHAR] [-o FILE] [FILE]...: sorts lines, all in memory.
//
// KEY is FIELD[.CHAR][bdfhnr][,FIELD[.CHAR][bdfhnr]]. Lines that are equal in all keys are ordered
// as whole, byte by byte, unless -s keeps them as they came. Order is that of the POSIX locale.

#include <ctype.h>
#include <err.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/io.h"

struct order {
    bool blanks, dictionary, fold, human, numeric, reverse;
};

// Where a key starts and ends; fields and characters count from 1, an end field of 0 is the line's
// end, an end character of 0 the field's.
struct key {
    struct order order;
    bool end_blanks;
    long field, character, end_field, end_character;
};

struct line {
    char *text;
    size_t length, index;
};

struct text {
    const char *start, *end;
};

static struct key *keys;
static size_t key_count;
static struct order global;
static bool unique, stable;
static int separator = -1;
static char terminator = '\n';

static struct line *lines;
static size_t line_count;

// ---- keys

// Skips to the start of a field; without -t a field begins with the blanks before it.
static const char *skip_fields(const char *p, const char *end, long count)
{
    for (; count > 0 && p < end; count--) {
        if (separator >= 0) {
            while (p < end && *p != separator)
                p++;
            p += p < end;
            continue;
        }
        while (p < end && isblank((unsigned char)*p))
            p++;
        while (p < end && !isblank((unsigned char)*p))
            p++;
    }
    return p;
}

static const char *skip_blanks(const char *p, const char *end)
{
    while (p < end && isblank((unsigned char)*p))
        p++;
    return p;
}

static const char *skip_characters(const char *p, const char *end, long count)
{
    return count < end - p ? p + count : end;
}

static struct text key_text(const struct key *key, const struct line *line)
{
    const char *end = line->text + line->length;
    const char *start = skip_fields(line->text, end, key->field - 1);
    if (key->order.blanks)
        start = skip_blanks(start, end);
    start = skip_characters(start, end, key->character - 1);
    if (key->end_field == 0)
        return (struct text){start, end};
    const char *stop = skip_fields(line->text, end, key->end_field - 1);
    if (key->end_character) {
        if (key->end_blanks)
            stop = skip_blanks(stop, end);
        stop = skip_characters(stop, end, key->end_character);
    } else {
        const char *next = skip_fields(stop, end, 1);
        bool separated = separator >= 0 && next > stop && next[-1] == separator;
        stop = next - separated;
    }
    return (struct text){start, stop > start ? stop : start};
}

// ---- comparing

// A decimal number: sign, digits of the whole part without zeros in front, and of the fraction.
struct number {
    bool negative;
    struct text whole, fraction;
};

static struct number take_number(struct text text)
{
    struct number number = {0};
    const char *p = skip_blanks(text.start, text.end);
    number.negative = p < text.end && *p == '-';
    p += number.negative;
    while (p < text.end && *p == '0')
        p++;
    number.whole.start = p;
    while (p < text.end && isdigit((unsigned char)*p))
        p++;
    number.whole.end = number.fraction.start = number.fraction.end = p;
    if (p < text.end && *p == '.') {
        number.fraction.start = ++p;
        while (p < text.end && isdigit((unsigned char)*p))
            p++;
        while (p > number.fraction.start && p[-1] == '0')
            p--;
        number.fraction.end = p;
    }
    if (number.whole.start == number.whole.end && number.fraction.start == number.fraction.end)
        number.negative = false; // zero
    return number;
}

static int compare_bytes(struct text a, struct text b)
{
    size_t x = (size_t)(a.end - a.start), y = (size_t)(b.end - b.start);
    int order = memcmp(a.start, b.start, x < y ? x : y);
    return order ? order : (x > y) - (x < y);
}

static int compare_numbers(struct text first, struct text second)
{
    struct number a = take_number(first), b = take_number(second);
    if (a.negative != b.negative)
        return a.negative ? -1 : 1;
    long x = a.whole.end - a.whole.start, y = b.whole.end - b.whole.start;
    int order = (x > y) - (x < y);
    if (order == 0)
        order = compare_bytes(a.whole, b.whole);
    if (order == 0)
        order = compare_bytes(a.fraction, b.fraction);
    return a.negative ? -order : order;
}

// -h: the unit counts first, then the number.
static int unit_of(struct text text)
{
    static const char units[] = "KMGTPEZY";
    struct number number = take_number(text);
    const char *p = number.fraction.end;
    while (p < text.end && (isdigit((unsigned char)*p) || *p == '.'))
        p++;
    const char *unit = p < text.end ? strchr(units, toupper((unsigned char)*p)) : NULL;
    int power = unit && *unit ? (int)(unit - units) + 1 : 0;
    return number.negative ? -power : power;
}

static int compare_human(struct text a, struct text b)
{
    int x = unit_of(a), y = unit_of(b);
    return x != y ? x - y : compare_numbers(a, b);
}

static int next_folded(struct text *text, const struct order *order)
{
    while (text->start < text->end) {
        unsigned char c = (unsigned char)*text->start++;
        if (order->dictionary && !isalnum(c) && !isblank(c))
            continue;
        return order->fold ? toupper(c) : c;
    }
    return -1;
}

static int compare_folded(struct text a, struct text b, const struct order *order)
{
    for (;;) {
        int x = next_folded(&a, order), y = next_folded(&b, order);
        if (x != y || x < 0)
            return x - y;
    }
}

static int compare_texts(struct text a, struct text b, const struct order *order)
{
    int result;
    if (order->numeric)
        result = compare_numbers(a, b);
    else if (order->human)
        result = compare_human(a, b);
    else if (order->fold || order->dictionary)
        result = compare_folded(a, b, order);
    else
        result = compare_bytes(a, b);
    return order->reverse ? -result : result;
}

static struct text whole(const struct line *line)
{
    return (struct text){line->text, line->text + line->length};
}

static int compare_keys(const struct line *a, const struct line *b)
{
    for (size_t i = 0; i < key_count; i++) {
        int result = compare_texts(key_text(&keys[i], a), key_text(&keys[i], b), &keys[i].order);
        if (result)
            return result;
    }
    if (key_count)
        return 0;
    struct text x = whole(a), y = whole(b);
    if (global.blanks) {
        x.start = skip_blanks(x.start, x.end);
        y.start = skip_blanks(y.start, y.end);
    }
    return compare_texts(x, y, &global);
}

static int compare_lines(const void *first, const void *second)
{
    const struct line *a = first, *b = second;
    int result = compare_keys(a, b);
    if (result == 0 && !stable && !unique) {
        result = compare_bytes(whole(a), whole(b));
        if (global.reverse)
            result = -result;
    }
    return result ? result : (a->index > b->index) - (a->index < b->index);
}

// ---- reading and writing

static void add_line(char *text, size_t length)
{
    static size_t size;
    if (line_count == size) {
        size = size ? size * 2 : 1024;
        lines = realloc(lines, size * sizeof *lines);
        if (!lines)
            err(2, NULL);
    }
    lines[line_count] = (struct line){text, length, line_count};
    line_count++;
}

// Reads a file whole; the lines point into it.
static void read_lines(const char *path)
{
    int fd = input_open(path);
    if (fd < 0)
        exit(2);
    size_t size = 65536, used = 0;
    char *text = malloc(size);
    ssize_t got;
    while (text && (got = read(fd, text + used, size - used)) > 0)
        if ((used += (size_t)got) == size)
            text = realloc(text, size *= 2);
    if (!text || got < 0)
        err(2, "%s", path);
    input_close(fd);
    for (size_t start = 0; start < used;) {
        char *end = memchr(text + start, terminator, used - start);
        size_t length = end ? (size_t)(end - text) - start : used - start;
        add_line(text + start, length);
        start += length + 1;
    }
}

static int check(const char *path)
{
    for (size_t i = 1; i < line_count; i++) {
        int order = unique ? compare_keys(&lines[i - 1], &lines[i])
                           : compare_lines(&lines[i - 1], &lines[i]);
        if (order < 0 || (order == 0 && !unique))
            continue;
        fprintf(stderr, "sort: %s:%zu: disorder: %.*s\n", path, i + 1, (int)lines[i].length,
                lines[i].text);
        return 1;
    }
    return 0;
}

static void print_lines(void)
{
    for (size_t i = 0; i < line_count; i++) {
        if (unique && i && compare_keys(&lines[i - 1], &lines[i]) == 0)
            continue;
        fwrite(lines[i].text, 1, lines[i].length, stdout);
        putchar(terminator);
    }
}

// ---- options

static bool set_order(struct order *order, char letter)
{
    switch (letter) {
    case 'b':
        order->blanks = true;
        return true;
    case 'd':
        order->dictionary = true;
        return true;
    case 'f':
        order->fold = true;
        return true;
    case 'h':
        order->human = true;
        return true;
    case 'n':
        order->numeric = true;
        return true;
    case 'r':
        order->reverse = true;
        return true;
    default:
        return false;
    }
}

static const char *parse_position(const char *p, long *field, long *character, struct order *order,
                                  bool *blanks)
{
    char *end;
    *field = strtol(p, &end, 10);
    if (*end == '.')
        *character = strtol(end + 1, &end, 10);
    for (p = end; *p && *p != ','; p++) {
        if (!set_order(order, *p))
            errx(2, "invalid key");
        *blanks |= *p == 'b';
    }
    return p;
}

static void add_key(const char *text)
{
    struct key key = {.character = 1};
    bool start_blanks = false;
    const char *p = parse_position(text, &key.field, &key.character, &key.order, &start_blanks);
    if (*p == ',')
        p = parse_position(p + 1, &key.end_field, &key.end_character, &key.order, &key.end_blanks);
    if (*p || key.field < 1 || key.character < 1)
        errx(2, "invalid key '%s'", text);
    // -b at the end of the key says nothing about its start.
    key.order.blanks = start_blanks || (key.order.blanks && !key.end_blanks);
    keys = realloc(keys, (key_count + 1) * sizeof *keys);
    if (!keys)
        err(2, NULL);
    keys[key_count++] = key;
}

// A key without options of its own has the global ones.
static void inherit_orders(void)
{
    static const struct order none;
    for (size_t i = 0; i < key_count; i++) {
        if (memcmp(&keys[i].order, &none, sizeof none) == 0 && !keys[i].end_blanks) {
            keys[i].order = global;
            keys[i].end_blanks = global.blanks;
        }
    }
}

int main(int argc, char **argv)
{
    const char *output = NULL;
    bool only_check = false;
    int option;
    while ((option = getopt(argc, argv, "bcCdfhmnrsuzk:t:o:")) != -1) {
        if (option == 'k')
            add_key(optarg);
        else if (option == 't')
            separator = strcmp(optarg, "\\0") == 0 ? 0 : (unsigned char)*optarg;
        else if (option == 'o')
            output = optarg;
        else if (option == 'c' || option == 'C')
            only_check = true;
        else if (option == 's')
            stable = true;
        else if (option == 'u')
            unique = true;
        else if (option == 'z')
            terminator = '\0';
        else if (option != 'm' && !set_order(&global, (char)option))
            return 2;
    }
    inherit_orders();
    if (optind == argc)
        read_lines("-");
    for (int i = optind; i < argc; i++)
        read_lines(argv[i]);
    if (only_check)
        return check(optind < argc ? argv[optind] : "-");
    qsort(lines, line_count, sizeof *lines, compare_lines);
    // Opened only now: the output may be one of the inputs.
    if (output && !freopen(output, "w", stdout))
        err(2, "%s", output);
    print_lines();
    finish(0);
}
