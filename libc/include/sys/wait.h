// SPDX-License-Identifier: ISC
#pragma once

#include <abi/resource.h>
#include <abi/signal.h>
#include <abi/wait.h>

typedef enum { IDTYPE_ALL = P_ALL, IDTYPE_PID = P_PID, IDTYPE_PGID = P_PGID } idtype_t;

#define WAIT_ANY    (-1)
#define WAIT_MYPGRP 0

pid_t wait(int *status);
pid_t waitpid(pid_t pid, int *status, int options);
pid_t wait3(int *status, int options, struct rusage *usage);
pid_t wait4(pid_t pid, int *status, int options, struct rusage *usage);
int waitid(idtype_t type, id_t id, siginfo_t *info, int options);
