// SPDX-License-Identifier: ISC
/*
 * Start-up, in order, on one screen. boot/boot.S and x86/start.c come before; user/init.c after.
 */
#include "dev/devices.h"
#include "fs/path.h"
#include "fs/tty.h"
#include "ipc/ipc.h"
#include "lib/log.h"
#include "lib/params.h"
#include "lib/selftest.h"
#include "mm/frame.h"
#include "mm/heap.h"
#include "proc/proc.h"
#include "sched/kthread.h"
#include "sched/sched.h"
#include "sched/timer.h"
#include "sys/sys.h"
#include "task/signal.h"
#include "vm/space.h"
#include "vm/vdso.h"
#include "x86/boot.h"
#include "x86/clock.h"
#include "x86/cpu.h"

void noreturn kernel_main(void);

/* The words of the boot menu, and those that tests/vm hands over through QEMU. */
static void read_words(void)
{
    static char more[1024];
    uint32_t key;
    params_parse(boot_info.cmdline);
    ssize_t size = fwcfg_find("opt/braid/cmdline", &key);
    if (size > 0 && size < (ssize_t)sizeof(more) && !fwcfg_read(key, 0, more, size))
        params_parse(more);
    log_set_level(params.log_level);
}

/* First thread, id 1: what may sleep, then the first program. */
static void start_user(void *unused)
{
    (void)unused;
    sched_start_cpus(params.cpus);
    work_init_thread();
    thread_start_reaper();
    fs_init();
    tty_init();
    pipe_init();
    sysv_sem_init();
    fs_load_root();
    if (params.selftest)
        selftest_run();
    heap_set_failure(params.fail_alloc);
    const char *argv[] = {params.init, NULL};
    const char *envp[] = {"HOME=/root", "PATH=/usr/sbin:/usr/bin:/sbin:/bin", "TERM=linux", NULL};
    int err = process_exec_first(params.init, argv, envp);
    panic("cannot start %s (error %d)", params.init, -err);
}

void noreturn kernel_main(void)
{
    debugcon_init();
    fwcfg_init(); // COM1 may belong to a command, not to the log
    serial_init();
    log_info("Braid, an x86-64 kernel of processes, threads and coroutines");
    cpu_init();
    mmu_init();
    frame_init();
    read_words();
    power_init();
    screen_init();
    if (boot_info.error) // only now is every console there to show it
        panic("%s", boot_info.error);
    acpi_init();
    apic_init();
    clock_init(acpi_hpet_base(), acpi_pm_timer_port(), params.clock);
    log_set_clock(clock_ns);
    clock_set_realtime(rtc_read_seconds() * NSEC_PER_SEC);
    sched_init(params.sched);
    timer_start();
    sched_load_start();
    vm_init();
    vdso_init();
    signal_init();
    exit_init();
    sys_init(params.strace);
    serial_start();
    keyboard_init();
    if (!kthread_start("init", start_user, NULL))
        panic("no memory for the first thread");
    screen_start();
    sched_idle();
}
