// SPDX-License-Identifier: ISC
//
// Word expansion: tilde, parameters, command substitution, arithmetic. The result is a row of
// marked characters; fields.c splits it and glob.c finds path names.
// Source: POSIX.1-2017, Shell Command Language, section 2.6.

#include "expand.h"

#include <ctype.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "exec.h"
#include "sh.h"
#include "vars.h"

enum {
    EXPAND_FIELDS = 1, // what expansions yield is to be split; $@ makes fields
    EXPAND_ASSIGN = 2, // ~ after a colon too
    EXPAND_NESTED = 4, // inside ${x-...}: literal text is the yield of an expansion
};

static void expand_parts(struct marked *out, const struct part *part, int flags);

void list_add(struct list *list, char *item)
{
    if (list->count + 1 >= list->size) {
        int size = list->size ? list->size * 2 : 16;
        char **items = arena_alloc(&temp, (size_t)size * sizeof *items);
        if (list->count)
            memcpy(items, list->items, (size_t)list->count * sizeof *items);
        list->items = items;
        list->size = size;
    }
    list->items[list->count++] = item;
    list->items[list->count] = NULL;
}

static void marked_init(struct marked *out)
{
    buf_init(&out->chars, &temp);
    buf_init(&out->marks, &temp);
}

static void put(struct marked *out, char c, enum mark_kind mark)
{
    buf_add(&out->chars, c);
    buf_add(&out->marks, (char)mark);
}

static void put_string(struct marked *out, const char *text, enum mark_kind mark)
{
    while (*text)
        put(out, *text++, mark);
}

static enum mark_kind mark_of_value(const struct part *part, int flags)
{
    if (part->quoted)
        return MARK_QUOTED;
    return flags & EXPAND_FIELDS ? MARK_SPLIT : MARK_PLAIN;
}

// ---- tilde

// The home directory of a user, from /etc/passwd; NULL where there is none.
static const char *home_of(const char *user)
{
    FILE *file = fopen("/etc/passwd", "re");
    if (!file)
        return NULL;
    char line[512];
    size_t length = strlen(user);
    const char *home = NULL;
    while (!home && fgets(line, sizeof line, file)) {
        if (strncmp(line, user, length) != 0 || line[length] != ':')
            continue;
        char *field = line;
        for (int i = 0; i < 5 && field; i++)
            field = (field = strchr(field, ':')) ? field + 1 : NULL;
        if (field)
            home = arena_strndup(&temp, field, strcspn(field, ":\n"));
    }
    fclose(file);
    return home;
}

// Expands the tilde at `text`. Returns what follows it, or `text` where it is no tilde prefix:
// one that runs to the end of its part must have nothing behind it.
static const char *put_tilde(struct marked *out, const char *text, bool last_part, int flags)
{
    size_t length = strcspn(text, flags & EXPAND_ASSIGN ? "/:" : "/");
    if (!text[length] && !last_part)
        return text;
    const char *user = arena_strndup(&temp, text + 1, length - 1);
    const char *home = *user ? home_of(user) : var_get("HOME");
    if (!home)
        return text;
    put_string(out, home, MARK_QUOTED);
    return text + length;
}

static void put_text(struct marked *out, const struct part *part, bool first, int flags)
{
    const char *text = part->text;
    if (part->quoted) {
        put(out, 0, MARK_EMPTY);
        put_string(out, text, MARK_QUOTED);
        return;
    }
    enum mark_kind mark =
        (flags & EXPAND_NESTED) && (flags & EXPAND_FIELDS) ? MARK_SPLIT : MARK_PLAIN;
    bool here = first;
    while (*text) {
        const char *start = text;
        if (here && *text == '~')
            text = put_tilde(out, text, !part->next, flags);
        if (text == start)
            put(out, *text++, mark);
        here = (flags & EXPAND_ASSIGN) && text[-1] == ':';
    }
}

// ---- parameters

static const char *number_text(long number)
{
    char text[24];
    snprintf(text, sizeof text, "%ld", number);
    return arena_strndup(&temp, text, strlen(text));
}

