// SPDX-License-Identifier: ISC
//
// The grammar, by recursive descent, one function a rule.
// Source: POSIX.1-2017, Shell Command Language, section 2.10.

#include "parse.h"

#include <ctype.h>
#include <string.h>

#include "sh.h"
#include "word.h"

static struct node *parse_compound_list(struct lexer *lexer);
static struct node *parse_command(struct lexer *lexer);

static struct node *new_node(struct lexer *lexer, enum node_kind kind)
{
    struct node *node = arena_alloc(lexer->arena, sizeof *node);
    node->kind = kind;
    node->line = lexer->token.line;
    return node;
}

static bool is_token(struct lexer *lexer, enum token_kind kind)
{
    return lexer->token.kind == kind;
}

static bool is_word(struct lexer *lexer, const char *text)
{
    const char *literal = lexer->token.literal;
    return is_token(lexer, TOKEN_WORD) && literal && strcmp(literal, text) == 0;
}

static bool accept_word(struct lexer *lexer, const char *text)
{
    if (!is_word(lexer, text))
        return false;
    lex_advance(lexer);
    return true;
}

static void expect_word(struct lexer *lexer, const char *text)
{
    if (!accept_word(lexer, text))
        lex_unexpected(lexer);
}

static void expect(struct lexer *lexer, enum token_kind kind)
{
    if (!is_token(lexer, kind))
        lex_unexpected(lexer);
    lex_advance(lexer);
}

static void skip_newlines(struct lexer *lexer)
{
    while (is_token(lexer, TOKEN_NEWLINE))
        lex_advance(lexer);
}

static bool is_name(const char *text)
{
    if (!text || !(isalpha((unsigned char)*text) || *text == '_'))
        return false;
    while (isalnum((unsigned char)*text) || *text == '_')
        text++;
    return *text == '\0';
}

// The source from offset `start` to the end of the last token that was taken, on one line.
static const char *source_text(struct lexer *lexer, size_t start)
{
    char *text = arena_strndup(lexer->arena, lexer->text.text + start, lexer->previous_end - start);
    for (char *p = text; *p; p++)
        if (*p == '\n')
            *p = ' ';
    return text;
}

// ---- redirections

static enum redir_kind redir_kind_of(enum token_kind token)
{
    switch (token) {
    case TOKEN_LESS:
        return REDIR_READ;
    case TOKEN_GREAT:
        return REDIR_WRITE;
    case TOKEN_CLOBBER:
        return REDIR_CLOBBER;
    case TOKEN_APPEND:
        return REDIR_APPEND;
    case TOKEN_READ_WRITE:
        return REDIR_READ_WRITE;
    case TOKEN_HERE:
    case TOKEN_HERE_TABS:
        return REDIR_HERE;
    default:
        return REDIR_DUP;
    }
}

static bool redirects_input(enum token_kind token)
{
    return token == TOKEN_LESS || token == TOKEN_READ_WRITE || token == TOKEN_DUP_IN ||
           token == TOKEN_HERE || token == TOKEN_HERE_TABS;
}

// Takes one redirection if there is one. The list grows at *tail.
static bool parse_redir(struct lexer *lexer, struct redir ***tail)
{
    int fd = -1;
    if (is_token(lexer, TOKEN_IO_NUMBER)) {
        fd = lexer->token.number;
        lex_advance(lexer);
    }
    enum token_kind kind = lexer->token.kind;
    if (kind < TOKEN_LESS)
        return false;
    lex_advance(lexer);
    if (!is_token(lexer, TOKEN_WORD) && !is_token(lexer, TOKEN_IO_NUMBER))
        lex_unexpected(lexer);
    struct redir *redir = arena_alloc(lexer->arena, sizeof *redir);
    redir->kind = redir_kind_of(kind);
    redir->fd = fd >= 0 ? fd : !redirects_input(kind);
    redir->target = lexer->token.word;
    // Announced before the next token is read: that may be the newline after which its text starts.
    if (redir->kind == REDIR_HERE)
        lex_expect_here(lexer, redir, redir->target, kind == TOKEN_HERE_TABS);
    lex_advance(lexer);
    **tail = redir;
    *tail = &redir->next;
    return true;
}

// ---- simple commands

