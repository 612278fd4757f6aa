// SPDX-License-Identifier: ISC
/*
 * The cpio unpacker. The contents of a file are read straight into the frames of its memory object,
 * so hundreds of megabytes take about one copy.
 *
 * An entry lands where its path leads: a directory over a link to a directory goes through the
 * link; a file or link replaces what has its name. Names that share an inode number are hard links;
 * the contents come with the last of them.
 *
 * Format: cpio(5), "New ASCII Format": a header of 6 + 13 * 8 hexadecimal digits, the name, padding
 * to 4 bytes, the contents, padding to 4 bytes; the name TRAILER!!! ends the archive.
 */
#include "fs/cpio.h"

#include "abi/errno.h"
#include "fs/path.h"
#include "lib/log.h"
#include "lib/string.h"
#include "mm/heap.h"

#define HEADER_SIZE 110

struct header {
    uint32_t ino, mode, uid, gid, links, mtime, size;
    uint32_t dev_major, dev_minor, rdev_major, rdev_minor, name_size, check;
};

/* The first name of an inode with several, until its last name has come. */
struct hard_link {
    struct hard_link *next;
    uint32_t ino, dev_major, dev_minor, left;
    struct inode *inode; // referenced
};

struct unpacker {
    struct cpio_source *source;
    struct cpio_result *result;
    uint64_t offset;
    struct hard_link *links;
    char name[PATH_MAX_LEN];
    char target[PATH_MAX_LEN];
};

static int take(struct unpacker *u, void *buf, size_t n)
{
    if (n > u->source->size || u->offset > u->source->size - n)
        return -EINVAL;
    int err = u->source->read(u->source, u->offset, buf, n);
    u->offset += n;
    return err;
}

static bool parse_hex(const char *digits, uint32_t *value)
{
    *value = 0;
    for (int n = 0; n < 8; n++) {
        char c = digits[n];
        unsigned d = c >= '0' && c <= '9'   ? (unsigned)(c - '0')
                     : c >= 'a' && c <= 'f' ? (unsigned)(c - 'a' + 10)
                     : c >= 'A' && c <= 'F' ? (unsigned)(c - 'A' + 10)
                                            : 16;
        if (d > 15)
            return false;
        *value = *value << 4 | d;
    }
    return true;
}

/* Reads a header and the name behind it into u->name, without leading slashes and "./". */
static int read_header(struct unpacker *u, struct header *h)
{
    char text[HEADER_SIZE];
    uint32_t *fields = (uint32_t *)h;
    int err = take(u, text, sizeof(text));
    if (err < 0)
        return err;
    if (memcmp(text, "070701", 6) != 0 && memcmp(text, "070702", 6) != 0)
        return -EINVAL;
    for (size_t n = 0; n < sizeof(*h) / sizeof(*fields); n++)
        if (!parse_hex(text + 6 + 8 * n, &fields[n]))
            return -EINVAL;
    if (h->name_size == 0 || h->name_size > PATH_MAX_LEN)
        return -EINVAL;
    err = take(u, u->name, h->name_size);
    if (err < 0)
        return err;
    u->name[h->name_size - 1] = 0;
    u->offset = ALIGN_UP(u->offset, 4ul);
    return 0;
}

/* Reads the contents, page by page, into the frames of the file. */
static int fill_file(struct unpacker *u, struct inode *i, uint32_t size)
{
    uint64_t done = 0;
    while (done < size) {
        struct frame *f;
        int err = memobj_frame(i->object, done >> PAGE_SHIFT, true, false, &f);
        if (err < 0)
            return err;
        size_t part = MIN((size_t)(size - done), PAGE_SIZE);
        err = take(u, frame_data(f), part);
        frame_put(f);
        if (err < 0)
            return err;
        done += part;
    }
    spin_lock(&i->object->lock);
    i->object->size = size;
    spin_unlock(&i->object->lock);
    u->result->bytes += size;
    return 0;
}

static void set_attributes(struct inode *i, const struct header *h)
{
    i->mode = (i->mode & S_IFMT) | (h->mode & 07777);
    i->uid = h->uid;
    i->gid = h->gid;
    i->atime = i->mtime = i->ctime = (struct timespec){h->mtime, 0};
}

/* Makes room for a file or link: what has the name goes, unless it is a directory that is in use.
 */
static int remove_old(const char *name)
{
    int err = path_unlink(AT_FDCWD, name, false);
    if (err == -EISDIR)
        err = path_unlink(AT_FDCWD, name, true);
    return err == -ENOENT ? 0 : err;
}

