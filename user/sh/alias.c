// SPDX-License-Identifier: ISC
//
// Aliases: a list sorted by name.

#include "alias.h"

#include <stdlib.h>
#include <string.h>

#include "sh.h"

struct alias {
    struct alias *next;
    char *name, *text;
};

static struct alias *aliases;

// Where the alias is, or would be inserted.
static struct alias **find(const char *name)
{
    struct alias **link = &aliases;
    while (*link && strcmp((*link)->name, name) < 0)
        link = &(*link)->next;
    return link;
}

static bool is_at(struct alias **link, const char *name)
{
    return *link && strcmp((*link)->name, name) == 0;
}

const char *alias_find(const char *name)
{
    struct alias **link = find(name);
    return is_at(link, name) ? (*link)->text : NULL;
}

static void define(const char *name, const char *text)
{
    struct alias **link = find(name);
    if (is_at(link, name)) {
        free((*link)->text);
        (*link)->text = mem_strdup(text);
        return;
    }
    struct alias *alias = mem_alloc(sizeof *alias);
    *alias = (struct alias){*link, mem_strdup(name), mem_strdup(text)};
    *link = alias;
}

static bool delete (const char *name)
{
    struct alias **link = find(name), *alias = *link;
    if (!is_at(link, name))
        return false;
    *link = alias->next;
    free(alias->name);
    free(alias->text);
    free(alias);
    return true;
}

static void print(const struct alias *alias)
{
    out_string(alias->name);
    out_string("=");
    out_quoted(alias->text);
    out_string("\n");
}

int builtin_alias(int argc, char **argv)
{
    int status = 0;
    for (struct alias *alias = aliases; alias && argc == 1; alias = alias->next)
        print(alias);
    for (int i = 1; i < argc; i++) {
        char *equals = strchr(argv[i], '=');
        struct alias **link = find(argv[i]);
        if (equals && equals != argv[i]) {
            define(arena_strndup(&temp, argv[i], (size_t)(equals - argv[i])), equals + 1);
        } else if (is_at(link, argv[i])) {
            print(*link);
        } else {
            sh_warn("alias: %s not found", argv[i]);
            status = 1;
        }
    }
    return status;
}

int builtin_unalias(int argc, char **argv)
{
    int status = 0;
    for (int i = 1; i < argc; i++) {
        if (strcmp(argv[i], "-a") == 0) {
            while (aliases)
                delete (aliases->name);
        } else if (!delete (argv[i])) {
            sh_warn("unalias: %s not found", argv[i]);
            status = 1;
        }
    }
    return status;
}