// NAME=VALUE: splits the word. False where it is none.
static bool split_assignment(struct lexer *lexer, struct word *word, struct assign *assign)
{
    struct part *part = word->parts;
    if (!part || part->kind != PART_TEXT || part->quoted)
        return false;
    const char *equals = strchr(part->text, '=');
    if (!equals)
        return false;
    assign->name = arena_strndup(lexer->arena, part->text, (size_t)(equals - part->text));
    if (!is_name(assign->name))
        return false;
    struct word *value = arena_alloc(lexer->arena, sizeof *value);
    struct part *rest = arena_alloc(lexer->arena, sizeof *rest);
    *rest = *part;
    rest->text = equals + 1;
    value->parts = equals[1] ? rest : part->next;
    assign->value = value;
    return true;
}

static bool add_assignment(struct lexer *lexer, struct assign ***tail)
{
    struct assign *assign = arena_alloc(lexer->arena, sizeof *assign);
    if (!split_assignment(lexer, lexer->token.word, assign))
        return false;
    **tail = assign;
    *tail = &assign->next;
    return true;
}

static struct node *parse_function(struct lexer *lexer, const char *name)
{
    struct node *node = new_node(lexer, NODE_FUNCTION);
    lex_advance(lexer);
    expect(lexer, TOKEN_CLOSE);
    skip_newlines(lexer);
    node->function.name = name;
    node->function.body = parse_command(lexer);
    node->function.arena = lexer->arena;
    return node;
}

static struct node *parse_simple(struct lexer *lexer)
{
    struct node *node = new_node(lexer, NODE_SIMPLE);
    struct word **words = &node->simple.words;
    struct assign **assigns = &node->simple.assigns;
    struct redir **redirs = &node->redirs;
    size_t start = lexer->token.start;
    for (;;) {
        if (parse_redir(lexer, &redirs))
            continue;
        if (!is_token(lexer, TOKEN_WORD))
            break;
        bool first = !node->simple.words;
        if (first && add_assignment(lexer, &assigns)) {
            lex_advance(lexer);
            continue;
        }
        if (first && node->simple.assigns && lex_try_alias(lexer))
            continue;
        const char *name = lexer->token.literal;
        *words = lexer->token.word;
        words = &(*words)->next;
        lex_advance(lexer);
        if (first && is_token(lexer, TOKEN_OPEN) && !node->simple.assigns && !node->redirs) {
            if (!is_name(name))
                lex_unexpected(lexer);
            return parse_function(lexer, name);
        }
    }
    if (!node->simple.words && !node->simple.assigns && !node->redirs)
        lex_unexpected(lexer);
    node->text = source_text(lexer, start);
    return node;
}

// ---- compound commands

static struct node *parse_if(struct lexer *lexer)
{
    struct node *node = new_node(lexer, NODE_IF);
    node->branch.test = parse_compound_list(lexer);
    expect_word(lexer, "then");
    node->branch.then = parse_compound_list(lexer);
    if (accept_word(lexer, "elif")) {
        node->branch.otherwise = parse_if(lexer);
        return node;
    }
    if (accept_word(lexer, "else"))
        node->branch.otherwise = parse_compound_list(lexer);
    expect_word(lexer, "fi");
    return node;
}

static struct node *parse_do_group(struct lexer *lexer)
{
    expect_word(lexer, "do");
    struct node *body = parse_compound_list(lexer);
    expect_word(lexer, "done");
    return body;
}

static struct node *parse_while(struct lexer *lexer, enum node_kind kind)
{
    struct node *node = new_node(lexer, kind);
    node->branch.test = parse_compound_list(lexer);
    node->branch.then = parse_do_group(lexer);
    return node;
}

static struct node *parse_for(struct lexer *lexer)
{
    struct node *node = new_node(lexer, NODE_FOR);
    if (!is_token(lexer, TOKEN_WORD) || !is_name(lexer->token.literal))
        lex_unexpected(lexer);
    node->loop.name = lexer->token.literal;
    lex_advance(lexer);
    skip_newlines(lexer);
    node->loop.over_arguments = !accept_word(lexer, "in");
    struct word **tail = &node->loop.words;
    while (!node->loop.over_arguments && is_token(lexer, TOKEN_WORD)) {
        *tail = lexer->token.word;
        tail = &(*tail)->next;
        lex_advance(lexer);
    }
    if (is_token(lexer, TOKEN_SEMI))
        lex_advance(lexer);
    skip_newlines(lexer);
    node->loop.body = parse_do_group(lexer);
    return node;
}

