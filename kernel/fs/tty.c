// SPDX-License-Identifier: ISC
/*
 * Terminals as files: creation, opening, reading, writing, polling, hang-up. See tty.h for the
 * locks and for where the line discipline is.
 */
#include "fs/tty.h"

#include "abi/errno.h"
#include "abi/ioctl.h"
#include "dev/devices.h"
#include "fs/chrdev.h"
#include "fs/vmio.h"
#include "lib/params.h"
#include "lib/string.h"
#include "mm/heap.h"
#include "x86/clock.h"
#include "x86/uaccess.h"

#define TTY_MAJOR    4
#define TTYAUX_MAJOR 5
#define SERIAL_MINOR 64
#define TENTH        100000000ull // ns: the unit of VTIME

// --- reading -------------------------------------------------------------------------------------

/*
 * Moves up to `max` bytes of one line; *over: its end was reached. With `all`, max is all that the
 * reader asked for: a VEOF right behind it goes too, or the next read would find a false end.
 */
static size_t take_line(struct tty *t, char *to, size_t max, bool all, bool *over)
{
    size_t n = 0;

    while (n < max && t->tail != t->complete && !*over) {
        uint8_t c = t->input[t->tail % TTY_BUFFER];
        *over = tty_is_end(t, t->tail++);
        if (!*over || c != TTY_EOF_CHAR)
            to[n++] = c;
    }
    if (all && n == max && !*over && t->tail != t->complete && tty_is_end(t, t->tail) &&
        t->input[t->tail % TTY_BUFFER] == TTY_EOF_CHAR)
        t->tail++;
    return n;
}

static size_t take_raw(struct tty *t, char *to, size_t max)
{
    size_t n = 0;

    while (n < max && t->tail != t->head)
        to[n++] = t->input[t->tail++ % TTY_BUFFER];
    t->complete = t->tail;
    return n;
}

/* Waits until something can be read: 0, or how the read ends: 1 (with what it has) or an error. */
static int wait_readable(struct file *f, struct tty *t, uint64_t deadline)
{
    while (!tty_bytes_available(t, false)) {
        if (tty_is_hung_up(f) || deadline == 0)
            return 1;
        if (f->flags & O_NONBLOCK)
            return -EAGAIN;
        int err = wait_on(&t->readable, WAIT_SIGNALS, deadline, "tty read");
        if (err == -ETIMEDOUT)
            return 1;
        if (err < 0)
            return -ERESTARTSYS;
    }
    return 0;
}

/*
 * read_lock held. In raw mode VMIN and VTIME say when it is enough (POSIX 11.1.7): MIN bytes, each
 * at most TIME after the one before; with MIN 0 what there is, waiting at most TIME for a first.
 */
static ssize_t read_locked(struct file *f, struct tty *t, uaddr_t buf, size_t n)
{
    char chunk[256];
    size_t done = 0;
    ssize_t err = 0;

    spin_lock(&t->lock);
    size_t least = 1;
    uint64_t deadline = NEVER, between = 0;
    if (!tty_is_canonical(t)) {
        uint64_t time = t->termios.c_cc[VTIME] * TENTH;
        least = MAX(t->termios.c_cc[VMIN], 1);
        if (t->termios.c_cc[VMIN])
            between = time;
        else
            deadline = time ? clock_ns() + time : 0;
    }
    while (done < n && (done < least || tty_bytes_available(t, false))) {
        bool over = false, canonical = tty_is_canonical(t);
        err = wait_readable(f, t, deadline);
        if (err)
            break;
        size_t want = MIN(n - done, sizeof(chunk));
        size_t got = canonical ? take_line(t, chunk, want, want == n - done, &over)
                               : take_raw(t, chunk, want);
        tty_process_waiting(t);
        spin_unlock(&t->lock);
        err = copy_to_user(buf + done, chunk, got);
        spin_lock(&t->lock);
        if (err)
            break;
        done += got;
        if (over)
            break;
        if (between)
            deadline = clock_ns() + between;
    }
    spin_unlock(&t->lock);
    return done || err > 0 ? (ssize_t)done : err;
}

/* One read or write at a time; the wait for the others' end can be interrupted. */
static int enter(struct file *f, struct mutex *m)
{
    if (f->flags & O_NONBLOCK)
        return mutex_trylock(m) ? 0 : -EAGAIN;
    return mutex_lock_interruptible(m) < 0 ? -ERESTARTSYS : 0;
}

static ssize_t tty_read(struct file *f, uaddr_t buf, size_t n, uint64_t *pos)
{
    struct tty *t = tty_of(f);

    (void)pos;
    if (tty_is_hung_up(f))
        return 0;
    int err = tty_file_of(f)->console ? 0 : tty_check_background(t, SIGTTIN);
    if (!err)
        err = enter(f, &t->read_lock);
    if (err)
        return err;
    ssize_t done = read_locked(f, t, buf, n);
    mutex_unlock(&t->read_lock);
    return done;
}

// --- writing -------------------------------------------------------------------------------------

/* How many bytes may be written now; a tab may become eight. */
static size_t room(struct tty *t)
{
    if (t->stopped)
        return 0;
    return t->driver->room ? t->driver->room(t) / 8 : SIZE_MAX;
}

