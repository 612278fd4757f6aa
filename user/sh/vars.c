// SPDX-License-Identifier: ISC
//
// Variables, their scopes, and functions. Names and values are of malloc; a variable without a
// value may exist because it was exported or made read-only before it was set.

#include "vars.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "builtin.h"
#include "sh.h"

#define BUCKETS 128

struct var {
    struct var *next;
    char *name;
    char *value; // NULL: unset
    int flags;
};

// What a variable was before `local`.
struct saved {
    struct saved *next;
    char *name;
    char *value;
    int flags;
};

struct scope {
    struct scope *outer;
    struct saved *saved;
};

static struct var *buckets[BUCKETS];
static struct function *functions[BUCKETS];
static struct scope *scope;

static unsigned hash(const char *name)
{
    unsigned h = 5381;
    while (*name)
        h = h * 33 + (unsigned char)*name++;
    return h % BUCKETS;
}

bool var_is_name(const char *text)
{
    if (!isalpha((unsigned char)*text) && *text != '_')
        return false;
    while (isalnum((unsigned char)*text) || *text == '_')
        text++;
    return *text == '\0';
}

static struct var *find(const char *name)
{
    for (struct var *var = buckets[hash(name)]; var; var = var->next)
        if (strcmp(var->name, name) == 0)
            return var;
    return NULL;
}

static struct var *find_or_add(const char *name)
{
    struct var *var = find(name);
    if (var)
        return var;
    var = mem_alloc(sizeof *var);
    *var = (struct var){.next = buckets[hash(name)], .name = mem_strdup(name)};
    buckets[hash(name)] = var;
    return var;
}

static void delete (struct var *var)
{
    struct var **link = &buckets[hash(var->name)];
    while (*link != var)
        link = &(*link)->next;
    *link = var->next;
    free(var->name);
    free(var->value);
    free(var);
}

const char *var_get(const char *name)
{
    struct var *var = find(name);
    if (!var || !var->value)
        return NULL;
    if (strcmp(name, "LINENO") == 0) {
        static char line[16];
        snprintf(line, sizeof line, "%d", sh.line);
        return line;
    }
    return var->value;
}

void var_set(const char *name, const char *value)
{
    struct var *var = find_or_add(name);
    if (var->flags & VAR_READONLY)
        sh_fail(2, "%s: is read only", name);
    char *copy = mem_strdup(value);
    free(var->value);
    var->value = copy;
    if (sh.options[OPT_ALLEXPORT])
        var->flags |= VAR_EXPORT;
    if (strcmp(name, "OPTIND") == 0)
        getopts_reset();
}

bool var_unset(const char *name)
{
    struct var *var = find(name);
    if (!var)
        return true;
    if (var->flags & VAR_READONLY)
        return false;
    delete (var);
    return true;
}

void var_add_flags(const char *name, int flags)
{
    find_or_add(name)->flags |= flags;
}

// ---- scopes

void vars_push_scope(void)
{
    struct scope *inner = mem_alloc(sizeof *inner);
    *inner = (struct scope){.outer = scope};
    scope = inner;
}

bool vars_have_scope(void)
{
    return scope;
}

void var_local(const char *name)
{
    for (struct saved *saved = scope->saved; saved; saved = saved->next)
        if (strcmp(saved->name, name) == 0)
            return;
    struct var *var = find(name);
    struct saved *saved = mem_alloc(sizeof *saved);
    *saved = (struct saved){.next = scope->saved, .name = mem_strdup(name)};
    if (var) {
        saved->value = var->value ? mem_strdup(var->value) : NULL;
        saved->flags = var->flags;
    }
    scope->saved = saved;
}

static void restore(struct saved *saved)
{
    struct var *var = find_or_add(saved->name);
    free(var->value);
    var->value = saved->value;
    var->flags = saved->flags;
    if (strcmp(saved->name, "OPTIND") == 0)
        getopts_reset();
    if (!var->value && !var->flags)
        delete (var);
    free(saved->name);
    free(saved);
}

void vars_pop_scope(void)
{
    struct scope *inner = scope;
    scope = inner->outer;
    for (struct saved *saved = inner->saved, *next; saved; saved = next) {
        next = saved->next;
        restore(saved);
    }
    free(inner);
}

void vars_pop_all(void)
{
    while (scope)
        vars_pop_scope();
}

