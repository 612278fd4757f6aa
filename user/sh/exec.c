// SPDX-License-Identifier: ISC
//
// Runs the syntax tree. A node's status is returned and kept in sh.status. `break`, `continue` and
// `return` set sh.flow, which makes everything up to their target end early.
// Source: POSIX.1-2017, Shell Command Language, section 2.9.

#include "exec.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "expand.h"
#include "job.h"
#include "sh.h"
#include "vars.h"

unsigned exec_captures;

// A function call in progress: what the caller's parameters and loops were.
struct call {
    struct call *outer;
    struct params params;
    int loops;
};

static struct call *calls;

// ---- lists and conditions

static int run_list(struct node *node, int flags)
{
    int status = 0;
    for (node = node->first; node && !sh.flow; node = node->next)
        status = exec_node(node, node->next ? 0 : flags);
    return status;
}

// Runs a condition: set -e does not act inside.
static int run_test(struct node *node)
{
    sh.tested++;
    int status = exec_node(node, 0);
    sh.tested--;
    return status;
}

static int run_and_or(struct node *node, int flags)
{
    int status = run_test(node->pair.left);
    bool go_on = node->kind == NODE_AND ? status == 0 : status != 0;
    return go_on && !sh.flow ? exec_node(node->pair.right, flags) : status;
}

static int run_if(struct node *node, int flags)
{
    int test = run_test(node->branch.test);
    if (sh.flow)
        return test;
    return exec_node(test == 0 ? node->branch.then : node->branch.otherwise, flags);
}

// ---- loops

// After a loop's body or test: whether the loop goes on. `break 2` leaves one loop here and the
// rest to the loop around.
static bool loop_goes_on(void)
{
    if (sh.flow == FLOW_NONE)
        return true;
    if (sh.flow == FLOW_RETURN || --sh.flow_count > 0)
        return false;
    bool again = sh.flow == FLOW_CONTINUE;
    sh.flow = FLOW_NONE;
    return again;
}

static int run_while(struct node *node)
{
    int status = 0;
    sh.loops++;
    for (;;) {
        bool wanted = (run_test(node->branch.test) == 0) == (node->kind == NODE_WHILE);
        if (sh.flow) {
            if (!loop_goes_on())
                break;
            continue;
        }
        if (!wanted)
            break;
        status = exec_node(node->branch.then, 0);
        if (!loop_goes_on())
            break;
    }
    sh.loops--;
    return status;
}

static int run_for(struct node *node)
{
    struct mark mark = arena_mark(&temp);
    int count, status = 0;
    char **values;
    if (node->loop.over_arguments) {
        // A copy: the body may shift.
        struct list list = {0};
        for (int i = 0; i < sh.params.count; i++)
            list_add(&list, arena_strndup(&temp, sh.params.values[i], strlen(sh.params.values[i])));
        values = list.items;
        count = list.count;
    } else {
        values = expand_words(node->loop.words, &count);
    }
    sh.loops++;
    for (int i = 0; i < count; i++) {
        var_set(node->loop.name, values[i]);
        status = exec_node(node->loop.body, 0);
        if (!loop_goes_on())
            break;
    }
    sh.loops--;
    arena_release(&temp, mark);
    return status;
}

static struct case_item *find_case(struct node *node)
{
    const char *subject = expand_string(node->match.subject);
    for (struct case_item *item = node->match.items; item; item = item->next)
        for (struct word *pattern = item->patterns; pattern; pattern = pattern->next)
            if (glob_match(expand_pattern(pattern), subject))
                return item;
    return NULL;
}

static int run_case(struct node *node, int flags)
{
    struct mark mark = arena_mark(&temp);
    struct case_item *item = find_case(node);
    arena_release(&temp, mark);
    return item ? exec_node(item->body, flags) : 0;
}

// ---- subshells and pipelines

void exec_subshell(struct node *body, struct redir *redirs)
{
    if (!redir_apply(redirs))
        sh_exit(2);
    sh_exit(exec_node(body, EXEC_LAST));
}

static int run_subshell(struct node *node, int flags)
{
    if ((flags & EXEC_LAST) && !trap_any_set()) {
        sh_become_subshell();
        exec_subshell(node->body, node->redirs);
    }
    struct job *job = job_new(node->text);
    pid_t pid = job_fork(job, JOB_FOREGROUND);
    if (pid == 0)
        exec_subshell(node->body, node->redirs);
    return pid < 0 ? job_abandon(job) : job_wait(job);
}

static void use_as(int fd, int target)
{
    if (fd == target)
        return;
    dup2(fd, target);
    close(fd);
}

// One process of a pipeline, just forked: `in` is its input or -1; `out` the pipe it writes to.
static _Noreturn void run_element(struct node *node, int in, const int out[2])
{
    if (in >= 0)
        use_as(in, 0);
    if (out[1] >= 0) {
        close(out[0]);
        use_as(out[1], 1);
    }
    sh_exit(exec_node(node, EXEC_LAST));
}

static void close_pipe(const int ends[2])
{
    for (int i = 0; i < 2; i++)
        if (ends[i] >= 0)
            close(ends[i]);
}

