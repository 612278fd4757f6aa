// SPDX-License-Identifier: ISC
/*
 * Terminals: line discipline between a device that shows and types characters (serial line, screen
 * with keyboard; later a pseudo-terminal) and the processes that read and write it. POSIX chapter
 * 11 "General Terminal Interface"; where that leaves a choice, Linux's N_TTY.
 *
 *   tty.c         life, opening, reading, writing, polling, hang-up
 *   tty_input.c   what is typed: editing, echo, signals, flow control
 *   tty_output.c  what is written, on its way to the device
 *   tty_control.c ioctl and job control
 *
 * Locks: tty->lock (a spinlock: input comes by interrupt) guards everything but what is marked [t],
 * which belongs to process_tree_lock. Order: tty->lock, process_tree_lock; tty->lock, the device's.
 * read_lock and write_lock make one read or write at a time; user memory is copied under them only.
 */
#pragma once

#include "abi/termios.h"
#include "fs/file.h"
#include "lib/base.h"
#include "lib/ring.h"
#include "sched/mutex.h"
#include "task/process.h"

#define TTY_BUFFER 4096u // bytes of input that wait to be read: Linux's N_TTY_BUF_SIZE

struct tty;

struct tty_driver {
    /* Output after processing. tty->lock held; never sleeps. */
    void (*write)(struct tty *t, const char *text, size_t len);
    /* How much `write` can take now; NULL: any amount. When that grows the driver calls
     * tty_writable. */
    size_t (*room)(struct tty *t);
    /* Bytes written that are not out yet; NULL: none, ever. At 0 the driver calls tty_writable. */
    size_t (*pending)(struct tty *t);
};

struct tty {
    const char *name;
    unsigned major, minor;
    const struct tty_driver *driver;
    void *driver_data;
    struct spinlock lock;
    struct mutex read_lock, write_lock;
    struct ktermios termios;
    struct winsize window;
    unsigned generation; // a file opened under another one has been hung up

    // who it controls
    struct session *session; // [t] whose controlling terminal it is
    int group;               // [t] foreground group, 0 = none

    // input: bytes tail to head, of which those before `complete` are whole lines (canonical mode)
    uint8_t input[TTY_BUFFER];
    uint64_t ends[TTY_BUFFER / 64]; // a bit for each byte that ends a line
    uint32_t tail, complete, head;  // run freely
    bool literal_next;              // VLNEXT was typed
    bool erasing;                   // ECHOPRT: between \ and /
    struct ring waiting;            // typed while `input` was full
    uint8_t waiting_data[TTY_BUFFER];
    struct wait_queue readable;

    // output
    bool stopped;         // VSTOP or TCOOFF
    unsigned column;      // of the cursor, as far as it can be known
    unsigned line_column; // where the line being typed began
    char held[256];       // echo while stopped
    unsigned held_len;
    struct wait_queue writable;
};

/* Terminals of the serial line and the screen, /dev/console, /dev/tty, /dev/vmio. */
void tty_init(void);
/* A terminal at work but without a name in /dev. rows, cols 0: unknown. */
void tty_setup(struct tty *t, const char *name, const struct tty_driver *driver, unsigned rows,
               unsigned cols);
/* One named /dev/NAME with device number (major, minor); it lives for ever. NULL without memory. */
struct tty *tty_create(const char *name, unsigned major, unsigned minor,
                       const struct tty_driver *driver, unsigned rows, unsigned cols);

/* Characters typed on the device. Any context. */
void tty_input(struct tty *t, const char *text, size_t len);
/* The driver has room again, or nothing pending. Any context. */
void tty_writable(struct tty *t);
void tty_set_window(struct tty *t,
                    const struct winsize *window); // SIGWINCH to the foreground group
/* Every file that is open on it reads the end and writes -EIO from now on. */
void tty_hang_up(struct tty *t);
/* At the end of a session leader: SIGHUP to the foreground group, the terminal hung up. */
void tty_session_ends(struct session *s);
int tty_device_number(struct tty *t);    // for /proc/PID/stat
int tty_foreground_group(struct tty *t); // process_tree_lock held or not: one word is read

// --- between the files of this subsystem; t->lock held unless said otherwise ---------------------

/* One file open on a terminal. */
struct tty_file {
    struct tty *tty;
    unsigned generation;
    bool console; // opened as /dev/console: background processes may read
};

static inline struct tty_file *tty_file_of(struct file *f)
{
    return f->data;
}

static inline struct tty *tty_of(struct file *f)
{
    return tty_file_of(f)->tty;
}

static inline bool tty_is_hung_up(struct file *f)
{
    return tty_file_of(f)->generation != tty_of(f)->generation;
}

static inline bool tty_is_canonical(const struct tty *t)
{
    return t->termios.c_lflag & ICANON;
}

static inline bool tty_is_end(const struct tty *t, uint32_t at)
{
    return t->ends[at % TTY_BUFFER / 64] >> at % 64 & 1;
}

#define TTY_EOF_CHAR '\0' // a line end of this value is VEOF: it ends a read and is not given

void tty_process_waiting(struct tty *t); // after a read made room
void tty_flush_input(struct tty *t);
void tty_mode_changed(struct tty *t, const struct ktermios *old);
uint32_t tty_bytes_available(const struct tty *t, bool for_poll); // enough to read, or 0
uint32_t tty_bytes_readable(const struct tty *t);                 // FIONREAD
void tty_set_default_modes(struct tty *t);

void tty_output(struct tty *t, const char *text, size_t len); // with OPOST's processing
void tty_output_raw(struct tty *t, const char *text, size_t len);
void tty_start(struct tty *t);
void tty_stop(struct tty *t);
int tty_drain(struct tty *t); // waits until all is out: 0 or -ERESTARTSYS

/* No lock held. May the caller read (SIGTTIN) or change (SIGTTOU) it now? 0, -EIO, -ERESTARTSYS. */
int tty_check_background(struct tty *t, int sig);
long tty_ioctl(struct file *f, unsigned cmd, uaddr_t arg);
/* Makes it the controlling terminal of the caller's session when the rules of open allow it. */
void tty_open_controlling(struct tty *t);
struct tty *tty_of_session(void);        // the caller's controlling terminal, or NULL
void tty_signal(struct tty *t, int sig); // to the foreground group; t->lock may be held
