// SPDX-License-Identifier: ISC
/* Between screen.c and the two ways to show cells: a framebuffer and VGA text memory. */
#pragma once

#include "lib/base.h"

/* One cell as it looks on the glass; two that are equal need no drawing. */
struct look {
    uint32_t ch;
    uint8_t fg, bg; // indices of the 256-colour palette, reverse video and brightness applied
    bool underline;
    uint8_t half; // 1, 2: left and right half of a wide character
};

struct display {
    unsigned rows, cols;
    bool hardware_cursor;
    void (*draw)(unsigned row, unsigned col, const struct look *l);
    void (*cursor)(unsigned row, unsigned col, bool visible); // with hardware_cursor
};

/* Each fills *d, or returns false when boot_info has no such display. */
bool framebuffer_init(struct display *d);
bool vgatext_init(struct display *d);

uint32_t palette_rgb(uint8_t index); // 0xrrggbb

/* From the screen: whether arrow keys send the application sequences (DECCKM). */
bool screen_app_cursor_keys(void);
