// SPDX-License-Identifier: ISC
//
// The state of the shell, the ways out of it, and the loop that reads and runs commands.
//
// An error either ends the shell or, in an interactive one, goes back to the prompt by siglongjmp.
// All that is then left half done is on lists that unwind() walks: redirections to undo, scopes and
// calls to leave, inputs being read. `temp` memory is released wholesale.

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "exec.h"
#include "job.h"
#include "parse.h"
#include "sh.h"
#include "vars.h"

struct shell sh;

// An input being read, on the stack of whoever reads it.
struct reading {
    struct reading *outer;
    struct input *input;
    struct arena *arena; // of the command being read or run
};

static struct reading *readings;

// ---- ways out

void sh_exit(int status)
{
    sh.status = status;
    out_flush();
    trap_run_exit();
    out_flush();
    job_give_terminal_back();
    _exit(sh.status);
}

static void unwind(void)
{
    trap_unwind();
    redir_pop_all();
    vars_pop_all();
    exec_unwind();
    // The outermost reading is the terminal: its input stays open.
    for (; readings; readings = readings->outer) {
        if (readings->arena)
            arena_put(readings->arena);
        if (readings->outer)
            input_close(readings->input);
    }
    arena_release(&temp, (struct mark){0});
}

void sh_abort(int status)
{
    out_flush();
    if (!sh.prompt || sh.subshell)
        sh_exit(status);
    sh.status = status;
    unwind();
    siglongjmp(*sh.prompt, 1);
}

static void message(const char *format, va_list args)
{
    char text[1024];
    int used = sh.prompt ? snprintf(text, sizeof text, "sh: ")
                         : snprintf(text, 256, "%.200s: %d: ", sh.name, sh.line);
    vsnprintf(text + used, sizeof text - (size_t)used - 1, format, args);
    strcat(text, "\n");
    out_flush();
    err_string(text);
}

void sh_warn(const char *format, ...)
{
    va_list args;
    va_start(args, format);
    message(format, args);
    va_end(args);
}

void sh_fail(int status, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    message(format, args);
    va_end(args);
    sh_abort(status);
}

void sh_become_subshell(void)
{
    trap_become_subshell();
    job_become_subshell();
    sh.subshell = true;
    sh.prompt = NULL;
}

// ---- reading and running

// Runs everything from the input. `last` says that the shell ends with it, so that the last command
// may take the shell's place.
static int run_input(struct input *input, bool last)
{
    struct reading reading = {.outer = readings, .input = input};
    readings = &reading;
    int status = 0;
    while (!sh.flow) {
        struct node *command;
        reading.arena = arena_new();
        if (!parse_complete(input, reading.arena, &command))
            break;
        if (command)
            status = exec_node(command, last && input_at_end(input) ? EXEC_LAST : 0);
        arena_put(reading.arena);
        reading.arena = NULL;
    }
    if (reading.arena)
        arena_put(reading.arena);
    readings = reading.outer;
    input_close(input);
    return status;
}

int sh_run_string(const char *text)
{
    struct input input;
    input_open_string(&input, text);
    return run_input(&input, false);
}

int sh_run_file(int fd)
{
    struct input input;
    input_open_file(&input, fd);
    return run_input(&input, false);
}

int sh_run_command_string(const char *text)
{
    struct input input;
    input_open_string(&input, text);
    return run_input(&input, true);
}

int sh_run_stdin(void)
{
    struct input input;
    input_open_stdin(&input);
    return run_input(&input, false);
}

// At ^D: whether to leave. Stopped jobs hold the shell back once.
static bool may_leave(void)
{
    static bool warned;
    if (sh.options[OPT_IGNOREEOF]) {
        err_string("\nUse \"exit\" to leave shell.\n");
        return false;
    }
    if (job_any_stopped() && !warned) {
        warned = true;
        err_string("\nThere are stopped jobs.\n");
        return false;
    }
    err_string("\n");
    return true;
}

// Reads and runs commands up to the end of the input.
static void run_prompts(struct input *input)
{
    static struct reading reading;
    reading = (struct reading){.input = input};
    readings = &reading;
    struct node *command;
    for (;;) {
        job_report();
        reading.arena = arena_new();
        if (!parse_complete(input, reading.arena, &command))
            break;
        if (command)
            exec_node(command, 0);
        sh.flow = FLOW_NONE;
        arena_put(reading.arena);
        reading.arena = NULL;
        arena_release(&temp, (struct mark){0});
    }
    arena_put(reading.arena);
    readings = NULL;
}

int sh_run_terminal(void)
{
    static struct input input;
    static sigjmp_buf prompt;
    input_open_terminal(&input);
    if (sigsetjmp(prompt, 1))
        input_drop_line(&input);
    sh.prompt = &prompt;
    for (;;) {
        run_prompts(&input);
        if (may_leave())
            return sh.status;
    }
}
