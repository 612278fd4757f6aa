// SPDX-License-Identifier: ISC
//
// The table of built-in commands, and those that steer the shell itself.

#include "builtin.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "alias.h"
#include "exec.h"
#include "job.h"
#include "sh.h"
#include "vars.h"

int builtin_error(const char *format, ...)
{
    char text[512];
    va_list args;
    va_start(args, format);
    vsnprintf(text, sizeof text, format, args);
    va_end(args);
    sh_warn("%s", text);
    sh.special_error = true;
    return 2;
}

bool builtin_number(const char *text, long *number)
{
    char *end;
    errno = 0;
    *number = strtol(text, &end, 10);
    return end != text && !*end && !errno;
}

static int builtin_true(int argc, char **argv)
{
    (void)argc, (void)argv;
    return 0;
}

static int builtin_false(int argc, char **argv)
{
    (void)argc, (void)argv;
    return 1;
}

// ---- control flow

static int leave_loops(char **argv, enum flow flow)
{
    long count = 1;
    if (argv[1] && (!builtin_number(argv[1], &count) || count < 1))
        return builtin_error("%s: Illegal number: %s", argv[0], argv[1]);
    if (sh.loops) {
        sh.flow = flow;
        sh.flow_count = count < sh.loops ? (int)count : sh.loops;
    }
    return 0;
}

static int builtin_break(int argc, char **argv)
{
    (void)argc;
    return leave_loops(argv, FLOW_BREAK);
}

static int builtin_continue(int argc, char **argv)
{
    (void)argc;
    return leave_loops(argv, FLOW_CONTINUE);
}

static int builtin_return(int argc, char **argv)
{
    (void)argc;
    long status = sh.status;
    if (argv[1] && (!builtin_number(argv[1], &status) || status < 0))
        return builtin_error("return: Illegal number: %s", argv[1]);
    sh.status = (int)status;
    sh.flow = FLOW_RETURN;
    return sh.status;
}

static int builtin_exit(int argc, char **argv)
{
    (void)argc;
    static bool warned;
    long status = sh.status;
    if (argv[1] && (!builtin_number(argv[1], &status) || status < 0))
        return builtin_error("exit: Illegal number: %s", argv[1]);
    if (sh.prompt && !sh.subshell && !warned && job_any_stopped()) {
        warned = true;
        err_string("There are stopped jobs.\n");
        return 1;
    }
    sh_exit((int)status & 255);
}

int builtin_exec(int argc, char **argv)
{
    char **command = argv + 1;
    if (argc > 1 && strcmp(*command, "--") == 0)
        command++;
    return *command ? exec_replace(command) : 0;
}

static int builtin_eval(int argc, char **argv)
{
    if (argc == 1)
        return 0;
    struct buf text;
    buf_init(&text, &temp);
    for (int i = 1; i < argc; i++) {
        if (i > 1)
            buf_add(&text, ' ');
        buf_add_string(&text, argv[i]);
    }
    return sh_run_string(text.text);
}

// The file of `.`: on PATH where it has no slash, readable is enough.
static const char *find_source(const char *name)
{
    const char *path = strchr(name, '/') ? NULL : var_get("PATH");
    if (!path)
        return name;
    for (const char *end; path; path = *end ? end + 1 : NULL) {
        end = path + strcspn(path, ":");
        struct buf file;
        buf_init(&file, &temp);
        buf_add_bytes(&file, path, (size_t)(end - path));
        if (file.length)
            buf_add(&file, '/');
        buf_add_string(&file, name);
        if (access(file.text, R_OK) == 0)
            return file.text;
    }
    return name;
}

