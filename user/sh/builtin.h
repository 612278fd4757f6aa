// SPDX-License-Identifier: ISC
#ifndef SH_BUILTIN_H
#define SH_BUILTIN_H

#include <stdbool.h>

enum {
    BUILTIN_SPECIAL = 1,  // found before functions; errors end a script; assignments stay
    BUILTIN_DECLARES = 2, // arguments NAME=VALUE are assignments: not split
};

struct builtin {
    const char *name;
    int (*run)(int argc, char **argv);
    int flags;
};

const struct builtin *builtin_find(const char *name);
const char *builtin_name(int index); // NULL after the last; for completion

// A message for an error that ends a script when the built-in is a special one; the result is 2.
int builtin_error(const char *format, ...) __attribute__((format(printf, 1, 2)));
bool builtin_number(const char *text, long *number); // decimal, nothing after it

void getopts_reset(void); // OPTIND was assigned

int builtin_exec(int argc, char **argv);

// vars_builtin.c
int builtin_export(int argc, char **argv);
int builtin_readonly(int argc, char **argv);
int builtin_local(int argc, char **argv);
int builtin_set(int argc, char **argv);
int builtin_shift(int argc, char **argv);
int builtin_unset(int argc, char **argv);
int builtin_getopts(int argc, char **argv);
// read_builtin.c
int builtin_read(int argc, char **argv);
// print_builtin.c
int builtin_echo(int argc, char **argv);
int builtin_printf(int argc, char **argv);
// test_builtin.c
int builtin_test(int argc, char **argv);
// job_builtin.c
int builtin_jobs(int argc, char **argv);
int builtin_fg(int argc, char **argv);
int builtin_bg(int argc, char **argv);
int builtin_wait(int argc, char **argv);
int builtin_kill(int argc, char **argv);
// system_builtin.c
int builtin_cd(int argc, char **argv);
int builtin_pwd(int argc, char **argv);
int builtin_umask(int argc, char **argv);
int builtin_ulimit(int argc, char **argv);
int builtin_times(int argc, char **argv);
// edit
int builtin_history(int argc, char **argv);

#endif