static const char *join_params(const char *separator)
{
    struct buf text;
    buf_init(&text, &temp);
    for (int i = 0; i < sh.params.count; i++) {
        if (i)
            buf_add_string(&text, separator);
        buf_add_string(&text, sh.params.values[i]);
    }
    return text.text;
}

// The first character of IFS as a string; a blank where IFS is unset.
static const char *ifs_separator(void)
{
    const char *ifs = var_get("IFS");
    return ifs ? arena_strndup(&temp, ifs, *ifs != '\0') : " ";
}

// The value of any parameter, NULL where it is unset.
static const char *param_value(const char *name)
{
    if (isdigit((unsigned char)*name)) {
        long index = strtol(name, NULL, 10);
        if (index == 0)
            return sh.name;
        return index <= sh.params.count ? sh.params.values[index - 1] : NULL;
    }
    if (isalpha((unsigned char)*name) || *name == '_')
        return var_get(name);
    switch (*name) {
    case '@':
        return sh.params.count ? join_params(" ") : NULL;
    case '*':
        return sh.params.count ? join_params(ifs_separator()) : NULL;
    case '#':
        return number_text(sh.params.count);
    case '?':
        return number_text(sh.status);
    case '$':
        return number_text(sh.pid);
    case '!':
        return sh.last_background ? number_text(sh.last_background) : NULL;
    default:
        return option_letters();
    }
}

static bool is_all_params(const struct part *part)
{
    return *part->text == '@' || *part->text == '*';
}

// "$@" is one field each; $@ and $* outside quotes too, each to be split further.
static void put_all_params(struct marked *out, const struct part *part, int flags)
{
    if ((part->quoted && *part->text == '*') || !(flags & EXPAND_FIELDS)) {
        if (part->quoted)
            put(out, 0, MARK_EMPTY);
        const char *separator = *part->text == '*' ? ifs_separator() : " ";
        put_string(out, join_params(separator), mark_of_value(part, flags));
        return;
    }
    for (int i = 0; i < sh.params.count; i++) {
        if (i)
            put(out, 0, MARK_BREAK);
        if (part->quoted)
            put(out, 0, MARK_EMPTY);
        put_string(out, sh.params.values[i], mark_of_value(part, flags));
    }
}

static void put_value(struct marked *out, const struct part *part, const char *value, int flags)
{
    if (part->quoted)
        put(out, 0, MARK_EMPTY);
    put_string(out, value, mark_of_value(part, flags));
}

static void put_param_value(struct marked *out, const struct part *part, const char *value,
                            int flags)
{
    if (is_all_params(part))
        put_all_params(out, part, flags);
    else
        put_value(out, part, value, flags);
}

static void put_param_word(struct marked *out, const struct part *part, int flags)
{
    if (part->quoted)
        put(out, 0, MARK_EMPTY);
    expand_parts(out, part->word->parts, flags | EXPAND_NESTED);
}

static const char *trim_prefix(const char *value, const char *pattern, bool longest)
{
    size_t length = strlen(value);
    for (size_t i = 0; i <= length; i++) {
        size_t cut = longest ? length - i : i;
        if (glob_match(pattern, arena_strndup(&temp, value, cut)))
            return value + cut;
    }
    return value;
}

static const char *trim_suffix(const char *value, const char *pattern, bool longest)
{
    size_t length = strlen(value);
    for (size_t i = 0; i <= length; i++) {
        size_t keep = longest ? i : length - i;
        if (glob_match(pattern, value + keep))
            return arena_strndup(&temp, value, keep);
    }
    return value;
}

static const char *trim(const struct part *part, const char *value)
{
    const char *pattern = expand_pattern(part->word);
    switch (part->op) {
    case PARAM_TRIM_PREFIX:
        return trim_prefix(value, pattern, false);
    case PARAM_TRIM_PREFIX_ALL:
        return trim_prefix(value, pattern, true);
    case PARAM_TRIM_SUFFIX:
        return trim_suffix(value, pattern, false);
    default:
        return trim_suffix(value, pattern, true);
    }
}

