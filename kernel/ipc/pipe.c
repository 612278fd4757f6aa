// SPDX-License-Identifier: ISC
/*
 * Pipes and FIFOs: a ring of bytes between who writes and who reads.
 *
 * The ring starts with one page and grows to its capacity as it fills, so that the many pipes which
 * carry a line cost a page. A pipe belongs to an inode (of its own, or of the FIFO's name) and
 * exists while either end is open; then what was in it is gone.
 *
 * Locks. read_mutex makes readers take turns, write_mutex writers; whoever holds one may copy user
 * memory, fault and sleep. Only a reader moves ring.tail and only a writer ring.head, so each finds
 * its bytes or its room without the spinlock: the other's mark can only move on meanwhile. `lock` is
 * for moving a mark and waking who waits for it, for the counts of ends and the wait queues. Waiting for bytes or room happens without any mutex. To replace the ring's
 * memory both mutexes are needed, write_mutex first. inode->lock guards inode->pipe.
 *
 * A write of up to PIPE_ATOMIC bytes waits until all of it fits; a longer one goes in as room
 * comes. Who waits for room is woken when PIPE_ATOMIC bytes are free, so a full pipe does not
 * switch threads for each byte.
 *
 * POSIX "pipe", "write"; man 7 pipe, man 7 fifo.
 */
#include "abi/errno.h"
#include "abi/ioctl.h"
#include "fs/inode.h"
#include "ipc/ipc.h"
#include "ipc/pipe.h"
#include "lib/string.h"
#include "mm/heap.h"
#include "task/signal.h"
#include "x86/uaccess.h"

#define RING_FIRST   4096u
#define RING_LARGEST (1u << 20) // what F_SETPIPE_SZ gives everybody

static SLAB_CACHE(pipe_cache, struct pipe);

static struct pipe *pipe_alloc(void)
{
    struct pipe *p = slab_zalloc(&pipe_cache);
    if (!p)
        return NULL;
    p->ring.data = kmalloc(RING_FIRST);
    if (!p->ring.data) {
        slab_free(&pipe_cache, p);
        return NULL;
    }
    p->ring.size = RING_FIRST;
    p->capacity = PIPE_BUFFER;
    spin_init(&p->lock, "pipe");
    wait_queue_init(&p->readable, &p->lock);
    wait_queue_init(&p->writable, &p->lock);
    wait_queue_init(&p->opened, &p->lock);
    mutex_init(&p->read_mutex, "pipe read");
    mutex_init(&p->write_mutex, "pipe write");
    return p;
}

static void pipe_free(struct pipe *p)
{
    kfree(p->ring.data);
    slab_free(&pipe_cache, p);
}

/*
 * The ring as reader or writer finds it; the mutex of that side held. The other side has copied its
 * bytes before it moved its mark.
 */
static struct ring ring_now(struct pipe *p)
{
    struct ring r = {.data = p->ring.data, .size = p->ring.size};
    r.head = __atomic_load_n(&p->ring.head, __ATOMIC_ACQUIRE);
    r.tail = __atomic_load_n(&p->ring.tail, __ATOMIC_ACQUIRE);
    return r;
}

// --- reading -------------------------------------------------------------------------------------

/* Bytes to the user in at most two pieces; read_mutex held. How many, 0 = none there, -EFAULT. */
static ssize_t take_bytes(struct pipe *p, uaddr_t buf, size_t n)
{
    size_t done = 0, left = 0;
    struct ring r = ring_now(p);
    n = MIN(n, ring_used(&r));
    while (done < n && !left) {
        uint32_t part;
        uint8_t *from = ring_read_space(&r, &part);
        part = (uint32_t)MIN(n - done, part);
        left = copy_to_user_partial(buf + done, from, part);
        r.tail += part - (uint32_t)left;
        done += part - left;
    }
    if (done == 0)
        return left ? -EFAULT : 0;
    spin_lock(&p->lock);
    __atomic_store_n(&p->ring.tail, r.tail, __ATOMIC_RELEASE);
    if (ring_free(&p->ring) >= PIPE_ATOMIC)
        wake_one(&p->writable);
    if (ring_used(&p->ring))
        wake_one(&p->readable); // the next reader can go on too
    spin_unlock(&p->lock);
    return (ssize_t)done;
}