static int unpack_directory(struct unpacker *u, const struct header *h)
{
    struct inode *i;
    int err = path_mkdir(AT_FDCWD, u->name, h->mode & 07777);
    if (err < 0 && err != -EEXIST)
        return err;
    err = path_lookup(AT_FDCWD, u->name, LOOKUP_FOLLOW, &i);
    if (err == 0 && !S_ISDIR(i->mode)) { // a file has the name, or a link that leads nowhere good
        inode_put(i);
        err = -ENOENT;
    }
    if (err == -ENOENT) {
        err = remove_old(u->name);
        if (!err)
            err = path_mkdir(AT_FDCWD, u->name, h->mode & 07777);
        if (!err)
            err = path_lookup(AT_FDCWD, u->name, 0, &i);
    }
    if (err < 0)
        return err;
    set_attributes(i, h);
    inode_put(i);
    return 0;
}

static int unpack_link(struct unpacker *u, const struct header *h)
{
    if (h->size == 0 || h->size >= PATH_MAX_LEN)
        return -EINVAL;
    int err = take(u, u->target, h->size);
    if (err < 0)
        return err;
    u->target[h->size] = 0;
    err = remove_old(u->name);
    if (!err)
        err = path_symlink(u->target, AT_FDCWD, u->name);
    struct inode *i;
    if (!err && path_lookup(AT_FDCWD, u->name, 0, &i) == 0) {
        set_attributes(i, h);
        inode_put(i);
    }
    return err;
}

static struct hard_link **find_hard_link(struct unpacker *u, const struct header *h)
{
    struct hard_link **at = &u->links;
    while (*at && ((*at)->ino != h->ino || (*at)->dev_major != h->dev_major ||
                   (*at)->dev_minor != h->dev_minor))
        at = &(*at)->next;
    return at;
}

static void forget_hard_link(struct hard_link **at)
{
    struct hard_link *link = *at;
    *at = link->next;
    inode_put(link->inode);
    kfree(link);
}

/* A further name of an inode that was unpacked before; *out is the inode. */
static int add_hard_link(struct unpacker *u, struct hard_link **at, struct inode **out)
{
    struct walk w;
    struct inode *i = (*at)->inode;
    int err = walk_parent(&w, AT_FDCWD, u->name);
    if (!err && w.last_type != LAST_NAME)
        err = -EEXIST;
    if (!err && w.dir->fs != i->fs)
        err = -EXDEV;
    if (!err) {
        mutex_lock(&w.dir->lock);
        err = w.dir->ops->link(w.dir, w.last, w.len, i);
        mutex_unlock(&w.dir->lock);
    }
    walk_done(&w);
    if (err < 0)
        return err;
    inode_get(i);
    *out = i;
    if (--(*at)->left == 0)
        forget_hard_link(at);
    return 0;
}

static int make_inode(struct unpacker *u, const struct header *h, struct inode **out)
{
    int err = path_mknod(AT_FDCWD, u->name, h->mode, ABI_MAKEDEV(h->rdev_major, h->rdev_minor));
    if (!err)
        err = path_lookup(AT_FDCWD, u->name, 0, out);
    if (err < 0 || h->links < 2)
        return err;
    struct hard_link *link = kmalloc(sizeof(*link));
    if (!link) {
        inode_put(*out);
        return -ENOMEM;
    }
    *link = (struct hard_link){u->links, h->ino, h->dev_major, h->dev_minor, h->links - 1, *out};
    inode_get(*out);
    u->links = link;
    return 0;
}

static int unpack_file(struct unpacker *u, const struct header *h)
{
    struct inode *i;
    int err = remove_old(u->name);
    if (err < 0)
        return err;
    struct hard_link **at = h->links > 1 ? find_hard_link(u, h) : NULL;
    err = at && *at ? add_hard_link(u, at, &i) : make_inode(u, h, &i);
    if (err < 0)
        return err;
    if (S_ISREG(h->mode) && h->size)
        err = fill_file(u, i, h->size);
    set_attributes(i, h);
    inode_put(i);
    return err;
}

static int unpack_entry(struct unpacker *u, const struct header *h)
{
    uint64_t end = ALIGN_UP(u->offset + h->size, 4ul);
    int err;
    if (S_ISDIR(h->mode))
        err = unpack_directory(u, h);
    else if (S_ISLNK(h->mode))
        err = unpack_link(u, h);
    else
        err = unpack_file(u, h);
    u->offset = end;
    u->result->entries++;
    return err;
}

int cpio_unpack(struct cpio_source *s, struct cpio_result *result)
{
    struct unpacker *u = kzalloc(sizeof(*u));
    if (!u)
        return -ENOMEM;
    u->source = s;
    u->result = result;
    *result = (struct cpio_result){0};
    struct header h;
    int err, first_err = 0;
    while ((err = read_header(u, &h)) == 0 && strcmp(u->name, "TRAILER!!!") != 0) {
        int entry_err = unpack_entry(u, &h);
        if (entry_err < 0) {
            log_warn("archive: %s: error %d", u->name, -entry_err);
            first_err = first_err ? first_err : entry_err;
        }
        if (entry_err == -ENOSPC)
            break; // no memory left: the rest would fail as well
    }
    while (u->links)
        forget_hard_link(&u->links);
    kfree(u);
    return err < 0 ? err : first_err;
}
