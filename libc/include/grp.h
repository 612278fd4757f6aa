// SPDX-License-Identifier: ISC
#pragma once

#include <abi/types.h>

struct group {
    char *gr_name;
    char *gr_passwd;
    gid_t gr_gid;
    char **gr_mem;
};

struct group *getgrnam(const char *name);
struct group *getgrgid(gid_t gid);
int getgroups(int size, gid_t list[]);
int setgroups(size_t count, const gid_t *list);
int initgroups(const char *user, gid_t group);