static int builtin_dot(int argc, char **argv)
{
    if (argc < 2)
        return builtin_error(".: file name expected");
    int fd = open(find_source(argv[1]), O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return builtin_error(".: cannot open %s: %s", argv[1], strerror(errno));
    sh.sources++;
    int status = sh_run_file(redir_move_up(fd));
    sh.sources--;
    if (sh.flow == FLOW_RETURN) {
        sh.flow = FLOW_NONE;
        status = sh.status;
    }
    return status;
}

// ---- command, type

static const char *const reserved[] = {"!",    "{",  "}",   "case", "do", "done", "elif",  "else",
                                       "esac", "fi", "for", "if",   "in", "then", "until", "while"};

static bool is_reserved(const char *name)
{
    for (size_t i = 0; i < sizeof reserved / sizeof *reserved; i++)
        if (strcmp(reserved[i], name) == 0)
            return true;
    return false;
}

static void print_line(const char *name, const char *text, const char *more)
{
    out_string(name);
    out_string(text);
    out_string(more);
    out_string("\n");
}

// What a name means as a command; `terse` as `command -v` prints it.
static int describe(const char *name, bool terse)
{
    const struct builtin *builtin = builtin_find(name);
    const char *path;
    if (alias_find(name)) {
        print_line(terse ? "alias " : "", name, terse ? "=" : " is an alias for ");
        return 0;
    }
    if (is_reserved(name))
        print_line(name, terse ? "" : " is a shell keyword", "");
    else if (builtin && (builtin->flags & BUILTIN_SPECIAL))
        print_line(name, terse ? "" : " is a special shell builtin", "");
    else if (function_find(name))
        print_line(name, terse ? "" : " is a shell function", "");
    else if (builtin)
        print_line(name, terse ? "" : " is a shell builtin", "");
    else if ((path = exec_find_program(name)))
        print_line(terse ? "" : name, terse ? "" : " is ", path);
    else {
        if (!terse)
            print_line(name, ": not found", "");
        return 127;
    }
    return 0;
}

static int builtin_type(int argc, char **argv)
{
    int status = 0;
    for (int i = 1; i < argc; i++)
        if (describe(argv[i], false))
            status = 127;
    return status;
}

static int builtin_command(int argc, char **argv)
{
    int i = 1;
    bool terse = false, verbose = false, standard = false;
    for (; i < argc && argv[i][0] == '-' && argv[i][1]; i++) {
        if (strcmp(argv[i], "--") == 0) {
            i++;
            break;
        }
        for (const char *p = argv[i] + 1; *p; p++) {
            if (!strchr("pvV", *p))
                return builtin_error("command: Illegal option -%c", *p);
            terse |= *p == 'v';
            verbose |= *p == 'V';
            standard |= *p == 'p';
        }
    }
    if (i == argc)
        return 0;
    if (!terse && !verbose && !standard)
        return exec_plain(argc - i, argv + i);
    if (!terse && !verbose) {
        vars_push_scope();
        var_local("PATH");
        var_set("PATH", "/usr/sbin:/usr/bin:/sbin:/bin");
        int status = exec_plain(argc - i, argv + i);
        vars_pop_scope();
        return status;
    }
    int status = 0;
    for (; i < argc; i++)
        if (describe(argv[i], terse))
            status = 127;
    return status;
}

// Nothing is remembered about where programs are, so there is nothing to forget.
static int builtin_hash(int argc, char **argv)
{
    (void)argc, (void)argv;
    return 0;
}

static const struct builtin table[] = {
    {".", builtin_dot, BUILTIN_SPECIAL},
    {":", builtin_true, BUILTIN_SPECIAL},
    {"[", builtin_test, 0},
    {"alias", builtin_alias, 0},
    {"bg", builtin_bg, 0},
    {"break", builtin_break, BUILTIN_SPECIAL},
    {"cd", builtin_cd, 0},
    {"command", builtin_command, 0},
    {"continue", builtin_continue, BUILTIN_SPECIAL},
    {"echo", builtin_echo, 0},
    {"eval", builtin_eval, BUILTIN_SPECIAL},
    {"exec", builtin_exec, BUILTIN_SPECIAL},
    {"exit", builtin_exit, BUILTIN_SPECIAL},
    {"export", builtin_export, BUILTIN_SPECIAL | BUILTIN_DECLARES},
    {"false", builtin_false, 0},
    {"fg", builtin_fg, 0},
    {"getopts", builtin_getopts, 0},
    {"hash", builtin_hash, 0},
    {"history", builtin_history, 0},
    {"jobs", builtin_jobs, 0},
    {"kill", builtin_kill, 0},
    {"local", builtin_local, BUILTIN_SPECIAL | BUILTIN_DECLARES},
    {"printf", builtin_printf, 0},
    {"pwd", builtin_pwd, 0},
    {"read", builtin_read, 0},
    {"readonly", builtin_readonly, BUILTIN_SPECIAL | BUILTIN_DECLARES},
    {"return", builtin_return, BUILTIN_SPECIAL},
    {"set", builtin_set, BUILTIN_SPECIAL},
    {"shift", builtin_shift, BUILTIN_SPECIAL},
    {"test", builtin_test, 0},
    {"times", builtin_times, BUILTIN_SPECIAL},
    {"trap", builtin_trap, BUILTIN_SPECIAL},
    {"true", builtin_true, 0},
    {"type", builtin_type, 0},
    {"ulimit", builtin_ulimit, 0},
    {"umask", builtin_umask, 0},
    {"unalias", builtin_unalias, 0},
    {"unset", builtin_unset, BUILTIN_SPECIAL},
    {"wait", builtin_wait, 0},
};

#define COUNT ((int)(sizeof table / sizeof *table))

const struct builtin *builtin_find(const char *name)
{
    int low = 0, high = COUNT;
    while (low < high) {
        int middle = (low + high) / 2;
        int order = strcmp(name, table[middle].name);
        if (order == 0)
            return &table[middle];
        if (order < 0)
            high = middle;
        else
            low = middle + 1;
    }
    return NULL;
}

const char *builtin_name(int index)
{
    return index < COUNT ? table[index].name : NULL;
}
