// SPDX-License-Identifier: ISC
#pragma once

#include <abi/sched.h>
#include <abi/types.h>

#define CPU_SETSIZE 1024

typedef struct {
    unsigned long bits[CPU_SETSIZE / 64];
} cpu_set_t;

#define CPU_ZERO(set)       (*(set) = (cpu_set_t){{0}})
#define CPU_SET(cpu, set)   ((void)((set)->bits[(cpu) / 64] |= 1UL << ((cpu) % 64)))
#define CPU_CLR(cpu, set)   ((void)((set)->bits[(cpu) / 64] &= ~(1UL << ((cpu) % 64))))
#define CPU_ISSET(cpu, set) (((set)->bits[(cpu) / 64] >> ((cpu) % 64) & 1) != 0)
#define CPU_COUNT(set)      __cpu_count(set)

int __cpu_count(const cpu_set_t *set);

// run(arg) starts on the given stack top; further arguments as in clone(2): ptid, tls, ctid.
int clone(int (*run)(void *), void *stack, int flags, void *arg, ...);
int unshare(int flags);
int sched_yield(void);
int sched_get_priority_max(int policy);
int sched_get_priority_min(int policy);
int sched_getparam(pid_t pid, struct sched_param *param);
int sched_setparam(pid_t pid, const struct sched_param *param);
int sched_getscheduler(pid_t pid);
int sched_setscheduler(pid_t pid, int policy, const struct sched_param *param);
int sched_rr_get_interval(pid_t pid, struct timespec *interval);
int sched_getaffinity(pid_t pid, size_t size, cpu_set_t *set);
int sched_setaffinity(pid_t pid, size_t size, const cpu_set_t *set);
int sched_getcpu(void);