/* Waits for room, lock held; 0, -EIO, -EAGAIN, -ERESTARTSYS. */
static int wait_writable(struct file *f, struct tty *t)
{
    while (!tty_is_hung_up(f)) {
        if (room(t))
            return 0;
        if (f->flags & O_NONBLOCK)
            return -EAGAIN;
        if (wait_on(&t->writable, WAIT_SIGNALS, NEVER, "tty write") < 0)
            return -ERESTARTSYS;
    }
    return -EIO;
}

/* write_lock held. Pieces are short: the lock keeps interrupts off while a slow line takes them. */
static ssize_t write_locked(struct file *f, struct tty *t, uaddr_t buf, size_t n)
{
    char chunk[128];
    size_t done = 0;
    int err = 0;

    while (done < n) {
        size_t have = MIN(n - done, sizeof(chunk)), used = 0;
        err = copy_from_user(chunk, buf + done, have);
        if (err)
            break;
        spin_lock(&t->lock);
        while (used < have && !(err = wait_writable(f, t))) {
            size_t piece = MIN(have - used, room(t));
            tty_output(t, chunk + used, piece);
            used += piece;
        }
        spin_unlock(&t->lock);
        done += used;
        if (err)
            break;
    }
    return done ? (ssize_t)done : err;
}

static ssize_t tty_write(struct file *f, uaddr_t buf, size_t n, uint64_t *pos)
{
    struct tty *t = tty_of(f);
    int err = 0;

    (void)pos;
    if (tty_is_hung_up(f))
        return -EIO;
    if ((t->termios.c_lflag & TOSTOP) && !tty_file_of(f)->console)
        err = tty_check_background(t, SIGTTOU);
    if (!err)
        err = enter(f, &t->write_lock);
    if (err)
        return err;
    ssize_t done = write_locked(f, t, buf, n);
    mutex_unlock(&t->write_lock);
    return done;
}

int tty_drain(struct tty *t)
{
    while (t->driver->pending && t->driver->pending(t)) {
        if (wait_on(&t->writable, WAIT_SIGNALS, NEVER, "tty drain") < 0)
            return -ERESTARTSYS;
    }
    return 0;
}

static unsigned tty_poll(struct file *f, struct poll_table *table)
{
    struct tty *t = tty_of(f);
    unsigned ready = 0;

    if (table) {
        poll_wait(table, &t->readable);
        poll_wait(table, &t->writable);
    }
    spin_lock(&t->lock);
    if (tty_is_hung_up(f))
        ready = POLLIN | POLLRDNORM | POLLOUT | POLLWRNORM | POLLERR | POLLHUP;
    if (tty_bytes_available(t, true))
        ready |= POLLIN | POLLRDNORM;
    if (room(t))
        ready |= POLLOUT | POLLWRNORM;
    spin_unlock(&t->lock);
    return ready;
}

static void tty_release(struct file *f)
{
    kfree(f->data);
}

static const struct file_ops tty_file_ops = {.read = tty_read,
                                             .write = tty_write,
                                             .poll = tty_poll,
                                             .ioctl = tty_ioctl,
                                             .release = tty_release};

// --- life ----------------------------------------------------------------------------------------

void tty_writable(struct tty *t)
{
    spin_lock(&t->lock);
    wake_all(&t->writable);
    spin_unlock(&t->lock);
}

void tty_set_default_modes(struct tty *t)
{
    static const struct ktermios modes = {
        .c_iflag = ICRNL | IXON | IUTF8,
        .c_oflag = OPOST | ONLCR,
        .c_cflag = B115200 | CS8 | CREAD | HUPCL | CLOCAL,
        .c_lflag = ISIG | ICANON | ECHO | ECHOE | ECHOK | ECHOCTL | ECHOKE | IEXTEN,
        .c_line = N_TTY,
        .c_cc = {[VINTR] = 'C' - 64,
                 [VQUIT] = '\\' - 64,
                 [VERASE] = 0x7f,
                 [VKILL] = 'U' - 64,
                 [VEOF] = 'D' - 64,
                 [VMIN] = 1,
                 [VSTART] = 'Q' - 64,
                 [VSTOP] = 'S' - 64,
                 [VSUSP] = 'Z' - 64,
                 [VREPRINT] = 'R' - 64,
                 [VDISCARD] = 'O' - 64,
                 [VWERASE] = 'W' - 64,
                 [VLNEXT] = 'V' - 64},
    };

    t->termios = modes;
}

void tty_setup(struct tty *t, const char *name, const struct tty_driver *driver, unsigned rows,
               unsigned cols)
{
    memset(t, 0, sizeof(*t));
    t->name = name;
    t->driver = driver;
    t->window = (struct winsize){.ws_row = rows, .ws_col = cols};
    spin_init(&t->lock, name);
    mutex_init(&t->read_lock, "tty read");
    mutex_init(&t->write_lock, "tty write");
    wait_queue_init(&t->readable, &t->lock);
    wait_queue_init(&t->writable, &t->lock);
    t->waiting = (struct ring){.data = t->waiting_data, .size = sizeof(t->waiting_data)};
    tty_set_default_modes(t);
}

