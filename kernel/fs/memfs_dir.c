// SPDX-License-Identifier: ISC
/*
 * Directories of the memory file system: a tree of entries ordered by a key. The key is the hash of
 * the name with a small number that tells names of one hash apart. One tree thus serves both uses:
 * a lookup goes to the hash, and a listing goes on from a key, wherever the entries before and
 * behind it went meanwhile, so that rm -r sees each name once.
 *
 * Locks: all is guarded by the directory's inode lock; a directory's lock is taken before that of
 * an inode in it.
 */
#include "abi/errno.h"
#include "fs/memfs.h"
#include "lib/string.h"
#include "mm/heap.h"

#define COLLISION_BITS 16
#define FIRST_KEY      2 // positions 0 and 1 are "." and ".."

/* FNV-1a, folded to 31 bits; never 0, so that keys begin behind the dots. */
static uint64_t name_hash(const char *name, size_t len)
{
    uint32_t h = 2166136261u;
    for (size_t n = 0; n < len; n++)
        h = (h ^ (uint8_t)name[n]) * 16777619u;
    return ((h ^ (h >> 31)) & 0x7fffffffu) + 1ull;
}

/* The first entry with a key of at least `key`, or NULL. */
static struct memfs_entry *entry_from(struct memfs_node *dir, uint64_t key)
{
    struct memfs_entry *best = NULL;
    for (struct rbnode *at = dir->entries.root; at;) {
        struct memfs_entry *e = rb_entry(at, struct memfs_entry, node);
        if (e->key >= key) {
            best = e;
            at = at->left;
        } else {
            at = at->right;
        }
    }
    return best;
}

static struct memfs_entry *entry_next(struct memfs_entry *e)
{
    struct rbnode *next = rb_next(&e->node);
    return next ? rb_entry(next, struct memfs_entry, node) : NULL;
}

static struct memfs_entry *entry_find(struct memfs_node *dir, const char *name, size_t len)
{
    uint64_t hash = name_hash(name, len);
    struct memfs_entry *e = entry_from(dir, hash << COLLISION_BITS);
    for (; e && e->key >> COLLISION_BITS == hash; e = entry_next(e))
        if (e->len == len && memcmp(e->name, name, len) == 0)
            return e;
    return NULL;
}

/* An entry for a name that is in no directory yet; NULL without memory. */
static struct memfs_entry *entry_create(const char *name, size_t len)
{
    struct memfs_entry *e = kmalloc(sizeof(*e) + len + 1);
    if (!e)
        return NULL;
    e->len = (uint8_t)len;
    memcpy(e->name, name, len);
    e->name[len] = 0;
    return e;
}

/* Gives the entry the first free key of its hash and links it. The name is not in the directory. */
static void entry_insert(struct memfs_node *dir, struct memfs_entry *e, struct inode *i)
{
    e->key = name_hash(e->name, e->len) << COLLISION_BITS;
    struct memfs_entry *same = entry_from(dir, e->key);
    for (; same && same->key == e->key; same = entry_next(same))
        e->key++;
    e->inode = i;
    struct rbnode **link = &dir->entries.root, *parent = NULL;
    while (*link) {
        parent = *link;
        struct memfs_entry *other = rb_entry(parent, struct memfs_entry, node);
        link = e->key < other->key ? &parent->left : &parent->right;
    }
    rb_insert(&dir->entries, &e->node, parent, link);
    dir->entry_count++;
}

/* Takes the entry out and frees it; its reference to the inode becomes the caller's. */
static struct inode *entry_remove(struct memfs_node *dir, struct memfs_entry *e)
{
    struct inode *i = e->inode;
    rb_remove(&dir->entries, &e->node);
    dir->entry_count--;
    kfree(e);
    return i;
}

int memfs_lookup(struct inode *dir, const char *name, size_t len, struct inode **out)
{
    struct memfs_entry *e = entry_find(memfs_node(dir), name, len);
    if (!e)
        return -ENOENT;
    inode_get(e->inode);
    *out = e->inode;
    return 0;
}

