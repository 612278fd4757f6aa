// SPDX-License-Identifier: ISC
//
// read: one line of standard input, split into variables. It reads byte by byte, because what
// follows the line belongs to whoever reads next.
// Source: POSIX.1-2017, utility read; Shell Command Language, section 2.6.5.

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "builtin.h"
#include "expand.h"
#include "sh.h"
#include "vars.h"

// A byte; 0 at the end of the input, -1 where a trap is to run first.
static int read_byte(char *c)
{
    for (;;) {
        ssize_t got = read(0, c, 1);
        if (got >= 0)
            return (int)got;
        if (errno != EINTR)
            return 0;
        if (trap_take_interrupt())
            sh_abort(130);
        trap_run_pending();
    }
}

// Reads a line into `line`, with a mark for each character: MARK_QUOTED behind a backslash.
static bool read_line(struct marked *line, bool raw)
{
    char c;
    for (;;) {
        if (read_byte(&c) <= 0)
            return false;
        if (c == '\n')
            return true;
        enum mark_kind mark = MARK_SPLIT;
        if (c == '\\' && !raw) {
            if (read_byte(&c) <= 0)
                return false;
            if (c == '\n')
                continue;
            mark = MARK_QUOTED;
        }
        if (c) {
            buf_add(&line->chars, c);
            buf_add(&line->marks, (char)mark);
        }
    }
}

struct cursor {
    const struct marked *line;
    const char *ifs;
    size_t at;
};

static bool at_ifs(const struct cursor *c, bool space)
{
    if (c->at >= c->line->chars.length || c->line->marks.text[c->at] != MARK_SPLIT)
        return false;
    char ch = c->line->chars.text[c->at];
    return strchr(c->ifs, ch) && !!strchr(" \t\n", ch) == space;
}

static void skip_spaces(struct cursor *c)
{
    while (at_ifs(c, true))
        c->at++;
}

// Takes the next field and the delimiter behind it.
static const char *take_field(struct cursor *c)
{
    size_t start = c->at;
    while (c->at < c->line->chars.length && !at_ifs(c, true) && !at_ifs(c, false))
        c->at++;
    const char *field = arena_strndup(&temp, c->line->chars.text + start, c->at - start);
    skip_spaces(c);
    if (at_ifs(c, false)) {
        c->at++;
        skip_spaces(c);
    }
    return field;
}

// The last variable gets all that is left, without white space at the end; a single delimiter
// at the end of a single field goes too.
static const char *take_rest(struct cursor *c)
{
    struct cursor probe = *c;
    const char *single = take_field(&probe);
    if (probe.at >= c->line->chars.length)
        return single;
    size_t start = c->at, end = c->line->chars.length;
    for (c->at = end - 1; end > start && at_ifs(c, true); c->at = end - 1)
        end--;
    return arena_strndup(&temp, c->line->chars.text + start, end - start);
}

int builtin_read(int argc, char **argv)
{
    bool raw = false;
    int i = 1;
    for (; i < argc && argv[i][0] == '-' && argv[i][1]; i++) {
        if (strcmp(argv[i], "-r") == 0) {
            raw = true;
        } else if (strcmp(argv[i], "-p") == 0 && i + 1 < argc) {
            if (isatty(0))
                err_string(argv[i + 1]);
            i++;
        } else {
            return builtin_error("read: Illegal option %s", argv[i]);
        }
    }
    if (i == argc)
        return builtin_error("read: arg count");
    for (int j = i; j < argc; j++)
        if (!var_is_name(argv[j]))
            return builtin_error("read: %s: bad variable name", argv[j]);
    struct marked line;
    buf_init(&line.chars, &temp);
    buf_init(&line.marks, &temp);
    bool whole = read_line(&line, raw);
    const char *ifs = var_get("IFS");
    struct cursor cursor = {.line = &line, .ifs = ifs ? ifs : " \t\n"};
    skip_spaces(&cursor);
    for (; i < argc - 1; i++)
        var_set(argv[i], take_field(&cursor));
    var_set(argv[i], take_rest(&cursor));
    return !whole;
}
