// SPDX-License-Identifier: ISC
/*
 * Terminals: line discipline between a device that shows and types characters (serial line, screen
 * with keyboard; later a pseudo-terminal) and the processes that read and write it. POSIX chapter
 * 11 "General Terminal Interface"; Linux's termios values.
 */
#pragma once

#include "abi/termios.h"
#include "fs/file.h"
#include "lib/base.h"
#include "task/process.h"

struct tty;

struct tty_driver {
    /* Output after processing. May be called with spinlocks held; never sleeps. */
    void (*write)(struct tty *t, const char *text, size_t len);
    void (*window_size)(struct tty *t, struct winsize *ws); // the device's own size, at creation
    void *data;
};

/* A terminal named /dev/NAME with device number (major, minor). Lives for ever. */
struct tty *tty_create(const char *name, unsigned major, unsigned minor, const struct tty_driver *driver);
/* Characters typed on the device. Interrupt context. */
void tty_input(struct tty *t, const char *text, size_t len);
void tty_set_window(struct tty *t, unsigned rows, unsigned cols); // SIGWINCH to the foreground group
/* The terminal that /dev/console means, by the word console=. */
void tty_set_console(struct tty *t);
/* At the end of a session leader: SIGHUP, SIGCONT, terminal given up. Called by proc/exit.c. */
void tty_session_ends(struct session *s);
int tty_device_number(struct tty *t); // for /proc/PID/stat
int tty_foreground_group(struct tty *t);
