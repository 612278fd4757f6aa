// SPDX-License-Identifier: ISC
/*
 * The log ring and its sinks.
 *
 * The ring holds whole lines in the form that dmesg reads. `end` counts bytes since start-up and is
 * reduced on access; `oldest` is where the oldest line still held begins.
 *
 * Lock: log_lock guards ring and sinks, with interrupts off. A CPU that holds it can come here
 * again (an NMI, a fault in a sink): it then goes ahead without the lock, as everybody does in a
 * panic. Lines may mix then; nothing hangs, and no index leaves the ring.
 */
#include "lib/log.h"
#include "lib/printf.h"
#include "lib/string.h"
#include "x86/cpu.h"
#include "x86/early.h"

#define RING_SIZE (128u << 10) // a power of two
#define LINE_MAX  480

static char ring[RING_SIZE];
static uint64_t oldest, end;
static struct log_sink *sinks;
static enum log_level shown = LOG_INFO;
static uint64_t (*clock)(void);

static atomic_bool log_lock; // bare: the checked spinlock reports its misuse through here
static atomic_int lock_cpu = -1;
static atomic_bool in_panic;

struct hold {
    bool locked;
    uint64_t flags;
};

static struct hold log_hold(void)
{
    struct hold h = {false, irq_save()};

    while (!(h.locked = !atomic_exchange(&log_lock, true))) {
        if (atomic_load(&in_panic) || atomic_load(&lock_cpu) == (int)this_cpu(cpu_number))
            return h;
        cpu_relax();
    }
    atomic_store(&lock_cpu, this_cpu(cpu_number));
    return h;
}

static void log_release(struct hold h)
{
    if (h.locked) {
        atomic_store(&lock_cpu, -1);
        atomic_store(&log_lock, false);
    }
    irq_restore(h.flags);
}

/* Linux's level digit in front of a line, and back. */
static const char level_digit[] = {
    [LOG_ERROR] = '3', [LOG_WARN] = '4', [LOG_INFO] = '6', [LOG_DEBUG] = '7'};

static enum log_level digit_level(char c)
{
    return c <= '3' ? LOG_ERROR : c == '4' ? LOG_WARN : c <= '6' ? LOG_INFO : LOG_DEBUG;
}

static char ring_at(uint64_t pos)
{
    return ring[pos & (RING_SIZE - 1)];
}

/* First byte behind the line that begins at pos, at most `end`. */
static uint64_t line_end(uint64_t pos)
{
    while (pos < end) {
        if (ring_at(pos++) == '\n')
            break;
    }
    return pos;
}

static void ring_append(const char *line, size_t len)
{
    while (end + len - oldest > RING_SIZE)
        oldest = line_end(oldest);
    for (size_t i = 0; i < len; i++)
        ring[(end + i) & (RING_SIZE - 1)] = line[i];
    end += len;
}

/* `line` begins with "<N>", which the sinks do not see. */
static void sink_write(struct log_sink *s, const char *line, size_t len)
{
    enum log_level level = digit_level(line[1]);

    if (s->panic_only ? atomic_load(&in_panic) : level <= MAX(s->level, shown))
        s->write(s, line + 3, len - 3);
}

static void emit(const char *line, size_t len)
{
    struct hold h = log_hold();

    ring_append(line, len);
    for (struct log_sink *s = sinks; s; s = s->next)
        sink_write(s, line, len);
    if (!sinks && atomic_load(&in_panic))
        early_write(line + 3, len - 3);
    log_release(h);
}

static size_t stamp(char *buf, size_t size, enum log_level level)
{
    uint64_t us = clock ? clock() / 1000 : 0;

    return snprintf(buf, size, "<%c>[%5lu.%06lu] ", level_digit[level], us / 1000000, us % 1000000);
}

void log_line(enum log_level level, const char *fmt, ...)
{
    char line[LINE_MAX];
    va_list ap;

    size_t len = stamp(line, sizeof(line), level);
    va_start(ap, fmt);
    vsnprintf(line + len, sizeof(line) - len, fmt, ap);
    va_end(ap);
    len += strlen(line + len);
    while (line[len - 1] == '\n')
        len--;
    for (size_t i = 3; i < len; i++) { // a line is one line
        if (line[i] == '\n')
            line[i] = ' ';
    }
    len = MIN(len, sizeof(line) - 1);
    line[len++] = '\n';
    emit(line, len);
}

void log_raw(enum log_level level, const char *text, size_t len)
{
    char line[LINE_MAX];

    while (len) {
        size_t n = 0;
        while (n < len && text[n] != '\n')
            n++;
        size_t at = stamp(line, sizeof(line), level);
        size_t take = MIN(n, sizeof(line) - at - 1);
        memcpy(line + at, text, take);
        line[at + take] = '\n';
        if (n)
            emit(line, at + take + 1);
        n = MIN(n + 1, len);
        text += n;
        len -= n;
    }
}

void log_add_sink(struct log_sink *sink)
{
    char line[LINE_MAX];
    struct hold h = log_hold();

    for (uint64_t pos = oldest; pos < end;) {
        uint64_t next = line_end(pos);
        size_t len = MIN(next - pos, sizeof(line));
        for (size_t i = 0; i < len; i++)
            line[i] = ring_at(pos + i);
        sink_write(sink, line, len);
        pos = next;
    }
    sink->next = sinks;
    sinks = sink;
    log_release(h);
}

void log_set_level(enum log_level level)
{
    shown = level;
}

void log_set_clock(uint64_t (*now_ns)(void))
{
    clock = now_ns;
}

size_t log_read(uint64_t *cursor, char *buf, size_t size)
{
    struct hold h = log_hold();
    uint64_t pos = MIN(MAX(*cursor, oldest), end);
    size_t done = 0;

    for (uint64_t next; pos < end; pos = next) {
        next = line_end(pos);
        if (done + (next - pos) > size)
            break;
        for (uint64_t i = pos; i < next; i++)
            buf[done++] = ring_at(i);
    }
    *cursor = pos;
    log_release(h);
    return done;
}

uint64_t log_end(void)
{
    return end;
}

void log_enter_panic(void)
{
    atomic_store(&in_panic, true);
}

bool log_panicking(void)
{
    return atomic_load(&in_panic);
}
