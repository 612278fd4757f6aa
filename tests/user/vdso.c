// SPDX-License-Identifier: ISC
//
// The vDSO: found through AT_SYSINFO_EHDR as a C library finds it, and compared with the calls.
#include "support.h"

#include <abi/auxv.h>
#include <abi/elf.h>
#include <pthread.h>
#include <sys/auxv.h>
#include <sys/time.h>
#include <time.h>

#define THREADS 4

typedef int (*clock_fn)(clockid_t, struct timespec *);
typedef int (*day_fn)(struct timeval *, void *);
typedef time_t (*time_fn)(time_t *);
typedef long (*cpu_fn)(unsigned *, unsigned *, void *);

struct image {
    const char *base, *names;
    const Elf64_Sym *symbols;
    const uint32_t *hash, *gnu_hash;
    const Elf64_Half *versions;
    const Elf64_Verdef *defined;
};

static struct image image_find(void)
{
    struct image image = {.base = (const char *)getauxval(AT_SYSINFO_EHDR)};
    CHECK(image.base != NULL && memcmp(image.base, ELFMAG, SELFMAG) == 0);
    const Elf64_Ehdr *header = (const void *)image.base;
    const Elf64_Phdr *segment = (const void *)(image.base + header->e_phoff);
    const Elf64_Dyn *entry = NULL;
    for (int i = 0; i < header->e_phnum; i++)
        if (segment[i].p_type == PT_DYNAMIC)
            entry = (const void *)(image.base + segment[i].p_offset);
    CHECK(entry != NULL);
    for (; entry->d_tag != DT_NULL; entry++) {
        const void *at = image.base + entry->d_un.d_ptr;
        switch (entry->d_tag) {
        case DT_STRTAB: image.names = at; break;
        case DT_SYMTAB: image.symbols = at; break;
        case DT_HASH: image.hash = at; break;
        case DT_GNU_HASH: image.gnu_hash = at; break;
        case DT_VERSYM: image.versions = at; break;
        case DT_VERDEF: image.defined = at; break;
        }
    }
    CHECK(image.names && image.symbols && image.versions && image.defined);
    CHECK(image.hash || image.gnu_hash);
    return image;
}

static const char *version_name(const struct image *image, unsigned number)
{
    const Elf64_Verdef *v = image->defined;
    while (v->vd_ndx != number && v->vd_next != 0)
        v = (const void *)((const char *)v + v->vd_next);
    const Elf64_Verdaux *name = (const void *)((const char *)v + v->vd_aux);
    return v->vd_ndx == number ? image->names + name->vda_name : "";
}

static bool symbol_is(const struct image *image, unsigned i, const char *name)
{
    const Elf64_Sym *s = &image->symbols[i];
    return s->st_shndx != SHN_UNDEF && strcmp(image->names + s->st_name, name) == 0 &&
           strcmp(version_name(image, image->versions[i] & 0x7fff), "LINUX_2.6") == 0;
}

static unsigned sysv_hash(const char *name)
{
    unsigned h = 0;
    for (; *name; name++) {
        h = (h << 4) + (unsigned char)*name;
        h = (h ^ (h >> 24 & 0xf0)) & 0xfffffff;
    }
    return h;
}

static unsigned gnu_hash(const char *name)
{
    unsigned h = 5381;
    for (; *name; name++)
        h = h * 33 + (unsigned char)*name;
    return h;
}

/* By the System V hash table (gABI, chapter 5); 0 when it is not there. */
static unsigned by_sysv(const struct image *image, const char *name)
{
    const uint32_t *bucket = image->hash + 2, *chain = bucket + image->hash[0];
    unsigned i = bucket[sysv_hash(name) % image->hash[0]];
    while (i != 0 && !symbol_is(image, i, name))
        i = chain[i];
    return i;
}

/* By the GNU one: buckets, bloom words, first symbol; a chain ends with an odd word. */
static unsigned by_gnu(const struct image *image, const char *name)
{
    const uint32_t *t = image->gnu_hash, *bucket = t + 4 + 2 * t[2], *chain = bucket + t[0];
    unsigned h = gnu_hash(name), i = bucket[h % t[0]];
    if (i == 0)
        return 0;
    for (;; i++) {
        if ((chain[i - t[1]] | 1) == (h | 1) && symbol_is(image, i, name))
            return i;
        if (chain[i - t[1]] & 1)
            return 0;
    }
}

