// SPDX-License-Identifier: ISC
//
// Names: directories, links of both kinds, renaming in all its cases, permissions, and the walk
// along a path.
#include "support.h"

#include <dirent.h>
#include <sys/time.h>

static char directory[64];

static void touch(const char *name)
{
    write_file(name, name, strlen(name), 0644);
}

static bool exists(const char *name)
{
    struct stat status;
    return lstat(name, &status) == 0;
}

static bool holds(const char *name, const char *text)
{
    char found[64];
    int fd = open(name, O_RDONLY);
    ssize_t count = read(fd, found, sizeof(found));
    close(fd);
    return count == (ssize_t)strlen(text) && !memcmp(found, text, (size_t)count);
}

static ino_t inode_of(const char *name)
{
    struct stat status;
    CHECK(stat(name, &status) == 0);
    return status.st_ino;
}

static nlink_t links_of(const char *name)
{
    struct stat status;
    CHECK(lstat(name, &status) == 0);
    return status.st_nlink;
}

TEST(make_and_remove, "mkdir and rmdir: EEXIST, ENOENT, ENOTEMPTY, ENOTDIR, EINVAL for . and EBUSY "
                      "or ENOTEMPTY for ..")
{
    enter_directory(directory);
    CHECK(mkdir("d", 0755) == 0 && FAILS(mkdir("d", 0755), EEXIST));
    CHECK(FAILS(mkdir("x/y", 0755), ENOENT) && FAILS(mkdir("", 0755), ENOENT));
    touch("f");
    CHECK(FAILS(mkdir("f", 0755), EEXIST) && FAILS(mkdir("f/d", 0755), ENOTDIR));
    CHECK(mkdir("d/e/", 0755) == 0);
    CHECK(FAILS(rmdir("d"), ENOTEMPTY) && FAILS(rmdir("f"), ENOTDIR) && FAILS(rmdir("x"), ENOENT));
    CHECK(FAILS(rmdir("d/."), EINVAL) && FAILS(rmdir("d/e/.."), ENOTEMPTY));
    CHECK(FAILS(unlink("d"), EISDIR) && FAILS(mkdir("/", 0755), EEXIST));
    CHECK(FAILS(mkdir("d/e/..", 0755), EEXIST) && FAILS(rmdir("/"), EBUSY));
    CHECK(rmdir("d/e/") == 0 && rmdir("d") == 0 && unlink("f") == 0);
    leave_directory(directory);
}

TEST(listing, "getdents64 tells every name once, with . and .., types and inode numbers")
{
    int seen[300] = {0}, dots = 0;
    char name[32];
    enter_directory(directory);
    for (int i = 0; i < 300; i++) {
        snprintf(name, sizeof(name), "%d", i);
        if (i % 3 == 0)
            CHECK(mkdir(name, 0755) == 0);
        else if (i % 3 == 1)
            touch(name);
        else
            CHECK(symlink("nowhere", name) == 0);
    }
    DIR *dir = opendir(".");
    CHECK(dir);
    for (struct dirent *entry; (entry = readdir(dir)) != NULL;) {
        if (entry->d_name[0] == '.') {
            CHECK(entry->d_type == DT_DIR);
            dots++;
            continue;
        }
        int i = atoi(entry->d_name);
        CHECK(entry->d_type == (i % 3 == 0 ? DT_DIR : i % 3 == 1 ? DT_REG : DT_LNK));
        struct stat status;
        CHECK(lstat(entry->d_name, &status) == 0 && status.st_ino == entry->d_ino);
        seen[i]++;
    }
    CHECK(closedir(dir) == 0 && dots == 2);
    for (int i = 0; i < 300; i++) {
        snprintf(name, sizeof(name), "%d", i);
        CHECK(seen[i] == 1 && (i % 3 == 0 ? rmdir(name) : unlink(name)) == 0);
    }
    leave_directory(directory);
}

