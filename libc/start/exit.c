// SPDX-License-Identifier: ISC
// The end of a process: exit with its handlers, _Exit without, abort by signal.
#include <signal.h>
#include <stdlib.h>
#include <unistd.h>

#include "internal/libc.h"

// Handlers come in blocks; the first block needs no malloc, so that atexit always has 32 places.
struct handler {
    void (*run)(int status, void *arg);
    void *arg;
};

struct handler_block {
    struct handler_block *next;
    int used;
    struct handler handlers[32];
};

static struct handler_block first_block;
static struct handler_block *handlers = &first_block;
static struct handler_block quick_handlers;
static struct lock lock;

extern void (*const __fini_array_start[])(void) __attribute__((weak));
extern void (*const __fini_array_end[])(void) __attribute__((weak));

// Called as if it took (status, arg): it ignores both (System V ABI: arguments are in registers).
static void run_plain(int status, void *arg)
{
    (void)status;
    ((void (*)(void))arg)();
}

int on_exit(void (*run)(int, void *), void *arg)
{
    int result = 0;
    __lock_acquire(&lock);
    if (handlers->used == 32) {
        struct handler_block *block = calloc(1, sizeof(*block));
        if (block != NULL) {
            block->next = handlers;
            handlers = block;
        }
    }
    if (handlers->used < 32)
        handlers->handlers[handlers->used++] = (struct handler){run, arg};
    else
        result = -1;
    __lock_release(&lock);
    return result;
}

int atexit(void (*run)(void))
{
    return on_exit(run_plain, (void *)run);
}

int at_quick_exit(void (*run)(void))
{
    int result = -1;
    __lock_acquire(&lock);
    if (quick_handlers.used < 32) {
        quick_handlers.handlers[quick_handlers.used++] = (struct handler){run_plain, (void *)run};
        result = 0;
    }
    __lock_release(&lock);
    return result;
}

// Last registered first; one that registers another has that run next.
static void run_handlers(struct handler_block **blocks, int status)
{
    __lock_acquire(&lock);
    for (struct handler_block *block = *blocks; block != NULL; block = *blocks) {
        if (block->used == 0) {
            if (block->next == NULL)
                break;
            *blocks = block->next;
            continue;
        }
        struct handler handler = block->handlers[--block->used];
        __lock_release(&lock);
        handler.run(status, handler.arg);
        __lock_acquire(&lock);
    }
    __lock_release(&lock);
}

void exit(int status)
{
    run_handlers(&handlers, status);
    for (void (*const *run)(void) = __fini_array_end; run > __fini_array_start;)
        (*--run)();
    __stdio_exit();
    _exit(status);
}

void quick_exit(int status)
{
    struct handler_block *blocks = &quick_handlers;
    run_handlers(&blocks, status);
    _exit(status);
}

void _exit(int status)
{
    for (;;)
        SYS1(SYS_exit_group, status);
}

void _Exit(int status)
{
    _exit(status);
}

// SIGABRT to itself, even where it is blocked or ignored.
void abort(void)
{
    sigset_t set = KSIGBIT(SIGABRT);
    raise(SIGABRT);
    signal(SIGABRT, SIG_DFL);
    sigprocmask(SIG_UNBLOCK, &set, NULL);
    raise(SIGABRT);
    _exit(127);
}
