// SPDX-License-Identifier: ISC
/*
 * The machine's devices, as upper floors see them. Each probe is bounded in time and says what it
 * found; a device that is not there is no error.
 */
#pragma once

#include "lib/base.h"
#include "lib/log.h"

/* A device that shows text and gives typed bytes: serial line, or screen with keyboard. */
struct char_device {
    const char *name; // "ttyS0", "tty1"
    /* Shows it; what exceeds room() may be lost. Any context, never sleeps. */
    void (*write)(struct char_device *d, const char *text, size_t len);
    size_t (*room)(struct char_device *d);    // what write can take now; NULL: everything, always
    size_t (*pending)(struct char_device *d); // written but not shown yet; NULL: nothing, ever
    /* Set by the floor above: there is room again, or nothing pending. Interrupt context, no lock
     * held. */
    void (*writable)(struct char_device *d);
    /* Set by the floor above: typed bytes. Interrupt context, no lock held. */
    void (*input)(struct char_device *d, const char *text, size_t len);
    unsigned rows, cols; // 0 = unknown
    void *owner;         // of the floor above
    bool present;
};

extern struct char_device serial_device; // COM1, 16550, 115200 8N1
extern struct char_device screen_device; // framebuffer or VGA text, with PS/2 keyboard

extern bool
    machine_runs_command; // fw_cfg has opt/braid/command: COM1 belongs to it, not to the log

void debugcon_init(void); // QEMU's port 0xe9 as a log sink, when there

void serial_init(void);  // probes COM1; a log sink, for panics only when the machine runs a command
void serial_start(void); // interrupt-driven input, after apic_init
/* Leaves what comes in the chip, so that the sender has to wait, until called with false. */
void serial_hold_input(bool hold);
void serial_drain(void); // before the machine ends: waits, not for ever, until all is sent

void screen_init(void); // from boot_info.fb; a log sink
void screen_start(
    void); // drawing may be put off by a timer from now on: after the scheduler's start
void keyboard_init(void); // i8042, probed with time-outs; after apic_init

void acpi_init(void);                // tables from boot_info: fills apic_config; finds FADT, S5
uint16_t acpi_pm_timer_port(void);   // 0 = none
phys_t acpi_hpet_base(void);         // its registers; 0 = none
bool acpi_power_off(void);           // enters S5; returns (false) when that did not work
void acpi_reset(void);               // writes the reset register, where there is one
uint8_t acpi_century_register(void); // CMOS index, 0 = none

void power_init(void);         // how a panic ends when the machine runs a command
void noreturn power_off(void); // ACPI S5, then QEMU's and Bochs's ports, then halt with a message
void noreturn power_reboot(void);  // ACPI reset register, keyboard controller, triple fault
void noreturn power_halt(void);    // stops all; the machine stays on
void keyboard_reset_machine(void); // pulses the reset line through the i8042

uint64_t rtc_read_seconds(void); // CMOS clock, seconds since 1970 UTC; 0 when it does not run

/* QEMU's fw_cfg (docs/specs/fw_cfg): files by name, read in order, by DMA where offered. */
bool fwcfg_init(void); // false: not on QEMU; sets machine_runs_command
/* Size of a file, or -ENOENT; *key is for fwcfg_read. */
ssize_t fwcfg_find(const char *name, uint32_t *key);
/* Reads from `offset`; sequential reads are cheap, the longer the better. Kernel buffer. 0 or -EIO.
 */
int fwcfg_read(uint32_t key, uint32_t offset, void *buf, size_t n);
/* Walks all names: 0, or -ENOENT behind the last. */
int fwcfg_name(unsigned index, char name[56], uint32_t *key, uint32_t *size);
