// SPDX-License-Identifier: ISC
/*
 * First C code, called by boot/boot.S on the early page tables. It makes faults readable, finds out
 * what the CPU offers, decodes what the boot loader said, and goes on to kernel_main.
 */
#include "x86/boot.h"
#include "x86/cpu.h"
#include "x86/entry.h"
#include "lib/log.h"

extern uintptr_t __stack_chk_guard;
extern char __percpu_boot[];
void noreturn kernel_main(void);

/* Not protected itself: it changes the canary. Never returns. */
__attribute__((no_stack_protector)) void noreturn x86_start(uint32_t magic, uint64_t tags)
{
    percpu_init(0, __percpu_boot);
    trap_load_idt(false);
    cpu_detect();
    cpu_enable_nx();
    cpu_patch_smap();
    __stack_chk_guard = cpu_random() & ~0xfful; // its 0 byte stops a string copy that runs over
    boot_parse(magic, tags);
    if (!boot_info.map_count) // nothing works without memory, so say it here and now
        panic("%s", boot_info.error);
    kernel_main();
}
