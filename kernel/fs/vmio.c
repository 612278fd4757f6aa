// SPDX-License-Identifier: ISC
/*
 * /dev/vmio: standard input and output of the command that tests/vm runs. Output goes to COM1 byte
 * for byte and loses none: a writer waits while the line is busy. Input carries an end of file, so
 * one byte has a meaning: DLE (0x10) before a DLE stands for that byte, DLE before 'E' for the end,
 * which stays. It is no terminal: TCGETS answers -ENOTTY.
 *
 * Input that is not read in time stays in the serial chip when the buffer is full; the sender
 * waits.
 *
 * Lock: vmio.lock (spinlock, before the serial line's) for everything; user memory is copied under
 * read_lock and write_lock.
 */
#include "fs/vmio.h"

#include "abi/errno.h"
#include "dev/devices.h"
#include "fs/chrdev.h"
#include "lib/ring.h"
#include "mm/heap.h"
#include "task/signal.h"
#include "x86/uaccess.h"

#define VMIO_MAJOR 10 // "misc"
#define VMIO_MINOR 200
#define DLE        0x10
#define INPUT_SIZE 65536u
#define INPUT_FULL (INPUT_SIZE - 256) // room for what the interrupt has in hand

static struct {
    struct spinlock lock;
    struct mutex read_lock, write_lock;
    struct ring input;
    bool escaped; // the last byte was a DLE
    bool ended;
    bool held; // the chip keeps what comes
    struct wait_queue readable, writable;
} vmio;

static void take_byte(uint8_t c)
{
    if (vmio.escaped) {
        vmio.escaped = false;
        if (c == 'E')
            vmio.ended = true;
        else
            ring_write(&vmio.input, &c, 1);
    } else if (c == DLE) {
        vmio.escaped = true;
    } else {
        ring_write(&vmio.input, &c, 1);
    }
}

static void vmio_typed(struct char_device *d, const char *text, size_t len)
{
    (void)d;
    spin_lock(&vmio.lock);
    for (size_t i = 0; i < len; i++)
        take_byte(text[i]);
    if (ring_used(&vmio.input) >= INPUT_FULL && !vmio.held) {
        vmio.held = true;
        serial_hold_input(true);
    }
    wake_all(&vmio.readable);
    spin_unlock(&vmio.lock);
}

static void vmio_writable(struct char_device *d)
{
    (void)d;
    spin_lock(&vmio.lock);
    wake_all(&vmio.writable);
    spin_unlock(&vmio.lock);
}

static ssize_t read_locked(struct file *f, uaddr_t buf, size_t n)
{
    char chunk[512];
    int err = 0;

    spin_lock(&vmio.lock);
    while (!ring_used(&vmio.input) && !vmio.ended && !err) {
        if (f->flags & O_NONBLOCK)
            err = -EAGAIN;
        else if (wait_on(&vmio.readable, WAIT_SIGNALS, NEVER, "vmio read") < 0)
            err = -ERESTARTSYS;
    }
    size_t done = err ? 0 : ring_read(&vmio.input, chunk, MIN(n, sizeof(chunk)));
    if (vmio.held && ring_used(&vmio.input) < INPUT_SIZE / 2) {
        vmio.held = false;
        serial_hold_input(false);
    }
    spin_unlock(&vmio.lock);
    if (done)
        err = copy_to_user(buf, chunk, done);
    return err ?: (ssize_t)done;
}

static int enter(struct file *f, struct mutex *m)
{
    if (f->flags & O_NONBLOCK)
        return mutex_trylock(m) ? 0 : -EAGAIN;
    return mutex_lock_interruptible(m) < 0 ? -ERESTARTSYS : 0;
}

static ssize_t vmio_read(struct file *f, uaddr_t buf, size_t n, uint64_t *pos)
{
    int err = enter(f, &vmio.read_lock);

    (void)pos;
    if (err)
        return err;
    ssize_t done = read_locked(f, buf, n);
    mutex_unlock(&vmio.read_lock);
    return done;
}

/* Sends all of a piece, or as much as went out before a signal. */
static size_t send_piece(struct file *f, const char *bytes, size_t n, int *err)
{
    struct char_device *d = &serial_device;
    size_t done = 0;

    spin_lock(&vmio.lock);
    while (done < n && !*err) {
        size_t piece = MIN(n - done, d->room(d));
        if (piece) {
            d->write(d, bytes + done, piece);
            done += piece;
        } else if (f->flags & O_NONBLOCK) {
            *err = -EAGAIN;
        } else if (wait_on(&vmio.writable, WAIT_SIGNALS, NEVER, "vmio write") < 0) {
            *err = -ERESTARTSYS;
        }
    }
    spin_unlock(&vmio.lock);
    return done;
}

static ssize_t vmio_write(struct file *f, uaddr_t buf, size_t n, uint64_t *pos)
{
    char chunk[512];
    size_t done = 0;
    int err = enter(f, &vmio.write_lock);

    (void)pos;
    if (err)
        return err;
    while (done < n && !err) {
        size_t piece = MIN(n - done, sizeof(chunk));
        err = copy_from_user(chunk, buf + done, piece);
        if (!err)
            done += send_piece(f, chunk, piece, &err);
    }
    mutex_unlock(&vmio.write_lock);
    return done ? (ssize_t)done : err;
}

/* A writer never waits long, so there is always room as far as poll is concerned. */
static unsigned vmio_poll(struct file *f, struct poll_table *table)
{
    unsigned ready = POLLOUT | POLLWRNORM;

    (void)f;
    if (table)
        poll_wait(table, &vmio.readable);
    spin_lock(&vmio.lock);
    if (ring_used(&vmio.input) || vmio.ended)
        ready |= POLLIN | POLLRDNORM;
    spin_unlock(&vmio.lock);
    return ready;
}

static const struct file_ops vmio_ops = {.read = vmio_read, .write = vmio_write, .poll = vmio_poll};

void vmio_init(void)
{
    static struct chrdev device = {
        .name = "vmio", .major = VMIO_MAJOR, .minor = VMIO_MINOR, .mode = 0600, .ops = &vmio_ops};

    spin_init(&vmio.lock, "vmio");
    mutex_init(&vmio.read_lock, "vmio read");
    mutex_init(&vmio.write_lock, "vmio write");
    wait_queue_init(&vmio.readable, &vmio.lock);
    wait_queue_init(&vmio.writable, &vmio.lock);
    vmio.input = (struct ring){.data = kmalloc(INPUT_SIZE), .size = INPUT_SIZE};
    if (!vmio.input.data) {
        log_error("vmio: no memory");
        return;
    }
    serial_device.input = vmio_typed;
    serial_device.writable = vmio_writable;
    chrdev_register(&device);
}
