// SPDX-License-Identifier: ISC
/*
 * The vDSO: calls that need no kernel, as a shared library in a page that every process has (names,
 * version and ELF form: man 7 vdso). It runs in user mode and reads the page before it, [vvar], which
 * the kernel writes. What it cannot answer it asks the kernel, with the arguments as they came.
 *
 * A bad pointer faults here, in the program, where the system call would return EFAULT; so it is on
 * Linux.
 */
#include "abi/errno.h"
#include "abi/syscall.h"
#include "abi/time.h"
#include "x86/vdso/vdso.h"

#define NSEC_PER_SEC 1000000000u
#define COARSE_NS    4000000

#define BIT(clock)  (1u << (clock))
#define COARSE      (BIT(CLOCK_REALTIME_COARSE) | BIT(CLOCK_MONOTONIC_COARSE))
#define ANSWERED                                                                                   \
    (BIT(CLOCK_REALTIME) | BIT(CLOCK_MONOTONIC) | BIT(CLOCK_MONOTONIC_RAW) | BIT(CLOCK_BOOTTIME) | \
     BIT(CLOCK_TAI) | COARSE)

extern const volatile struct vdso_data vdso_data __attribute__((visibility("hidden"))); // vdso.lds

static long ask_kernel(long number, long a, const void *b)
{
    long result;

    asm volatile("syscall" : "=a"(result) : "a"(number), "D"(a), "S"(b) : "rcx", "r11", "memory");
    return result;
}

static inline int is_answered(int clock)
{
    return (unsigned)clock < VDSO_CLOCKS && ANSWERED & BIT(clock);
}

/*
 * False: the TSC is not the clock. LFENCE keeps RDTSC behind what came before, or two threads that
 * hand over a reading could see time go back. x86 keeps loads in order, so the compiler's order
 * (volatile) is all that the counter needs.
 */
static inline int read_clock(int clock, uint64_t *ns)
{
    uint32_t sequence;

    do {
        while (__builtin_expect((sequence = vdso_data.sequence) & 1, 0))
            asm volatile("pause");
        if (__builtin_expect(!vdso_data.usable, 0))
            return 0;
        uint32_t low, high;
        asm volatile("lfence; rdtsc" : "=a"(low), "=d"(high)::"memory");
        uint64_t ticks = ((uint64_t)high << 32 | low) - vdso_data.tsc_start;
        *ns = ((unsigned __int128)ticks * vdso_data.ns_per_tick >> 32) + vdso_data.offset[clock];
    } while (__builtin_expect(vdso_data.sequence != sequence, 0));
    return 1;
}

int __vdso_clock_gettime(int clock, struct timespec *now);
int __vdso_clock_getres(int clock, struct timespec *resolution);
int __vdso_gettimeofday(struct timeval *now, void *zone);
time_t __vdso_time(time_t *now);
long __vdso_getcpu(unsigned *cpu, unsigned *node, void *unused);

int __vdso_clock_gettime(int clock, struct timespec *now)
{
    uint64_t ns;

    if (__builtin_expect(!is_answered(clock) || !read_clock(clock, &ns), 0))
        return (int)ask_kernel(SYS_clock_gettime, clock, now);
    now->tv_sec = ns / NSEC_PER_SEC;
    now->tv_nsec = ns % NSEC_PER_SEC;
    return 0;
}

int __vdso_clock_getres(int clock, struct timespec *resolution)
{
    if (!is_answered(clock) || !vdso_data.usable)
        return (int)ask_kernel(SYS_clock_getres, clock, resolution);
    if (resolution)
        *resolution = (struct timespec){0, COARSE & BIT(clock) ? COARSE_NS : 1};
    return 0;
}

int __vdso_gettimeofday(struct timeval *now, void *zone)
{
    uint64_t ns;

    if (zone || !now || !read_clock(CLOCK_REALTIME, &ns))
        return (int)ask_kernel(SYS_gettimeofday, (long)now, zone);
    now->tv_sec = ns / NSEC_PER_SEC;
    now->tv_usec = ns % NSEC_PER_SEC / 1000;
    return 0;
}

time_t __vdso_time(time_t *now)
{
    uint64_t ns;

    if (!read_clock(CLOCK_REALTIME, &ns))
        return ask_kernel(SYS_time, (long)now, 0);
    time_t seconds = ns / NSEC_PER_SEC;
    if (now)
        *now = seconds;
    return seconds;
}

/* LSL is there on every CPU and needs no MSR; RDPID would spare a few cycles where there is one. */
long __vdso_getcpu(unsigned *cpu, unsigned *node, void *unused)
{
    unsigned number;

    (void)unused;
    asm volatile("lsl %1, %0" : "=r"(number) : "r"(CPU_NUMBER_SEL));
    if (cpu)
        *cpu = number & CPU_NUMBER_MASK;
    if (node)
        *node = number / (CPU_NUMBER_MASK + 1);
    return 0;
}
