// SPDX-License-Identifier: ISC
/*
 * The kernel's log: one ring of lines with time stamps, handed on to every registered sink (serial,
 * screen, QEMU's debug port). Safe in every context, interrupts and panics included.
 */
#pragma once

#include "lib/base.h"

enum log_level { LOG_ERROR, LOG_WARN, LOG_INFO, LOG_DEBUG };

struct log_sink {
    void (*write)(struct log_sink *sink, const char *text, size_t len); // any context; must not log
    enum log_level level; // lines above this level are not passed on (kernel word log=)
    bool panic_only;      // set for a console that belongs to a command: only a panic appears there
    struct log_sink *next;
};

void log_add_sink(struct log_sink *sink); // replays what the ring holds
void log_set_level(enum log_level level);
void log_line(enum log_level level, const char *fmt, ...) printf_like(2, 3);
void log_raw(enum log_level level, const char *text, size_t len); // one line from user space (/dev/kmsg)
void log_set_clock(uint64_t (*now_ns)(void)); // until then lines carry 0.000000

/* Reads the ring from *cursor (0 = oldest still held) into buf; returns bytes, moves the cursor. */
size_t log_read(uint64_t *cursor, char *buf, size_t size);

#define log_error(...) log_line(LOG_ERROR, __VA_ARGS__)
#define log_warn(...)  log_line(LOG_WARN, __VA_ARGS__)
#define log_info(...)  log_line(LOG_INFO, __VA_ARGS__)
#define log_debug(...) log_line(LOG_DEBUG, __VA_ARGS__)

/* Stops every CPU, prints the text and a symbolised backtrace on each console. Never returns. */
void noreturn panic(const char *fmt, ...) printf_like(1, 2);

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
