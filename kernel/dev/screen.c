// SPDX-License-Identifier: ISC
/*
 * The screen: the terminal emulator's cells shown on a display, and what is typed at it.
 *
 * `shown` remembers what each cell looks like on the glass, so that only cells that changed are
 * drawn: scrolling moves cells in memory and draws the differences, never reading video memory.
 * Output that comes fast is drawn at most every 16 ms: the first piece at once, the rest by a
 * timer.
 *
 * Answers of the emulator (cursor position) are put off to that timer as well: the writer may hold
 * the terminal's lock, which the input takes.
 *
 * Lock: screen_lock guards the emulator and everything below. In a panic the log comes without it.
 */
#include "dev/screen.h"

#include "dev/devices.h"
#include "dev/vt.h"
#include "lib/string.h"
#include "mm/heap.h"
#include "sched/timer.h"
#include "x86/clock.h"
#include "x86/spinlock.h"

#define DRAW_INTERVAL 16000000ull // ns

static struct spinlock screen_lock = SPINLOCK("screen");
static struct display display;
static struct vt vt;
static struct look *shown;
static unsigned cursor_row, cursor_col; // where the cursor is drawn
static bool cursor_shown;
static struct timer draw_timer;
static bool may_defer, draw_pending;
static uint64_t last_draw;
static char answers[64];
static size_t answers_len;

uint32_t palette_rgb(uint8_t index)
{
    static const uint32_t first[16] = {
        0x000000, 0xaa0000, 0x00aa00, 0xaa5500, 0x0000aa, 0xaa00aa, 0x00aaaa, 0xaaaaaa,
        0x555555, 0xff5555, 0x55ff55, 0xffff55, 0x5555ff, 0xff55ff, 0x55ffff, 0xffffff,
    };
    static const uint8_t level[6] = {0, 95, 135, 175, 215, 255};

    if (index < 16)
        return first[index];
    if (index >= 232)
        return (8 + 10 * (index - 232u)) * 0x010101u;
    index -= 16;
    return (uint32_t)level[index / 36] << 16 | (uint32_t)level[index / 6 % 6] << 8 |
           level[index % 6];
}

bool screen_app_cursor_keys(void)
{
    return vt.app_cursor_keys;
}

static struct look look_of(const struct vt_cell *c, bool cursor)
{
    struct look l = {.ch = c->ch, .fg = c->fg, .bg = c->bg, .underline = c->attr & VT_UNDERLINE};
    bool reverse = !(c->attr & VT_REVERSE) == vt.reverse_screen;

    l.half = c->attr & VT_WIDE ? 1 : c->attr & VT_WIDE_TAIL ? 2 : 0;
    if ((c->attr & VT_BOLD) && l.fg < 8)
        l.fg += 8;
    if ((c->attr & VT_DIM) && l.fg < 16)
        l.fg = 8;
    if (c->attr & VT_HIDDEN)
        l.fg = l.bg;
    if (reverse != cursor) {
        uint8_t fg = l.fg;
        l.fg = l.bg;
        l.bg = fg;
    }
    if (cursor && l.fg == l.bg) {
        l.fg = VT_DEFAULT_BG;
        l.bg = VT_DEFAULT_FG;
    }
    return l;
}

static void draw_cell(unsigned row, unsigned col, bool cursor)
{
    struct look l = look_of(vt_cell_at(&vt, row, col), cursor);
    struct look *old = &shown[row * vt.cols + col];

    if (memcmp(&l, old, sizeof(l)) != 0) {
        *old = l;
        display.draw(row, col, &l);
    }
}

static void draw_cursor(void)
{
    bool visible = vt.cursor_visible;

    if (display.hardware_cursor) {
        display.cursor(vt.cursor.row, vt.cursor.col, visible);
        return;
    }
    if (cursor_shown) // gone from its old place
        draw_cell(cursor_row, cursor_col, false);
    cursor_row = vt.cursor.row;
    cursor_col = vt.cursor.col;
    cursor_shown = visible;
    if (visible)
        draw_cell(cursor_row, cursor_col, true);
}

static void draw(void)
{
    for (unsigned row = vt.changed_top; row < vt.changed_bottom; row++) {
        for (unsigned col = 0; col < vt.cols; col++) {
            if (!cursor_shown || row != cursor_row || col != cursor_col)
                draw_cell(row, col, false);
        }
    }
    vt.changed_top = vt.rows;
    vt.changed_bottom = 0;
    draw_cursor();
}

static void draw_soon(void)
{
    uint64_t now = clock_ns();

    if (!may_defer || now >= last_draw + DRAW_INTERVAL) {
        draw();
        last_draw = now;
    } else {
        draw_pending = true;
    }
    if ((draw_pending || answers_len) && may_defer && !draw_timer.armed)
        timer_set(&draw_timer, answers_len ? now : last_draw + DRAW_INTERVAL);
}

static void draw_late(struct timer *t)
{
    char text[sizeof(answers)];

    (void)t;
    spin_lock(&screen_lock);
    if (draw_pending) {
        draw_pending = false;
        draw();
        last_draw = clock_ns();
    }
    size_t len = answers_len;
    memcpy(text, answers, len);
    answers_len = 0;
    spin_unlock(&screen_lock);
    if (len && screen_device.input)
        screen_device.input(&screen_device, text, len);
}

static void keep_answer(struct vt *v, const char *text, size_t len)
{
    (void)v;
    if (may_defer && answers_len + len <= sizeof(answers)) {
        memcpy(answers + answers_len, text, len);
        answers_len += len;
    }
}

static void screen_write(struct char_device *d, const char *text, size_t len)
{
    (void)d;
    spin_lock(&screen_lock);
    vt_write(&vt, text, len);
    draw_soon();
    spin_unlock(&screen_lock);
}

/* The log's lines end in \n, which alone does not return to the first column. Drawn at once. */
static void screen_log(struct log_sink *sink, const char *text, size_t len)
{
    bool lock = !log_panicking();

    (void)sink;
    if (lock)
        spin_lock(&screen_lock);
    for (size_t i = 0; i < len; i++) {
        if (text[i] == '\n')
            vt_write(&vt, "\r", 1);
        vt_write(&vt, text + i, 1);
    }
    draw();
    if (lock)
        spin_unlock(&screen_lock);
}

static struct log_sink screen_sink = {.write = screen_log, .level = LOG_WARN};

struct char_device screen_device = {.name = "tty1", .write = screen_write};

void screen_init(void)
{
    if (!framebuffer_init(&display) && !vgatext_init(&display)) {
        log_info("screen: none");
        return;
    }
    display.rows = MIN(display.rows, (unsigned)VT_ROWS_MAX);
    display.cols = MIN(display.cols, (unsigned)VT_COLS_MAX);
    size_t count = (size_t)display.rows * display.cols;
    struct vt_cell *primary = kmalloc(count * sizeof(*primary));
    struct vt_cell *alternate = kmalloc(count * sizeof(*alternate));
    shown = kzalloc(count * sizeof(*shown));
    if (!primary || !shown) {
        log_error("screen: no memory for %zu characters", count);
        kfree(primary);
        kfree(alternate);
        kfree(shown);
        return;
    }
    vt_init(&vt, display.rows, display.cols, primary, alternate);
    vt.reply = keep_answer;
    screen_device.rows = display.rows;
    screen_device.cols = display.cols;
    screen_device.present = true;
    timer_init(&draw_timer, draw_late);
    log_add_sink(&screen_sink);
}

void screen_start(void)
{
    may_defer = screen_device.present;
}
