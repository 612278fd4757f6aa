// SPDX-License-Identifier: ISC
//
// Signals of the shell and `trap`. A handler only notes the signal; what is to be done is done
// between two commands. What a signal should do follows from the traps, from whether the shell is
// interactive, and from what it was when the shell started: one that was ignored then cannot be
// trapped by a script.

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "builtin.h"
#include "common/signals.h"
#include "sh.h"

static char *actions[NSIG]; // NULL: default; "": ignore; 0 is EXIT
static bool ignored_at_start[NSIG], looked_at[NSIG], background[NSIG];
static volatile sig_atomic_t pending[NSIG], any_pending, interrupted;
static bool running; // an action: signals that come meanwhile wait for its end

static void note_signal(int signal)
{
    int error = errno;
    if (signal == SIGINT && !actions[signal])
        interrupted = 1;
    else
        pending[signal] = any_pending = 1;
    errno = error;
}

static bool was_ignored(int signal)
{
    if (!looked_at[signal]) {
        struct sigaction old;
        looked_at[signal] = true;
        ignored_at_start[signal] = sigaction(signal, NULL, &old) == 0 && old.sa_handler == SIG_IGN;
    }
    return ignored_at_start[signal];
}

static void (*wanted_handler(int signal))(int)
{
    bool interactive = sh.options[OPT_INTERACTIVE] && !sh.subshell;
    if (actions[signal])
        return *actions[signal] ? note_signal : SIG_IGN;
    if (background[signal])
        return SIG_IGN;
    if (interactive && signal == SIGINT)
        return note_signal;
    if (interactive && (signal == SIGQUIT || signal == SIGTERM))
        return SIG_IGN;
    if (sh.options[OPT_MONITOR] && !sh.subshell &&
        (signal == SIGTSTP || signal == SIGTTIN || signal == SIGTTOU))
        return SIG_IGN;
    return was_ignored(signal) ? SIG_IGN : SIG_DFL;
}

static void update(int signal)
{
    was_ignored(signal);
    struct sigaction action = {.sa_handler = wanted_handler(signal)};
    sigemptyset(&action.sa_mask);
    sigaction(signal, &action, NULL);
}

void trap_interactive(void)
{
    static const int signals[] = {SIGINT, SIGQUIT, SIGTERM, SIGTSTP, SIGTTIN, SIGTTOU};
    for (size_t i = 0; i < sizeof signals / sizeof *signals; i++)
        update(signals[i]);
}

bool trap_take_interrupt(void)
{
    bool was = interrupted;
    interrupted = 0;
    return was;
}

bool trap_pending(void)
{
    return any_pending || interrupted;
}

int trap_first_pending(void)
{
    int signal = 1;
    while (signal < NSIG - 1 && !pending[signal])
        signal++;
    return signal;
}

bool trap_any_set(void)
{
    for (int i = 0; i < NSIG; i++)
        if (actions[i] && *actions[i])
            return true;
    return false;
}

// The action is copied: it may replace itself.
static void run_action(const char *action)
{
    int status = sh.status;
    char *text = mem_strdup(action);
    sh_run_string(text);
    free(text);
    if (sh.flow != FLOW_RETURN)
        sh.status = status;
}

void trap_run_pending(void)
{
    if (!any_pending || running)
        return;
    running = true;
    while (any_pending) {
        any_pending = 0;
        for (int i = 1; i < NSIG; i++) {
            if (!pending[i])
                continue;
            pending[i] = 0;
            if (actions[i] && *actions[i])
                run_action(actions[i]);
        }
    }
    running = false;
}

void trap_unwind(void)
{
    running = false;
}

void trap_run_exit(void)
{
    char *action = actions[0];
    actions[0] = NULL;
    if (!action)
        return;
    int status = sh.status;
    sh.flow = FLOW_NONE;
    sh.prompt = NULL;
    sh_run_string(action);
    sh.status = status;
}

// A subshell starts with the traps that ignore, and no others.
void trap_become_subshell(void)
{
    free(actions[0]);
    actions[0] = NULL;
    for (int i = 1; i < NSIG; i++) {
        if (actions[i] && *actions[i]) {
            free(actions[i]);
            actions[i] = NULL;
            update(i);
        }
        pending[i] = 0;
    }
    any_pending = interrupted = 0;
    bool subshell = sh.subshell;
    sh.subshell = true;
    trap_interactive();
    sh.subshell = subshell;
}

void trap_ignore_interrupts(void)
{
    background[SIGINT] = background[SIGQUIT] = true;
}

// ---- the built-in

static void print_traps(void)
{
    for (int i = 0; i < NSIG; i++) {
        if (!actions[i])
            continue;
        out_string("trap -- ");
        out_quoted(actions[i]);
        if (i == 0 || signal_name(i))
            out_format(" %s\n", i ? signal_name(i) : "EXIT");
        else
            out_format(" %d\n", i);
    }
}

static void set_action(int signal, const char *action)
{
    free(actions[signal]);
    actions[signal] = action ? mem_strdup(action) : NULL;
    if (signal && signal != SIGKILL && signal != SIGSTOP &&
        (sh.options[OPT_INTERACTIVE] || !was_ignored(signal)))
        update(signal);
}

int builtin_trap(int argc, char **argv)
{
    char **arg = argv + 1;
    if (*arg && strcmp(*arg, "--") == 0)
        arg++;
    if (argc == 1 || !*arg) {
        print_traps();
        return 0;
    }
    // A number first means that all of them are conditions to reset.
    const char *action = NULL;
    bool reset = !arg[1] || !(*arg)[strspn(*arg, "0123456789")];
    if (!reset || !**arg) {
        action = strcmp(*arg, "-") == 0 ? NULL : *arg;
        arg++;
    }
    int status = 0;
    for (; *arg; arg++) {
        int signal = strcmp(*arg, "EXIT") == 0 ? 0 : signal_number(*arg);
        if (signal < 0) {
            sh_warn("trap: %s: bad trap", *arg);
            status = 1;
            continue;
        }
        set_action(signal, action);
    }
    return status;
}