TEST(listing_while_removing, "removing each name as it is listed misses none")
{
    char name[32];
    int count = 0;
    enter_directory(directory);
    for (int i = 0; i < 500; i++) {
        snprintf(name, sizeof(name), "file-%d", i);
        touch(name);
    }
    DIR *dir = opendir(".");
    CHECK(dir);
    for (struct dirent *entry; (entry = readdir(dir)) != NULL;)
        if (entry->d_name[0] != '.') {
            CHECK(unlink(entry->d_name) == 0);
            count++;
        }
    CHECK(closedir(dir) == 0 && count == 500);
    leave_directory(directory);
}

TEST(listing_errors, "getdents64: ENOTDIR, EBADF, EINVAL for a buffer too small, EFAULT; 0 at the "
                     "end; lseek starts again")
{
    char entries[1024];
    enter_directory(directory);
    touch("f");
    int fd = open("f", O_RDONLY), here = open(".", O_RDONLY | O_DIRECTORY);
    CHECK(FAILS(syscall(SYS_getdents64, fd, entries, 1024), ENOTDIR));
    CHECK(FAILS(syscall(SYS_getdents64, 99, entries, 1024), EBADF));
    CHECK(FAILS(syscall(SYS_getdents64, here, entries, 8), EINVAL));
    CHECK(FAILS(syscall(SYS_getdents64, here, NOWHERE, 1024), EFAULT));
    long first = syscall(SYS_getdents64, here, entries, 1024);
    CHECK(first > 0 && syscall(SYS_getdents64, here, entries, 1024) == 0);
    CHECK(lseek(here, 0, SEEK_SET) == 0);
    CHECK(syscall(SYS_getdents64, here, entries, 1024) == first);
    CHECK(unlink("f") == 0);
    leave_directory(directory);
}

TEST(link_counts,
     "a directory has two links and one more for each directory in it; names of a file share it")
{
    enter_directory(directory);
    CHECK(links_of(".") == 2 && mkdir("a", 0755) == 0 && mkdir("b", 0755) == 0);
    CHECK(links_of(".") == 4 && rmdir("b") == 0 && links_of(".") == 3);
    touch("f");
    CHECK(link("f", "a/g") == 0 && links_of("f") == 2 && inode_of("f") == inode_of("a/g"));
    write_file("a/g", "changed", 7, 0600);
    CHECK(holds("f", "changed"));
    CHECK(unlink("f") == 0 && holds("a/g", "changed") && links_of("a/g") == 1);
    CHECK(unlink("a/g") == 0 && rmdir("a") == 0);
    leave_directory(directory);
}

TEST(link_errors, "link: EEXIST, ENOENT, EPERM for directories; a link to a symlink is to itself")
{
    enter_directory(directory);
    touch("f");
    CHECK(symlink("f", "s") == 0 && mkdir("d", 0755) == 0);
    CHECK(FAILS(link("f", "s"), EEXIST) && FAILS(link("x", "y"), ENOENT));
    CHECK(FAILS(link("d", "e"), EPERM) && FAILS(link("f", "d/x/y"), ENOENT));
    CHECK(link("s", "t") == 0 && links_of("s") == 2 && links_of("f") == 1);
    CHECK(linkat(AT_FDCWD, "s", AT_FDCWD, "u", AT_SYMLINK_FOLLOW) == 0 && links_of("f") == 2);
    CHECK(!unlink("f") && !unlink("s") && !unlink("t") && !unlink("u") && !rmdir("d"));
    leave_directory(directory);
}

TEST(symlinks,
     "symbolic links are followed within paths, to directories and to names not yet there")
{
    char target[16];
    struct stat status;
    enter_directory(directory);
    CHECK(mkdir("d", 0755) == 0 && symlink("d", "s") == 0 && symlink("../f", "d/up") == 0);
    touch("s/inner");
    CHECK(exists("d/inner"));
    touch("d/up");
    CHECK(exists("f") && holds("s/up", "d/up"));
    CHECK(readlink("s", target, sizeof(target)) == 1 && target[0] == 'd');
    CHECK(readlink("d/up", target, 2) == 2 && !memcmp(target, "..", 2));
    CHECK(FAILS(readlink("d", target, 16), EINVAL) && FAILS(readlink("x", target, 16), ENOENT));
    CHECK(FAILS(readlink("s", target, 0), EINVAL));
    CHECK(lstat("s", &status) == 0 && S_ISLNK(status.st_mode) && status.st_size == 1);
    CHECK(lstat("s/", &status) == 0 && S_ISDIR(status.st_mode));
    CHECK(FAILS(symlink("x", "s"), EEXIST) && FAILS(symlink("", "e"), ENOENT));
    CHECK(FAILS(rmdir("s"), ENOTDIR));
    CHECK(!unlink("d/inner") && !unlink("d/up") && !unlink("f") && !unlink("s") && !rmdir("d"));
    leave_directory(directory);
}

