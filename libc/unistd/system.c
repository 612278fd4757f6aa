// SPDX-License-Identifier: ISC
// The machine and its limits: resources, scheduling, names, the kernel log, randomness.
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/klog.h>
#include <sys/random.h>
#include <sys/reboot.h>
#include <sys/resource.h>
#include <sys/sysinfo.h>
#include <sys/times.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "internal/libc.h"

int getrlimit(int resource, struct rlimit *limit)
{
    return prlimit(0, resource, NULL, limit);
}

int setrlimit(int resource, const struct rlimit *limit)
{
    return prlimit(0, resource, limit, NULL);
}

int prlimit(pid_t pid, int resource, const struct rlimit *limit, struct rlimit *old)
{
    return (int)__syscall_ret(SYS4(SYS_prlimit64, pid, resource, limit, old));
}

int getrusage(int who, struct rusage *usage)
{
    return (int)__syscall_ret(SYS2(SYS_getrusage, who, usage));
}

// The system call gives 1 to 40, so that -20 is no error.
int getpriority(int which, id_t who)
{
    long result = __syscall_ret(SYS2(SYS_getpriority, which, who));
    return result < 0 ? -1 : 20 - (int)result;
}

int setpriority(int which, id_t who, int priority)
{
    return (int)__syscall_ret(SYS3(SYS_setpriority, which, who, priority));
}

int nice(int change)
{
    int priority = getpriority(PRIO_PROCESS, 0) + change;
    if (setpriority(PRIO_PROCESS, 0, priority) != 0) {
        if (errno == EACCES)
            errno = EPERM;
        return -1;
    }
    return getpriority(PRIO_PROCESS, 0);
}

int sched_yield(void)
{
    return (int)__syscall_ret(SYS0(SYS_sched_yield));
}

int sched_get_priority_max(int policy)
{
    return (int)__syscall_ret(SYS1(SYS_sched_get_priority_max, policy));
}

int sched_get_priority_min(int policy)
{
    return (int)__syscall_ret(SYS1(SYS_sched_get_priority_min, policy));
}

int sched_getparam(pid_t pid, struct sched_param *param)
{
    return (int)__syscall_ret(SYS2(SYS_sched_getparam, pid, param));
}

int sched_setparam(pid_t pid, const struct sched_param *param)
{
    return (int)__syscall_ret(SYS2(SYS_sched_setparam, pid, param));
}

int sched_getscheduler(pid_t pid)
{
    return (int)__syscall_ret(SYS1(SYS_sched_getscheduler, pid));
}

int sched_setscheduler(pid_t pid, int policy, const struct sched_param *param)
{
    return (int)__syscall_ret(SYS3(SYS_sched_setscheduler, pid, policy, param));
}

int sched_rr_get_interval(pid_t pid, struct timespec *interval)
{
    return (int)__syscall_ret(SYS2(SYS_sched_rr_get_interval, pid, interval));
}

// The kernel writes as many bytes as it has CPUs for; the rest of the set is cleared here.
int sched_getaffinity(pid_t pid, size_t size, cpu_set_t *set)
{
    long written = __syscall_ret(SYS3(SYS_sched_getaffinity, pid, size, set));
    if (written < 0)
        return -1;
    memset((char *)set + written, 0, size - (size_t)written);
    return 0;
}

int sched_setaffinity(pid_t pid, size_t size, const cpu_set_t *set)
{
    return (int)__syscall_ret(SYS3(SYS_sched_setaffinity, pid, size, set));
}

int sched_getcpu(void)
{
    unsigned cpu;
    return __syscall_ret(__vdso_cpu(&cpu, NULL, NULL)) < 0 ? -1 : (int)cpu;
}

int unshare(int flags)
{
    return (int)__syscall_ret(SYS1(SYS_unshare, flags));
}

int __cpu_count(const cpu_set_t *set)
{
    int count = 0;
    for (int cpu = 0; cpu < CPU_SETSIZE; cpu++)
        count += CPU_ISSET(cpu, set);
    return count;
}

int get_nprocs(void)
{
    cpu_set_t set;
    return sched_getaffinity(0, sizeof(set), &set) == 0 ? CPU_COUNT(&set) : 1;
}

int get_nprocs_conf(void)
{
    return get_nprocs();
}

int uname(struct utsname *name)
{
    return (int)__syscall_ret(SYS1(SYS_uname, name));
}