/* Waits for bytes. 0: look again; 1: none will come; -EAGAIN, -ERESTARTSYS. */
static int wait_readable(struct pipe *p, bool nonblock)
{
    int err = 0;
    spin_lock(&p->lock);
    while (!err && !ring_used(&p->ring) && p->writers)
        err = nonblock ? -EAGAIN : wait_on(&p->readable, WAIT_SIGNALS, NEVER, "pipe read");
    if (!err && !ring_used(&p->ring))
        err = 1;
    spin_unlock(&p->lock);
    return err == -EINTR ? -ERESTARTSYS : err;
}

static ssize_t pipe_read(struct file *f, uaddr_t buf, size_t n, uint64_t *pos)
{
    (void)pos;
    struct pipe *p = pipe_of(f);
    if (n == 0)
        return 0;
    for (;;) {
        mutex_lock(&p->read_mutex);
        ssize_t done = take_bytes(p, buf, n);
        mutex_unlock(&p->read_mutex);
        if (done)
            return done;
        int err = wait_readable(p, f->flags & O_NONBLOCK);
        if (err)
            return err > 0 ? 0 : err;
    }
}

// --- writing -------------------------------------------------------------------------------------

/*
 * A larger ring with the same contents; both mutexes held. False: no memory, or it is too small for
 * what is in it.
 */
static bool replace_ring(struct pipe *p, uint32_t size)
{
    struct ring fresh = {.data = kmalloc(size), .size = size};
    if (!fresh.data)
        return false;
    uint32_t part;
    struct ring old = p->ring; // no reader and no writer: the marks stand still
    while (ring_used(&old)) {
        uint8_t *from = ring_read_space(&old, &part);
        ring_write(&fresh, from, part);
        old.tail += part;
    }
    spin_lock(&p->lock);
    p->ring = fresh;
    spin_unlock(&p->lock);
    kfree(old.data);
    return true;
}

/* Makes room for n bytes where the capacity allows it; write_mutex held. */
static void grow_ring(struct pipe *p, size_t n)
{
    size_t want = MIN(ring_used(&p->ring) + n, (size_t)p->capacity);
    uint32_t size = p->ring.size;
    while (size < want)
        size *= 2;
    if (size == p->ring.size)
        return;
    mutex_lock(&p->read_mutex);
    while (size > p->ring.size && !replace_ring(p, size))
        size /= 2; // little memory: what there is must do
    mutex_unlock(&p->read_mutex);
}

/*
 * Bytes from the user; write_mutex held. How many; 0: no room (for all of them, when n is small
 * enough to be kept together); -EPIPE, -EFAULT.
 */
static ssize_t put_bytes(struct pipe *p, uaddr_t buf, size_t n)
{
    size_t done = 0, left = 0;
    struct ring r = ring_now(p);
    if (n > ring_free(&r) && r.size < p->capacity) {
        grow_ring(p, n);
        r = ring_now(p);
    }
    if (!p->readers)
        return -EPIPE;
    if (ring_free(&r) < MIN(n, (size_t)PIPE_ATOMIC))
        return 0;
    n = MIN(n, ring_free(&r));
    while (done < n && !left) {
        uint32_t part;
        uint8_t *to = ring_write_space(&r, &part);
        part = (uint32_t)MIN(n - done, part);
        left = copy_from_user_partial(to, buf + done, part);
        r.head += part - (uint32_t)left;
        done += part - left;
    }
    if (done == 0)
        return -EFAULT;
    spin_lock(&p->lock);
    __atomic_store_n(&p->ring.head, r.head, __ATOMIC_RELEASE);
    wake_one(&p->readable);
    if (ring_free(&p->ring) >= PIPE_ATOMIC)
        wake_one(&p->writable);
    spin_unlock(&p->lock);
    return (ssize_t)done;
}

/* Waits until `need` bytes are free or nobody reads. 0: look again; -EAGAIN, -ERESTARTSYS. */
static int wait_writable(struct pipe *p, size_t need, bool nonblock)
{
    int err = 0;
    spin_lock(&p->lock);
    while (!err && ring_free(&p->ring) < need && p->readers)
        err = nonblock ? -EAGAIN : wait_on(&p->writable, WAIT_SIGNALS, NEVER, "pipe write");
    spin_unlock(&p->lock);
    return err == -EINTR ? -ERESTARTSYS : err;
}

