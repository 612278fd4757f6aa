// SPDX-License-Identifier: ISC
/*
 * The memory file system's nodes: how they come to be and end. Directories are in fs/memfs_dir.c,
 * the contents of regular files in fs/memfs_file.c.
 *
 * Life: a node is created with one reference; each name in a directory holds one, each open file
 * and each walk too. The last reference ends the inode; a regular file's contents may live on in a
 * mapping, and the node is freed with them.
 *
 * Leaves out: swapping to disk, quotas, extended attributes.
 */
#include "fs/memfs.h"

#include "abi/errno.h"
#include "lib/string.h"
#include "mm/frame.h"
#include "mm/heap.h"

static SLAB_CACHE(node_cache, struct memfs_node);

void memfs_node_free(struct memfs_node *n)
{
    slab_free(&node_cache, n);
}

static void node_destroy(struct inode *i)
{
    struct memfs_node *n = memfs_node(i);
    inode_done(i);
    if (S_ISREG(i->mode)) {
        memobj_put(&n->contents); // frees the node, now or with the last mapping
        return;
    }
    if (S_ISLNK(i->mode))
        kfree(n->target);
    if (S_ISDIR(i->mode))
        assert(n->entry_count == 0);
    memfs_node_free(n);
}

static ssize_t node_readlink(struct inode *i, char *buf, size_t size)
{
    size_t len = strnlen(memfs_node(i)->target, size);
    memcpy(buf, memfs_node(i)->target, len);
    return (ssize_t)len;
}

/* Sizes as Linux's tmpfs shows them: a link's length, and 20 bytes for each name and the two dots.
 */
static void node_stat(struct inode *i, struct stat *st)
{
    if (S_ISDIR(i->mode))
        st->st_size = 20 * ((off_t)memfs_node(i)->entry_count + 2);
    else if (S_ISLNK(i->mode))
        st->st_size = (off_t)strlen(memfs_node(i)->target);
}

static int create_unnamed(struct inode *dir, uint32_t mode, struct inode **out)
{
    struct inode *i = memfs_node_create(dir->fs, mode, 0);
    if (!i)
        return -ENOSPC;
    memfs_node(i)->unnamed = true;
    *out = i;
    return 0;
}

static const struct inode_ops memfs_ops = {
    .lookup = memfs_lookup,
    .create = memfs_create_entry,
    .symlink = memfs_symlink,
    .link = memfs_link,
    .unlink = memfs_unlink,
    .rename = memfs_rename,
    .create_unnamed = create_unnamed,
    .readlink = node_readlink,
    .truncate = memfs_truncate,
    .stat = node_stat,
    .destroy = node_destroy,
};

struct inode *memfs_node_create(struct filesystem *fs, uint32_t mode, uint64_t rdev)
{
    struct memfs_node *n = slab_alloc(&node_cache);
    if (!n)
        return NULL;
    inode_init(&n->inode, fs, &memfs_ops, mode);
    n->inode.links = 0;
    n->inode.rdev = rdev;
    n->unnamed = false;
    if (S_ISREG(mode)) {
        memobj_init(&n->contents, &memfs_contents_ops, 0);
        n->inode.object = &n->contents;
        n->inode.file_ops = &memfs_file_ops;
    } else {
        n->entries.root = NULL;
        n->entry_count = 0;
        n->inode.file_ops = &memfs_directory_ops;
    }
    return &n->inode;
}

// --- the file system -----------------------------------------------------------------------------

/* Files stop growing here, so that processes, and whoever is to remove the files, can still run. */
static size_t frames_kept(void)
{
    return MIN(frame_count_total() / 16, 4096ul);
}

size_t memfs_frames_left(void)
{
    size_t free = frame_count_free(), kept = frames_kept();
    return free > kept ? free - kept : 0;
}

static int memfs_statfs(struct filesystem *fs, struct statfs *out)
{
    memset(out, 0, sizeof(*out));
    out->f_type = fs->magic;
    out->f_bsize = out->f_frsize = PAGE_SIZE;
    out->f_blocks = frame_count_total();
    out->f_bfree = out->f_bavail = memfs_frames_left();
    out->f_files = frame_count_total();
    out->f_ffree = memfs_frames_left();
    out->f_namelen = 255;
    out->f_flags = ST_VALID;
    out->f_fsid.val[0] = (int)fs->dev;
    return 0;
}

struct filesystem *memfs_create(const char *type, const char *source, uint32_t root_mode)
{
    struct filesystem *fs = filesystem_create(type, source, TMPFS_MAGIC);
    if (!fs)
        return NULL;
    fs->statfs = memfs_statfs;
    fs->root = memfs_node_create(fs, S_IFDIR | root_mode, 0);
    if (!fs->root) {
        filesystem_destroy(fs);
        return NULL;
    }
    fs->root->links = 2;
    return fs;
}

struct inode *memfs_unnamed_file(uint32_t mode)
{
    static struct filesystem fs = {
        .type = "tmpfs", .source = "memfd", .magic = TMPFS_MAGIC, .dev = 1, .next_ino = 1};
    return memfs_node_create(&fs, S_IFREG | mode, 0);
}