TEST(symlink_loops, "forty links in a row are followed, more are ELOOP, and so is a knot")
{
    char name[16], target[16];
    struct stat status;
    enter_directory(directory);
    touch("0");
    for (int i = 1; i <= 41; i++) {
        snprintf(name, sizeof(name), "%d", i);
        snprintf(target, sizeof(target), "%d", i - 1);
        CHECK(symlink(target, name) == 0);
    }
    CHECK(stat("40", &status) == 0 && S_ISREG(status.st_mode));
    CHECK(FAILS(stat("41", &status), ELOOP));
    CHECK(symlink("knot", "knot") == 0 && FAILS(stat("knot", &status), ELOOP));
    CHECK(FAILS(stat("knot/x", &status), ELOOP) && lstat("knot", &status) == 0);
    for (int i = 0; i <= 41; i++) {
        snprintf(name, sizeof(name), "%d", i);
        CHECK(unlink(name) == 0);
    }
    CHECK(unlink("knot") == 0);
    leave_directory(directory);
}

TEST(rename_files,
     "rename gives a new name, replaces a file, and does nothing between names of one file")
{
    enter_directory(directory);
    touch("a");
    touch("b");
    int fd = open("b", O_RDONLY);
    char byte;
    ino_t inode = inode_of("a");
    CHECK(rename("a", "b") == 0 && !exists("a") && holds("b", "a") && inode_of("b") == inode);
    CHECK(read(fd, &byte, 1) == 1 && byte == 'b'); // the replaced file lives on while open
    CHECK(rename("b", "c") == 0 && !exists("b") && holds("c", "a"));
    CHECK(link("c", "d") == 0 && rename("c", "d") == 0 && exists("c") && exists("d"));
    CHECK(rename("c", "c") == 0 && exists("c"));
    CHECK(FAILS(rename("x", "y"), ENOENT) && FAILS(rename("c", "x/y"), ENOENT));
    CHECK(FAILS(rename("c", ""), ENOENT) && FAILS(rename("c", "d/e"), ENOTDIR));
    CHECK(unlink("c") == 0 && unlink("d") == 0);
    leave_directory(directory);
}

TEST(rename_directories,
     "a directory moves with what is in it, replaces an empty one, and never goes below itself")
{
    char where[128];
    enter_directory(directory);
    CHECK(!mkdir("a", 0755) && !mkdir("a/b", 0755) && !mkdir("c", 0755) && !mkdir("full", 0755));
    touch("a/b/f");
    touch("full/x");
    CHECK(FAILS(rename("a", "a/b/d"), EINVAL) && FAILS(rename("a", "a/b"), EINVAL));
    CHECK(FAILS(rename("a", "full"), ENOTEMPTY) && FAILS(rename("a", "full/x"), ENOTDIR));
    CHECK(FAILS(rename("full/x", "a"), EISDIR));
    CHECK(rename("a", "c") == 0 && !exists("a") && exists("c/b/f"));
    CHECK(rename("c/b", "b") == 0 && links_of("c") == 2 && links_of(".") == 5 && exists("b/f"));
    CHECK(chdir("b") == 0 && rename("../b", "../c/z") == 0);
    CHECK(getcwd(where, sizeof(where)) && strcmp(where + strlen(directory), "/c/z") == 0);
    CHECK(exists("../../full") && chdir("../..") == 0);
    CHECK(FAILS(rename("c/.", "q"), EBUSY) && FAILS(rename("c/..", "q"), EBUSY));
    CHECK(!unlink("c/z/f") && !rmdir("c/z") && !rmdir("c") && !unlink("full/x") && !rmdir("full"));
    leave_directory(directory);
}

