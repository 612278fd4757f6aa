// SPDX-License-Identifier: ISC
/*
 * Turning the machine off and restarting it: the ways that exist, from the proper one to the last
 * resort. Each either works at once or is passed over.
 */
#include "dev/devices.h"

#include "x86/cpu.h"
#include "x86/io.h"
#include "x86/smp.h"

#define QEMU_DEBUG_EXIT  0xf4  // isa-debug-exit: QEMU ends with status 2 * value + 1
#define QEMU_PM_CONTROL  0x604 // q35 and i440fx: PM1a control
#define BOCHS_PM_CONTROL 0xb004
#define BOCHS_SHUTDOWN   0x8900 // takes the word, letter by letter
#define SLEEP_ENABLE     0x2000
#define RESET_CONTROL    0xcf9 // of the chip set

void power_halt(void)
{
    irq_disable();
    cpu_halt_others();
    cpu_halt_forever();
}

void power_off(void)
{
    log_info("power: off");
    irq_disable();
    serial_drain();
    cpu_halt_others();
    acpi_power_off();
    outw(QEMU_PM_CONTROL, SLEEP_ENABLE);
    outw(BOCHS_PM_CONTROL, SLEEP_ENABLE);
    for (const char *s = "Shutdown"; *s; s++)
        outb(BOCHS_SHUTDOWN, *s);
    log_error("power: this machine cannot turn itself off: you may do it now");
    power_halt();
}

void power_reboot(void)
{
    log_info("power: restart");
    irq_disable();
    serial_drain();
    cpu_halt_others();
    acpi_reset();
    outb(RESET_CONTROL, 0x06);
    keyboard_reset_machine();
    cpu_triple_fault();
    power_halt();
}

/* Ends QEMU at once, so that whoever runs the command need not wait for the time-out. */
static void end_after_panic(void)
{
    outb(QEMU_DEBUG_EXIT, 0x7f);
}

void power_init(void)
{
    if (machine_runs_command)
        panic_exit = end_after_panic;
}