static bool ends_list(struct lexer *lexer)
{
    static const char *const words[] = {"then", "else", "elif", "fi", "do", "done", "esac", "}"};
    switch (lexer->token.kind) {
    case TOKEN_END:
    case TOKEN_CLOSE:
    case TOKEN_CASE_END:
        return true;
    default:
        for (size_t i = 0; i < sizeof words / sizeof *words; i++)
            if (is_word(lexer, words[i]))
                return true;
        return false;
    }
}

static struct case_item *parse_case_item(struct lexer *lexer)
{
    struct case_item *item = arena_alloc(lexer->arena, sizeof *item);
    struct word **tail = &item->patterns;
    if (is_token(lexer, TOKEN_OPEN))
        lex_advance(lexer);
    for (;;) {
        if (!is_token(lexer, TOKEN_WORD))
            lex_unexpected(lexer);
        *tail = lexer->token.word;
        tail = &(*tail)->next;
        lex_advance(lexer);
        if (!is_token(lexer, TOKEN_PIPE))
            break;
        lex_advance(lexer);
    }
    expect(lexer, TOKEN_CLOSE);
    skip_newlines(lexer);
    if (!ends_list(lexer))
        item->body = parse_compound_list(lexer);
    return item;
}

static struct node *parse_case(struct lexer *lexer)
{
    struct node *node = new_node(lexer, NODE_CASE);
    if (!is_token(lexer, TOKEN_WORD))
        lex_unexpected(lexer);
    node->match.subject = lexer->token.word;
    lex_advance(lexer);
    skip_newlines(lexer);
    expect_word(lexer, "in");
    skip_newlines(lexer);
    struct case_item **tail = &node->match.items;
    while (!is_word(lexer, "esac")) {
        *tail = parse_case_item(lexer);
        tail = &(*tail)->next;
        if (!is_token(lexer, TOKEN_CASE_END))
            break;
        lex_advance(lexer);
        skip_newlines(lexer);
    }
    expect_word(lexer, "esac");
    return node;
}

static struct node *parse_wrapped(struct lexer *lexer, enum node_kind kind)
{
    struct node *node = new_node(lexer, kind);
    node->body = parse_compound_list(lexer);
    if (kind == NODE_SUBSHELL)
        expect(lexer, TOKEN_CLOSE);
    else
        expect_word(lexer, "}");
    return node;
}

static struct node *parse_compound(struct lexer *lexer)
{
    if (is_token(lexer, TOKEN_OPEN)) {
        lex_advance(lexer);
        return parse_wrapped(lexer, NODE_SUBSHELL);
    }
    if (accept_word(lexer, "{"))
        return parse_wrapped(lexer, NODE_GROUP);
    if (accept_word(lexer, "if"))
        return parse_if(lexer);
    if (accept_word(lexer, "while"))
        return parse_while(lexer, NODE_WHILE);
    if (accept_word(lexer, "until"))
        return parse_while(lexer, NODE_UNTIL);
    if (accept_word(lexer, "for"))
        return parse_for(lexer);
    if (accept_word(lexer, "case"))
        return parse_case(lexer);
    return NULL;
}

static struct node *parse_command(struct lexer *lexer)
{
    while (lex_try_alias(lexer))
        continue;
    size_t start = lexer->token.start;
    struct node *node = parse_compound(lexer);
    if (!node) {
        if (ends_list(lexer))
            lex_unexpected(lexer);
        return parse_simple(lexer);
    }
    struct redir **tail = &node->redirs;
    while (parse_redir(lexer, &tail))
        continue;
    node->text = source_text(lexer, start);
    return node;
}

// ---- pipelines and lists

static struct node *parse_pipeline(struct lexer *lexer)
{
    if (is_word(lexer, "!")) {
        struct node *node = new_node(lexer, NODE_NOT);
        lex_advance(lexer);
        node->body = parse_pipeline(lexer);
        return node;
    }
    size_t start = lexer->token.start;
    struct node *first = parse_command(lexer);
    if (!is_token(lexer, TOKEN_PIPE))
        return first;
    struct node *pipe = new_node(lexer, NODE_PIPE);
    pipe->first = first;
    for (struct node *last = first; is_token(lexer, TOKEN_PIPE); last = last->next) {
        lex_advance(lexer);
        skip_newlines(lexer);
        last->next = parse_command(lexer);
    }
    pipe->text = source_text(lexer, start);
    return pipe;
}