TEST(rename_flags, "renameat2: NOREPLACE is EEXIST, EXCHANGE swaps, other flags EINVAL")
{
    enter_directory(directory);
    touch("a");
    touch("b");
    CHECK(FAILS(syscall(SYS_renameat2, AT_FDCWD, "a", AT_FDCWD, "b", 1), EEXIST));
    CHECK(syscall(SYS_renameat2, AT_FDCWD, "a", AT_FDCWD, "c", 1) == 0 && exists("c"));
    CHECK(syscall(SYS_renameat2, AT_FDCWD, "c", AT_FDCWD, "b", 2) == 0);
    CHECK(holds("b", "a") && holds("c", "b"));
    CHECK(FAILS(syscall(SYS_renameat2, AT_FDCWD, "c", AT_FDCWD, "b", 3), EINVAL));
    CHECK(FAILS(syscall(SYS_renameat2, AT_FDCWD, "c", AT_FDCWD, "b", 0x100), EINVAL));
    CHECK(unlink("b") == 0 && unlink("c") == 0);
    leave_directory(directory);
}

TEST(unlinking,
     "unlink: ENOENT, ENOTDIR through a file; unlinkat with AT_REMOVEDIR removes directories only")
{
    enter_directory(directory);
    touch("f");
    CHECK(mkdir("d", 0755) == 0);
    CHECK(FAILS(unlink("x"), ENOENT) && FAILS(unlink("f/x"), ENOTDIR) && FAILS(unlink(""), ENOENT));
    CHECK(FAILS(unlink("f/"), ENOTDIR) && FAILS(unlink(NOWHERE), EFAULT));
    CHECK(FAILS(unlinkat(AT_FDCWD, "f", AT_REMOVEDIR), ENOTDIR));
    CHECK(FAILS(unlinkat(AT_FDCWD, "d", 0), EISDIR));
    CHECK(FAILS(unlinkat(AT_FDCWD, "d", 0x8000), EINVAL));
    CHECK(unlinkat(AT_FDCWD, "d", AT_REMOVEDIR) == 0 && unlink("f") == 0);
    leave_directory(directory);
}

TEST(
    relative_to,
    "openat, fstatat and mkdirat work from a directory's descriptor; ENOTDIR and EBADF from others")
{
    struct stat status;
    enter_directory(directory);
    CHECK(mkdir("d", 0755) == 0);
    touch("d/f");
    int dir = open("d", O_RDONLY | O_DIRECTORY), file = openat(dir, "f", O_RDONLY);
    CHECK(dir >= 0 && file >= 0);
    CHECK(fstatat(dir, "f", &status, 0) == 0 && status.st_size == 3);
    CHECK(FAILS(openat(file, "f", O_RDONLY), ENOTDIR) && FAILS(openat(99, "f", O_RDONLY), EBADF));
    CHECK(openat(99, directory, O_RDONLY) >= 0); // an absolute name needs no descriptor
    CHECK(fstatat(file, "", &status, AT_EMPTY_PATH) == 0 && S_ISREG(status.st_mode));
    CHECK(FAILS(fstatat(file, "", &status, 0), ENOENT));
    CHECK(mkdirat(dir, "e", 0755) == 0 && unlinkat(dir, "e", AT_REMOVEDIR) == 0);
    CHECK(rename("d", "moved") == 0 && openat(dir, "f", O_RDONLY) >= 0);
    CHECK(unlink("moved/f") == 0 && rmdir("moved") == 0);
    leave_directory(directory);
}

