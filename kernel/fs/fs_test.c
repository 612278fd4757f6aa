// SPDX-License-Identifier: ISC
/* Unit tests of path walking, the memory file system and generated texts. All work below /selftest.
 */
#include "abi/errno.h"
#include "fs/memfs.h"
#include "fs/path.h"
#include "fs/text.h"
#include "lib/printf.h"
#include "lib/selftest.h"
#include "lib/string.h"
#include "mm/heap.h"

static int make(const char *name)
{
    return path_mknod(AT_FDCWD, name, S_IFREG | 0644, 0);
}

static int lookup(const char *name, unsigned flags)
{
    struct inode *i;
    int err = path_lookup(AT_FDCWD, name, flags, &i);
    if (!err)
        inode_put(i);
    return err;
}

static bool is_same(const char *a, const char *b)
{
    struct inode *x = NULL, *y = NULL;
    bool same = path_lookup(AT_FDCWD, a, LOOKUP_FOLLOW, &x) == 0 &&
                path_lookup(AT_FDCWD, b, LOOKUP_FOLLOW, &y) == 0 && x == y;
    inode_put(x);
    inode_put(y);
    return same;
}

static int begin(void)
{
    return path_mkdir(AT_FDCWD, "/selftest", 0755);
}

static int end(void)
{
    return path_unlink(AT_FDCWD, "/selftest", true);
}

SELFTEST(path_walk, "names lead where POSIX says: dots, slashes, links, and their errors")
{
    SELFTEST_CHECK(begin() == 0 && path_mkdir(AT_FDCWD, "/selftest/d", 0755) == 0);
    SELFTEST_CHECK(make("/selftest/d/f") == 0 && make("/selftest/d/f") == -EEXIST);
    SELFTEST_CHECK(is_same("/selftest/d/f", "//selftest///d/./../d/f"));
    SELFTEST_CHECK(is_same("/", "/../../selftest/.."));
    SELFTEST_CHECK(lookup("", 0) == -ENOENT && lookup("/selftest/none", 0) == -ENOENT);
    SELFTEST_CHECK(lookup("/selftest/d/f/", 0) == -ENOTDIR &&
                   lookup("/selftest/d/f/x", 0) == -ENOTDIR);
    SELFTEST_CHECK(lookup("/selftest/d/", LOOKUP_DIRECTORY) == 0);
    SELFTEST_CHECK(path_unlink(AT_FDCWD, "/selftest/d", true) == -ENOTEMPTY);
    SELFTEST_CHECK(path_unlink(AT_FDCWD, "/selftest/d", false) == -EISDIR);
    SELFTEST_CHECK(path_unlink(AT_FDCWD, "/selftest/d/f", true) == -ENOTDIR);
    SELFTEST_CHECK(path_unlink(AT_FDCWD, "/selftest/d/f", false) == 0);
    SELFTEST_CHECK(path_unlink(AT_FDCWD, "/selftest/d/.", true) == -EINVAL);
    SELFTEST_CHECK(path_unlink(AT_FDCWD, "/selftest/d", true) == 0 && end() == 0);
    return true;
}

SELFTEST(path_links, "links are followed to their end, 40 of them, and a circle is found")
{
    char from[32], to[32];
    SELFTEST_CHECK(begin() == 0 && make("/selftest/0") == 0);
    for (int k = 1; k <= LINKS_MAX + 1; k++) {
        snprintf(from, sizeof(from), "/selftest/%d", k);
        snprintf(to, sizeof(to), "%d", k - 1);
        SELFTEST_CHECK(path_symlink(to, AT_FDCWD, from) == 0);
    }
    SELFTEST_CHECK(is_same("/selftest/40", "/selftest/0"));
    SELFTEST_CHECK(lookup("/selftest/41", LOOKUP_FOLLOW) == -ELOOP &&
                   lookup("/selftest/41", 0) == 0);
    SELFTEST_CHECK(path_symlink("circle", AT_FDCWD, "/selftest/circle") == 0);
    SELFTEST_CHECK(lookup("/selftest/circle", LOOKUP_FOLLOW) == -ELOOP);
    SELFTEST_CHECK(path_symlink("/selftest/../selftest/", AT_FDCWD, "/selftest/self") == 0);
    SELFTEST_CHECK(is_same("/selftest/self/self/./self/0", "/selftest/0"));
    SELFTEST_CHECK(path_unlink(AT_FDCWD, "/selftest/self", false) == 0);
    SELFTEST_CHECK(path_unlink(AT_FDCWD, "/selftest/circle", false) == 0);
    for (int k = 0; k <= LINKS_MAX + 1; k++) {
        snprintf(from, sizeof(from), "/selftest/%d", k);
        SELFTEST_CHECK(path_unlink(AT_FDCWD, from, false) == 0);
    }
    return end() == 0;
}

