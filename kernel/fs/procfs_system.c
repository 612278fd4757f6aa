// SPDX-License-Identifier: ISC
/* /proc: the files of the machine as a whole, and /proc/braid, which Linux does not have. */
#include "abi/errno.h"
#include "fs/procfs.h"
#include "lib/params.h"
#include "lib/printf.h"
#include "lib/string.h"
#include "mm/frame.h"
#include "mm/heap.h"
#include "mm/kstack.h"
#include "sched/kthread.h"
#include "sched/sched.h"
#include "task/uts.h"
#include "x86/clock.h"
#include "x86/cpu.h"

#define KIB(frames) ((frames) * (PAGE_SIZE / 1024))

// --- memory --------------------------------------------------------------------------------------

static void show_kib(struct text *t, const char *name, size_t kib)
{
    text_printf(t, "%-16s%8lu kB\n", name, kib);
}

static int show_meminfo(struct gen_node *n, struct text *t)
{
    (void)n;
    size_t total = frame_count_total(), free = frame_count_free(), cached = memobj_cached_frames();
    size_t tables = vm_table_count(), slab = heap_frames(),
           stacks = kstack_count() * KSTACK_SIZE / 1024;
    size_t known = free + cached + tables + slab + stacks / 4;
    show_kib(t, "MemTotal:", KIB(total));
    show_kib(t, "MemFree:", KIB(free));
    show_kib(
        t, "MemAvailable:", KIB(free)); // files live in memory only: nothing of them can be dropped
    show_kib(t, "Buffers:", 0);
    show_kib(t, "Cached:", KIB(cached));
    show_kib(t, "SwapCached:", 0);
    show_kib(t, "SwapTotal:", 0);
    show_kib(t, "SwapFree:", 0);
    show_kib(t, "Dirty:", 0);
    show_kib(t, "Writeback:", 0);
    show_kib(t, "AnonPages:", KIB(total > known ? total - known : 0));
    show_kib(t, "Shmem:", KIB(cached));
    show_kib(t, "Slab:", KIB(slab));
    show_kib(t, "SReclaimable:", 0);
    show_kib(t, "SUnreclaim:", KIB(slab));
    show_kib(t, "KernelStack:", stacks);
    show_kib(t, "PageTables:", KIB(tables));
    return 0;
}

// --- time and load -------------------------------------------------------------------------------

static int show_uptime(struct gen_node *n, struct text *t)
{
    (void)n;
    uint64_t up = clock_ns() / NS_PER_TICK, idle = sched_idle_ns() / NS_PER_TICK;
    text_printf(t, "%lu.%02lu %lu.%02lu\n", up / 100, up % 100, idle / 100, idle % 100);
    return 0;
}

int proc_last_id(void)
{
    int last = 0;
    struct thread *th;
    while ((th = thread_find_from(last + 1))) {
        last = th->id;
        thread_put(th);
    }
    return last;
}

static int show_loadavg(struct gen_node *n, struct text *t)
{
    (void)n;
    for (int k = 0; k < 3; k++) {
        uint64_t load = sched_load_average(k) + (1u << LOAD_SHIFT) / 200; // rounded to hundredths
        text_printf(t, "%lu.%02lu ", load >> LOAD_SHIFT,
                    ((load & ((1u << LOAD_SHIFT) - 1)) * 100) >> LOAD_SHIFT);
    }
    text_printf(t, "%u/%lu %d\n", sched_ready_count(), thread_count(), proc_last_id());
    return 0;
}

// --- names and words -----------------------------------------------------------------------------

static int show_version(struct gen_node *n, struct text *t)
{
    (void)n;
    struct utsname u;
    uts_get(&u);
    text_printf(t, "%s version %s (gcc %s) %s\n", u.sysname, u.release, __VERSION__, u.version);
    return 0;
}

static int show_cmdline(struct gen_node *n, struct text *t)
{
    (void)n;
    text_printf(t, "%s\n", params.line);
    return 0;
}

static int show_filesystems(struct gen_node *n, struct text *t)
{
    (void)n;
    for (struct filesystem_type *f = filesystem_type_next(NULL); f; f = filesystem_type_next(f))
        text_printf(t, "%s\t%s\n", f->no_device ? "nodev" : "", f->name);
    return 0;
}

#define ESCAPED " \t\n\\"

