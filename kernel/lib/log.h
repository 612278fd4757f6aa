// SPDX-License-Identifier: ISC
/*
 * The kernel's log: one ring of lines with time stamps, handed on to every registered sink (serial,
 * screen, QEMU's debug port). Safe in every context, interrupts and panics included.
 */
#pragma once

#include "lib/base.h"

enum log_level { LOG_ERROR, LOG_WARN, LOG_INFO, LOG_DEBUG };

struct log_sink {
    /*
     * One line with its newline. Any context, interrupts off; must not log; once log_panicking,
     * must not wait for a lock.
     */
    void (*write)(struct log_sink *sink, const char *text, size_t len);
    enum log_level level; // what this sink shows whatever log_set_level says
    bool panic_only;      // set for a console that belongs to a command: only a panic appears there
    struct log_sink *next;
};

void log_add_sink(struct log_sink *sink); // replays what the ring holds
/* The kernel word log=: lines up to this level go to every sink; LOG_INFO until set. */
void log_set_level(enum log_level level);
void log_line(enum log_level level, const char *fmt, ...) printf_like(2, 3);
void log_raw(enum log_level level, const char *text,
             size_t len);                     // one line from user space (/dev/kmsg)
void log_set_clock(uint64_t (*now_ns)(void)); // until then lines carry 0.000000

/*
 * Reads the ring from *cursor (0 = oldest still held) into buf; returns bytes, moves the cursor.
 * Whole lines as Linux's syslog(2) has them: "<6>[    1.234567] text\n"; 0 when there is none or
 * the next does not fit.
 */
size_t log_read(uint64_t *cursor, char *buf, size_t size);
/* Cursor behind the newest line: what log_read would reach when it has read everything. */
uint64_t log_end(void);

#define log_error(...) log_line(LOG_ERROR, __VA_ARGS__)
#define log_warn(...)  log_line(LOG_WARN, __VA_ARGS__)
#define log_info(...)  log_line(LOG_INFO, __VA_ARGS__)
#define log_debug(...) log_line(LOG_DEBUG, __VA_ARGS__)

/* Stops every CPU, prints the text and a symbolised backtrace on each console. Never returns. */
void noreturn panic(const char *fmt, ...) printf_like(1, 2);
/* The same for a trap: `dump(arg)` logs the registers, the backtrace starts at rip and rbp. */
void noreturn panic_at(uintptr_t rip, uintptr_t rbp, void (*dump)(const void *), const void *arg,
                       const char *fmt, ...) printf_like(5, 6);
/* Called last in a panic, may be NULL: ends the virtual machine when a command was to be run. */
extern void (*panic_exit)(void);
/* A panic is under way: locks may be held for ever by a stopped CPU. */
bool log_panicking(void);

/* Always on: the cause is nearer than the consequence. */
#define assert(cond)                                                                               \
    do {                                                                                           \
        if (unlikely(!(cond)))                                                                     \
            panic("%s:%d: %s: assertion failed: %s", __FILE__, __LINE__, __func__, #cond);         \
    } while (0)

/* "function+0x12" for an address in kernel text, into buf; for backtraces and the trace. */
const char *symbol_name(uintptr_t addr, char *buf, size_t size);
/* Prints return addresses from frame pointer rbp at LOG_ERROR, at most 24. */
void backtrace_print(uintptr_t rbp);

/* For lib/panic.c alone. */
void log_enter_panic(void);
