// SPDX-License-Identifier: ISC
/*
 * Event files: a counter of 64 bits behind a descriptor. A write adds to it, a read takes all of it
 * (EFD_SEMAPHORE: takes one) and waits while it is 0. man 2 eventfd.
 *
 * Lock: event.lock (spinlock) guards the counter and both wait queues; user memory is copied
 * without.
 */
#include "abi/errno.h"
#include "ipc/ipc.h"
#include "mm/heap.h"
#include "task/signal.h"
#include "x86/uaccess.h"

#define COUNT_MAX (UINT64_MAX - 1)

struct event {
    struct spinlock lock;
    uint64_t count;             // [lock]
    bool one_by_one;            // EFD_SEMAPHORE
    struct wait_queue readable; // [lock] count > 0
    struct wait_queue writable; // [lock] room for more
};

static SLAB_CACHE(event_cache, struct event);

static ssize_t event_read(struct file *f, uaddr_t buf, size_t n, uint64_t *pos)
{
    (void)pos;
    struct event *e = f->data;
    uint64_t value = 0;
    int err = 0;
    if (n < sizeof(value))
        return -EINVAL;
    spin_lock(&e->lock);
    while (!e->count && !err)
        err = f->flags & O_NONBLOCK ? -EAGAIN
                                    : wait_on(&e->readable, WAIT_SIGNALS, NEVER, "event read");
    if (!err) {
        value = e->one_by_one ? 1 : e->count;
        e->count -= value;
        wake_all(&e->writable); // each may want to add another amount
        if (e->count)
            wake_one(&e->readable);
    }
    spin_unlock(&e->lock);
    if (!err)
        err = copy_out(buf, &value);
    return err == -EINTR ? -ERESTARTSYS : err ? err : (ssize_t)sizeof(value);
}

static ssize_t event_write(struct file *f, uaddr_t buf, size_t n, uint64_t *pos)
{
    (void)pos;
    struct event *e = f->data;
    uint64_t value;
    if (n < sizeof(value))
        return -EINVAL;
    int err = copy_in(&value, buf);
    if (err)
        return err;
    if (value == UINT64_MAX)
        return -EINVAL;
    spin_lock(&e->lock);
    while (value > COUNT_MAX - e->count && !err)
        err = f->flags & O_NONBLOCK ? -EAGAIN
                                    : wait_on(&e->writable, WAIT_SIGNALS, NEVER, "event write");
    if (!err) {
        e->count += value;
        if (e->count)
            wake_one(&e->readable);
    }
    spin_unlock(&e->lock);
    return err == -EINTR ? -ERESTARTSYS : err ? err : (ssize_t)sizeof(value);
}

static unsigned event_poll(struct file *f, struct poll_table *t)
{
    struct event *e = f->data;
    poll_wait(t, &e->readable);
    poll_wait(t, &e->writable);
    spin_lock(&e->lock);
    unsigned events = (e->count ? POLLIN : 0) | (e->count < COUNT_MAX ? POLLOUT : 0);
    spin_unlock(&e->lock);
    return events;
}

static void event_release(struct file *f)
{
    slab_free(&event_cache, f->data);
}

/* A position means nothing here, and asking for one is no error. */
static off_t event_seek(struct file *f, off_t off, int whence)
{
    (void)f, (void)off, (void)whence;
    return 0;
}

static const struct file_ops event_ops = {.read = event_read,
                                          .write = event_write,
                                          .poll = event_poll,
                                          .seek = event_seek,
                                          .release = event_release};

struct file *eventfd_create(uint64_t count, bool one_by_one, unsigned flags)
{
    struct event *e = slab_zalloc(&event_cache);
    struct file *f = e ? file_create(&event_ops, O_RDWR | flags, NULL, e) : NULL;
    if (!f) {
        if (e)
            slab_free(&event_cache, e);
        return NULL;
    }
    spin_init(&e->lock, "event");
    wait_queue_init(&e->readable, &e->lock);
    wait_queue_init(&e->writable, &e->lock);
    e->count = count;
    e->one_by_one = one_by_one;
    f->path = kstrdup("anon_inode:[eventfd]");
    return f;
}
