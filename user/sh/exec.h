// SPDX-License-Identifier: ISC
#ifndef SH_EXEC_H
#define SH_EXEC_H

#include "ast.h"

// This process has nothing to do after the node: a command may replace it instead of being forked.
#define EXEC_LAST 1

// Runs a tree (NULL is an empty command); the result is its status, also in sh.status.
int exec_node(struct node *node, int flags);
// Runs a tree in a subshell; what it writes, without the newlines at its end, in `temp`.
char *exec_capture(struct node *body);
// In a child just forked, or in place of a shell that has nothing else to do.
_Noreturn void exec_subshell(struct node *body, struct redir *redirs);
// Leaves all function calls, for an error that goes back to the prompt.
void exec_unwind(void);

// simple.c
int exec_simple(struct node *node, int flags);
// Runs a command that is not a function: for `command`.
int exec_plain(int argc, char **argv);
// Replaces this process; comes back only in an interactive shell, with the status for $?.
int exec_replace(char **argv);
// The file that a command name stands for, in `temp`; NULL where there is none.
const char *exec_find_program(const char *name);

struct function;
int exec_function(struct function *function, int argc, char **argv);
extern unsigned exec_captures; // how many substitutions ran: whether one gave the status

// redir.c
bool redir_push(const struct redir *redirs); // false after a message
void redir_pop(void);
void redir_pop_all(void);
bool redir_apply(const struct redir *redirs); // for good: `exec`, and children
int redir_move_up(int fd);                    // out of the way of a script's descriptors

#endif
