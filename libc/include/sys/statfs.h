// SPDX-License-Identifier: ISC
#pragma once

#include <abi/stat.h>

int statfs(const char *path, struct statfs *data);
int fstatfs(int fd, struct statfs *data);
