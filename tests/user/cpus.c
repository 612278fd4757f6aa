// SPDX-License-Identifier: ISC
// What is told about CPUs in /proc and /sys, and how often CPUs interrupt one another. The figures of
// the latter are Braid's own (/proc/braid/counts): on Linux those tests only do what they measure.
#include "affinity.h"

#include <dirent.h>
#include <stdatomic.h>
#include <time.h>

static char text[65536];

static const char *contents(const char *name)
{
    size_t length = 0;
    ssize_t count;
    int fd = open(name, O_RDONLY);
    CHECK(fd >= 0);
    while ((count = read(fd, text + length, sizeof(text) - 1 - length)) > 0)
        length += (size_t)count;
    CHECK(count == 0 && close(fd) == 0);
    text[length] = 0;
    return text;
}

// The line of `text` that begins with WORD after blanks: what follows it, or NULL.
static const char *line_of(const char *word)
{
    for (const char *line = text; *line;) {
        const char *at = line + strspn(line, " ");
        if (!strncmp(at, word, strlen(word)))
            return at + strlen(word);
        line = strchr(line, '\n');
        line = line ? line + 1 : "";
    }
    return NULL;
}

// --- what is told ---------------------------------------------------------------------------------

static int count_lines(const char *word)
{
    int count = 0;
    for (const char *at = text; (at = strstr(at, word)); at += strlen(word))
        count += at == text || at[-1] == '\n';
    return count;
}

TEST(cpuinfo, "cpuinfo has a processor entry for each CPU that may run this program, at least")
{
    contents("/proc/cpuinfo");
    CHECK(count_lines("processor\t: ") >= cpus());
    CHECK(count_lines("flags\t\t: ") == count_lines("processor\t: "));
}

// The highest number in a list such as 0-3,5.
static int last_number(const char *list)
{
    const char *at = list + strlen(list);
    while (at > list && strchr("0123456789\n", at[-1]))
        at--;
    return atoi(at);
}

TEST(sysfs, "online, possible and present are lists of CPUs; each CPU has a directory")
{
    char name[64];
    struct stat status;
    int online = last_number(contents("/sys/devices/system/cpu/online"));
    CHECK(online + 1 >= cpus());
    CHECK(last_number(contents("/sys/devices/system/cpu/present")) >= online);
    CHECK(last_number(contents("/sys/devices/system/cpu/possible")) >= online);
    for (int i = 0; i < cpus(); i++) {
        snprintf(name, sizeof(name), "/sys/devices/system/cpu/cpu%d", cpu_number(i));
        CHECK(stat(name, &status) == 0 && S_ISDIR(status.st_mode));
    }
    CHECK(sysconf(_SC_NPROCESSORS_ONLN) >= 1);
    CHECK(sysconf(_SC_NPROCESSORS_CONF) >= sysconf(_SC_NPROCESSORS_ONLN));
}

TEST(getcpu, "getcpu tells the CPU that a thread is bound to, and its node")
{
    for (int i = 0; i < cpus(); i++) {
        unsigned cpu = ~0u, node = ~0u;
        bind_to(0, cpu_number(i));
        CHECK(raw_call(SYS_getcpu, (long)&cpu, (long)&node, 0, 0, 0, 0) == 0);
        CHECK((int)cpu == cpu_number(i) && node < 64);
        CHECK(raw_call(SYS_getcpu, 0, 0, 0, 0, 0, 0) == 0);
    }
    CHECK(raw_call(SYS_getcpu, (long)NOWHERE, 0, 0, 0, 0, 0) == -EFAULT);
}

struct share {
    unsigned long user, nice, system, idle;
};

static struct share share_of(int cpu)
{
    struct share s;
    char word[16];
    contents("/proc/stat");
    snprintf(word, sizeof(word), "cpu%d ", cpu);
    const char *line = line_of(word);
    CHECK(line && sscanf(line, "%lu %lu %lu %lu", &s.user, &s.nice, &s.system, &s.idle) == 4);
    return s;
}

TEST(stat_each_cpu, "the time of a program that computes is counted where it runs, as user time")
{
    for (int i = 0; i < cpus() && i < 2; i++) {
        int cpu = cpu_number(i);
        bind_to(0, cpu);
        struct share before = share_of(cpu), now;
        do {
            for (volatile unsigned n = 0; n < 1000000; n++)
                ;
            now = share_of(cpu);
            CHECK(now.user >= before.user && now.nice >= before.nice && now.system >= before.system);
        } while (now.user + now.nice < before.user + before.nice + 5);
    }
}

// Numbers of a line of /proc/interrupts, one for each CPU that is online.
static int numbers_of(const char *word, unsigned long *sum)
{
    int count = 0;
    char *end;
    const char *at = line_of(word);
    CHECK(at);
    *sum = 0;
    for (unsigned long n = strtoul(at, &end, 10); end != at; n = strtoul(at, &end, 10)) {
        *sum += n;
        count++;
        at = end;
    }
    return count;
}

