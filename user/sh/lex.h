// SPDX-License-Identifier: ISC
#ifndef SH_LEX_H
#define SH_LEX_H

#include "ast.h"
#include "input.h"

enum token_kind {
    TOKEN_END,
    TOKEN_NEWLINE,
    TOKEN_WORD,
    TOKEN_IO_NUMBER, // the digits before < or >
    TOKEN_AMP,
    TOKEN_AND,
    TOKEN_PIPE,
    TOKEN_OR,
    TOKEN_SEMI,
    TOKEN_CASE_END,
    TOKEN_OPEN,
    TOKEN_CLOSE,
    TOKEN_LESS, // the redirections from here on
    TOKEN_GREAT,
    TOKEN_CLOBBER,
    TOKEN_APPEND,
    TOKEN_READ_WRITE,
    TOKEN_DUP_IN,
    TOKEN_DUP_OUT,
    TOKEN_HERE,
    TOKEN_HERE_TABS,
};

struct token {
    enum token_kind kind;
    struct word *word;   // WORD
    const char *literal; // WORD without any quote or expansion: its text, else NULL
    int number;          // IO_NUMBER
    size_t start, end;   // offsets into the lexer's `text`
    int line;
};

// Reads one complete command from an input. `token` is one token of look-ahead; between complete
// commands nothing is looked ahead, so that a command may change how the next is read.
struct lexer {
    struct input *input;
    struct arena *arena;
    struct token token;
    struct buf text;     // everything read so far
    size_t previous_end; // where the token before `token` ended
    int pushed[4];       // characters given back
    int pushed_count;
    struct here *here, **here_tail; // here-documents whose text starts after the next newline
    struct alias_frame *alias;      // aliases being read
};

void lex_open(struct lexer *lexer, struct input *input, struct arena *arena);
void lex_advance(struct lexer *lexer);
void lex_expect_here(struct lexer *lexer, struct redir *redir, struct word *end, bool tabs);
bool lex_try_alias(struct lexer *lexer); // replaces the token by the text of its alias

_Noreturn void lex_error(struct lexer *lexer, const char *what);
_Noreturn void lex_unexpected(struct lexer *lexer);

#endif
