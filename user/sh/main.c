// SPDX-License-Identifier: ISC
//
// sh: the shell. This file: its command line and its start.
//
//   sh [-abCefImnuvx] [-o NAME]... [FILE [ARGUMENT...]]
//   sh [...] -c COMMAND [NAME [ARGUMENT...]]
//   sh [...] -s [ARGUMENT...]
//
// The parts: input.c, lex.c, word.c and parse.c turn text into the tree of ast.h; exec.c and
// simple.c run the tree, with expand.c (fields.c, glob.c, arith.c), redir.c, job.c, trap.c and
// vars.c; edit.c is the line editor. What is in files named *_builtin.c are built-in commands.
//
// Left out: $'...', fc, notices at once (set -b), process substitution, arrays; patterns and ${#x}
// count bytes.

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>
#include <errno.h>

#include "exec.h"
#include "expand.h"
#include "job.h"
#include "sh.h"
#include "vars.h"
#include "word.h"

extern char **environ;

struct start {
    const char *command; // of -c
    bool login, interactive, stdin_script, has_command;
};

static _Noreturn void usage(const char *argument)
{
    sh_warn("Illegal option %s", argument);
    _exit(2);
}

// Reads the options; the result is the index of the first operand.
static int read_options(int argc, char **argv, struct start *start)
{
    int i = 1;
    for (; i < argc && (argv[i][0] == '-' || argv[i][0] == '+') && argv[i][1]; i++) {
        bool on = argv[i][0] == '-';
        if (strcmp(argv[i], "--") == 0)
            return i + 1;
        for (const char *p = argv[i] + 1; *p; p++) {
            if (*p == 'c') {
                start->has_command = true;
            } else if (*p == 'l') {
                start->login = true;
            } else if (*p == 'i') {
                start->interactive = on;
            } else if (*p == 's') {
                start->stdin_script = true;
            } else if (*p == 'o') {
                if (i + 1 >= argc || !option_set_name(argv[++i], on))
                    usage(argv[i]);
                break;
            } else if (*p == 'm') {
                sh.options[OPT_MONITOR] = on; // taken up when the rest is known
            } else if (!option_set_letter(*p, on)) {
                usage(argv[i]);
            }
        }
    }
    return i < argc && strcmp(argv[i], "-") == 0 ? i + 1 : i;
}

static void source_if_there(const char *path)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd >= 0)
        sh_run_file(redir_move_up(fd));
    sh.flow = FLOW_NONE;
}

static void run_profiles(void)
{
    source_if_there("/etc/profile");
    const char *home = var_get("HOME");
    if (!home)
        return;
    struct buf path;
    buf_init(&path, &temp);
    buf_add_string(&path, home);
    buf_add_string(&path, "/.profile");
    source_if_there(path.text);
}

static void run_env_file(void)
{
    const char *env = var_get("ENV");
    if (env && *env)
        source_if_there(expand_string(word_parse_string(&temp, env)));
}

// Opens the script, or ends the shell.
static int open_script(const char *path)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd >= 0)
        return redir_move_up(fd);
    int error = errno;
    sh_warn("cannot open %s: %s", path, strerror(error));
    _exit(error == ENOENT ? 127 : 126);
}

int main(int argc, char **argv)
{
    struct start start = {.login = argv[0] && argv[0][0] == '-'};
    sh.name = argv[0] ? argv[0] : "sh";
    sh.pid = getpid();
    vars_init(environ);
    int i = read_options(argc, argv, &start);
    if (start.has_command) {
        if (i == argc) {
            sh_warn("-c requires an argument");
            return 2;
        }
        start.command = argv[i++];
    }
    int script = -1;
    bool from_stdin = !start.command && (start.stdin_script || i == argc);
    if (!from_stdin && i < argc) {
        sh.name = argv[i++];
        if (!start.command)
            script = open_script(sh.name);
    }
    params_set(argv + i, argc - i);
    sh.options[OPT_STDIN] = from_stdin;
    if (start.interactive || (from_stdin && isatty(0) && isatty(2)))
        sh.options[OPT_INTERACTIVE] = sh.options[OPT_MONITOR] = true;
    if (sh.options[OPT_MONITOR])
        job_set_monitor(true);
    if (start.login)
        run_profiles();
    if (sh.options[OPT_INTERACTIVE])
        run_env_file();
    if (start.command)
        sh_exit(sh_run_command_string(start.command));
    if (script >= 0)
        sh_exit(sh_run_file(script));
    sh_exit(sh.options[OPT_INTERACTIVE] ? sh_run_terminal() : sh_run_stdin());
}
