// SPDX-License-Identifier: ISC
//
// Tokens: operators, words, here-documents, aliases. What is inside a word is word.c's matter.
// Source: POSIX.1-2017, Shell Command Language, sections 2.2, 2.3, 2.7.4.

#include "lex.h"

#include <stdlib.h>
#include <string.h>

#include "alias.h"
#include "sh.h"
#include "word.h"

// A here-document that is announced but not yet read.
struct here {
    struct here *next;
    struct redir *redir;
    const char *end;
    bool quoted, tabs;
};

// The text of an alias, read in place of its name. Characters given back before belong to the
// input below and wait here.
struct alias_frame {
    struct alias_frame *below;
    struct input *input_below;
    struct input input;
    const char *name;
    bool ended;
    int pushed[4];
    int pushed_count;
};

void lex_open(struct lexer *lexer, struct input *input, struct arena *arena)
{
    *lexer = (struct lexer){.input = input, .arena = arena};
    lexer->here_tail = &lexer->here;
    buf_init(&lexer->text, arena);
}

void lex_error(struct lexer *lexer, const char *what)
{
    input_drop_line(lexer->input);
    sh.line = lexer->token.line;
    sh_fail(2, "syntax error: %s", what);
}

void lex_unexpected(struct lexer *lexer)
{
    struct token *token = &lexer->token;
    if (token->kind == TOKEN_END)
        lex_error(lexer, "unexpected end of file");
    if (token->kind == TOKEN_NEWLINE)
        lex_error(lexer, "unexpected newline");
    size_t length = token->end - token->start;
    const char *text = arena_strndup(&temp, lexer->text.text + token->start, length);
    const char *parts[] = {"unexpected `", text, "'"};
    struct buf message;
    buf_init(&message, &temp);
    for (int i = 0; i < 3; i++)
        buf_add_string(&message, parts[i]);
    lex_error(lexer, message.text);
}

static void pop_alias(struct lexer *lexer)
{
    struct alias_frame *frame = lexer->alias;
    lexer->alias = frame->below;
    lexer->input = frame->input_below;
    lexer->pushed_count = frame->pushed_count;
    memcpy(lexer->pushed, frame->pushed, sizeof frame->pushed);
}

// The next character. The end of an alias reads as one blank, so that its last word ends while the
// alias still counts as being read: that is what stops `alias ls='ls'` from expanding for ever.
int lex_get(struct lexer *lexer)
{
    int c;
    for (;;) {
        if (lexer->pushed_count) {
            c = lexer->pushed[--lexer->pushed_count];
            break;
        }
        c = input_get(lexer->input);
        if (c != INPUT_END || !lexer->alias)
            break;
        if (!lexer->alias->ended) {
            lexer->alias->ended = true;
            c = ' ';
            break;
        }
        pop_alias(lexer);
    }
    if (c != INPUT_END)
        buf_add(&lexer->text, (char)c);
    return c;
}

void lex_unget(struct lexer *lexer, int c)
{
    if (c != INPUT_END)
        lexer->text.text[--lexer->text.length] = '\0';
    lexer->pushed[lexer->pushed_count++] = c;
}

// The next character with backslash-newline taken out.
int lex_get_joined(struct lexer *lexer)
{
    for (;;) {
        int c = lex_get(lexer);
        if (c != '\\')
            return c;
        int after = lex_get(lexer);
        if (after != '\n') {
            lex_unget(lexer, after);
            return c;
        }
    }
}

static bool lex_next_is(struct lexer *lexer, int wanted)
{
    int c = lex_get_joined(lexer);
    if (c == wanted)
        return true;
    lex_unget(lexer, c);
    return false;
}

// ---- here-documents

void lex_expect_here(struct lexer *lexer, struct redir *redir, struct word *end, bool tabs)
{
    struct here *here = arena_alloc(lexer->arena, sizeof *here);
    struct buf text;
    buf_init(&text, lexer->arena);
    for (struct part *part = end->parts; part; part = part->next) {
        if (part->kind != PART_TEXT)
            lex_error(lexer, "expansion in the delimiter of a here-document");
        buf_add_string(&text, part->text);
        here->quoted |= part->quoted;
    }
    here->redir = redir;
    here->end = text.text;
    here->tabs = tabs;
    *lexer->here_tail = here;
    lexer->here_tail = &here->next;
}

// Adds the next line to `line` (without its newline). False at the end of the input.
static bool read_raw_line(struct lexer *lexer, struct buf *line, bool skip_tabs)
{
    int c = lex_get(lexer);
    while (skip_tabs && c == '\t')
        c = lex_get(lexer);
    bool any = c != INPUT_END;
    for (; c != INPUT_END && c != '\n'; c = lex_get(lexer))
        buf_add(line, (char)c);
    return any;
}

static bool ends_in_backslash(const struct buf *line)
{
    size_t count = 0;
    while (count < line->length && line->text[line->length - 1 - count] == '\\')
        count++;
    return count % 2;
}

