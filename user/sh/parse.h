// SPDX-License-Identifier: ISC
#ifndef SH_PARSE_H
#define SH_PARSE_H

#include "lex.h"

// Reads one complete command into `arena`. False at the end of the input; *command is NULL for
// an empty line. Syntax errors do not return (sh_fail).
bool parse_complete(struct input *input, struct arena *arena, struct node **command);

struct node *parse_substitution(struct lexer *lexer); // what follows `$(`, up to its `)`
struct node *parse_string(struct arena *arena, const char *text, int line); // NULL where empty

#endif