// Starts all processes of a pipeline as one job. False after a message.
static bool start_pipeline(struct job *job, struct node *node, enum job_place place)
{
    int in = -1;
    for (node = node->first; node; node = node->next) {
        int out[2] = {-1, -1};
        pid_t pid = -1;
        if (node->next && pipe(out) < 0)
            sh_warn("pipe: %s", strerror(errno));
        else
            pid = job_fork(job, place);
        if (pid == 0)
            run_element(node, in, out);
        close_pipe((int[2]){in, out[1]});
        in = out[0];
        if (pid < 0) {
            close_pipe((int[2]){in, -1});
            return false;
        }
    }
    return true;
}

static int run_pipeline(struct node *node)
{
    struct job *job = job_new(node->text);
    return start_pipeline(job, node, JOB_FOREGROUND) ? job_wait(job) : job_abandon(job);
}

static int run_background(struct node *node)
{
    struct job *job = job_new(node->text);
    pid_t pid;
    if (node->body->kind == NODE_PIPE)
        pid = start_pipeline(job, node->body, JOB_BACKGROUND) ? 1 : -1;
    else
        pid = job_fork(job, JOB_BACKGROUND);
    if (pid < 0)
        return job_abandon(job);
    if (pid == 0)
        sh_exit(exec_node(node->body, EXEC_LAST));
    job_leave_running(job);
    return 0;
}

// ---- command substitution

static char *read_output(int fd)
{
    struct buf text;
    char block[4096];
    buf_init(&text, &temp);
    for (;;) {
        ssize_t got = read(fd, block, sizeof block);
        if (got < 0 && errno == EINTR)
            continue;
        if (got <= 0)
            break;
        for (ssize_t i = 0; i < got; i++)
            if (block[i])
                buf_add(&text, block[i]);
    }
    while (text.length && text.text[text.length - 1] == '\n')
        text.text[--text.length] = '\0';
    return text.text;
}

char *exec_capture(struct node *body)
{
    exec_captures++;
    int ends[2];
    if (pipe(ends) < 0)
        sh_fail(2, "pipe: %s", strerror(errno));
    struct job *job = job_new("");
    pid_t pid = job_fork(job, JOB_INSIDE);
    if (pid < 0) {
        close_pipe(ends);
        sh_abort(job_abandon(job));
    }
    if (pid == 0) {
        close(ends[0]);
        use_as(ends[1], 1);
        sh_exit(exec_node(body, EXEC_LAST));
    }
    close(ends[1]);
    char *text = read_output(ends[0]);
    close(ends[0]);
    sh.status = job_wait(job);
    return text;
}

// ---- functions

int exec_function(struct function *function, int argc, char **argv)
{
    struct call call = {.outer = calls, .params = sh.params, .loops = sh.loops};
    struct arena *arena = arena_get(function->arena);
    calls = &call;
    sh.params = (struct params){.values = argv + 1, .count = argc - 1};
    sh.loops = 0;
    sh.functions++;
    vars_push_scope();
    int status = exec_node(function->body, 0);
    if (sh.flow == FLOW_RETURN) {
        sh.flow = FLOW_NONE;
        status = sh.status;
    }
    vars_pop_scope();
    sh.functions--;
    params_free(&sh.params);
    sh.params = call.params;
    sh.loops = call.loops;
    calls = call.outer;
    arena_put(arena);
    return status;
}

void exec_unwind(void)
{
    for (; calls; calls = calls->outer) {
        params_free(&sh.params);
        sh.params = calls->params;
    }
    sh.loops = sh.functions = sh.sources = sh.tested = 0;
    sh.flow = FLOW_NONE;
}

// ---- all nodes

static int run_compound(struct node *node, int flags)
{
    switch (node->kind) {
    case NODE_GROUP:
        return exec_node(node->body, flags);
    case NODE_IF:
        return run_if(node, flags);
    case NODE_WHILE:
    case NODE_UNTIL:
        return run_while(node);
    case NODE_FOR:
        return run_for(node);
    default:
        return run_case(node, flags);
    }
}

static int run_redirected(struct node *node, int flags)
{
    if (!node->redirs)
        return run_compound(node, flags);
    if (!redir_push(node->redirs))
        return 2;
    int status = run_compound(node, flags);
    redir_pop();
    return status;
}

static int run_node(struct node *node, int flags)
{
    switch (node->kind) {
    case NODE_SIMPLE:
        return exec_simple(node, flags);
    case NODE_PIPE:
        return run_pipeline(node);
    case NODE_AND:
    case NODE_OR:
        return run_and_or(node, flags);
    case NODE_NOT:
        return !run_test(node->body);
    case NODE_LIST:
        return run_list(node, flags);
    case NODE_BACKGROUND:
        return run_background(node);
    case NODE_SUBSHELL:
        return run_subshell(node, flags);
    case NODE_FUNCTION:
        function_define(node->function.name, node->function.body, node->function.arena);
        return 0;
    default:
        return run_redirected(node, flags);
    }
}

int exec_node(struct node *node, int flags)
{
    if (!node)
        return sh.status = 0;
    if (sh.options[OPT_NOEXEC] && !sh.options[OPT_INTERACTIVE])
        return sh.status;
    trap_run_pending();
    if (trap_take_interrupt())
        sh_abort(130);
    int status = run_node(node, flags);
    // `return` and `exit` in a trap set $? themselves.
    if (sh.flow != FLOW_RETURN)
        sh.status = status;
    bool counts =
        node->kind == NODE_SIMPLE || node->kind == NODE_PIPE || node->kind == NODE_SUBSHELL;
    if (sh.status && counts && sh.options[OPT_ERREXIT] && !sh.tested && !sh.flow)
        sh_exit(sh.status);
    trap_run_pending();
    return sh.status;
}
