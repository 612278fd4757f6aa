// SPDX-License-Identifier: ISC
//
// Simple commands: expansion, assignments, and the choice between special built-in, function,
// built-in and program.
// Source: POSIX.1-2017, Shell Command Language, sections 2.9.1, 2.14.

#include <errno.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "builtin.h"
#include "exec.h"
#include "expand.h"
#include "job.h"
#include "sh.h"
#include "vars.h"

// ---- programs

static bool is_program(const char *path)
{
    struct stat status;
    return stat(path, &status) == 0 && S_ISREG(status.st_mode) && access(path, X_OK) == 0;
}

const char *exec_find_program(const char *name)
{
    if (strchr(name, '/'))
        return is_program(name) ? name : NULL;
    const char *path = var_get("PATH");
    for (const char *end; path; path = *end ? end + 1 : NULL) {
        end = path + strcspn(path, ":");
        struct buf file;
        buf_init(&file, &temp);
        buf_add_bytes(&file, path, (size_t)(end - path));
        if (file.length)
            buf_add(&file, '/');
        buf_add_string(&file, name);
        if (is_program(file.text))
            return file.text;
    }
    return NULL;
}

// A file that is executable and of no known format is a script of this shell.
static void exec_script(const char *path, char **argv, char **environment)
{
    struct list list = {0};
    list_add(&list, (char *)"sh");
    list_add(&list, (char *)path);
    for (char **arg = argv + 1; *arg; arg++)
        list_add(&list, *arg);
    execve("/proc/self/exe", list.items, environment);
}

// Replaces this process by the program. Returns the exit status after a message.
static int exec_program(char **argv)
{
    const char *path = strchr(argv[0], '/') ? argv[0] : exec_find_program(argv[0]);
    if (!path) {
        sh_warn("%s: not found", argv[0]);
        return 127;
    }
    char **environment = vars_environment(&temp);
    execve(path, argv, environment);
    if (errno == ENOEXEC)
        exec_script(path, argv, environment);
    int error = errno;
    sh_warn("%s: %s", argv[0], error == ENOENT ? "not found" : strerror(error));
    return error == ENOENT || error == ENOTDIR ? 127 : 126;
}

int exec_replace(char **argv)
{
    bool stays = sh.prompt && !sh.subshell;
    if (stays && !strchr(argv[0], '/') && !exec_find_program(argv[0])) {
        sh_warn("%s: not found", argv[0]);
        return 127;
    }
    trap_become_subshell();
    int status = exec_program(argv);
    if (!stays)
        sh_exit(status);
    trap_interactive();
    return status;
}

// ---- assignments and tracing

static void assign_all(const struct assign *assign, int flags)
{
    for (; assign; assign = assign->next) {
        var_set(assign->name, expand_assignment(assign->value));
        if (flags)
            var_add_flags(assign->name, flags);
    }
}

// Assignments for one command only: the scope is popped after it.
static void assign_local(const struct assign *assign)
{
    vars_push_scope();
    for (; assign; assign = assign->next) {
        const char *value = expand_assignment(assign->value);
        var_local(assign->name);
        var_set(assign->name, value);
        var_add_flags(assign->name, VAR_EXPORT);
    }
}

static void trace(const struct assign *assign, char **argv)
{
    if (!sh.options[OPT_XTRACE])
        return;
    struct buf line;
    buf_init(&line, &temp);
    const char *prefix = var_get("PS4");
    buf_add_string(&line, prefix ? prefix : "");
    const char *gap = "";
    for (; assign; assign = assign->next, gap = " ") {
        buf_add_string(&line, gap);
        buf_add_string(&line, assign->name);
        buf_add(&line, '=');
        buf_add_string(&line, expand_assignment(assign->value));
    }
    for (; *argv; argv++, gap = " ") {
        buf_add_string(&line, gap);
        buf_add_string(&line, *argv);
    }
    buf_add(&line, '\n');
    err_string(line.text);
}

static int run_assignments(const struct node *node, unsigned captures)
{
    if (node->redirs) {
        if (!redir_push(node->redirs))
            return 2;
        redir_pop();
    }
    char *none = NULL;
    if (node->simple.assigns && sh.options[OPT_XTRACE]) {
        // Each value is expanded once only: it may have side effects.
        for (const struct assign *assign = node->simple.assigns; assign; assign = assign->next) {
            char *value = expand_assignment(assign->value);
            struct word *literal = arena_alloc(&temp, sizeof *literal);
            literal->parts = arena_alloc(&temp, sizeof *literal->parts);
            literal->parts->quoted = true;
            literal->parts->text = value;
            trace(&(struct assign){.name = assign->name, .value = literal}, &none);
            var_set(assign->name, value);
        }
    } else {
        assign_all(node->simple.assigns, 0);
    }
    return exec_captures != captures ? sh.status : 0;
}

