// SPDX-License-Identifier: ISC
//
// The inside of a word: text, quotes, parameters, command substitution, arithmetic. One loop reads
// them all; the mode says what ends it and which characters are special.
// Source: POSIX.1-2017, Shell Command Language, sections 2.2, 2.6.

#include "word.h"

#include <ctype.h>
#include <string.h>

#include "parse.h"
#include "sh.h"

enum mode {
    MODE_WORD,   // an unquoted word, up to a blank or an operator
    MODE_BRACE,  // ${x-here}, outside double quotes, and every pattern
    MODE_DQUOTE, // "here"
    MODE_DBRACE, // "${x-here}"
    MODE_ARITH,  // $((here))
    MODE_HERE,   // a here-document
};

// A word under construction. Text gathers in `text` while its quoting stays the same.
struct builder {
    struct lexer *lexer;
    struct part *first, **tail;
    struct buf text;
    bool quoted;
};

static void read_parts(struct builder *builder, enum mode mode);

static void builder_init(struct builder *builder, struct lexer *lexer)
{
    *builder = (struct builder){.lexer = lexer};
    builder->tail = &builder->first;
    buf_init(&builder->text, lexer->arena);
}

static struct part *new_part(struct builder *builder, enum part_kind kind, bool quoted)
{
    struct part *part = arena_alloc(builder->lexer->arena, sizeof *part);
    part->kind = kind;
    part->quoted = quoted;
    return part;
}

static void append(struct builder *builder, struct part *part)
{
    *builder->tail = part;
    builder->tail = &part->next;
}

static void append_text(struct builder *builder, bool quoted)
{
    struct part *part = new_part(builder, PART_TEXT, quoted);
    part->text = builder->text.text;
    append(builder, part);
    buf_init(&builder->text, builder->lexer->arena);
}

static void flush(struct builder *builder)
{
    if (builder->text.length)
        append_text(builder, builder->quoted);
}

static void add(struct builder *builder, int c, bool quoted)
{
    if (builder->quoted != quoted)
        flush(builder);
    builder->quoted = quoted;
    buf_add(&builder->text, (char)c);
}

static struct word *finish(struct builder *builder)
{
    flush(builder);
    struct word *word = arena_alloc(builder->lexer->arena, sizeof *word);
    word->parts = builder->first;
    return word;
}

// ---- $...

static struct word *read_nested(struct lexer *lexer, enum mode mode)
{
    struct builder builder;
    builder_init(&builder, lexer);
    read_parts(&builder, mode);
    return finish(&builder);
}

static bool is_name_start(int c)
{
    return c == '_' || (c < 128 && isalpha(c));
}

static bool is_special(int c)
{
    return c > 0 && strchr("@*#?-$!", c);
}

// A parameter's name, whose first character is `c`. `braces` allows more than one digit.
static const char *read_name(struct lexer *lexer, int c, bool braces)
{
    struct buf name;
    buf_init(&name, lexer->arena);
    buf_add(&name, (char)c);
    if (is_special(c) || (isdigit(c) && !braces))
        return name.text;
    bool digits = isdigit(c);
    for (;;) {
        c = lex_get_joined(lexer);
        if (c == INPUT_END || !(digits ? isdigit(c) : is_name_start(c) || isdigit(c)))
            break;
        buf_add(&name, (char)c);
    }
    lex_unget(lexer, c);
    return name.text;
}

// What is in the braces is nothing we know: an error, but only once it is expanded.
static void read_bad(struct lexer *lexer, struct part *part)
{
    part->op = PARAM_BAD;
    part->word = read_nested(lexer, part->quoted ? MODE_DBRACE : MODE_BRACE);
}

