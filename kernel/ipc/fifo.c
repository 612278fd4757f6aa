// SPDX-License-Identifier: ISC
/*
 * FIFOs: pipes that are opened by name. What differs from a pipe is the opening: each end waits for
 * the other, unless O_NONBLOCK says not to. POSIX "open"; man 7 fifo.
 */
#include "abi/errno.h"
#include "ipc/ipc.h"
#include "ipc/pipe.h"
#include "task/signal.h"

/*
 * Waits until the other end is opened, were it only for a moment. 0 or -ERESTARTSYS. An end that was
 * open when ours was counted is enough: its owner, woken by us, may have written and closed by now.
 */
static int wait_for_other_end(struct pipe *p, bool want_writer, unsigned before)
{
    int err = 0;
    spin_lock(&p->lock);
    unsigned *ends = want_writer ? &p->writers : &p->readers;
    unsigned *opens = want_writer ? &p->writer_opens : &p->reader_opens;
    while (!err && !*ends && *opens == before)
        err = wait_on(&p->opened, WAIT_SIGNALS, NEVER, "fifo open");
    spin_unlock(&p->lock);
    return err ? -ERESTARTSYS : 0;
}

/*
 * open(2) of a FIFO: for reading waits for a writer (with O_NONBLOCK does not), for writing waits
 * for a reader (with O_NONBLOCK: -ENXIO), for both never waits.
 */
static int fifo_open(struct inode *i, struct file *f)
{
    if (!file_readable(f) && !file_writable(f))
        return -EINVAL;
    struct pipe *p = pipe_attach(i);
    if (!p)
        return -ENOMEM;
    f->ops = &pipe_ops;
    f->data = p;
    unsigned before = pipe_count_ends(p, f);
    bool both = file_readable(f) && file_writable(f);
    bool nonblock = f->flags & O_NONBLOCK;
    int err = 0;
    if (!both && file_writable(f) && nonblock) {
        spin_lock(&p->lock);
        err = p->readers ? 0 : -ENXIO;
        spin_unlock(&p->lock);
    } else if (!both && !nonblock) {
        err = wait_for_other_end(p, file_readable(f), before);
    }
    if (err)
        pipe_release(f); // the caller drops a file without operations
    return err;
}

/* An inode ends only after its files, and with them its pipe. */
static void fifo_destroy(struct inode *i)
{
    panic("inode %lu ends with a pipe in use", i->ino);
}

void pipe_init(void)
{
    fifo_ops = (struct fifo_ops){.open = fifo_open, .destroy = fifo_destroy};
}