static const void *function(const char *name)
{
    struct image image = image_find();
    unsigned i = image.hash ? by_sysv(&image, name) : by_gnu(&image, name);
    CHECK(i != 0);
    return image.base + image.symbols[i].st_value;
}

static clock_fn clock_function(void)
{
    return (clock_fn)function("__vdso_clock_gettime");
}

static int64_t ns_of(struct timespec t)
{
    CHECK(t.tv_nsec >= 0 && t.tv_nsec < 1000000000);
    return t.tv_sec * 1000000000ll + t.tv_nsec;
}

static int64_t by_call(clockid_t clock)
{
    struct timespec t;
    CHECK_EQ(raw_call(SYS_clock_gettime, clock, (long)&t, 0, 0, 0, 0), 0);
    return ns_of(t);
}

static int64_t by_vdso(clock_fn read_clock, clockid_t clock)
{
    struct timespec t;
    CHECK_EQ(read_clock(clock, &t), 0);
    return ns_of(t);
}

TEST(symbols, "the five functions are found in each hash table there is, with version LINUX_2.6")
{
    static const char *const names[] = {"__vdso_clock_gettime", "__vdso_clock_getres",
                                        "__vdso_gettimeofday", "__vdso_time", "__vdso_getcpu"};
    struct image image = image_find();
    for (size_t i = 0; i < COUNT_OF(names); i++) {
        CHECK(image.hash == NULL || by_sysv(&image, names[i]) != 0);
        CHECK(image.gnu_hash == NULL || by_gnu(&image, names[i]) != 0);
    }
    CHECK(image.hash == NULL || by_sysv(&image, "__vdso_nothing") == 0);
    CHECK(image.gnu_hash == NULL || by_gnu(&image, "__vdso_nothing") == 0);
}

TEST(agrees, "each clock, read in turns by the vDSO and by the call, never goes back")
{
    static const clockid_t clocks[] = {CLOCK_REALTIME, CLOCK_MONOTONIC, CLOCK_MONOTONIC_RAW,
                                       CLOCK_BOOTTIME, CLOCK_TAI};
    clock_fn read_clock = clock_function();
    for (size_t i = 0; i < COUNT_OF(clocks); i++) {
        int64_t last = 0;
        for (int round = 0; round < 2000; round++) {
            int64_t a = by_call(clocks[i]), b = by_vdso(read_clock, clocks[i]);
            CHECK(a >= last && b >= a);
            last = b;
        }
    }
}

TEST(coarse, "the coarse clocks are behind the fine ones by less than a second")
{
    clock_fn read_clock = clock_function();
    int64_t coarse = by_vdso(read_clock, CLOCK_MONOTONIC_COARSE);
    int64_t fine = by_vdso(read_clock, CLOCK_MONOTONIC);
    CHECK(coarse <= fine && fine - coarse < 1000000000);
    coarse = by_vdso(read_clock, CLOCK_REALTIME_COARSE);
    fine = by_vdso(read_clock, CLOCK_REALTIME);
    CHECK(coarse <= fine && fine - coarse < 1000000000);
}

TEST(others, "clocks that need the kernel and unknown ones give what the call gives")
{
    clock_fn read_clock = clock_function();
    struct timespec t;
    CHECK(by_vdso(read_clock, CLOCK_PROCESS_CPUTIME_ID) >= 0);
    CHECK(by_vdso(read_clock, CLOCK_THREAD_CPUTIME_ID) >= 0);
    CHECK_EQ(read_clock(10, &t), -EINVAL);
    CHECK_EQ(read_clock(12, &t), -EINVAL);
    CHECK_EQ(read_clock(31, &t), -EINVAL);
    CHECK_EQ(read_clock(32, &t), -EINVAL);
    CHECK_EQ(read_clock(0x7fffffff, &t), -EINVAL);
    CHECK_EQ(read_clock(-1, &t), raw_call(SYS_clock_gettime, -1, (long)&t, 0, 0, 0, 0));
}

