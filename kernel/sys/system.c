// SPDX-License-Identifier: ISC
/*
 * Calls about the whole machine: its name, its state, its log, random bytes, turning it off.
 */
#include "abi/errno.h"
#include "abi/fcntl.h"
#include "abi/reboot.h"
#include "abi/sysinfo.h"
#include "dev/devices.h"
#include "lib/string.h"
#include "mm/frame.h"
#include "mm/heap.h"
#include "sched/sched.h"
#include "task/process.h"
#include "task/uts.h"
#include "x86/clock.h"
#include "x86/uaccess.h"

// --- names ---------------------------------------------------------------------------------------

long sys_uname(uaddr_t to)
{
    struct utsname n;
    uts_get(&n);
    return copy_out(to, &n);
}

static long set_name(int (*set)(const char *name, size_t len), uaddr_t from, int len)
{
    char name[65];

    if (!process_is_privileged(current_process()))
        return -EPERM;
    if (len < 0 || len > 64)
        return -EINVAL;
    if (copy_from_user(name, from, len) < 0)
        return -EFAULT;
    return set(name, len);
}

long sys_sethostname(uaddr_t name, int len)
{
    return set_name(uts_set_nodename, name, len);
}

long sys_setdomainname(uaddr_t name, int len)
{
    return set_name(uts_set_domainname, name, len);
}

// --- state ---------------------------------------------------------------------------------------

long sys_sysinfo(uaddr_t to)
{
    struct sysinfo info = {.uptime = clock_ns() / NSEC_PER_SEC,
                           .totalram = frame_count_total() << PAGE_SHIFT,
                           .freeram = frame_count_free() << PAGE_SHIFT,
                           .procs = thread_count(),
                           .mem_unit = 1};

    for (int i = 0; i < 3; i++)
        info.loads[i] = sched_load_average(i);
    return copy_out(to, &info);
}

/* Fills the buffer; once 256 bytes are given, a signal ends the call early, as on Linux. */
long sys_getrandom(uaddr_t buf, size_t n, unsigned flags)
{
    uint64_t words[32];
    size_t done = 0;

    if (flags & ~(GRND_NONBLOCK | GRND_RANDOM | GRND_INSECURE) ||
        (flags & (GRND_RANDOM | GRND_INSECURE)) == (GRND_RANDOM | GRND_INSECURE))
        return -EINVAL;
    n = MIN(n, (size_t)INT32_MAX);
    while (done < n && !(done && signal_pending())) {
        size_t piece = MIN(n - done, sizeof(words));
        for (size_t i = 0; i < DIV_ROUND_UP(piece, 8); i++)
            words[i] = cpu_random();
        if (copy_to_user(buf + done, words, piece) < 0)
            return done ? (long)done : -EFAULT;
        done += piece;
    }
    return done;
}

// --- the log -------------------------------------------------------------------------------------

#define LOG_BUFFER (128u << 10) // what SIZE_BUFFER says, and the most that one call gives

static _Atomic uint64_t log_cleared; // SYSLOG_ACTION_CLEAR: READ_ALL begins here
static _Atomic uint64_t log_seen;    // SYSLOG_ACTION_READ goes on here

/* The newest whole lines behind `from` that fit into n bytes. */
static long read_newest(uaddr_t buf, size_t n, uint64_t from)
{
    n = MIN(n, (size_t)LOG_BUFFER);
    char *text = kmalloc(n + 1);
    if (!text)
        return -ENOMEM;
    uint64_t end = log_end(), at = from;
    bool cut = end - from > n;
    if (cut)
        at = end - n;
    size_t len = log_read(&at, text, n), start = 0;
    while (cut && start < len && text[start++] != '\n') // the line that at fell into
        ;
    long err = copy_to_user(buf, text + start, len - start);
    kfree(text);
    return err ? err : (long)(len - start);
}

/* What READ has not given yet. Never waits: 0 when there is nothing new. */
static long read_next(uaddr_t buf, size_t n)
{
    n = MIN(n, (size_t)LOG_BUFFER);
    char *text = kmalloc(n + 1);
    if (!text)
        return -ENOMEM;
    uint64_t at = log_seen;
    size_t len = log_read(&at, text, n);
    long err = copy_to_user(buf, text, len);
    if (!err)
        log_seen = at;
    kfree(text);
    return err ? err : (long)len;
}

long sys_syslog(int action, uaddr_t buf, int len)
{
    bool reads = action >= SYSLOG_ACTION_READ && action <= SYSLOG_ACTION_READ_CLEAR;
    long done;

    // Anybody may look, as on a Linux with kernel.dmesg_restrict 0.
    if (action != SYSLOG_ACTION_READ_ALL && action != SYSLOG_ACTION_SIZE_BUFFER &&
        !process_is_privileged(current_process()))
        return -EPERM;
    if (reads && (!buf || len < 0))
        return -EINVAL;
    if (reads && len == 0)
        return 0;
    switch (action) {
    case SYSLOG_ACTION_CLOSE:
    case SYSLOG_ACTION_OPEN:
    case SYSLOG_ACTION_CONSOLE_OFF: // errors are shown all the same
    case SYSLOG_ACTION_CONSOLE_ON:
        return 0;
    case SYSLOG_ACTION_READ:
        return read_next(buf, len);
    case SYSLOG_ACTION_READ_ALL:
    case SYSLOG_ACTION_READ_CLEAR:
        done = read_newest(buf, len, log_cleared);
        if (done >= 0 && action == SYSLOG_ACTION_READ_CLEAR)
            log_cleared = log_end();
        return done;
    case SYSLOG_ACTION_CLEAR:
        log_cleared = log_end();
        return 0;
    case SYSLOG_ACTION_CONSOLE_LEVEL:
        if (len < 1 || len > 8)
            return -EINVAL;
        log_set_level(len <= 4 ? LOG_ERROR : len == 5 ? LOG_WARN : len <= 7 ? LOG_INFO : LOG_DEBUG);
        return 0;
    case SYSLOG_ACTION_SIZE_UNREAD:
        return MIN(log_end() - log_seen, (uint64_t)LOG_BUFFER);
    case SYSLOG_ACTION_SIZE_BUFFER:
        return LOG_BUFFER;
    }
    return -EINVAL;
}

// --- the end -------------------------------------------------------------------------------------

long sys_reboot(unsigned magic1, unsigned magic2, unsigned cmd, uaddr_t arg)
{
    (void)arg; // RESTART2's string is for firmware that takes one
    if (!process_is_privileged(current_process()))
        return -EPERM;
    if (magic1 != LINUX_REBOOT_MAGIC1 ||
        (magic2 != LINUX_REBOOT_MAGIC2 && magic2 != LINUX_REBOOT_MAGIC2A &&
         magic2 != LINUX_REBOOT_MAGIC2B && magic2 != LINUX_REBOOT_MAGIC2C))
        return -EINVAL;
    switch (cmd) {
    case LINUX_REBOOT_CMD_CAD_ON:
    case LINUX_REBOOT_CMD_CAD_OFF:
        return 0;
    case LINUX_REBOOT_CMD_RESTART:
    case LINUX_REBOOT_CMD_RESTART2:
        power_reboot();
    case LINUX_REBOOT_CMD_HALT:
        log_info("power: halted");
        power_halt();
    case LINUX_REBOOT_CMD_POWER_OFF:
        power_off();
    }
    return -EINVAL;
}