static _Noreturn void fail_unset(const struct part *part)
{
    const char *message = part->word ? expand_string(part->word) : "";
    if (!*message)
        message = part->colon ? "parameter null or not set" : "parameter not set";
    sh_fail(2, "%s: %s", part->text, message);
}

static const char *assign_default(const struct part *part)
{
    if (!var_is_name(part->text))
        sh_fail(2, "%s: bad variable name", part->text);
    const char *value = expand_string(part->word);
    var_set(part->text, value);
    return value;
}

static void put_param(struct marked *out, const struct part *part, int flags)
{
    if (part->op == PARAM_BAD)
        sh_fail(2, "bad substitution: ${%s...}", part->text);
    const char *value = param_value(part->text);
    bool present = value && !(part->colon && !*value);
    if (!value && sh.options[OPT_NOUNSET] && !is_all_params(part) &&
        (part->op == PARAM_VALUE || part->op == PARAM_LENGTH || part->op >= PARAM_TRIM_PREFIX))
        fail_unset(&(struct part){.text = part->text});
    switch (part->op) {
    case PARAM_VALUE:
        put_param_value(out, part, value ? value : "", flags);
        break;
    case PARAM_LENGTH:
        put_value(out, part, number_text(value ? (long)strlen(value) : 0), flags);
        break;
    case PARAM_DEFAULT:
        if (present)
            put_param_value(out, part, value, flags);
        else
            put_param_word(out, part, flags);
        break;
    case PARAM_ALTERNATE:
        if (present)
            put_param_word(out, part, flags);
        else if (part->quoted)
            put(out, 0, MARK_EMPTY);
        break;
    case PARAM_ASSIGN:
        put_param_value(out, part, present ? value : assign_default(part), flags);
        break;
    case PARAM_ERROR:
        if (!present)
            fail_unset(part);
        put_param_value(out, part, value, flags);
        break;
    case PARAM_TRIM_PREFIX:
    case PARAM_TRIM_PREFIX_ALL:
    case PARAM_TRIM_SUFFIX:
    case PARAM_TRIM_SUFFIX_ALL:
        put_value(out, part, trim(part, value ? value : ""), flags);
        break;
    case PARAM_BAD:
        break;
    }
}

// ---- all of it

static void expand_parts(struct marked *out, const struct part *part, int flags)
{
    for (bool first = true; part; part = part->next, first = false) {
        switch (part->kind) {
        case PART_TEXT:
            put_text(out, part, first, flags);
            break;
        case PART_PARAM:
            put_param(out, part, flags & ~EXPAND_NESTED);
            break;
        case PART_COMMAND:
            put_value(out, part, exec_capture(part->body), flags);
            break;
        case PART_ARITH:
            put_value(out, part, number_text(arith_evaluate(expand_string(part->word))), flags);
            break;
        }
    }
}

char **expand_words(const struct word *word, int *count)
{
    struct list fields = {0};
    for (; word; word = word->next) {
        struct marked text;
        marked_init(&text);
        expand_parts(&text, word->parts, EXPAND_FIELDS);
        fields_split(&text, &fields);
    }
    if (!fields.items)
        fields.items = arena_alloc(&temp, sizeof *fields.items);
    *count = fields.count;
    return fields.items;
}

// Takes the characters out of what was expanded without splitting. `escape`: a backslash before
// the quoted ones.
static char *plain_text(const struct word *word, int flags, bool escape)
{
    struct marked text;
    marked_init(&text);
    expand_parts(&text, word->parts, flags);
    struct buf plain;
    buf_init(&plain, &temp);
    for (size_t i = 0; i < text.chars.length; i++) {
        char mark = text.marks.text[i];
        if (mark == MARK_EMPTY || mark == MARK_BREAK)
            continue;
        if (escape && mark == MARK_QUOTED)
            buf_add(&plain, '\\');
        buf_add(&plain, text.chars.text[i]);
    }
    return plain.text;
}

char *expand_string(const struct word *word)
{
    return plain_text(word, 0, false);
}

char *expand_assignment(const struct word *word)
{
    return plain_text(word, EXPAND_ASSIGN, false);
}

char *expand_pattern(const struct word *word)
{
    return plain_text(word, 0, true);
}