// --- new entries ---------------------------------------------------------------------------------

/* Links a new node under the entry; nothing can fail here. */
static void attach(struct inode *dir, struct memfs_entry *e, struct inode *i, char *place)
{
    if (S_ISDIR(i->mode)) {
        inode_set_place(i, dir, place);
        i->links = 1;
        dir->links++;
    }
    i->links++;
    if (dir->mode & S_ISGID) {
        i->gid = dir->gid;
        if (S_ISDIR(i->mode))
            i->mode |= S_ISGID;
    }
    inode_get(i);
    entry_insert(memfs_node(dir), e, i);
    inode_touch_mtime(dir);
}

int memfs_create_entry(struct inode *dir, const char *name, size_t len, uint32_t mode,
                       uint64_t rdev, struct inode **out)
{
    if (dir->links == 0)
        return -ENOENT; // removed while somebody was in it
    struct memfs_entry *e = entry_create(name, len);
    struct inode *i = memfs_node_create(dir->fs, mode, rdev);
    char *place = S_ISDIR(mode) ? inode_name_copy(name, len) : NULL;
    if (!e || !i || (S_ISDIR(mode) && !place)) {
        kfree(e);
        kfree(place);
        inode_put(i);
        return -ENOSPC;
    }
    attach(dir, e, i, place);
    *out = i;
    return 0;
}

int memfs_symlink(struct inode *dir, const char *name, size_t len, const char *target)
{
    if (dir->links == 0)
        return -ENOENT;
    char *copy = kstrdup(target);
    struct memfs_entry *e = entry_create(name, len);
    struct inode *i = copy && e ? memfs_node_create(dir->fs, S_IFLNK | 0777, 0) : NULL;
    if (!i) {
        kfree(copy);
        kfree(e);
        return -ENOSPC;
    }
    memfs_node(i)->target = copy;
    attach(dir, e, i, NULL);
    inode_put(i);
    return 0;
}

int memfs_link(struct inode *dir, const char *name, size_t len, struct inode *target)
{
    if (dir->links == 0)
        return -ENOENT;
    struct memfs_entry *e = entry_create(name, len);
    if (!e)
        return -ENOSPC;
    mutex_lock(&target->lock);
    if (target->links == 0 && !memfs_node(target)->unnamed) {
        mutex_unlock(&target->lock);
        kfree(e);
        return -ENOENT;
    }
    memfs_node(target)->unnamed = false;
    target->links++;
    inode_touch_ctime(target);
    mutex_unlock(&target->lock);
    inode_get(target);
    entry_insert(memfs_node(dir), e, target);
    inode_touch_mtime(dir);
    return 0;
}

// --- entries removed and moved -------------------------------------------------------------------

/*
 * Takes one name from an inode. A directory must be empty and is dead afterwards: links 0 tells
 * everybody who still stands in it. 0 or -ENOTEMPTY.
 */
static int drop_name(struct inode *dir, struct inode *victim)
{
    int err = 0;
    mutex_lock(&victim->lock);
    if (!S_ISDIR(victim->mode)) {
        victim->links--;
    } else if (memfs_node(victim)->entry_count) {
        err = -ENOTEMPTY;
    } else {
        victim->links = 0;
        dir->links--;
    }
    if (!err)
        inode_touch_ctime(victim);
    mutex_unlock(&victim->lock);
    return err;
}

int memfs_unlink(struct inode *dir, const char *name, size_t len, struct inode *victim)
{
    struct memfs_entry *e = entry_find(memfs_node(dir), name, len);
    assert(e && e->inode == victim);
    int err = drop_name(dir, victim);
    if (err < 0)
        return err;
    inode_touch_mtime(dir);
    inode_put(entry_remove(memfs_node(dir), e));
    return 0;
}

