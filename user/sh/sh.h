// SPDX-License-Identifier: ISC
#ifndef SH_SH_H
#define SH_SH_H

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <sys/types.h>

#include "mem.h"

// The state of the shell, options, leaving and failing, output, prompts.

enum option {
    OPT_ALLEXPORT,
    OPT_NOTIFY,
    OPT_NOCLOBBER,
    OPT_ERREXIT,
    OPT_NOGLOB,
    OPT_INTERACTIVE,
    OPT_MONITOR,
    OPT_NOEXEC,
    OPT_STDIN,
    OPT_NOUNSET,
    OPT_VERBOSE,
    OPT_XTRACE,
    OPT_IGNOREEOF,
    OPT_COUNT,
};

// Why the commands after this one are skipped.
enum flow { FLOW_NONE, FLOW_BREAK, FLOW_CONTINUE, FLOW_RETURN };

// $1 and what follows. `base` is what to free, NULL where the strings belong to a caller.
struct params {
    char **values;
    int count;
    char **base;
};

struct shell {
    const char *name; // $0
    struct params params;
    int status;            // $?
    pid_t pid;             // $$
    pid_t last_background; // $!, 0 before the first
    bool options[OPT_COUNT];
    int line;   // of the command being run
    int tested; // inside how many conditions, where set -e is off
    enum flow flow;
    int flow_count;                // loops that `break` or `continue` still has to leave
    int loops, functions, sources; // nesting
    bool subshell;                 // a forked copy: never interactive, no job control
    bool special_error;            // the built-in that just ran failed in a way that ends a script
    sigjmp_buf *prompt;            // where errors go back to; NULL: they end the shell
};

extern struct shell sh;

// Ends the shell after the EXIT trap.
_Noreturn void sh_exit(int status);
// Goes back to the prompt, or ends a shell that has none.
_Noreturn void sh_abort(int status);
// A message, then sh_abort.
_Noreturn void sh_fail(int status, const char *format, ...) __attribute__((format(printf, 2, 3)));
void sh_warn(const char *format, ...) __attribute__((format(printf, 1, 2)));
// Makes this process, just forked, a subshell.
void sh_become_subshell(void);
// Runs all commands of a text or of a descriptor; the result is the last status.
int sh_run_string(const char *text);
int sh_run_file(int fd);
int sh_run_command_string(const char *text); // as sh_run_string, where the shell ends with it
int sh_run_stdin(void);
int sh_run_terminal(void); // prompts, until the end of input

// options.c
bool option_set_letter(char letter, bool on);
bool option_set_name(const char *name, bool on);
const char *option_letters(void); // $-
void option_print(bool as_commands);

// Output of built-in commands: gathered, written by out_flush. (stdio would keep what could not be
// written and bring it out later, to another descriptor.)
void out_string(const char *text);
void out_bytes(const char *text, size_t length);
void out_format(const char *format, ...) __attribute__((format(printf, 1, 2)));
void out_quoted(const char *text); // so that the shell reads it back
bool out_flush(void);              // false and errno where it could not be written
void err_string(const char *text); // to standard error, at once

// params.c
void params_set(char *const *values, int count);
void params_shift(int count);
void params_free(struct params *params);

// prompt.c
const char *prompt_text(bool continued);

// trap.c
void trap_interactive(void); // the signals an interactive shell survives
void trap_run_pending(void);
void trap_run_exit(void);
void trap_unwind(void); // an error goes back to the prompt out of an action
void trap_become_subshell(void);
void trap_ignore_interrupts(void); // for a background job without job control
bool trap_any_set(void);
bool trap_pending(void);
int trap_first_pending(void);   // a signal that trap_pending told of
bool trap_take_interrupt(void); // whether ^C came since the last question
int builtin_trap(int argc, char **argv);

#endif
