// SPDX-License-Identifier: ISC
/*
 * Writes to whatever can be there without being set up: QEMU's debug port, COM1 by polling, and VGA
 * text memory. Used by the log only in a panic with no sink registered. On a machine in graphics
 * mode the text goes to the first two; drawing needs the screen driver.
 */
#include "x86/early.h"
#include "x86/boot.h"
#include "x86/io.h"
#include "x86/mmu.h"

#define DEBUG_PORT 0xe9
#define COM1       0x3f8
#define COM1_LSR   (COM1 + 5)
#define LSR_READY  0x20
#define VGA_TEXT   0xb8000
#define VGA_COLS   80
#define VGA_ROWS   25

static void com1_put(char c)
{
    for (int i = 0; i < 20000 && !(inb(COM1_LSR) & LSR_READY); i++)
        asm volatile("pause");
    outb(COM1, c);
}

static void vga_put(char c)
{
    static unsigned at;
    volatile uint16_t *cells = phys_to_virt(PHYS(VGA_TEXT));

    if (c == '\n')
        at += VGA_COLS - at % VGA_COLS;
    else
        cells[at++] = 0x4f00 | (uint8_t)c;
    at %= VGA_COLS * VGA_ROWS;
}

void early_write(const char *text, size_t len)
{
    bool debug = inb(DEBUG_PORT) == 0xe9, serial = inb(COM1_LSR) != 0xff;
    bool screen = !boot_info.fb.present || boot_info.fb.text;

    for (size_t i = 0; i < len; i++) {
        if (debug)
            outb(DEBUG_PORT, text[i]);
        if (serial && text[i] == '\n')
            com1_put('\r');
        if (serial)
            com1_put(text[i]);
        if (screen)
            vga_put(text[i]);
    }
}
