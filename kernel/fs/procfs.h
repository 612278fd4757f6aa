// SPDX-License-Identifier: ISC
/*
 * /proc: what processes are and what the machine does, as text in Linux's formats
 * (Documentation/filesystems/proc.rst, man 5 proc), since ps, top and free parse them.
 *
 * One file a topic: procfs.c the tree, procfs_process.c a process's figures, procfs_memory.c its
 * memory, procfs_fd.c its files, procfs_system.c the machine, procfs_cpu.c its CPUs.
 */
#pragma once

#include "fs/genfs.h"
#include "task/process.h"
#include "vm/space.h"

void procfs_init(void);

#define NS_PER_TICK 10000000ul // times in /proc count hundredths of a second

/* What a node of /proc/PID speaks of; both are NULL in the files of the machine. */
static inline int proc_id(const struct gen_node *n)
{
    return n->process ? n->process->id : n->thread->id;
}

/* -ESRCH once it is gone. */
int proc_check_alive(const struct gen_node *n);
/* The thread that stands for the node: the node's own, or the process's first; referenced or NULL.
 */
struct thread *proc_thread_get(const struct gen_node *n);
/* The address space, referenced; NULL for kernel threads and zombies. */
struct space *proc_space_get(const struct gen_node *n);

// procfs_process.c
char proc_state_letter(const struct gen_node *n, const struct thread *t);
int proc_show_stat(struct gen_node *n, struct text *t);
int proc_show_status(struct gen_node *n, struct text *t);
int proc_show_comm(struct gen_node *n, struct text *t);
int proc_store_comm(struct gen_node *n, char *text, size_t len);
int proc_show_fail_nth(struct gen_node *n, struct text *t);
int proc_store_fail_nth(struct gen_node *n, char *text, size_t len);
int proc_show_limits(struct gen_node *n, struct text *t);
int proc_show_wchan(struct gen_node *n, struct text *t);

// procfs_memory.c
int proc_show_statm(struct gen_node *n, struct text *t);
int proc_show_maps(struct gen_node *n, struct text *t);
int proc_show_cmdline(struct gen_node *n, struct text *t);
int proc_show_environ(struct gen_node *n, struct text *t);
extern const struct file_ops proc_pagemap_ops;

// procfs_fd.c
ssize_t proc_exe_link(struct gen_node *n, char *buf, size_t size);
int proc_exe_follow(struct gen_node *n, struct path *out);
ssize_t proc_cwd_link(struct gen_node *n, char *buf, size_t size);
int proc_cwd_follow(struct gen_node *n, struct path *out);
ssize_t proc_root_link(struct gen_node *n, char *buf, size_t size);
int proc_root_follow(struct gen_node *n, struct path *out);
int proc_fd_find(struct gen_node *dir, const char *name, size_t len, struct gen_node *fresh);
int proc_fdinfo_find(struct gen_node *dir, const char *name, size_t len, struct gen_node *fresh);
bool proc_fd_next(struct gen_node *dir, uint64_t *number, char *name, size_t size);

// procfs_system.c
extern const struct gen_entry proc_system_entries[]; // files of the machine; ends with an empty one
int proc_show_mounts(struct gen_node *n, struct text *t);
int proc_show_mountinfo(struct gen_node *n, struct text *t);
int proc_last_id(void); // the highest id in use: loadavg's last field

// procfs_cpu.c
int proc_show_machine_stat(struct gen_node *n, struct text *t);
int proc_show_cpuinfo(struct gen_node *n, struct text *t);
int proc_show_interrupts(struct gen_node *n, struct text *t);

// procfs_trace.c
extern const struct file_ops proc_trace_ops;
void procfs_trace_init(void);

/* The text of /proc/sysvipc/sem: registered by ipc/. */
extern void (*proc_sem_report)(struct text *t);