static struct node *parse_and_or(struct lexer *lexer)
{
    struct node *left = parse_pipeline(lexer);
    while (is_token(lexer, TOKEN_AND) || is_token(lexer, TOKEN_OR)) {
        enum node_kind kind = is_token(lexer, TOKEN_AND) ? NODE_AND : NODE_OR;
        struct node *node = new_node(lexer, kind);
        lex_advance(lexer);
        skip_newlines(lexer);
        node->pair.left = left;
        node->pair.right = parse_pipeline(lexer);
        left = node;
    }
    return left;
}

// One and-or list with the `;` or `&` after it; *separated says whether there was one.
static struct node *parse_item(struct lexer *lexer, bool *separated)
{
    size_t start = lexer->token.start;
    struct node *node = parse_and_or(lexer);
    if (is_token(lexer, TOKEN_AMP)) {
        struct node *background = new_node(lexer, NODE_BACKGROUND);
        background->body = node;
        background->text = source_text(lexer, start);
        node = background;
    } else if (!is_token(lexer, TOKEN_SEMI)) {
        *separated = false;
        return node;
    }
    *separated = true;
    lex_advance(lexer);
    return node;
}

// Makes a LIST of the items that follow, or the item itself where there is one. `newlines` says
// whether newlines separate too (inside a compound command) or end the list.
static struct node *parse_list(struct lexer *lexer, bool newlines)
{
    struct node *first = NULL, **tail = &first;
    while (!ends_list(lexer) && !is_token(lexer, TOKEN_NEWLINE)) {
        bool separated;
        *tail = parse_item(lexer, &separated);
        tail = &(*tail)->next;
        if (newlines && is_token(lexer, TOKEN_NEWLINE)) {
            skip_newlines(lexer);
            separated = true;
        }
        if (!separated)
            break;
    }
    if (!first)
        lex_unexpected(lexer);
    if (!first->next)
        return first;
    struct node *list = new_node(lexer, NODE_LIST);
    list->first = first;
    return list;
}

static struct node *parse_compound_list(struct lexer *lexer)
{
    skip_newlines(lexer);
    return parse_list(lexer, true);
}

bool parse_complete(struct input *input, struct arena *arena, struct node **command)
{
    struct lexer lexer;
    lex_open(&lexer, input, arena);
    input->continued = false;
    *command = NULL;
    lex_advance(&lexer);
    if (is_token(&lexer, TOKEN_END))
        return false;
    if (is_token(&lexer, TOKEN_NEWLINE))
        return true;
    *command = parse_list(&lexer, false);
    if (!is_token(&lexer, TOKEN_NEWLINE) && !is_token(&lexer, TOKEN_END))
        lex_unexpected(&lexer);
    if (sh.options[OPT_VERBOSE])
        err_string(lexer.text.text);
    return true;
}

// Reads the commands up to `end` and leaves that as the current token.
static struct node *parse_until(struct lexer *lexer, enum token_kind end)
{
    lex_advance(lexer);
    skip_newlines(lexer);
    struct node *body = is_token(lexer, end) ? NULL : parse_compound_list(lexer);
    if (!is_token(lexer, end))
        lex_unexpected(lexer);
    return body;
}

struct node *parse_substitution(struct lexer *lexer)
{
    // The word that holds the substitution is itself a token being read.
    struct token token = lexer->token;
    struct here *here = lexer->here, **here_tail = lexer->here_tail;
    size_t previous_end = lexer->previous_end;
    lexer->here = NULL;
    lexer->here_tail = &lexer->here;
    struct node *body = parse_until(lexer, TOKEN_CLOSE);
    lexer->token = token;
    lexer->previous_end = previous_end;
    lexer->here = here;
    lexer->here_tail = here ? here_tail : &lexer->here;
    return body;
}

struct node *parse_string(struct arena *arena, const char *text, int line)
{
    struct input input;
    struct lexer lexer;
    input_open_string(&input, text);
    input.line = line;
    lex_open(&lexer, &input, arena);
    return parse_until(&lexer, TOKEN_END);
}