TEST(working_directory, "chdir, fchdir and getcwd: errors, a removed directory, a buffer too small")
{
    char where[128], small[4];
    enter_directory(directory);
    touch("f");
    CHECK(mkdir("d", 0755) == 0);
    CHECK(FAILS(chdir("x"), ENOENT) && FAILS(chdir("f"), ENOTDIR) && FAILS(chdir(NOWHERE), EFAULT));
    int here = open(".", O_RDONLY), file = open("f", O_RDONLY);
    CHECK(chdir("d") == 0 && getcwd(where, sizeof(where)) &&
          !strcmp(where + strlen(directory), "/d"));
    CHECK(FAILS(syscall(SYS_getcwd, small, sizeof(small)), ERANGE));
    CHECK(FAILS(syscall(SYS_getcwd, NOWHERE, 128), EFAULT));
    CHECK(syscall(SYS_getcwd, where, 128) == (long)strlen(directory) + 3);
    CHECK(rmdir("../d") == 0);
    CHECK(FAILS(open("x", O_RDWR | O_CREAT, 0600), ENOENT));
    CHECK(FAILS(syscall(SYS_getcwd, where, sizeof(where)), ENOENT));
    CHECK(fchdir(here) == 0 && FAILS(fchdir(file), ENOTDIR) && FAILS(fchdir(99), EBADF));
    CHECK(getcwd(where, sizeof(where)) && !strcmp(where, directory));
    CHECK(chdir("/../..") == 0 && getcwd(where, sizeof(where)) && !strcmp(where, "/"));
    CHECK(chdir(directory) == 0 && unlink("f") == 0);
    leave_directory(directory);
}

TEST(odd_paths, "double slashes, dots and long ways round lead where they should")
{
    char path[300];
    enter_directory(directory);
    CHECK(mkdir("d", 0755) == 0);
    touch("d/f");
    CHECK(exists(".//d///f") && exists("./d/./f") && exists("d/../d/f") && exists("d/.././d/f"));
    CHECK(!exists("d/f/..") && !exists("d/f/.") && exists("d/"));
    snprintf(path, sizeof(path), "/..//../%s/d/../../%s/d/f", directory, directory + 5);
    CHECK(exists(path));
    CHECK(unlink("d/f") == 0 && rmdir("d") == 0);
    leave_directory(directory);
}

TEST(permissions, "mode bits bind other users: read, write, search, and the sticky bit")
{
    enter_directory(directory);
    touch("secret");
    touch("open");
    touch("mine");
    CHECK(!chmod("secret", 0600) && !chmod("open", 0644) && !mkdir("closed", 0700));
    CHECK(!mkdir("sticky", 0755) && !chmod("sticky", 01777));
    touch("sticky/f");
    touch("closed/f");
    CHECK(chown("mine", 65534, 65534) == 0 && chmod("mine", 0400) == 0);
    pid_t pid = fork();
    if (pid == 0) {
        CHECK(setgid(65534) == 0 && setuid(65534) == 0);
        CHECK(FAILS(open("secret", O_RDONLY), EACCES) && open("open", O_RDONLY) >= 0);
        CHECK(FAILS(open("open", O_WRONLY), EACCES) && FAILS(open("mine", O_WRONLY), EACCES));
        CHECK(FAILS(open("closed/f", O_RDONLY), EACCES) &&
              FAILS(open("new", O_CREAT, 0600), EACCES));
        CHECK(FAILS(unlink("open"), EACCES) && FAILS(unlink("sticky/f"), EPERM));
        CHECK(FAILS(chmod("open", 0777), EPERM) && chmod("mine", 0600) == 0);
        CHECK(open("mine", O_RDWR) >= 0 && FAILS(chdir("closed"), EACCES));
        CHECK(FAILS(chown("mine", 0, 0), EPERM) && FAILS(mkdir("d", 0700), EACCES));
        CHECK(access("open", R_OK) == 0 && FAILS(access("open", W_OK), EACCES));
        _exit(0);
    }
    CHECK(child_end(pid) == 0);
    CHECK(!unlink("secret") && !unlink("open") && !unlink("mine") && !unlink("closed/f"));
    CHECK(!rmdir("closed") && !unlink("sticky/f") && !rmdir("sticky"));
    leave_directory(directory);
}

TEST(access_call,
     "access: existence, root's rights, execute only with some x bit, EINVAL for a bad mode")
{
    enter_directory(directory);
    touch("f");
    CHECK(chmod("f", 0) == 0 && access("f", F_OK) == 0 && access("f", R_OK | W_OK) == 0);
    CHECK(FAILS(access("f", X_OK), EACCES) && chmod("f", 0001) == 0 && access("f", X_OK) == 0);
    CHECK(FAILS(access("x", F_OK), ENOENT) && FAILS(access("f/x", F_OK), ENOTDIR));
    CHECK(FAILS(access("f", 8), EINVAL) && access(".", X_OK) == 0);
    CHECK(unlink("f") == 0);
    leave_directory(directory);
}