TEST(resolutions, "clock_getres says the same both ways, also for unknown clocks and no place")
{
    clock_fn get = (clock_fn)function("__vdso_clock_getres");
    for (int clock = -2; clock < 16; clock++) {
        struct timespec a = {7, 7}, b = {7, 7};
        CHECK_EQ(get(clock, &a), raw_call(SYS_clock_getres, clock, (long)&b, 0, 0, 0, 0));
        CHECK(a.tv_sec == b.tv_sec && a.tv_nsec == b.tv_nsec);
    }
    CHECK_EQ(get(CLOCK_MONOTONIC, NULL), 0);
}

TEST(day, "gettimeofday and time agree with the wall clock, with and without the places to fill")
{
    day_fn day = (day_fn)function("__vdso_gettimeofday");
    time_fn seconds = (time_fn)function("__vdso_time");
    struct timeval t;
    struct timezone zone, same;
    int64_t before = by_call(CLOCK_REALTIME);
    CHECK_EQ(day(&t, &zone), 0);
    int64_t after = by_call(CLOCK_REALTIME), middle = t.tv_sec * 1000000000ll + t.tv_usec * 1000;
    CHECK(t.tv_usec < 1000000 && middle > before - 1000 && middle <= after);
    CHECK_EQ(day(&t, NULL), 0);
    CHECK_EQ(day(NULL, &same), 0);
    CHECK_EQ(zone.tz_minuteswest, same.tz_minuteswest);
    CHECK_EQ(day(NULL, NULL), 0);
    time_t stored = 0, result = seconds(&stored);
    CHECK_EQ(result, stored);
    CHECK(result >= before / 1000000000 - 1 && seconds(NULL) >= result);
}

TEST(bad_pointer, "a bad address is a fault in the program; EFAULT where the kernel had to be asked")
{
    pid_t pid = fork();
    if (pid == 0)
        _exit(clock_function()(CLOCK_MONOTONIC, NOWHERE) == -EFAULT ? 0 : 1);
    int end = child_end(pid);
    CHECK(end == 128 + SIGSEGV || end == 0);
}

TEST(cpu, "getcpu says the CPU that the thread was bound to")
{
    cpu_fn get = (cpu_fn)function("__vdso_getcpu");
    cpu_set_t all, one;
    CHECK(sched_getaffinity(0, sizeof(all), &all) == 0);
    for (int i = 0; i < CPU_SETSIZE; i++) {
        if (!CPU_ISSET(i, &all))
            continue;
        unsigned cpu = 99, node = 99, call_node = 98;
        CPU_ZERO(&one);
        CPU_SET(i, &one);
        CHECK(sched_setaffinity(0, sizeof(one), &one) == 0);
        CHECK_EQ(get(&cpu, &node, NULL), 0);
        CHECK_EQ(cpu, i);
        CHECK(syscall(SYS_getcpu, NULL, &call_node, NULL) == 0);
        CHECK_EQ(node, call_node);
        CHECK_EQ(sched_getcpu(), i);
    }
    CHECK_EQ(get(NULL, NULL, NULL), 0);
}

// --- several CPUs ---------------------------------------------------------------------------------

static int64_t _Atomic newest;
static clock_fn shared_clock;

// Whoever reads the clock after another has told its reading must not read less.
static void *watch(void *unused)
{
    (void)unused;
    for (int i = 0; i < 20000; i++) {
        int64_t seen = newest, now = by_vdso(shared_clock, CLOCK_MONOTONIC);
        CHECK(now >= seen);
        while (now > seen && !__atomic_compare_exchange_n(&newest, &seen, now, false,
                                                          __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST))
            ;
        if (i % 500 == 0)
            sched_yield();
    }
    return NULL;
}

TEST(threads, "what one thread has read no other reads less than")
{
    pthread_t threads[THREADS];
    shared_clock = clock_function();
    for (int i = 0; i < THREADS; i++)
        CHECK(pthread_create(&threads[i], NULL, watch, NULL) == 0);
    for (int i = 0; i < THREADS; i++)
        CHECK(pthread_join(threads[i], NULL) == 0);
}

