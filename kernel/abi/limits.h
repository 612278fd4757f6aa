// SPDX-License-Identifier: ISC
// Limits that both sides of the system-call boundary must agree on.
#pragma once

#define NAME_MAX           255
#define PATH_MAX           4096
#define PIPE_BUF           4096
#define IOV_MAX            1024
#define ARG_MAX            131072
#define LINK_MAX           127
#define NGROUPS_MAX        65536
#define SYMLOOP_MAX        40
#define ABI_ARG_STRLEN_MAX 131072 // longest single argument of execve
#define ABI_COMM_LEN       16     // thread name with its zero byte