static int name_copy(char *to, size_t size, const char *from)
{
    if (strlen(from) >= size) {
        errno = ENAMETOOLONG;
        return -1;
    }
    strcpy(to, from);
    return 0;
}

int gethostname(char *name, size_t size)
{
    struct utsname names;
    return uname(&names) != 0 ? -1 : name_copy(name, size, names.nodename);
}

int getdomainname(char *name, size_t size)
{
    struct utsname names;
    return uname(&names) != 0 ? -1 : name_copy(name, size, names.domainname);
}

int sethostname(const char *name, size_t size)
{
    return (int)__syscall_ret(SYS2(SYS_sethostname, name, size));
}

int sysinfo(struct sysinfo *info)
{
    return (int)__syscall_ret(SYS1(SYS_sysinfo, info));
}

int getloadavg(double *loads, int count)
{
    struct sysinfo info;
    if (sysinfo(&info) != 0)
        return -1;
    if (count > 3)
        count = 3;
    for (int i = 0; i < count; i++)
        loads[i] = (double)info.loads[i] / (1 << SI_LOAD_SHIFT);
    return count;
}

int reboot(int command)
{
    return (int)__syscall_ret(
        SYS3(SYS_reboot, LINUX_REBOOT_MAGIC1, LINUX_REBOOT_MAGIC2, (unsigned)command));
}

int klogctl(int action, char *data, int size)
{
    return (int)__syscall_ret(SYS3(SYS_syslog, action, data, size));
}

int acct(const char *path)
{
    return (int)__syscall_ret(SYS1(SYS_acct, path));
}

int vhangup(void)
{
    return (int)__syscall_ret(SYS0(SYS_vhangup));
}

ssize_t getrandom(void *data, size_t size, unsigned flags)
{
    return __syscall_ret(SYS3(SYS_getrandom, data, size, flags));
}

int getentropy(void *data, size_t size)
{
    if (size > 256) {
        errno = EIO;
        return -1;
    }
    for (size_t got = 0; got < size;) {
        ssize_t more = getrandom((char *)data + got, size - got, 0);
        if (more < 0 && errno != EINTR)
            return -1;
        got += more > 0 ? (size_t)more : 0;
    }
    return 0;
}

clock_t times(struct tms *times)
{
    return SYS1(SYS_times, times);
}

int getpagesize(void)
{
    return (int)PAGE;
}

static long limit_value(int resource)
{
    struct rlimit limit;
    if (getrlimit(resource, &limit) != 0 || limit.rlim_cur == RLIM_INFINITY)
        return -1;
    return (long)limit.rlim_cur;
}

static long memory_pages(int free_only)
{
    struct sysinfo info;
    if (sysinfo(&info) != 0)
        return -1;
    return (long)((free_only ? info.freeram : info.totalram) * info.mem_unit / PAGE);
}

long sysconf(int name)
{
    switch (name) {
    case _SC_ARG_MAX: {
        long stack = limit_value(RLIMIT_STACK);
        return stack / 4 > ARG_MAX ? stack / 4 : ARG_MAX;
    }
    case _SC_CHILD_MAX:
        return limit_value(RLIMIT_NPROC);
    case _SC_CLK_TCK:
        return ABI_CLK_TCK;
    case _SC_NGROUPS_MAX:
        return NGROUPS_MAX;
    case _SC_OPEN_MAX:
        return limit_value(RLIMIT_NOFILE);
    case _SC_PAGESIZE:
        return (long)PAGE;
    case _SC_IOV_MAX:
        return IOV_MAX;
    case _SC_GETPW_R_SIZE_MAX:
        return 1024;
    case _SC_NPROCESSORS_CONF:
        return get_nprocs_conf();
    case _SC_NPROCESSORS_ONLN:
        return get_nprocs();
    case _SC_PHYS_PAGES:
        return memory_pages(0);
    case _SC_AVPHYS_PAGES:
        return memory_pages(1);
    case _SC_SYMLOOP_MAX:
        return -1;
    case _SC_HOST_NAME_MAX:
        return HOST_NAME_MAX;
    }
    errno = EINVAL;
    return -1;
}

long pathconf(const char *path, int name)
{
    (void)path;
    return fpathconf(-1, name);
}

long fpathconf(int fd, int name)
{
    (void)fd;
    switch (name) {
    case _PC_NAME_MAX:
        return NAME_MAX;
    case _PC_PATH_MAX:
        return PATH_MAX;
    case _PC_PIPE_BUF:
        return PIPE_BUF;
    }
    errno = EINVAL;
    return -1;
}