/* One piece in full, as far as blocking allows: bytes, or the error when there were none. */
static ssize_t write_piece(struct file *f, uaddr_t buf, size_t n)
{
    struct pipe *p = pipe_of(f);
    size_t done = 0;
    ssize_t part = 0;
    while (done < n) {
        mutex_lock(&p->write_mutex);
        part = put_bytes(p, buf + done, n - done);
        mutex_unlock(&p->write_mutex);
        if (part == 0)
            part = wait_writable(p, MIN(n - done, (size_t)PIPE_ATOMIC), f->flags & O_NONBLOCK);
        if (part < 0)
            break;
        done += (size_t)part;
    }
    if (part == -EPIPE)
        signal_send_thread(current, SIGPIPE, NULL);
    return done ? (ssize_t)done : part;
}

static ssize_t pipe_write(struct file *f, uaddr_t buf, size_t n, uint64_t *pos)
{
    (void)pos;
    return write_piece(f, buf, n);
}

/* All pieces of a short vector go in under one turn of write_mutex, once there is room for all. */
static ssize_t write_together(struct file *f, const struct iovec *v, unsigned count, size_t total)
{
    struct pipe *p = pipe_of(f);
    ssize_t done = 0;
    for (;;) {
        mutex_lock(&p->write_mutex);
        if (p->ring.size - (p->ring.head - p->ring.tail) < total && p->ring.size < p->capacity)
            grow_ring(p, total);
        spin_lock(&p->lock);
        bool fits = ring_free(&p->ring) >= total || !p->readers;
        spin_unlock(&p->lock);
        if (fits)
            break; // with the mutex
        mutex_unlock(&p->write_mutex);
        int err = wait_writable(p, total, f->flags & O_NONBLOCK);
        if (err)
            return err;
    }
    ssize_t part = 0;
    for (unsigned k = 0; k < count; k++) {
        if (v[k].iov_len == 0)
            continue;
        part = put_bytes(p, (uaddr_t)v[k].iov_base, v[k].iov_len);
        if (part > 0)
            done += part;
        if (part < (ssize_t)v[k].iov_len)
            break;
    }
    mutex_unlock(&p->write_mutex);
    if (part == -EPIPE)
        signal_send_thread(current, SIGPIPE, NULL);
    return done ? done : part;
}

static ssize_t pipe_write_vector(struct file *f, const struct iovec *v, unsigned count)
{
    size_t total = 0;
    for (unsigned k = 0; k < count; k++)
        total += v[k].iov_len;
    if (total <= PIPE_ATOMIC)
        return total ? write_together(f, v, count, total) : 0;
    size_t done = 0;
    for (unsigned k = 0; k < count; k++) {
        ssize_t part = write_piece(f, (uaddr_t)v[k].iov_base, v[k].iov_len);
        if (part < 0)
            return done ? (ssize_t)done : part;
        done += (size_t)part;
        if ((size_t)part < v[k].iov_len)
            break;
    }
    return (ssize_t)done;
}

// --- asking --------------------------------------------------------------------------------------

static unsigned pipe_poll(struct file *f, struct poll_table *t)
{
    struct pipe *p = pipe_of(f);
    unsigned events = 0;
    if (file_readable(f))
        poll_wait(t, &p->readable);
    if (file_writable(f))
        poll_wait(t, &p->writable);
    spin_lock(&p->lock);
    if (file_readable(f)) {
        if (ring_used(&p->ring))
            events |= POLLIN | POLLRDNORM;
        // A FIFO that nobody has opened for writing since this open has not been hung up.
        if (!p->writers && f->pos != p->writer_opens)
            events |= POLLHUP;
    }
    if (file_writable(f)) {
        uint32_t room = p->capacity - ring_used(&p->ring);
        if (room >= PIPE_ATOMIC)
            events |= POLLOUT | POLLWRNORM;
        if (!p->readers)
            events |= POLLERR;
    }
    spin_unlock(&p->lock);
    return events;
}

