// SPDX-License-Identifier: ISC
/*
 * The tree of /proc: the directory of a process and of a thread, and which numbers the root and
 * task/ hold. A kernel thread has a directory like a process, but no memory and no files.
 */
#include "fs/procfs.h"

#include "abi/errno.h"
#include "lib/printf.h"
#include "lib/string.h"

#define DIR(m)  (S_IFDIR | (m))
#define FILE(m) (S_IFREG | (m))
#define LINK    (S_IFLNK | 0777)

// --- whom a node speaks of -----------------------------------------------------------------------

int proc_check_alive(const struct gen_node *n)
{
    if (n->process && n->process->state == PROCESS_REAPED)
        return -ESRCH;
    return n->thread && n->thread->has_exited ? -ESRCH : 0;
}

struct thread *proc_thread_get(const struct gen_node *n)
{
    struct thread *t = n->thread, *found = n->thread;
    struct process *p = n->process;
    if (!found && p) {
        spin_lock(&p->lock);
        list_for_each(t, &p->threads, process_link) if (!found || t->id == p->id) found = t;
        if (found)
            thread_get(found);
        spin_unlock(&p->lock);
        return found;
    }
    if (found)
        thread_get(found);
    return found;
}

struct space *proc_space_get(const struct gen_node *n)
{
    return n->process ? process_space_get(n->process) : NULL;
}

// --- a thread's and a process's directory --------------------------------------------------------

static int task_find(struct gen_node *dir, const char *name, size_t len, struct gen_node *fresh);
static bool task_next(struct gen_node *dir, uint64_t *number, char *name, size_t size);

#define COMMON_ENTRIES                                                                             \
    {.name = "stat", .mode = FILE(0444), .show = proc_show_stat},                                  \
        {.name = "status", .mode = FILE(0444), .show = proc_show_status},                          \
        {.name = "statm", .mode = FILE(0444), .show = proc_show_statm},                            \
        {.name = "comm", .mode = FILE(0644), .show = proc_show_comm, .store = proc_store_comm},    \
        {.name = "fail-nth",                                                                       \
         .mode = FILE(0644),                                                                       \
         .show = proc_show_fail_nth,                                                               \
         .store = proc_store_fail_nth},                                                            \
        {.name = "cmdline", .mode = FILE(0444), .show = proc_show_cmdline},                        \
        {.name = "environ", .mode = FILE(0400), .show = proc_show_environ},                        \
        {.name = "maps", .mode = FILE(0444), .show = proc_show_maps},                              \
        {.name = "pagemap", .mode = FILE(0400), .ops = &proc_pagemap_ops},                         \
        {.name = "limits", .mode = FILE(0444), .show = proc_show_limits},                          \
        {.name = "wchan", .mode = FILE(0444), .show = proc_show_wchan},                            \
        {.name = "mounts", .mode = FILE(0444), .show = proc_show_mounts},                          \
        {.name = "mountinfo", .mode = FILE(0444), .show = proc_show_mountinfo},                    \
        {.name = "exe", .mode = LINK, .link = proc_exe_link, .follow = proc_exe_follow},           \
        {.name = "cwd", .mode = LINK, .link = proc_cwd_link, .follow = proc_cwd_follow},           \
        {.name = "root", .mode = LINK, .link = proc_root_link, .follow = proc_root_follow},        \
        {.name = "fd",                                                                             \
         .mode = DIR(0500),                                                                        \
         .find = proc_fd_find,                                                                     \
         .next = proc_fd_next,                                                                     \
         .next_type = DT_LNK},                                                                     \
    {                                                                                              \
        .name = "fdinfo", .mode = DIR(0555), .find = proc_fdinfo_find, .next = proc_fd_next,       \
        .next_type = DT_REG                                                                        \
    }

static const struct gen_entry thread_entries[] = {COMMON_ENTRIES, {0}};
static const struct gen_entry thread_directory = {.mode = DIR(0555), .children = thread_entries};

static const struct gen_entry process_entries[] = {
    COMMON_ENTRIES,
    {.name = "task", .mode = DIR(0555), .find = task_find, .next = task_next, .next_type = DT_DIR},
    {0},
};
static const struct gen_entry process_directory = {.mode = DIR(0555), .children = process_entries};

// --- task/ ---------------------------------------------------------------------------------------

static int task_find(struct gen_node *dir, const char *name, size_t len, struct gen_node *fresh)
{
    int64_t id = gen_parse_number(name, len);
    struct thread *t = id > 0 ? thread_find((int)id) : NULL;
    if (!t)
        return -ENOENT;
    if (t->process != dir->process || (!dir->process && t != dir->thread)) {
        thread_put(t);
        return -ENOENT;
    }
    fresh->entry = &thread_directory;
    fresh->thread = t;
    fresh->process = dir->process;
    if (dir->process)
        process_get(dir->process);
    return 0;
}

