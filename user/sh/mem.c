// SPDX-License-Identifier: ISC
//
// Memory of the shell: arenas, strings under construction, and malloc that cannot fail.

#include "mem.h"

#include <stdalign.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define CHUNK_SIZE 8192

struct chunk {
    struct chunk *previous;
    size_t size, used;
    alignas(16) char data[];
};

struct arena temp = {.refs = 1};

static _Noreturn void mem_exhausted(void)
{
    static const char text[] = "sh: out of memory\n";
    if (write(2, text, sizeof text - 1) < 0)
        _exit(3);
    _exit(2);
}

void *mem_alloc(size_t size)
{
    void *p = malloc(size ? size : 1);
    if (!p)
        mem_exhausted();
    return p;
}

void *mem_resize(void *old, size_t size)
{
    void *p = realloc(old, size);
    if (!p)
        mem_exhausted();
    return p;
}

char *mem_strdup(const char *text)
{
    size_t size = strlen(text) + 1;
    return memcpy(mem_alloc(size), text, size);
}

struct arena *arena_new(void)
{
    struct arena *arena = mem_alloc(sizeof *arena);
    *arena = (struct arena){.refs = 1};
    return arena;
}

struct arena *arena_get(struct arena *arena)
{
    arena->refs++;
    return arena;
}

void arena_put(struct arena *arena)
{
    if (--arena->refs)
        return;
    arena_release(arena, (struct mark){0});
    free(arena);
}

void *arena_alloc(struct arena *arena, size_t size)
{
    size = (size + 15) & ~(size_t)15;
    struct chunk *chunk = arena->top;
    if (!chunk || chunk->size - chunk->used < size) {
        size_t room = size > CHUNK_SIZE ? size : CHUNK_SIZE;
        chunk = mem_alloc(sizeof *chunk + room);
        *chunk = (struct chunk){.previous = arena->top, .size = room};
        arena->top = chunk;
    }
    void *p = chunk->data + chunk->used;
    chunk->used += size;
    return memset(p, 0, size);
}

char *arena_strndup(struct arena *arena, const char *text, size_t length)
{
    return memcpy(arena_alloc(arena, length + 1), text, length);
}

struct mark arena_mark(struct arena *arena)
{
    return (struct mark){arena->top, arena->top ? arena->top->used : 0};
}

void arena_release(struct arena *arena, struct mark mark)
{
    while (arena->top != mark.top) {
        struct chunk *chunk = arena->top;
        arena->top = chunk->previous;
        free(chunk);
    }
    if (arena->top)
        arena->top->used = mark.used;
}

void buf_init(struct buf *buf, struct arena *arena)
{
    *buf = (struct buf){.arena = arena, .size = 32};
    buf->text = arena_alloc(arena, buf->size);
}

static void buf_reserve(struct buf *buf, size_t more)
{
    if (buf->length + more < buf->size)
        return;
    while (buf->size <= buf->length + more)
        buf->size *= 2;
    char *text = arena_alloc(buf->arena, buf->size);
    memcpy(text, buf->text, buf->length);
    buf->text = text;
}

void buf_add(struct buf *buf, char c)
{
    buf_reserve(buf, 1);
    buf->text[buf->length++] = c;
    buf->text[buf->length] = '\0';
}

void buf_add_bytes(struct buf *buf, const char *text, size_t length)
{
    buf_reserve(buf, length);
    memcpy(buf->text + buf->length, text, length);
    buf->length += length;
    buf->text[buf->length] = '\0';
}

void buf_add_string(struct buf *buf, const char *text)
{
    buf_add_bytes(buf, text, strlen(text));
}