int proc_show_mounts(struct gen_node *n, struct text *t)
{
    (void)n;
    for (struct filesystem *fs = mount_next(NULL); fs; fs = mount_next(fs)) {
        text_add_escaped(t, fs->source, ESCAPED);
        text_printf(t, " ");
        text_add_escaped(t, fs->mount_point, ESCAPED);
        text_printf(t, " %s rw,relatime 0 0\n", fs->type);
    }
    return 0;
}

int proc_show_mountinfo(struct gen_node *n, struct text *t)
{
    (void)n;
    for (struct filesystem *fs = mount_next(NULL); fs; fs = mount_next(fs)) {
        uint64_t parent = fs->covers ? fs->covers->fs->dev : 1;
        text_printf(t, "%lu %lu %u:%u / ", fs->dev, parent, ABI_MAJOR(fs->dev), ABI_MINOR(fs->dev));
        text_add_escaped(t, fs->mount_point, ESCAPED);
        text_printf(t, " rw,relatime - %s ", fs->type);
        text_add_escaped(t, fs->source, ESCAPED);
        text_printf(t, " rw\n");
    }
    return 0;
}

// --- sys/ ----------------------------------------------------------------------------------------

static int show_ostype(struct gen_node *n, struct text *t)
{
    (void)n;
    text_printf(t, "%s\n", UTS_SYSNAME);
    return 0;
}

static int show_osrelease(struct gen_node *n, struct text *t)
{
    (void)n;
    text_printf(t, "%s\n", UTS_RELEASE);
    return 0;
}

static int show_uts_version(struct gen_node *n, struct text *t)
{
    (void)n;
    text_printf(t, "%s\n", UTS_VERSION);
    return 0;
}

static int show_hostname(struct gen_node *n, struct text *t)
{
    (void)n;
    struct utsname u;
    uts_get(&u);
    text_printf(t, "%s\n", u.nodename);
    return 0;
}

static int store_hostname(struct gen_node *n, char *text, size_t len)
{
    (void)n;
    if (len && text[len - 1] == '\n')
        len--;
    return caller_is_privileged() ? uts_set_nodename(text, len) : -EPERM;
}

static int show_pid_max(struct gen_node *n, struct text *t)
{
    (void)n;
    text_printf(t, "%d\n", THREAD_ID_MAX);
    return 0;
}

static void show_uuid(struct text *t, uint64_t high, uint64_t low)
{
    high = (high & ~0xf000ul) | 0x4000;     // version 4: random
    low = (low & ~(3ul << 62)) | 2ul << 62; // variant of RFC 4122
    text_printf(t, "%08lx-%04lx-%04lx-%04lx-%012lx\n", high >> 32, high >> 16 & 0xffff,
                high & 0xffff, low >> 48, low & 0xffffffffffff);
}

static int show_boot_id(struct gen_node *n, struct text *t)
{
    static uint64_t
        id[2]; // [n's lock is not enough: a race makes two readers draw; the last stays]
    (void)n;
    if (!id[0]) {
        id[1] = cpu_random();
        id[0] = cpu_random() | 1;
    }
    show_uuid(t, id[0], id[1]);
    return 0;
}

static int show_uuid_fresh(struct gen_node *n, struct text *t)
{
    (void)n;
    show_uuid(t, cpu_random(), cpu_random());
    return 0;
}

static int show_entropy(struct gen_node *n, struct text *t)
{
    (void)n;
    text_printf(t, "256\n");
    return 0;
}

static int show_pipe_max(struct gen_node *n, struct text *t)
{
    (void)n;
    text_printf(t, "1048576\n");
    return 0;
}

static int show_overcommit(struct gen_node *n, struct text *t)
{
    (void)n;
    text_printf(t, "1\n"); // every mapping is granted; memory is found on first touch
    return 0;
}

#define DIR  (S_IFDIR | 0555)
#define TEXT (S_IFREG | 0444)

static const struct gen_entry random_entries[] = {
    {.name = "boot_id", .mode = TEXT, .show = show_boot_id},
    {.name = "uuid", .mode = TEXT, .show = show_uuid_fresh},
    {.name = "entropy_avail", .mode = TEXT, .show = show_entropy},
    {0},
};
static const struct gen_entry kernel_entries[] = {
    {.name = "ostype", .mode = TEXT, .show = show_ostype},
    {.name = "osrelease", .mode = TEXT, .show = show_osrelease},
    {.name = "version", .mode = TEXT, .show = show_uts_version},
    {.name = "hostname", .mode = S_IFREG | 0644, .show = show_hostname, .store = store_hostname},
    {.name = "pid_max", .mode = TEXT, .show = show_pid_max},
    {.name = "random", .mode = DIR, .children = random_entries},
    {0},
};
static const struct gen_entry vm_entries[] = {
    {.name = "overcommit_memory", .mode = TEXT, .show = show_overcommit}, {0}};