// ---- the environment

static void init_pwd(void)
{
    const char *pwd = var_get("PWD");
    struct stat named, here;
    if (pwd && *pwd == '/' && stat(pwd, &named) == 0 && stat(".", &here) == 0 &&
        named.st_ino == here.st_ino && named.st_dev == here.st_dev)
        return;
    char path[4096];
    if (getcwd(path, sizeof path))
        var_set("PWD", path);
}

void vars_init(char **environment)
{
    for (; *environment; environment++) {
        char *equals = strchr(*environment, '=');
        if (!equals)
            continue;
        struct mark mark = arena_mark(&temp);
        char *name = arena_strndup(&temp, *environment, (size_t)(equals - *environment));
        if (var_is_name(name)) {
            var_set(name, equals + 1);
            var_add_flags(name, VAR_EXPORT);
        }
        arena_release(&temp, mark);
    }
    static const char *const defaults[][2] = {
        {"PATH", "/usr/sbin:/usr/bin:/sbin:/bin"}, {"PS2", "> "}, {"PS4", "+ "}};
    for (size_t i = 0; i < sizeof defaults / sizeof *defaults; i++)
        if (!var_get(defaults[i][0]))
            var_set(defaults[i][0], defaults[i][1]);
    if (!var_get("PS1"))
        var_set("PS1", "braid:${PWD}# ");
    var_set("IFS", " \t\n");
    var_set("OPTIND", "1");
    var_set("LINENO", "1");
    char parent[16];
    snprintf(parent, sizeof parent, "%d", (int)getppid());
    var_set("PPID", parent);
    init_pwd();
}

static int compare_vars(const void *a, const void *b)
{
    return strcmp((*(struct var *const *)a)->name, (*(struct var *const *)b)->name);
}

// All variables with one of the flags (all where flags is 0), by name, NULL at the end.
static struct var **select_vars(struct arena *arena, int flags, size_t *count)
{
    size_t total = 0;
    for (int i = 0; i < BUCKETS; i++)
        for (struct var *var = buckets[i]; var; var = var->next)
            total++;
    struct var **list = arena_alloc(arena, (total + 1) * sizeof *list);
    *count = 0;
    for (int i = 0; i < BUCKETS; i++)
        for (struct var *var = buckets[i]; var; var = var->next)
            if (!flags || (var->flags & flags))
                list[(*count)++] = var;
    qsort(list, *count, sizeof *list, compare_vars);
    return list;
}

char **vars_environment(struct arena *arena)
{
    size_t count;
    struct var **list = select_vars(arena, VAR_EXPORT, &count);
    char **environment = arena_alloc(arena, (count + 1) * sizeof *environment);
    size_t used = 0;
    for (size_t i = 0; i < count; i++) {
        if (!list[i]->value)
            continue;
        struct buf entry;
        buf_init(&entry, arena);
        buf_add_string(&entry, list[i]->name);
        buf_add(&entry, '=');
        buf_add_string(&entry, list[i]->value);
        environment[used++] = entry.text;
    }
    return environment;
}

void vars_print(const char *command, int flags)
{
    size_t count;
    struct var **list = select_vars(&temp, flags, &count);
    for (size_t i = 0; i < count; i++) {
        if (!list[i]->value && !flags)
            continue;
        out_string(command);
        out_string(list[i]->name);
        if (list[i]->value) {
            out_string("=");
            out_quoted(list[i]->value);
        }
        out_string("\n");
    }
}

// ---- functions

struct function *function_find(const char *name)
{
    for (struct function *f = functions[hash(name)]; f; f = f->next)
        if (strcmp(f->name, name) == 0)
            return f;
    return NULL;
}

void function_unset(const char *name)
{
    struct function **link = &functions[hash(name)];
    while (*link && strcmp((*link)->name, name) != 0)
        link = &(*link)->next;
    struct function *f = *link;
    if (!f)
        return;
    *link = f->next;
    arena_put(f->arena);
    free(f->name);
    free(f);
}

void function_define(const char *name, struct node *body, struct arena *arena)
{
    function_unset(name);
    struct function *f = mem_alloc(sizeof *f);
    *f = (struct function){functions[hash(name)], mem_strdup(name), body, arena_get(arena)};
    functions[hash(name)] = f;
}
