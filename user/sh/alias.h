// SPDX-License-Identifier: ISC
#ifndef SH_ALIAS_H
#define SH_ALIAS_H

const char *alias_find(const char *name); // its text, or NULL
int builtin_alias(int argc, char **argv);
int builtin_unalias(int argc, char **argv);

#endif