static const struct gen_entry fs_entries[] = {
    {.name = "pipe-max-size", .mode = TEXT, .show = show_pipe_max}, {0}};
static const struct gen_entry sys_entries[] = {
    {.name = "kernel", .mode = DIR, .children = kernel_entries},
    {.name = "vm", .mode = DIR, .children = vm_entries},
    {.name = "fs", .mode = DIR, .children = fs_entries},
    {0},
};

// --- braid/ --------------------------------------------------------------------------------------

static void show_tlb_counts(struct text *t)
{
    struct tlb_counts sum = {0};
    for (unsigned cpu = 0; cpu < cpu_count; cpu++) {
        struct tlb_counts one = vm_tlb_counts(cpu);
        sum.flushes += one.flushes;
        sum.asked += one.asked;
        sum.shootdowns += one.shootdowns;
    }
    text_printf(t, "tlb_flushes %lu\ntlb_shootdowns %lu\ntlb_interrupts %lu\n", sum.flushes,
                sum.shootdowns, sum.asked);
}

/*
 * What tests compare before and after. What is only kept for the next user (stacks, empty slabs,
 * work not yet done) is given back first, so that equal states give equal numbers.
 */
static int show_counts(struct gen_node *n, struct text *t)
{
    (void)n;
    thread_reap_flush();
    work_flush();
    kstack_trim();
    heap_trim();
    text_printf(t, "frames_free %lu\nframes_total %lu\nframes_cached %lu\n", frame_count_free(),
                frame_count_total(), memobj_cached_frames());
    text_printf(t, "heap_objects %lu\nfiles %lu\ninodes %lu\nprocesses %lu\nthreads %lu\n",
                heap_live_objects(), file_count(), inode_count(), process_count(), thread_count());
    text_printf(t, "page_tables %lu\nkstacks %lu\nswitches %lu\nsyscalls %lu\n", vm_table_count(),
                kstack_count(), sched_switch_count(), syscall_total());
    show_tlb_counts(t);
    return 0;
}

static int show_heap(struct gen_node *n, struct text *t)
{
    (void)n;
    char *report = kmalloc(16384);
    if (!report)
        return -ENOMEM;
    text_add(t, report, heap_report(report, 16384));
    kfree(report);
    return 0;
}

static const struct gen_entry braid_entries[] = {
    {.name = "counts", .mode = TEXT, .show = show_counts},
    {.name = "heap", .mode = TEXT, .show = show_heap},
    {.name = "trace", .mode = S_IFREG | 0600, .ops = &proc_trace_ops},
    {0},
};

void (*proc_sem_report)(struct text *t);

static int show_sem(struct gen_node *n, struct text *t)
{
    (void)n;
    if (proc_sem_report)
        proc_sem_report(t);
    return 0;
}

static const struct gen_entry sysvipc_entries[] = {{.name = "sem", .mode = TEXT, .show = show_sem}, {0}};

const struct gen_entry proc_system_entries[] = {
    {.name = "cmdline", .mode = TEXT, .show = show_cmdline},
    {.name = "cpuinfo", .mode = TEXT, .show = proc_show_cpuinfo},
    {.name = "filesystems", .mode = TEXT, .show = show_filesystems},
    {.name = "interrupts", .mode = TEXT, .show = proc_show_interrupts},
    {.name = "loadavg", .mode = TEXT, .show = show_loadavg},
    {.name = "meminfo", .mode = TEXT, .show = show_meminfo},
    {.name = "stat", .mode = TEXT, .show = proc_show_machine_stat},
    {.name = "uptime", .mode = TEXT, .show = show_uptime},
    {.name = "version", .mode = TEXT, .show = show_version},
    {.name = "sys", .mode = DIR, .children = sys_entries},
    {.name = "sysvipc", .mode = DIR, .children = sysvipc_entries},
    {.name = "braid", .mode = DIR, .children = braid_entries},
    {0},
};
