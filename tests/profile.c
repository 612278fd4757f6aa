// SPDX-License-Identifier: ISC
/*
 * A plugin of QEMU that counts how often each block of instructions is executed; tests/profile
 * compiles it, loads it and reads what it writes at the end: a line `address instructions times` for
 * each block. Firmware and boot loader, before the first block of the kernel's half, do not count.
 * Counters are added to without a lock: one virtual CPU at a time (-icount).
 *
 * The functions are declared here because QEMU's header is not in every package: QEMU manual, "TCG
 * plugins", interface version 1.
 */
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef uint64_t plugin_id;
struct qemu_plugin_tb;

void qemu_plugin_register_vcpu_tb_trans_cb(plugin_id id,
                                           void (*translated)(plugin_id, struct qemu_plugin_tb *));
void qemu_plugin_register_vcpu_tb_exec_inline(struct qemu_plugin_tb *tb, int add, void *counter,
                                              uint64_t amount);
void qemu_plugin_register_atexit_cb(plugin_id id, void (*end)(plugin_id, void *), void *arg);
size_t qemu_plugin_tb_n_insns(const struct qemu_plugin_tb *tb);
uint64_t qemu_plugin_tb_vaddr(const struct qemu_plugin_tb *tb);

__attribute__((visibility("default"))) int qemu_plugin_version = 1;

struct block {
    struct block *next;
    uint64_t address, instructions, times;
};

static struct block *blocks;
static bool kernel_runs;
static const char *path;

static void forget_firmware(void)
{
    blocks = NULL; // not freed: translated code may add to them
}

/* A block that is translated again is in the list twice: who reads adds up. */
static void translated(plugin_id id, struct qemu_plugin_tb *tb)
{
    (void)id;
    struct block *b = malloc(sizeof(*b));
    if (!b)
        abort();
    if (!kernel_runs && qemu_plugin_tb_vaddr(tb) >> 63) {
        kernel_runs = true;
        forget_firmware();
    }
    *b = (struct block){blocks, qemu_plugin_tb_vaddr(tb), qemu_plugin_tb_n_insns(tb), 0};
    blocks = b;
    qemu_plugin_register_vcpu_tb_exec_inline(tb, 0, &b->times, 1);
}

static void end(plugin_id id, void *unused)
{
    (void)id;
    (void)unused;
    FILE *f = fopen(path, "w");
    if (!f)
        abort();
    for (struct block *b = blocks; b; b = b->next)
        if (b->times)
            fprintf(f, "%lx %lu %lu\n", b->address, b->instructions, b->times);
    fclose(f);
}

/* The argument is out=FILE. */
__attribute__((visibility("default"))) int qemu_plugin_install(plugin_id id, const void *info,
                                                               int argc, char **argv)
{
    (void)info;
    if (argc != 1 || strncmp(argv[0], "out=", 4))
        return -1;
    path = strdup(argv[0] + 4);
    qemu_plugin_register_vcpu_tb_trans_cb(id, translated);
    qemu_plugin_register_atexit_cb(id, end, NULL);
    return 0;
}
