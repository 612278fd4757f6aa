// SPDX-License-Identifier: ISC
#ifndef SH_MEM_H
#define SH_MEM_H

#include <stddef.h>

// An arena hands out memory that is given back all at once. The shell has two kinds:
//
//   one per complete command, which holds its syntax tree; it is counted, because a function
//   defined by the command keeps the tree alive after the command has run;
//   one for expansion, `temp`, used as a stack: mark, work, release. An error that jumps back to
//   the prompt releases to the bottom, so nothing leaks however deep it happened.
struct arena {
    struct chunk *top;
    unsigned refs;
};

struct mark {
    struct chunk *top;
    size_t used;
};

extern struct arena temp;

struct arena *arena_new(void);
struct arena *arena_get(struct arena *arena);
void arena_put(struct arena *arena);
void *arena_alloc(struct arena *arena, size_t size); // zeroed; never NULL (out of memory is fatal)
char *arena_strndup(struct arena *arena, const char *text, size_t length);
struct mark arena_mark(struct arena *arena);
void arena_release(struct arena *arena, struct mark mark);

// A string under construction in an arena. Always ends with a NUL after `length` bytes.
struct buf {
    struct arena *arena;
    char *text;
    size_t length, size;
};

void buf_init(struct buf *buf, struct arena *arena);
void buf_add(struct buf *buf, char c);
void buf_add_bytes(struct buf *buf, const char *text, size_t length);
void buf_add_string(struct buf *buf, const char *text);

// malloc and strdup that end the shell when there is no memory.
void *mem_alloc(size_t size);
void *mem_resize(void *old, size_t size);
char *mem_strdup(const char *text);

#endif
