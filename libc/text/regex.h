// SPDX-License-Identifier: ISC
// A compiled regular expression: instructions for the matchers in regexec.c.
#pragma once

#include <regex.h>
#include <stdint.h>

enum operation {
    OP_SET,      // a byte of set x
    OP_SPLIT,    // go on at x, or else at y
    OP_JUMP,     // go on at x
    OP_SAVE,     // keep the position in slot x
    OP_MARK,     // keep the position in mark x: a repetition begins
    OP_PROGRESS, // fail if nothing was matched since mark x
    OP_LINE_START,
    OP_LINE_END,
    OP_TEXT_START, // \`
    OP_TEXT_END,   // \'
    OP_WORD_START, // \<
    OP_WORD_END,   // \>
    OP_WORD_EDGE,  // \b
    OP_WORD_INNER, // \B
    OP_BACK,       // the text of group x again
    OP_MATCH,
};

struct instruction {
    enum operation op;
    int x, y;
};

struct byte_set {
    uint64_t bits[4];
};

static inline int byte_set_has(const struct byte_set *set, unsigned char c)
{
    return set->bits[c / 64] >> (c % 64) & 1;
}

static inline void byte_set_add(struct byte_set *set, unsigned char c)
{
    set->bits[c / 64] |= 1UL << (c % 64);
}

struct regex_program {
    struct instruction *code;
    int count, room;
    struct byte_set *sets;
    int set_count;
    int marks;
    int flags;             // regcomp's
    int back_references;   // whether there are any
    struct byte_set first; // the bytes that a match can begin with,
    int any_first;         // unless it may be empty or begin with anything
};