static bool task_next(struct gen_node *dir, uint64_t *number, char *name, size_t size)
{
    struct process *p = dir->process;
    struct thread *t;
    uint64_t best = UINT64_MAX;
    if (!p)
        best =
            dir->thread && (uint64_t)dir->thread->id >= *number ? (uint64_t)dir->thread->id : best;
    else {
        spin_lock(&p->lock);
        list_for_each(t, &p->threads, process_link) if ((uint64_t)t->id >= *number) best =
            MIN(best, (uint64_t)t->id);
        spin_unlock(&p->lock);
    }
    if (best == UINT64_MAX)
        return false;
    *number = best;
    snprintf(name, size, "%lu", best);
    return true;
}

// --- the root ------------------------------------------------------------------------------------

/* A process by its id; a thread's id leads to its process, a kernel thread's to itself. */
static int root_find(struct gen_node *dir, const char *name, size_t len, struct gen_node *fresh)
{
    (void)dir;
    int64_t id = gen_parse_number(name, len);
    if (id <= 0 || id > INT32_MAX)
        return -ENOENT;
    struct process *p = process_find((int)id);
    struct thread *t = p ? NULL : thread_find((int)id);
    if (t && t->process) {
        p = t->process;
        process_get(p);
        thread_put(t);
        t = NULL;
    }
    if (p && p->state == PROCESS_REAPED) { // its last thread is still on its way out, on another CPU
        process_put(p);
        return -ENOENT;
    }
    if (!p && !t)
        return -ENOENT;
    fresh->entry = &process_directory;
    fresh->process = p;
    fresh->thread = t;
    return 0;
}

/* The lowest id >= from of a kernel thread, or UINT64_MAX. */
static uint64_t next_kernel_thread(uint64_t from)
{
    for (;;) {
        struct thread *t = thread_find_from((int)from);
        if (!t)
            return UINT64_MAX;
        uint64_t id = (uint64_t)t->id;
        bool found = !t->process;
        thread_put(t);
        if (found)
            return id;
        from = id + 1;
    }
}

static bool root_next(struct gen_node *dir, uint64_t *number, char *name, size_t size)
{
    (void)dir;
    uint64_t from = MAX(*number, 1ul);
    if (from > INT32_MAX)
        return false;
    uint64_t best = next_kernel_thread(from);
    struct process *p = process_find_from((int)from);
    if (p) {
        best = MIN(best, (uint64_t)p->id);
        process_put(p);
    }
    if (best == UINT64_MAX)
        return false;
    *number = best;
    snprintf(name, size, "%lu", best);
    return true;
}

static ssize_t self_link(struct gen_node *n, char *buf, size_t size)
{
    (void)n;
    if (!current_process())
        return -ENOENT;
    char text[16];
    size_t len = (size_t)snprintf(text, sizeof(text), "%d", current_process()->id);
    len = MIN(len, size);
    memcpy(buf, text, len);
    return (ssize_t)len;
}

static ssize_t thread_self_link(struct gen_node *n, char *buf, size_t size)
{
    (void)n;
    if (!current_process())
        return -ENOENT;
    char text[40];
    size_t len =
        (size_t)snprintf(text, sizeof(text), "%d/task/%d", current_process()->id, current->id);
    len = MIN(len, size);
    memcpy(buf, text, len);
    return (ssize_t)len;
}

static ssize_t mounts_link(struct gen_node *n, char *buf, size_t size)
{
    (void)n;
    size_t len = MIN(sizeof("self/mounts") - 1, size);
    memcpy(buf, "self/mounts", len);
    return (ssize_t)len;
}

#define ROOT_LINKS 3
#define ROOT_MAX   48
static struct gen_entry root_entries[ROOT_MAX] = {
    {.name = "self", .mode = LINK, .link = self_link},
    {.name = "thread-self", .mode = LINK, .link = thread_self_link},
    {.name = "mounts", .mode = LINK, .link = mounts_link},
};
static const struct gen_entry root_directory = {
    .mode = DIR(0555),
    .children = root_entries,
    .find = root_find,
    .next = root_next,
    .next_type = DT_DIR,
};

static struct filesystem *make_proc(const char *source)
{
    return genfs_create("proc", source, PROC_SUPER_MAGIC, &root_directory);
}

static struct filesystem_type proc_type = {.name = "proc", .no_device = true, .make = make_proc};

void procfs_init(void)
{
    for (size_t k = 0; proc_system_entries[k].name; k++) {
        assert(ROOT_LINKS + k + 1 < ROOT_MAX);
        root_entries[ROOT_LINKS + k] = proc_system_entries[k];
    }
    procfs_trace_init();
    filesystem_register(&proc_type);
    struct filesystem *fs = make_proc("proc");
    if (!fs || mount_add(fs, "/proc") < 0)
        log_error("cannot mount /proc");
}