TEST(change_mode, "chmod, fchmod and fchmodat set all twelve bits; EBADF, ENOENT")
{
    struct stat status;
    enter_directory(directory);
    touch("f");
    int fd = open("f", O_RDONLY);
    CHECK(chmod("f", 07777) == 0 && stat("f", &status) == 0 && status.st_mode == (S_IFREG | 07777));
    CHECK(fchmod(fd, 0604) == 0 && fstat(fd, &status) == 0 && (status.st_mode & 07777) == 0604);
    CHECK(fchmodat(AT_FDCWD, "f", 0640, 0) == 0 && fstat(fd, &status) == 0);
    CHECK((status.st_mode & 07777) == 0640);
    CHECK(FAILS(fchmod(99, 0), EBADF) && FAILS(chmod("x", 0), ENOENT));
    CHECK(unlink("f") == 0);
    leave_directory(directory);
}

TEST(times, "writing moves mtime and ctime, reading a directory's change too; utimensat sets what "
            "it is told")
{
    struct stat before, after;
    struct timespec times[2] = {{1000, 1}, {2000, 999999999}};
    enter_directory(directory);
    touch("f");
    CHECK(utimensat(AT_FDCWD, "f", times, 0) == 0 && stat("f", &before) == 0);
    CHECK(before.st_atim.tv_sec == 1000 && before.st_mtim.tv_sec == 2000);
    CHECK(before.st_mtim.tv_nsec == 999999999);
    int fd = open("f", O_WRONLY);
    CHECK(write(fd, "x", 1) == 1 && stat("f", &after) == 0 && after.st_mtim.tv_sec > 2000);
    CHECK(utimensat(AT_FDCWD, ".", times, 0) == 0 && stat(".", &before) == 0);
    touch("g");
    CHECK(stat(".", &after) == 0 && after.st_mtim.tv_sec > before.st_mtim.tv_sec);
    times[0].tv_nsec = 1000000000;
    CHECK(FAILS(utimensat(AT_FDCWD, "f", times, 0), EINVAL));
    CHECK(unlink("f") == 0 && unlink("g") == 0);
    leave_directory(directory);
}

TEST(deep, "a hundred directories, one in the other, up and down again")
{
    char where[4096];
    enter_directory(directory);
    for (int i = 0; i < 100; i++)
        CHECK(mkdir("deeper", 0755) == 0 && chdir("deeper") == 0);
    CHECK(getcwd(where, sizeof(where)) && strlen(where) == strlen(directory) + 700);
    CHECK(chdir("/") == 0 && chdir(where) == 0);
    for (int i = 0; i < 100; i++)
        CHECK(chdir("..") == 0 && rmdir("deeper") == 0);
    leave_directory(directory);
}

TEST(raced, "four processes make, rename and remove the same names at once: each call succeeds or "
            "fails cleanly")
{
    pid_t pids[4];
    enter_directory(directory);
    for (int i = 0; i < 4; i++) {
        pids[i] = fork();
        if (pids[i] == 0) {
            for (int round = 0; round < 300; round++) {
                CHECK(mkdir("a", 0755) == 0 || errno == EEXIST);
                CHECK(rename("a", "b") == 0 || errno == ENOENT || errno == ENOTEMPTY);
                CHECK(mkdir("b/c", 0755) == 0 || errno == EEXIST || errno == ENOENT);
                CHECK(rename("b/c", "a") == 0 || errno == ENOENT || errno == ENOTEMPTY);
                CHECK(rmdir("b") == 0 || errno == ENOENT || errno == ENOTEMPTY);
            }
            _exit(0);
        }
    }
    for (int i = 0; i < 4; i++)
        CHECK(child_end(pids[i]) == 0);
    rmdir("a/c");
    rmdir("b/c");
    rmdir("a");
    rmdir("b");
    leave_directory(directory);
}