TEST(interrupts, "interrupts has a column for each CPU, and lines for the timer, IPIs and shoot-downs")
{
    static const char *const lines[] = {"LOC:", "RES:", "CAL:", "TLB:"};
    unsigned long sum, before;
    contents("/proc/interrupts");
    int columns = 0;
    for (const char *at = text; (at = strstr(at, "CPU")); at += 3)
        columns++;
    for (size_t i = 0; i < COUNT_OF(lines); i++)
        CHECK(numbers_of(lines[i], &sum) == columns);
    numbers_of("LOC:", &before);
    struct timespec ms = {.tv_nsec = 1000000};
    do { // each sleep ends with an interrupt of the timer
        CHECK(nanosleep(&ms, NULL) == 0);
        contents("/proc/interrupts");
        numbers_of("LOC:", &sum);
    } while (sum < before + 5);
}

// --- shoot-downs ----------------------------------------------------------------------------------

struct counts {
    long flushes, shootdowns, interrupts; // -1: not told
};

static long count_of(const char *name)
{
    const char *line = line_of(name);
    return line ? atol(line) : -1;
}

static struct counts counts(void)
{
    if (access("/proc/braid/counts", R_OK))
        return (struct counts){-1, -1, -1};
    contents("/proc/braid/counts");
    return (struct counts){count_of("tlb_flushes "), count_of("tlb_shootdowns "), count_of("tlb_interrupts ")};
}

#define MIB4 (1024 * PAGE)

static unsigned char *touched(size_t size)
{
    unsigned char *memory = private_memory(size + 2 * PAGE);
    for (size_t at = 0; at < size + 2 * PAGE; at += PAGE)
        memory[at] = 1;
    return memory + PAGE; // with a page before and one behind, so that page tables stay
}

static unsigned char *region;
static size_t region_size;

static void unmap_it(void)
{
    CHECK(munmap(region, region_size) == 0);
}

static void protect_it(void)
{
    CHECK(mprotect(region, region_size, PROT_READ) == 0);
}

static void discard_it(void)
{
    CHECK(madvise(region, region_size, MADV_DONTNEED) == 0);
}

static void (*const operations[])(void) = {unmap_it, protect_it, discard_it};

// Shoot-downs of one operation on `size` bytes.
static long measure(void (*operation)(void), size_t size)
{
    region = touched(size);
    region_size = size;
    struct counts before = counts();
    operation();
    struct counts after = counts();
    return after.shootdowns - before.shootdowns;
}

TEST(alone, "munmap, mprotect and madvise in a process with one thread interrupt no other CPU")
{
    bind_to(0, cpu_number(0));
    counts();
    for (size_t i = 0; i < COUNT_OF(operations); i++)
        CHECK(measure(operations[i], 4 * PAGE) == 0);
}

static _Atomic bool stop, spins;

static void *spin(void *unused)
{
    (void)unused;
    bind_to(0, cpu_number(1));
    spins = true;
    while (!stop)
        __asm__ volatile("pause");
    return NULL;
}

TEST(once_each, "munmap, mprotect and madvise of 4 MiB interrupt the CPU that runs another thread once")
{
    int expected = cpus() > 1;
    bind_to(0, cpu_number(0));
    counts();
    pthread_t thread = start(spin, NULL);
    while (!spins)
        sched_yield();
    for (size_t i = 0; i < COUNT_OF(operations); i++) {
        long found;
        int tries = 0;
        do { // fewer only if a thread of the kernel's own happened to run there
            found = measure(operations[i], MIB4);
            CHECK(found <= expected);
        } while (found != expected && ++tries < 20);
        CHECK(found == expected || access("/proc/braid/counts", R_OK) != 0);
    }
    stop = true;
    CHECK(pthread_join(thread, NULL) == 0);
}

TEST(nothing_there, "memory that was never touched is unmapped and protected without any flush")
{
    struct counts before, after;
    for (unsigned round = 0; round < 2; round++) { // the first makes page tables this process's own
        unsigned char *memory = private_memory(MIB4);
        before = counts();
        CHECK(mprotect(memory, MIB4 / 2, PROT_READ) == 0);
        CHECK(madvise(memory, MIB4, MADV_DONTNEED) == 0);
        CHECK(munmap(memory, MIB4) == 0);
        after = counts();
    }
    CHECK(after.flushes == before.flushes && after.shootdowns == before.shootdowns);
}

TEST(rights_gained, "memory that may be used in more ways than before is not flushed")
{
    unsigned char *memory = touched(16 * PAGE);
    CHECK(mprotect(memory, 16 * PAGE, PROT_READ) == 0);
    counts();
    struct counts before = counts();
    CHECK(mprotect(memory, 16 * PAGE, PROT_READ | PROT_WRITE) == 0);
    struct counts after = counts();
    CHECK(after.shootdowns == before.shootdowns && after.flushes == before.flushes);
    memory[0] = 2;
}
