// SPDX-License-Identifier: ISC
#ifndef SH_VARS_H
#define SH_VARS_H

#include "mem.h"

#include <stdbool.h>

enum var_flag { VAR_EXPORT = 1, VAR_READONLY = 2 };

void vars_init(char **environment);
const char *var_get(const char *name);             // NULL where unset
void var_set(const char *name, const char *value); // a readonly variable is an error that aborts
bool var_unset(const char *name);                  // false where readonly
void var_add_flags(const char *name, int flags);
bool var_is_name(const char *text);
char **vars_environment(struct arena *arena);
// Prints variables in the order of their names: all (flags 0, `set`) or those with a flag.
void vars_print(const char *command, int flags);

// Scopes: what var_local names gets its old state back at the pop.
void vars_push_scope(void);
void vars_pop_scope(void);
bool vars_have_scope(void);
void vars_pop_all(void);
void var_local(const char *name);

// Functions of the shell.
struct node;
struct arena;
struct function {
    struct function *next;
    char *name;
    struct node *body;
    struct arena *arena;
};
void function_define(const char *name, struct node *body, struct arena *arena);
struct function *function_find(const char *name);
void function_unset(const char *name);

#endif
