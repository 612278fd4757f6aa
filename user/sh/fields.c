// SPDX-License-Identifier: ISC
//
// Field splitting and quote removal. A field ends at a break, and at IFS characters that came from
// an expansion: a run of IFS white space is one delimiter, as is one other IFS character with the
// white space around it.
// Source: POSIX.1-2017, Shell Command Language, section 2.6.5.

#include <string.h>

#include "expand.h"
#include "sh.h"
#include "vars.h"

struct splitter {
    struct list *fields;
    struct buf text;    // the field so far
    struct buf pattern; // the same as a pattern, quoted characters escaped
    bool present;       // there is a field, be it empty
    bool after_space;   // white space ended the field before, and nothing came since
};

static void start_field(struct splitter *s)
{
    buf_init(&s->text, &temp);
    buf_init(&s->pattern, &temp);
    s->present = false;
}

static void end_field(struct splitter *s)
{
    bool expand = !sh.options[OPT_NOGLOB] && glob_has_magic(s->pattern.text);
    if (!expand || !glob_paths(s->pattern.text, s->fields))
        list_add(s->fields, s->text.text);
    start_field(s);
}

static void add_char(struct splitter *s, char c, bool quoted)
{
    buf_add(&s->text, c);
    if (quoted && strchr("*?[]!^-\\", c))
        buf_add(&s->pattern, '\\');
    buf_add(&s->pattern, c);
    s->present = true;
    s->after_space = false;
}

static void split_at(struct splitter *s, char c)
{
    if (strchr(" \t\n", c)) {
        if (s->present) {
            end_field(s);
            s->after_space = true;
        }
    } else if (s->after_space) {
        s->after_space = false;
    } else {
        end_field(s);
    }
}

void fields_split(const struct marked *text, struct list *fields)
{
    const char *ifs = var_get("IFS");
    if (!ifs)
        ifs = " \t\n";
    struct splitter s = {.fields = fields};
    start_field(&s);
    for (size_t i = 0; i < text->chars.length; i++) {
        char c = text->chars.text[i];
        switch (text->marks.text[i]) {
        case MARK_BREAK:
            if (s.present)
                end_field(&s);
            s.after_space = false;
            break;
        case MARK_EMPTY:
            s.present = true;
            s.after_space = false;
            break;
        case MARK_SPLIT:
            if (strchr(ifs, c))
                split_at(&s, c);
            else
                add_char(&s, c, false);
            break;
        default:
            add_char(&s, c, text->marks.text[i] == MARK_QUOTED);
        }
    }
    if (s.present)
        end_field(&s);
}