static void read_operator(struct lexer *lexer, struct part *part)
{
    int c = lex_get_joined(lexer);
    if (c == '}')
        return;
    if (c == ':') {
        part->colon = true;
        c = lex_get_joined(lexer);
    }
    const char *operators = part->colon ? "-=?+" : "-=?+#%";
    if (c == INPUT_END || !strchr(operators, c)) {
        lex_unget(lexer, c);
        read_bad(lexer, part);
        return;
    }
    int after = c == '#' || c == '%' ? lex_get_joined(lexer) : 0;
    bool twice = after == c;
    if (after && !twice)
        lex_unget(lexer, after);
    switch (c) {
    case '-':
        part->op = PARAM_DEFAULT;
        break;
    case '=':
        part->op = PARAM_ASSIGN;
        break;
    case '?':
        part->op = PARAM_ERROR;
        break;
    case '+':
        part->op = PARAM_ALTERNATE;
        break;
    case '#':
        part->op = twice ? PARAM_TRIM_PREFIX_ALL : PARAM_TRIM_PREFIX;
        break;
    case '%':
        part->op = twice ? PARAM_TRIM_SUFFIX_ALL : PARAM_TRIM_SUFFIX;
        break;
    }
    bool pattern = c == '#' || c == '%';
    part->word = read_nested(lexer, part->quoted && !pattern ? MODE_DBRACE : MODE_BRACE);
}

// ${#...: the length of a parameter, unless it is the parameter # itself. True where it was.
static bool read_length(struct lexer *lexer, struct part *part)
{
    int c = lex_get_joined(lexer);
    if (is_name_start(c) || (c != INPUT_END && isdigit(c))) {
        part->text = read_name(lexer, c, true);
        part->op = PARAM_LENGTH;
        c = lex_get_joined(lexer);
        if (c != '}') {
            lex_unget(lexer, c);
            read_bad(lexer, part);
        }
        return true;
    }
    if (is_special(c)) {
        int after = lex_get_joined(lexer);
        if (after == '}') {
            part->text = read_name(lexer, c, true);
            part->op = PARAM_LENGTH;
            return true;
        }
        lex_unget(lexer, after);
    }
    lex_unget(lexer, c);
    return false;
}

static void read_braces(struct builder *builder, bool quoted)
{
    struct lexer *lexer = builder->lexer;
    struct part *part = new_part(builder, PART_PARAM, quoted);
    int c = lex_get_joined(lexer);
    if (c == '#' && read_length(lexer, part)) {
        append(builder, part);
        return;
    }
    if (is_name_start(c) || is_special(c) || (c != INPUT_END && isdigit(c))) {
        part->text = read_name(lexer, c, true);
        read_operator(lexer, part);
    } else {
        lex_unget(lexer, c);
        part->text = "";
        read_bad(lexer, part);
    }
    append(builder, part);
}

static void append_command(struct builder *builder, struct node *body, bool quoted)
{
    struct part *part = new_part(builder, PART_COMMAND, quoted);
    part->body = body;
    append(builder, part);
}

static void read_arith(struct builder *builder, bool quoted)
{
    struct part *part = new_part(builder, PART_ARITH, quoted);
    part->word = read_nested(builder->lexer, MODE_ARITH);
    append(builder, part);
}

static void read_dollar(struct builder *builder, bool quoted)
{
    struct lexer *lexer = builder->lexer;
    int c = lex_get_joined(lexer);
    if (c != '(' && c != '{' && !is_name_start(c) && !is_special(c) && !(c > 0 && isdigit(c))) {
        lex_unget(lexer, c);
        add(builder, '$', quoted);
        return;
    }
    flush(builder);
    if (c == '{') {
        read_braces(builder, quoted);
    } else if (c == '(') {
        int after = lex_get_joined(lexer);
        if (after == '(') {
            read_arith(builder, quoted);
            return;
        }
        lex_unget(lexer, after);
        append_command(builder, parse_substitution(lexer), quoted);
    } else {
        struct part *part = new_part(builder, PART_PARAM, quoted);
        part->text = read_name(lexer, c, false);
        append(builder, part);
    }
}

// `...`: up to the next bare backquote; a backslash protects only $ ` \ (and " in double quotes).
static void read_backquote(struct builder *builder, bool quoted)
{
    struct lexer *lexer = builder->lexer;
    struct buf text;
    buf_init(&text, lexer->arena);
    for (;;) {
        int c = lex_get(lexer);
        if (c == INPUT_END)
            lex_error(lexer, "unterminated backquote");
        if (c == '`')
            break;
        if (c == '\\') {
            c = lex_get(lexer);
            if (c == INPUT_END || !strchr(quoted ? "$`\\\"" : "$`\\", c)) {
                lex_unget(lexer, c);
                c = '\\';
            }
        }
        buf_add(&text, (char)c);
    }
    flush(builder);
    append_command(builder, parse_string(lexer->arena, text.text, lexer->input->line), quoted);
}