static int tty_open(struct tty *t, struct file *f, bool console)
{
    struct tty_file *tf = kmalloc(sizeof(*tf));

    if (!tf)
        return -ENOMEM;
    *tf = (struct tty_file){t, t->generation, console};
    f->data = tf;
    f->ops = &tty_file_ops;
    if (!console && !(f->flags & O_NOCTTY) && file_readable(f))
        tty_open_controlling(t);
    return 0;
}

static int open_named(struct chrdev *d, struct file *f)
{
    return tty_open(d->data, f, false);
}

static int open_console(struct chrdev *d, struct file *f)
{
    return d->data ? tty_open(d->data, f, true) : -ENXIO;
}

/* /dev/tty: whatever terminal controls the caller's session. */
static int open_current(struct chrdev *d, struct file *f)
{
    struct tty *t = tty_of_session();

    (void)d;
    f->flags |= O_NOCTTY;
    return t ? tty_open(t, f, false) : -ENXIO;
}

static bool register_name(const char *name, unsigned major, unsigned minor, struct tty *t)
{
    struct chrdev *d = kzalloc(sizeof(*d));

    if (!d)
        return false;
    *d = (struct chrdev){.name = name,
                         .major = major,
                         .minor = minor,
                         .mode = 0620,
                         .ops = &tty_file_ops,
                         .data = t,
                         .open = open_named};
    chrdev_register(d);
    return true;
}

struct tty *tty_create(const char *name, unsigned major, unsigned minor,
                       const struct tty_driver *driver, unsigned rows, unsigned cols)
{
    struct tty *t = kzalloc(sizeof(*t));

    if (!t)
        return NULL;
    tty_setup(t, name, driver, rows, cols);
    t->major = major;
    t->minor = minor;
    if (!register_name(name, major, minor, t)) {
        kfree(t);
        return NULL;
    }
    return t;
}

void tty_hang_up(struct tty *t)
{
    spin_lock(&t->lock);
    t->generation++;
    tty_flush_input(t);
    tty_start(t);
    tty_set_default_modes(t); // the next session does not inherit a raw terminal
    wake_all(&t->readable);
    wake_all(&t->writable);
    spin_unlock(&t->lock);
}

void tty_session_ends(struct session *s)
{
    spin_lock(&process_tree_lock);
    struct tty *t = s->tty;
    if (t) {
        int group = t->group;
        s->tty = NULL;
        t->session = NULL;
        t->group = 0;
        if (group)
            signal_send_group_locked(group, SIGHUP, NULL);
    }
    spin_unlock(&process_tree_lock);
    if (t)
        tty_hang_up(t);
}

int tty_device_number(struct tty *t)
{
    return t->major << 8 | t->minor;
}

int tty_foreground_group(struct tty *t)
{
    return t->group;
}

// --- the machine's own terminals -----------------------------------------------------------------

static void device_write(struct tty *t, const char *text, size_t len)
{
    struct char_device *d = t->driver_data;

    d->write(d, text, len);
}

static void device_typed(struct char_device *d, const char *text, size_t len)
{
    tty_input(d->owner, text, len);
}

static size_t device_room(struct tty *t)
{
    struct char_device *d = t->driver_data;

    return d->room ? d->room(d) : SIZE_MAX;
}

static size_t device_pending(struct tty *t)
{
    struct char_device *d = t->driver_data;

    return d->pending ? d->pending(d) : 0;
}

static void device_writable(struct char_device *d)
{
    tty_writable(d->owner);
}

static struct tty *create_for(struct char_device *d, unsigned minor)
{
    static const struct tty_driver driver = {
        .write = device_write, .room = device_room, .pending = device_pending};

    if (!d->present)
        return NULL;
    struct tty *t = tty_create(d->name, TTY_MAJOR, minor, &driver, d->rows, d->cols);
    if (!t)
        return NULL;
    t->driver_data = d;
    d->owner = t;
    d->input = device_typed;
    d->writable = device_writable;
    return t;
}

void tty_init(void)
{
    static struct chrdev console = {.name = "console",
                                    .major = TTYAUX_MAJOR,
                                    .minor = 1,
                                    .mode = 0600,
                                    .ops = &tty_file_ops,
                                    .open = open_console};
    static struct chrdev session_tty = {.name = "tty",
                                        .major = TTYAUX_MAJOR,
                                        .minor = 0,
                                        .mode = 0666,
                                        .ops = &tty_file_ops,
                                        .open = open_current};
    bool raw_channel = machine_runs_command && !params.vmio_tty && serial_device.present;
    struct tty *serial = raw_channel ? NULL : create_for(&serial_device, SERIAL_MINOR);
    struct tty *screen = create_for(&screen_device, 1);

    if (raw_channel)
        vmio_init();
    if (screen)
        register_name("tty0", TTY_MAJOR, 0, screen);
    console.data = params.console == CONSOLE_SCREEN ? (screen ?: serial) : (serial ?: screen);
    chrdev_register(&console);
    chrdev_register(&session_tty);
}
