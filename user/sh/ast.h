// SPDX-License-Identifier: ISC
#ifndef SH_AST_H
#define SH_AST_H

#include <stdbool.h>

#include "mem.h"

// The syntax tree. All of it lives in the arena of the complete command that it came from.

enum part_kind {
    PART_TEXT,    // literal text
    PART_PARAM,   // $name, ${name...}
    PART_COMMAND, // $(...), `...`
    PART_ARITH,   // $((...))
};

enum param_op {
    PARAM_VALUE,           // ${x}
    PARAM_LENGTH,          // ${#x}
    PARAM_DEFAULT,         // ${x-word}
    PARAM_ASSIGN,          // ${x=word}
    PARAM_ERROR,           // ${x?word}
    PARAM_ALTERNATE,       // ${x+word}
    PARAM_TRIM_PREFIX,     // ${x#pattern}
    PARAM_TRIM_PREFIX_ALL, // ${x##pattern}
    PARAM_TRIM_SUFFIX,     // ${x%pattern}
    PARAM_TRIM_SUFFIX_ALL, // ${x%%pattern}
    PARAM_BAD,             // what is none of these: an error when it is expanded
};

// A word is a row of parts; what was written between quotes is marked on each part.
struct part {
    struct part *next;
    enum part_kind kind;
    bool quoted;
    bool colon;        // PARAM: the colon form, where empty counts as unset
    enum param_op op;  // PARAM
    const char *text;  // TEXT: the text; PARAM: the name
    struct word *word; // PARAM: what follows the operator; ARITH: the expression
    struct node *body; // COMMAND
};

struct word {
    struct word *next;
    struct part *parts;
};

enum redir_kind {
    REDIR_READ,       // <
    REDIR_WRITE,      // >
    REDIR_CLOBBER,    // >|
    REDIR_APPEND,     // >>
    REDIR_READ_WRITE, // <>
    REDIR_DUP,        // >& and <&
    REDIR_HERE,       // <<: `target` is the text
};

struct redir {
    struct redir *next;
    enum redir_kind kind;
    int fd;
    struct word *target;
};

struct assign {
    struct assign *next;
    const char *name;
    struct word *value;
};

enum node_kind {
    NODE_SIMPLE,
    NODE_PIPE,
    NODE_AND,
    NODE_OR,
    NODE_NOT,
    NODE_LIST,
    NODE_BACKGROUND,
    NODE_SUBSHELL,
    NODE_GROUP,
    NODE_IF,
    NODE_WHILE,
    NODE_UNTIL,
    NODE_FOR,
    NODE_CASE,
    NODE_FUNCTION,
};

struct case_item {
    struct case_item *next;
    struct word *patterns;
    struct node *body; // NULL where empty
};

struct node {
    enum node_kind kind;
    int line;
    struct node *next; // the next element of a LIST or a PIPE
    struct redir *redirs;
    const char *text; // how it was written, for job messages: SIMPLE, PIPE, SUBSHELL, BACKGROUND
    union {
        struct { // SIMPLE
            struct assign *assigns;
            struct word *words;
        } simple;
        struct { // AND, OR
            struct node *left, *right;
        } pair;
        struct node *first; // LIST, PIPE
        struct node *body;  // NOT, BACKGROUND, SUBSHELL, GROUP
        struct {            // IF, WHILE, UNTIL
            struct node *test, *then, *otherwise;
        } branch;
        struct { // FOR
            const char *name;
            struct word *words;
            bool over_arguments; // without `in`
            struct node *body;
        } loop;
        struct { // CASE
            struct word *subject;
            struct case_item *items;
        } match;
        struct { // FUNCTION
            const char *name;
            struct node *body;
            struct arena *arena; // what keeps the body alive
        } function;
    };
};

#endif