/* A directory moved from one parent to another: both count their children's "..". */
static void moved(struct inode *i, struct inode *from_dir, struct inode *to_dir, char *place)
{
    if (S_ISDIR(i->mode)) {
        from_dir->links--;
        to_dir->links++;
        inode_set_place(i, to_dir, place);
    }
    inode_touch_ctime(i);
}

static void exchange_entries(struct inode *from_dir, struct memfs_entry *a, char *place_of_b,
                             struct inode *to_dir, struct memfs_entry *b, char *place_of_a)
{
    struct inode *source = a->inode;
    a->inode = b->inode;
    b->inode = source;
    moved(source, from_dir, to_dir, place_of_a);
    moved(a->inode, to_dir, from_dir, place_of_b);
}

int memfs_rename(struct inode *from_dir, const char *from, size_t from_len, struct inode *source,
                 struct inode *to_dir, const char *to, size_t to_len, struct inode *target,
                 bool exchange)
{
    if (to_dir->links == 0)
        return -ENOENT;
    struct memfs_entry *a = entry_find(memfs_node(from_dir), from, from_len);
    struct memfs_entry *b = entry_find(memfs_node(to_dir), to, to_len);
    bool need_place = S_ISDIR(source->mode), need_back = exchange && S_ISDIR(target->mode);
    struct memfs_entry *fresh = target ? NULL : entry_create(to, to_len);
    char *place = need_place ? inode_name_copy(to, to_len) : NULL;
    char *back = need_back ? inode_name_copy(from, from_len) : NULL;
    int err = 0;
    if ((!target && !fresh) || (need_place && !place) || (need_back && !back))
        err = -ENOSPC;
    else if (target && !exchange)
        err = drop_name(to_dir, target);
    if (err < 0) {
        kfree(fresh);
        kfree(place);
        kfree(back);
        return err;
    }
    // From here on nothing fails.
    if (exchange) {
        exchange_entries(from_dir, a, back, to_dir, b, place);
    } else {
        if (target)
            b->inode = source; // the entry's reference to the target is dropped below
        else
            entry_insert(memfs_node(to_dir), fresh, source);
        entry_remove(memfs_node(from_dir), a);
        moved(source, from_dir, to_dir, place);
        inode_put(target);
    }
    inode_touch_mtime(from_dir);
    inode_touch_mtime(to_dir);
    return 0;
}

// --- listing -------------------------------------------------------------------------------------

static uint8_t entry_type(const struct inode *i)
{
    return (uint8_t)((i->mode & S_IFMT) >> 12); // DT_* are the type bits, moved down
}

static uint64_t parent_ino(struct inode *dir)
{
    spin_lock(&inode_tree_lock);
    if (!dir->parent && dir->fs->covers)
        dir = dir->fs->covers;
    uint64_t ino = dir->parent ? dir->parent->ino : dir->ino;
    spin_unlock(&inode_tree_lock);
    return ino;
}

static int directory_list(struct file *f, struct dir_sink *sink)
{
    struct inode *dir = f->inode;
    if (dir->links == 0)
        return -ENOENT;
    inode_touch_atime(dir);
    if (f->pos == 0) {
        if (!sink->emit(sink, ".", 1, dir->ino, DT_DIR, 1))
            return 0;
        f->pos = 1;
    }
    if (f->pos == 1) {
        if (!sink->emit(sink, "..", 2, parent_ino(dir), DT_DIR, FIRST_KEY))
            return 0;
        f->pos = FIRST_KEY;
    }
    struct memfs_entry *e = entry_from(memfs_node(dir), f->pos);
    for (; e; e = entry_next(e)) {
        if (!sink->emit(sink, e->name, e->len, e->inode->ino, entry_type(e->inode), e->key + 1))
            return 0;
        f->pos = e->key + 1;
    }
    return 0;
}

static off_t directory_seek(struct file *f, off_t off, int whence)
{
    return whence == SEEK_END ? -EINVAL : file_seek_sized(f, off, whence, 0);
}

const struct file_ops memfs_directory_ops = {
    .list = directory_list,
    .seek = directory_seek,
    .seekable = true,
};