// ---- built-ins

static int call_builtin(const struct builtin *builtin, int argc, char **argv)
{
    sh.special_error = false;
    int status = builtin->run(argc, argv);
    if (!out_flush()) {
        sh_warn("%s: write error: %s", argv[0], strerror(errno));
        status = status ? status : 1;
    }
    return status;
}

static int run_special(const struct builtin *builtin, const struct node *node, int argc,
                       char **argv)
{
    bool is_exec = builtin->run == builtin_exec;
    bool ok = is_exec ? redir_apply(node->redirs) : redir_push(node->redirs);
    if (!ok)
        sh_abort(2);
    assign_all(node->simple.assigns, is_exec ? VAR_EXPORT : 0);
    int status = call_builtin(builtin, argc, argv);
    if (!is_exec)
        redir_pop();
    if (sh.special_error)
        sh_abort(status);
    return status;
}

static int run_ordinary(const struct builtin *builtin, const struct node *node, int argc,
                        char **argv)
{
    if (!redir_push(node->redirs))
        return 2;
    if (node->simple.assigns)
        assign_local(node->simple.assigns);
    int status = call_builtin(builtin, argc, argv);
    if (node->simple.assigns)
        vars_pop_scope();
    redir_pop();
    return status;
}

static int run_function(struct function *function, const struct node *node, int argc, char **argv)
{
    if (!redir_push(node->redirs))
        return 2;
    if (node->simple.assigns)
        assign_local(node->simple.assigns);
    int status = exec_function(function, argc, argv);
    if (node->simple.assigns)
        vars_pop_scope();
    redir_pop();
    return status;
}

static _Noreturn void become_program(const struct node *node, char **argv)
{
    if (!redir_apply(node->redirs))
        sh_exit(2);
    assign_all(node->simple.assigns, VAR_EXPORT);
    sh_exit(exec_program(argv));
}

static int run_program(const struct node *node, int flags, char **argv)
{
    if ((flags & EXEC_LAST) && !trap_any_set())
        become_program(node, argv);
    struct job *job = job_new(node->text);
    pid_t pid = job_fork(job, JOB_FOREGROUND);
    if (pid == 0)
        become_program(node, argv);
    return pid < 0 ? job_abandon(job) : job_wait(job);
}

int exec_plain(int argc, char **argv)
{
    const struct builtin *builtin = builtin_find(argv[0]);
    if (builtin) {
        int status = call_builtin(builtin, argc, argv);
        sh.special_error = false;
        return status;
    }
    return run_program(&(struct node){.kind = NODE_SIMPLE, .text = argv[0]}, 0, argv);
}

// ---- the command

// Whether the word is NAME=... as written: what `export` and its like take without splitting.
static bool looks_like_assignment(const struct word *word)
{
    const struct part *part = word->parts;
    if (!part || part->kind != PART_TEXT || part->quoted)
        return false;
    const char *equals = strchr(part->text, '=');
    return equals && var_is_name(arena_strndup(&temp, part->text, (size_t)(equals - part->text)));
}

static bool is_declaration(const struct word *word)
{
    const struct part *part = word ? word->parts : NULL;
    if (!part || part->next || part->kind != PART_TEXT)
        return false;
    const struct builtin *builtin = builtin_find(part->text);
    return builtin && (builtin->flags & BUILTIN_DECLARES);
}

static char **expand_command(const struct word *words, int *argc)
{
    if (!is_declaration(words))
        return expand_words(words, argc);
    struct list list = {0};
    for (; words; words = words->next) {
        if (looks_like_assignment(words)) {
            list_add(&list, expand_assignment(words));
            continue;
        }
        struct word single = {.parts = words->parts};
        int count;
        char **fields = expand_words(&single, &count);
        for (int i = 0; i < count; i++)
            list_add(&list, fields[i]);
    }
    *argc = list.count;
    return list.items;
}

static int run_simple(struct node *node, int flags)
{
    sh.line = node->line;
    unsigned captures = exec_captures;
    int argc;
    char **argv = expand_command(node->simple.words, &argc);
    if (argc == 0)
        return run_assignments(node, captures);
    trace(node->simple.assigns, argv);
    const struct builtin *builtin = builtin_find(argv[0]);
    if (builtin && (builtin->flags & BUILTIN_SPECIAL))
        return run_special(builtin, node, argc, argv);
    struct function *function = function_find(argv[0]);
    if (function)
        return run_function(function, node, argc, argv);
    if (builtin)
        return run_ordinary(builtin, node, argc, argv);
    return run_program(node, flags, argv);
}

int exec_simple(struct node *node, int flags)
{
    struct mark mark = arena_mark(&temp);
    int status = run_simple(node, flags);
    arena_release(&temp, mark);
    return status;
}
