// SPDX-License-Identifier: ISC
#ifndef SH_WORD_H
#define SH_WORD_H

#include "lex.h"

// The inside of words: quotes and expansions become parts.
struct word *word_parse(struct lexer *lexer);                          // from the lexer's place
struct word *word_parse_here(struct lexer *lexer, const char *text);   // a here-document
struct word *word_parse_string(struct arena *arena, const char *text); // as in double quotes
struct word *word_literal(struct arena *arena, const char *text);      // quoted, as it is

// Given by lex.c for word.c alone: the characters.
int lex_get(struct lexer *lexer);
int lex_get_joined(struct lexer *lexer);
void lex_unget(struct lexer *lexer, int c);

#endif
