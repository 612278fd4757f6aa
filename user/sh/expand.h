// SPDX-License-Identifier: ISC
#ifndef SH_EXPAND_H
#define SH_EXPAND_H

#include "ast.h"

// What expansion makes lives in the arena `temp`. Errors do not return (sh_fail).

// Fields of all words: split, path names expanded, NULL at the end.
char **expand_words(const struct word *words, int *count);
// One string: no splitting, no path names. For redirections, case subjects, here-documents.
char *expand_string(const struct word *word);
// As expand_string, with ~ recognised after each colon too.
char *expand_assignment(const struct word *word);
// As expand_string, with a backslash before each quoted character: for glob_match.
char *expand_pattern(const struct word *word);

// A growing list of strings in `temp`.
struct list {
    char **items;
    int count, size;
};
void list_add(struct list *list, char *item);

// Expansion in progress: characters, each with a mark that says where it came from.
enum mark_kind {
    MARK_PLAIN = 1, // literal text outside quotes
    MARK_QUOTED,    // no splitting, no pattern
    MARK_SPLIT,     // of an expansion outside quotes: to be split
    MARK_BREAK,     // not a character: a field ends here ("$@")
    MARK_EMPTY,     // not a character: there is a field here, be it empty ("")
};
struct marked {
    struct buf chars, marks;
};

// fields.c
void fields_split(const struct marked *text, struct list *fields);

// glob.c
bool glob_match(const char *pattern, const char *text);
bool glob_has_magic(const char *pattern);
// Adds the path names that match, sorted. False where none does.
bool glob_paths(const char *pattern, struct list *paths);

// arith.c
long arith_evaluate(const char *expression);

#endif