static long pipe_ioctl(struct file *f, unsigned cmd, uaddr_t arg)
{
    struct pipe *p = pipe_of(f);
    if (cmd != FIONREAD)
        return -ENOTTY;
    spin_lock(&p->lock);
    int used = (int)ring_used(&p->ring);
    spin_unlock(&p->lock);
    return copy_out(arg, &used);
}

long pipe_size(struct file *f)
{
    return f->ops == &pipe_ops ? (long)pipe_of(f)->capacity : -EBADF;
}

long pipe_resize(struct file *f, unsigned size)
{
    if (f->ops != &pipe_ops)
        return -EBADF;
    if (size > 1u << 31)
        return -EINVAL;
    uint32_t capacity = RING_FIRST;
    while (capacity < size)
        capacity *= 2;
    struct pipe *p = pipe_of(f);
    if (capacity > RING_LARGEST && capacity > p->capacity && !caller_is_privileged())
        return -EPERM;
    long result = capacity;
    mutex_lock(&p->write_mutex);
    mutex_lock(&p->read_mutex);
    if (ring_used(&p->ring) > capacity)
        result = -EBUSY;
    else if (p->ring.size > capacity && !replace_ring(p, capacity))
        result = -ENOMEM;
    mutex_unlock(&p->read_mutex);
    if (result > 0) {
        spin_lock(&p->lock);
        p->capacity = capacity;
        wake_all(&p->writable);
        spin_unlock(&p->lock);
    }
    mutex_unlock(&p->write_mutex);
    return result;
}

// --- opening and closing -------------------------------------------------------------------------

void pipe_release(struct file *f)
{
    struct pipe *p = pipe_of(f);
    struct inode *i = f->inode;
    spin_lock(&p->lock);
    if (file_readable(f) && --p->readers == 0)
        wake_all(&p->writable);
    if (file_writable(f) && --p->writers == 0)
        wake_all(&p->readable);
    spin_unlock(&p->lock);
    mutex_lock(&i->lock);
    bool last = --p->files == 0;
    if (last)
        i->pipe = NULL;
    mutex_unlock(&i->lock);
    if (last)
        pipe_free(p);
}

const struct file_ops pipe_ops = {
    .read = pipe_read,
    .write = pipe_write,
    .write_vector = pipe_write_vector,
    .poll = pipe_poll,
    .ioctl = pipe_ioctl,
    .release = pipe_release,
};

struct pipe *pipe_attach(struct inode *i)
{
    mutex_lock(&i->lock);
    struct pipe *p = i->pipe;
    if (!p)
        p = i->pipe = pipe_alloc();
    if (p)
        p->files++;
    mutex_unlock(&i->lock);
    return p;
}

unsigned pipe_count_ends(struct pipe *p, struct file *f)
{
    spin_lock(&p->lock);
    unsigned before = file_readable(f) ? p->writer_opens - !!p->writers : p->reader_opens - !!p->readers;
    f->pos = p->writers ? NEVER : p->writer_opens; // what poll compares with
    if (file_readable(f)) {
        p->readers++;
        p->reader_opens++;
    }
    if (file_writable(f)) {
        p->writers++;
        p->writer_opens++;
    }
    wake_all(&p->opened);
    spin_unlock(&p->lock);
    return before;
}

int pipe_create(unsigned flags, struct file *ends[2])
{
    struct inode *i = inode_create_anonymous(S_IFIFO | 0600);
    struct file *in = i ? file_create(NULL, O_RDONLY | flags, i, NULL) : NULL;
    struct file *out = in ? file_create(NULL, O_WRONLY | flags, i, NULL) : NULL;
    struct pipe *p = out ? pipe_attach(i) : NULL;
    if (!p) {
        if (out)
            file_put(out);
        if (in)
            file_put(in);
        inode_put(i);
        return -ENFILE;
    }
    p->files++; // attach counted one of the two
    in->ops = out->ops = &pipe_ops;
    in->data = out->data = p;
    pipe_count_ends(p, in);
    pipe_count_ends(p, out);
    inode_put(i); // the files hold it
    ends[0] = in;
    ends[1] = out;
    return 0;
}