static void read_here(struct lexer *lexer, struct here *here)
{
    struct buf text;
    buf_init(&text, lexer->arena);
    for (;;) {
        struct buf line;
        buf_init(&line, lexer->arena);
        if (!read_raw_line(lexer, &line, here->tabs) || strcmp(line.text, here->end) == 0)
            break;
        while (!here->quoted && ends_in_backslash(&line)) {
            line.text[--line.length] = '\0';
            if (!read_raw_line(lexer, &line, here->tabs))
                break;
        }
        buf_add(&line, '\n');
        buf_add_bytes(&text, line.text, line.length);
    }
    here->redir->target =
        here->quoted ? word_literal(lexer->arena, text.text) : word_parse_here(lexer, text.text);
}

static void read_pending_heres(struct lexer *lexer)
{
    struct here *here = lexer->here;
    lexer->here = NULL;
    lexer->here_tail = &lexer->here;
    for (; here; here = here->next)
        read_here(lexer, here);
}

// ---- tokens

static enum token_kind operator_less(struct lexer *lexer)
{
    if (lex_next_is(lexer, '<'))
        return lex_next_is(lexer, '-') ? TOKEN_HERE_TABS : TOKEN_HERE;
    if (lex_next_is(lexer, '&'))
        return TOKEN_DUP_IN;
    return lex_next_is(lexer, '>') ? TOKEN_READ_WRITE : TOKEN_LESS;
}

static enum token_kind operator_great(struct lexer *lexer)
{
    if (lex_next_is(lexer, '>'))
        return TOKEN_APPEND;
    if (lex_next_is(lexer, '&'))
        return TOKEN_DUP_OUT;
    return lex_next_is(lexer, '|') ? TOKEN_CLOBBER : TOKEN_GREAT;
}

// The operator that starts with `c`, or TOKEN_WORD where none does.
static enum token_kind operator_from(struct lexer *lexer, int c)
{
    switch (c) {
    case INPUT_END:
        return TOKEN_END;
    case '\n':
        return TOKEN_NEWLINE;
    case '&':
        return lex_next_is(lexer, '&') ? TOKEN_AND : TOKEN_AMP;
    case '|':
        return lex_next_is(lexer, '|') ? TOKEN_OR : TOKEN_PIPE;
    case ';':
        return lex_next_is(lexer, ';') ? TOKEN_CASE_END : TOKEN_SEMI;
    case '(':
        return TOKEN_OPEN;
    case ')':
        return TOKEN_CLOSE;
    case '<':
        return operator_less(lexer);
    case '>':
        return operator_great(lexer);
    default:
        return TOKEN_WORD;
    }
}

static int skip_blanks(struct lexer *lexer)
{
    int c = lex_get_joined(lexer);
    while (c == ' ' || c == '\t')
        c = lex_get_joined(lexer);
    if (c == '#')
        while (c != '\n' && c != INPUT_END)
            c = lex_get(lexer);
    return c;
}

static void read_word(struct lexer *lexer)
{
    struct token *token = &lexer->token;
    size_t start = token->start;
    int line = token->line;
    struct word *word = word_parse(lexer);
    *token = (struct token){.kind = TOKEN_WORD, .word = word, .start = start, .line = line};
    struct part *part = word->parts;
    if (!part || part->next || part->kind != PART_TEXT || part->quoted)
        return;
    token->literal = part->text;
    int next = lex_get_joined(lexer);
    lex_unget(lexer, next);
    size_t digits = strspn(part->text, "0123456789");
    if ((next == '<' || next == '>') && !part->text[digits] && digits < 6) {
        token->kind = TOKEN_IO_NUMBER;
        token->number = atoi(part->text);
    }
}

void lex_advance(struct lexer *lexer)
{
    lexer->previous_end = lexer->token.end;
    int c = skip_blanks(lexer);
    size_t start = lexer->text.length - (c != INPUT_END);
    int line = lexer->input->line - (c == '\n');
    lexer->token = (struct token){.start = start, .line = line};
    enum token_kind kind = operator_from(lexer, c);
    lexer->token.kind = kind;
    if (kind == TOKEN_WORD) {
        lex_unget(lexer, c);
        read_word(lexer);
    }
    lexer->token.end = lexer->text.length;
    if (kind == TOKEN_NEWLINE || kind == TOKEN_END)
        read_pending_heres(lexer);
}

bool lex_try_alias(struct lexer *lexer)
{
    const char *name = lexer->token.literal;
    const char *text = name && lexer->token.kind == TOKEN_WORD ? alias_find(name) : NULL;
    if (!text)
        return false;
    for (struct alias_frame *frame = lexer->alias; frame; frame = frame->below)
        if (strcmp(frame->name, name) == 0)
            return false;
    struct alias_frame *frame = arena_alloc(lexer->arena, sizeof *frame);
    frame->below = lexer->alias;
    frame->input_below = lexer->input;
    frame->name = name;
    frame->pushed_count = lexer->pushed_count;
    memcpy(frame->pushed, lexer->pushed, sizeof frame->pushed);
    input_open_string(&frame->input, arena_strndup(lexer->arena, text, strlen(text)));
    frame->input.line = lexer->input->line;
    lexer->alias = frame;
    lexer->input = &frame->input;
    lexer->pushed_count = 0;
    size_t previous_end = lexer->previous_end;
    lex_advance(lexer);
    lexer->previous_end = previous_end;
    return true;
}
