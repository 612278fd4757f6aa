// SPDX-License-Identifier: ISC
/*
 * Regular files of the memory file system: read, write, seek, map and truncate on the memory object
 * that holds the contents. Holes take no memory and read as zeroes.
 *
 * Locks: the inode's lock orders writers and truncation (O_APPEND finds the end under it); readers
 * take none. User memory is copied with it held: the page-fault path never takes it.
 */
#include "abi/errno.h"
#include "fs/memfs.h"
#include "mm/heap.h"
#include "task/process.h"
#include "task/signal.h"

static void contents_destroy(struct memobj *o)
{
    memfs_node_free(container_of(o, struct memfs_node, contents));
}

static int contents_admit(struct memobj *o)
{
    (void)o;
    return memfs_frames_left() ? 0 : -ENOSPC;
}

const struct memobj_ops memfs_contents_ops = {
    .destroy = contents_destroy,
    .admit = contents_admit,
};

static ssize_t memfs_read(struct file *f, uaddr_t buf, size_t n, uint64_t *pos)
{
    struct inode *i = f->inode;
    if (!(f->flags & O_NOATIME))
        inode_touch_atime(i);
    ssize_t done = memobj_read_user(i->object, *pos, buf, n);
    if (done > 0)
        *pos += (uint64_t)done;
    return done;
}

/* How many of n bytes may be written at pos: the process's file-size limit, the largest offset. */
static ssize_t admit_write(uint64_t pos, size_t n)
{
    if (pos >= INT64_MAX)
        return -EFBIG;
    uint64_t limit = process_limit(current_process(), RLIMIT_FSIZE);
    if (pos >= limit) {
        signal_send_thread(current, SIGXFSZ, NULL);
        return -EFBIG;
    }
    return (ssize_t)MIN(n, MIN(limit, (uint64_t)INT64_MAX) - pos);
}

static ssize_t memfs_write(struct file *f, uaddr_t buf, size_t n, uint64_t *pos)
{
    struct inode *i = f->inode;
    if (n == 0)
        return 0;
    mutex_lock(&i->lock);
    uint64_t at = f->flags & O_APPEND ? i->object->size : *pos;
    ssize_t done = admit_write(at, n);
    if (done > 0)
        done = memobj_write_user(i->object, at, buf, (size_t)done);
    if (done > 0) {
        *pos = at + (uint64_t)done;
        inode_drop_setid(i);
        inode_touch_mtime(i);
    }
    mutex_unlock(&i->lock);
    return done == -ENOMEM ? -ENOSPC : done;
}

/* SEEK_DATA and SEEK_HOLE: the next page that is there, or is not; the end counts as a hole. */
static off_t seek_pages(struct file *f, off_t off, bool data)
{
    struct memobj *o = f->inode->object;
    spin_lock(&o->lock);
    uint64_t size = o->size, pos = (uint64_t)off;
    off_t to = -ENXIO;
    if (off >= 0 && pos < size) {
        uint64_t index = pos >> PAGE_SHIFT;
        if (data) {
            bool any = pagetree_next(&o->pages, &index);
            pos = MAX(pos, index << PAGE_SHIFT);
            to = any && pos < size ? (off_t)pos : -ENXIO;
        } else {
            while (pagetree_get(&o->pages, index))
                index++;
            to = (off_t)MIN(MAX(pos, index << PAGE_SHIFT), size);
        }
    }
    spin_unlock(&o->lock);
    if (to >= 0)
        f->pos = (uint64_t)to;
    return to;
}

static off_t memfs_seek(struct file *f, off_t off, int whence)
{
    if (whence == SEEK_DATA || whence == SEEK_HOLE)
        return seek_pages(f, off, whence == SEEK_DATA);
    return file_seek_sized(f, off, whence, f->inode->object->size);
}

static int memfs_map(struct file *f, struct map_request *r)
{
    r->object = f->inode->object;
    inode_touch_atime(f->inode);
    return 0;
}

int memfs_truncate(struct inode *i, uint64_t size)
{
    return memobj_truncate(i->object, size);
}

int memfs_allocate(struct inode *i, uint64_t offset, uint64_t len)
{
    ssize_t admitted = admit_write(offset, len);
    if (admitted < 0)
        return (int)admitted;
    if ((uint64_t)admitted < len)
        return -EFBIG;
    int err = 0;
    mutex_lock(&i->lock);
    for (uint64_t at = ALIGN_DOWN(offset, PAGE_SIZE); !err && at < offset + len; at += PAGE_SIZE) {
        struct frame *f;
        err = memobj_frame(i->object, at >> PAGE_SHIFT, true, false, &f);
        if (!err)
            frame_put(f);
    }
    if (!err && offset + len > i->object->size)
        err = memobj_truncate(i->object, offset + len);
    if (!err)
        inode_touch_mtime(i);
    mutex_unlock(&i->lock);
    return err == -ENOMEM ? -ENOSPC : err;
}

ssize_t memfs_copy(struct inode *in, uint64_t in_pos, struct inode *out, uint64_t out_pos, size_t n)
{
    ssize_t admitted = admit_write(out_pos, n);
    if (admitted <= 0)
        return admitted;
    char *page = kmalloc(PAGE_SIZE);
    if (!page)
        return -ENOMEM;
    size_t done = 0;
    ssize_t part = 0;
    mutex_lock(&out->lock);
    while (done < (size_t)admitted) {
        // One page of the source at a time, so that aligned copies touch each page once.
        size_t want = PAGE_SIZE - (in_pos + done) % PAGE_SIZE;
        part = memobj_read(in->object, in_pos + done, page, MIN(want, (size_t)admitted - done));
        if (part > 0)
            part = memobj_write(out->object, out_pos + done, page, (size_t)part);
        if (part <= 0)
            break;
        done += (size_t)part;
    }
    if (done) {
        inode_drop_setid(out);
        inode_touch_mtime(out);
    }
    mutex_unlock(&out->lock);
    kfree(page);
    return done ? (ssize_t)done : part;
}

static int memfs_sync(struct file *f)
{
    (void)f; // memory is all there is
    return 0;
}

const struct file_ops memfs_file_ops = {
    .read = memfs_read,
    .write = memfs_write,
    .seek = memfs_seek,
    .map = memfs_map,
    .sync = memfs_sync,
    .seekable = true,
};