// ---- quotes

static void read_single_quotes(struct builder *builder)
{
    flush(builder);
    for (;;) {
        int c = lex_get(builder->lexer);
        if (c == INPUT_END)
            lex_error(builder->lexer, "unterminated quoted string");
        if (c == '\'')
            break;
        add(builder, c, true);
    }
    if (!builder->text.length)
        append_text(builder, true);
}

// An empty pair of quotes leaves an empty quoted part: that is what makes "" a field.
static void read_double_quotes(struct builder *builder)
{
    flush(builder);
    struct part **before = builder->tail;
    read_parts(builder, MODE_DQUOTE);
    if (builder->tail == before && !builder->text.length)
        append_text(builder, true);
}

static void read_backslash(struct builder *builder, enum mode mode)
{
    struct lexer *lexer = builder->lexer;
    int c = lex_get(lexer);
    if (c == INPUT_END) {
        add(builder, '\\', true);
        return;
    }
    if (mode == MODE_WORD || mode == MODE_BRACE || strchr("$`\\", c) ||
        (c == '"' && mode != MODE_HERE) || (c == '}' && mode == MODE_DBRACE)) {
        add(builder, c, true);
        return;
    }
    lex_unget(lexer, c);
    add(builder, '\\', true);
}

// ---- the loop

static bool ends_word(int c)
{
    return c == INPUT_END || strchr(" \t\n&|;<>()", c);
}

// Whether `c` ends the mode. `depth` counts the open parentheses of arithmetic.
static bool ends_mode(struct lexer *lexer, enum mode mode, int c, int *depth)
{
    switch (mode) {
    case MODE_WORD:
        if (ends_word(c))
            lex_unget(lexer, c);
        return ends_word(c);
    case MODE_BRACE:
    case MODE_DBRACE:
        return c == '}';
    case MODE_DQUOTE:
        return c == '"';
    case MODE_HERE:
        return c == INPUT_END;
    case MODE_ARITH:
        *depth += c == '(';
        if (c == ')' && (*depth)-- == 0) {
            if (lex_get_joined(lexer) != ')')
                lex_error(lexer, "`))' expected");
            return true;
        }
        return false;
    }
    return false;
}

static void read_quote(struct builder *builder, enum mode mode, int c)
{
    bool plain = mode == MODE_WORD || mode == MODE_BRACE;
    if (c == '\'' && plain)
        read_single_quotes(builder);
    else if (c == '"' && (plain || mode == MODE_DBRACE))
        read_double_quotes(builder);
    else if (c == '\'' || mode == MODE_HERE)
        add(builder, c, true);
}

static void read_parts(struct builder *builder, enum mode mode)
{
    bool quoted = mode != MODE_WORD && mode != MODE_BRACE;
    int depth = 0;
    for (;;) {
        int c = lex_get_joined(builder->lexer);
        if (ends_mode(builder->lexer, mode, c, &depth))
            return;
        switch (c) {
        case INPUT_END:
            lex_error(builder->lexer, "unterminated quoted string or substitution");
        case '\\':
            read_backslash(builder, mode);
            break;
        case '$':
            read_dollar(builder, quoted);
            break;
        case '`':
            read_backquote(builder, quoted);
            break;
        case '\'':
        case '"':
            read_quote(builder, mode, c);
            break;
        default:
            add(builder, c, quoted);
        }
    }
}

struct word *word_parse(struct lexer *lexer)
{
    return read_nested(lexer, MODE_WORD);
}

struct word *word_parse_string(struct arena *arena, const char *text)
{
    struct input input;
    struct lexer lexer;
    input_open_string(&input, text);
    lex_open(&lexer, &input, arena);
    return read_nested(&lexer, MODE_HERE);
}

struct word *word_parse_here(struct lexer *lexer, const char *text)
{
    return word_parse_string(lexer->arena, text);
}

struct word *word_literal(struct arena *arena, const char *text)
{
    struct word *word = arena_alloc(arena, sizeof *word);
    word->parts = arena_alloc(arena, sizeof *word->parts);
    word->parts->kind = PART_TEXT;
    word->parts->quoted = true;
    word->parts->text = text;
    return word;
}