SELFTEST(memfs_rename,
         "rename moves, replaces, exchanges, and refuses to put a directory into itself")
{
    SELFTEST_CHECK(begin() == 0 && path_mkdir(AT_FDCWD, "/selftest/a", 0755) == 0);
    SELFTEST_CHECK(path_mkdir(AT_FDCWD, "/selftest/b", 0755) == 0 && make("/selftest/a/f") == 0);
    SELFTEST_CHECK(path_rename(AT_FDCWD, "/selftest/a", AT_FDCWD, "/selftest/a/x", 0) == -EINVAL);
    SELFTEST_CHECK(path_rename(AT_FDCWD, "/selftest/b", AT_FDCWD, "/selftest/a", 0) == -ENOTEMPTY);
    SELFTEST_CHECK(
        path_rename(AT_FDCWD, "/selftest/a", AT_FDCWD, "/selftest/b", RENAME_NOREPLACE) == -EEXIST);
    SELFTEST_CHECK(path_rename(AT_FDCWD, "/selftest/a/f", AT_FDCWD, "/selftest/b", 0) == -EISDIR);
    SELFTEST_CHECK(path_rename(AT_FDCWD, "/selftest/a", AT_FDCWD, "/selftest/b", RENAME_EXCHANGE) ==
                   0);
    SELFTEST_CHECK(lookup("/selftest/b/f", 0) == 0 && lookup("/selftest/a/f", 0) == -ENOENT);
    SELFTEST_CHECK(path_rename(AT_FDCWD, "/selftest/b", AT_FDCWD, "/selftest/a", 0) == 0);
    SELFTEST_CHECK(lookup("/selftest/b", 0) == -ENOENT && is_same("/selftest/a/..", "/selftest"));
    SELFTEST_CHECK(path_unlink(AT_FDCWD, "/selftest/a/f", false) == 0);
    SELFTEST_CHECK(path_unlink(AT_FDCWD, "/selftest/a", true) == 0);
    return end() == 0;
}

/* Counts entries and removes each one as it comes, as rm -r does. */
struct removing_sink {
    struct dir_sink sink;
    unsigned seen, room;
    char last[NAME_MAX_LEN + 1];
};

static bool count_entry(struct dir_sink *sink, const char *name, size_t len, uint64_t ino,
                        uint8_t type, uint64_t next_pos)
{
    struct removing_sink *s = container_of(sink, struct removing_sink, sink);
    (void)ino, (void)type, (void)next_pos;
    if (name[0] == '.')
        return true;
    if (s->room == 0)
        return false;
    s->room--;
    s->seen++;
    memcpy(s->last, name, len);
    s->last[len] = 0;
    return true;
}

SELFTEST(memfs_listing, "a listing shows each of 500 names once while they are removed")
{
    char name[40];
    struct file *dir;
    struct removing_sink s = {.sink = {count_entry}};
    SELFTEST_CHECK(begin() == 0);
    for (int k = 0; k < 500; k++) {
        snprintf(name, sizeof(name), "/selftest/name%d", k);
        SELFTEST_CHECK(make(name) == 0);
    }
    SELFTEST_CHECK(path_open(AT_FDCWD, "/selftest", O_RDONLY | O_DIRECTORY, 0, &dir) == 0);
    for (unsigned before = ~0u; before != s.seen;) {
        before = s.seen;
        s.room = 1;
        SELFTEST_CHECK(file_list(dir, &s.sink) == 0);
        snprintf(name, sizeof(name), "/selftest/%s", s.last);
        if (before != s.seen)
            SELFTEST_CHECK(path_unlink(AT_FDCWD, name, false) == 0);
    }
    file_put(dir);
    SELFTEST_CHECK(s.seen == 500);
    return end() == 0;
}

SELFTEST(memfs_contents,
         "files have holes, grow, shrink, and a removed file lives while it is open")
{
    struct file *f;
    char text[8] = {0};
    SELFTEST_CHECK(begin() == 0);
    SELFTEST_CHECK(path_open(AT_FDCWD, "/selftest/f", O_RDWR | O_CREAT, 0600, &f) == 0);
    struct memobj *o = f->inode->object;
    SELFTEST_CHECK(memobj_write(o, 10 * PAGE_SIZE - 2, "abcd", 4) == 4 && memobj_frames(o) == 2);
    SELFTEST_CHECK(o->size == 10 * PAGE_SIZE + 2);
    SELFTEST_CHECK(path_unlink(AT_FDCWD, "/selftest/f", false) == 0 && f->inode->links == 0);
    SELFTEST_CHECK(file_read_kernel(f, text, 8, 10 * PAGE_SIZE - 3) == 5 &&
                   memcmp(text, "\0abcd", 5) == 0);
    SELFTEST_CHECK(file_truncate(f, 10 * PAGE_SIZE - 1) == 0 && memobj_frames(o) == 1);
    SELFTEST_CHECK(file_truncate(f, 10 * PAGE_SIZE + 2) == 0);
    SELFTEST_CHECK(file_read_kernel(f, text, 8, 10 * PAGE_SIZE - 2) == 4 &&
                   memcmp(text, "a\0\0\0", 4) == 0);
    file_put(f);
    return end() == 0;
}

SELFTEST(text_grows, "a generated text keeps every byte while it grows, and escapes what it must")
{
    struct text t = {0};
    for (int k = 0; k < 2000; k++)
        text_printf(&t, "%04d\n", k);
    SELFTEST_CHECK(t.len == 10000 && !t.failed && memcmp(t.data + 9995, "1999\n", 5) == 0);
    text_clear(&t);
    text_add_escaped(&t, "a b\\", " \\");
    SELFTEST_CHECK(t.len == 10 && memcmp(t.data, "a\\040b\\134", 10) == 0);
    text_free(&t);
    return true;
}
