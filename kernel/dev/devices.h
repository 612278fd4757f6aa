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
    const char *name;                                    // "ttyS0", "tty1"
    void (*write)(struct char_device *d, const char *text, size_t len); // any context, never sleeps
    void (*input)(struct char_device *d, const char *text, size_t len); // set by the floor above; interrupt context
    unsigned rows, cols;
    void *owner;                                         // of the floor above
    bool present;
};

extern struct char_device serial_device; // COM1, 16550: SDM of the part; 115200 8N1
extern struct char_device screen_device; // framebuffer or VGA text, with PS/2 keyboard

void debugcon_init(void); // QEMU's port 0xe9 as a log sink, when there
void serial_init(void);   // probes COM1
void serial_start(void);  // interrupt-driven input, after apic_init
void screen_init(void);   // from boot_info.fb; font built in
void keyboard_init(void); // i8042, probed with a time-out
void acpi_init(void);     // tables from boot_info: fills apic_config; finds FADT, S5
uint16_t acpi_pm_timer_port(void); // 0 = none
void noreturn power_off(void);     // ACPI S5, then QEMU's and Bochs's ports, then halt with a message
void noreturn power_reboot(void);  // ACPI reset register, keyboard controller, triple fault
uint64_t rtc_read_seconds(void);   // CMOS clock, seconds since 1970 UTC

/* QEMU's fw_cfg (docs/specs/fw_cfg): files by name, read in order, by DMA where offered. */
bool fwcfg_init(void); // false: not on QEMU
/* Size of a file, or -ENOENT; *key is for fwcfg_read. */
ssize_t fwcfg_find(const char *name, uint32_t *key);
/* Reads from `offset`; sequential reads are cheap. Kernel buffer. May sleep between pieces. */
int fwcfg_read(uint32_t key, uint32_t offset, void *buf, size_t n);
/* Walks all names: 0 at the end. */
int fwcfg_name(unsigned index, char name[56], uint32_t *key, uint32_t *size);

extern bool machine_runs_command; // fw_cfg has opt/braid/command: COM1 belongs to it, not to the log
