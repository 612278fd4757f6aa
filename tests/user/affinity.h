// SPDX-License-Identifier: ISC
// For tests that care where they run: the CPUs that this program may use, and threads bound to them.
#ifndef TESTS_USER_AFFINITY_H
#define TESTS_USER_AFFINITY_H

#include "support.h"

#include <pthread.h>

// What the test may use, as it was before it bound itself; filled by cpus() once.
static cpu_set_t allowed;

HELPER int cpus(void)
{
    static int count;
    if (!count) {
        CHECK(sched_getaffinity(0, sizeof(allowed), &allowed) == 0);
        count = CPU_COUNT(&allowed);
    }
    return count;
}

// Number of the n-th allowed CPU, modulo how many there are.
HELPER int cpu_number(int n)
{
    int count = cpus(), cpu = 0;
    for (n %= count; !CPU_ISSET(cpu, &allowed) || n-- > 0; cpu++)
        ;
    return cpu;
}

HELPER void bind_to(pid_t thread, int cpu)
{
    cpu_set_t set;
    CPU_ZERO(&set);
    CPU_SET(cpu, &set);
    CHECK(sched_setaffinity(thread, sizeof(set), &set) == 0);
}

HELPER void unbind(void)
{
    long all = -1;
    CHECK(raw_call(SYS_sched_setaffinity, 0, sizeof(all), (long)&all, 0, 0, 0) == 0);
}

HELPER int running_on(void)
{
    unsigned cpu = ~0u;
    CHECK(raw_call(SYS_getcpu, (long)&cpu, 0, 0, 0, 0, 0) == 0);
    return cpu;
}

HELPER pthread_t start(void *(*function)(void *), void *argument)
{
    pthread_t thread;
    CHECK(pthread_create(&thread, NULL, function, argument) == 0);
    return thread;
}

#endif