TEST(migration, "a thread that is moved from CPU to CPU sees time go forward")
{
    cpu_set_t all, one;
    clock_fn read_clock = clock_function();
    int64_t last = 0;
    CHECK(sched_getaffinity(0, sizeof(all), &all) == 0);
    for (int round = 0; round < 50; round++) {
        for (int i = 0; i < CPU_SETSIZE; i++) {
            if (!CPU_ISSET(i, &all))
                continue;
            CPU_ZERO(&one);
            CPU_SET(i, &one);
            CHECK(sched_setaffinity(0, sizeof(one), &one) == 0);
            int64_t now = by_vdso(read_clock, CLOCK_MONOTONIC);
            CHECK(now >= last);
            last = now;
        }
    }
}

// --- the mappings ---------------------------------------------------------------------------------

struct mapping {
    uintptr_t start, end;
    char rights[5];
};

static bool mapping_find(const char *name, struct mapping *m)
{
    char line[256];
    bool found = false;
    FILE *maps = fopen("/proc/self/maps", "r");
    CHECK(maps != NULL);
    while (!found && fgets(line, sizeof(line), maps))
        found = strstr(line, name) && sscanf(line, "%lx-%lx %4s", &m->start, &m->end, m->rights) == 3;
    fclose(maps);
    return found;
}

TEST(maps, "/proc/self/maps names [vvar] and [vdso], which AT_SYSINFO_EHDR points to")
{
    struct mapping code, data;
    CHECK(mapping_find("[vdso]", &code) && mapping_find("[vvar]", &data));
    CHECK_EQ(code.start, getauxval(AT_SYSINFO_EHDR));
    CHECK(strcmp(code.rights, "r-xp") == 0 && strcmp(data.rights, "r--p") == 0);
}

static void read_in_child(void)
{
    CHECK(by_vdso(clock_function(), CLOCK_MONOTONIC) > 0);
}

TEST(forked, "a child and its child use it too")
{
    read_in_child();
    CHECK_EQ(run_child(read_in_child), 0);
    pid_t pid = fork();
    if (pid == 0)
        _exit(run_child(read_in_child));
    CHECK_EQ(child_end(pid), 0);
}

TEST(data_is_read_only, "[vvar] can neither be written nor made writable")
{
    struct mapping data;
    CHECK(mapping_find("[vvar]", &data));
    CHECK_ERR(mprotect((void *)data.start, PAGE, PROT_READ | PROT_WRITE), EACCES);
    pid_t pid = fork();
    if (pid == 0) {
        POKE(data.start, 1);
        _exit(0);
    }
    CHECK_EQ(child_end(pid), 128 + SIGSEGV);
    CHECK_EQ(raw_call(SYS_clock_gettime, 0, data.start, 0, 0, 0, 0), -EFAULT);
}

TEST(code_is_private, "[vdso] may be made writable, as a debugger does; others do not see the change")
{
    struct mapping code;
    CHECK(mapping_find("[vdso]", &code));
    unsigned char *last = (unsigned char *)code.start + PAGE - 1, before = PEEK(last);
    pid_t pid = fork();
    if (pid == 0) {
        CHECK(mprotect((void *)code.start, code.end - code.start, PROT_READ | PROT_WRITE) == 0);
        POKE(last, before + 1);
        CHECK_EQ(PEEK(last), (unsigned char)(before + 1));
        _exit(0);
    }
    CHECK_EQ(child_end(pid), 0);
    CHECK_EQ(PEEK(last), before);
}

static void live_without(void)
{
    struct mapping code, data;
    CHECK(mapping_find("[vdso]", &code) && mapping_find("[vvar]", &data));
    CHECK(munmap((void *)code.start, code.end - code.start) == 0);
    CHECK(munmap((void *)data.start, data.end - data.start) == 0);
    CHECK(!mapping_find("[vdso]", &code));
    CHECK(by_call(CLOCK_MONOTONIC) > 0);
    pid_t pid = fork();
    if (pid == 0) {
        struct timespec t;
        clock_gettime(CLOCK_MONOTONIC, &t);
        _exit(0);
    }
    CHECK_EQ(child_end(pid), 128 + SIGSEGV);
}

TEST(unmapped, "a program may unmap both; the calls are still there")
{
    CHECK_EQ(run_child(live_without), 0);
}
