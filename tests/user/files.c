// SPDX-License-Identifier: ISC
//
// Files through their descriptors: opening, offsets, holes, appending, duplicates, limits.
// (Names and directories are in directories.c.)
#include "support.h"

#include <dirent.h>
#include <sys/resource.h>
#include <sys/uio.h>

static char directory[64];

static int make_file(const char *text)
{
    write_file("file", text, strlen(text), 0644);
    int fd = open("file", O_RDWR);
    CHECK(fd >= 0);
    return fd;
}

static void finish(void)
{
    unlink("file");
    leave_directory(directory);
}

static off_t size_of(int fd)
{
    struct stat status;
    CHECK(fstat(fd, &status) == 0);
    return status.st_size;
}

TEST(create, "O_CREAT makes a file once; with O_EXCL an existing one is EEXIST; without it ENOENT")
{
    enter_directory(directory);
    CHECK(FAILS(open("file", O_RDWR), ENOENT));
    int fd = open("file", O_RDWR | O_CREAT | O_EXCL, 0640);
    CHECK(fd >= 0);
    CHECK(FAILS(open("file", O_RDWR | O_CREAT | O_EXCL, 0640), EEXIST));
    CHECK(open("file", O_RDWR | O_CREAT, 0600) >= 0);
    struct stat status;
    CHECK(fstat(fd, &status) == 0 && status.st_mode == (S_IFREG | 0640) && status.st_nlink == 1);
    CHECK(status.st_size == 0 && status.st_uid == getuid() && status.st_gid == getgid());
    finish();
}

TEST(umask, "the umask takes bits away from the mode of a new file")
{
    struct stat status;
    enter_directory(directory);
    CHECK(umask(027) == 022);
    CHECK(open("file", O_RDWR | O_CREAT, 0777) >= 0);
    CHECK(stat("file", &status) == 0 && (status.st_mode & 07777) == 0750);
    CHECK(umask(0) == 027);
    CHECK(mkdir("below", 0777) == 0 && stat("below", &status) == 0);
    CHECK((status.st_mode & 07777) == 0777);
    CHECK(rmdir("below") == 0);
    finish();
}

TEST(open_errors,
     "open: EISDIR, ENOTDIR, ELOOP with O_NOFOLLOW, EINVAL, EFAULT, ENAMETOOLONG, empty name")
{
    char name[5000];
    enter_directory(directory);
    make_file("text");
    CHECK(FAILS(open(".", O_WRONLY), EISDIR));
    CHECK(FAILS(open(".", O_RDWR), EISDIR));
    CHECK(FAILS(open(".", O_RDONLY | O_CREAT, 0600), EISDIR));
    CHECK(FAILS(open("file/below", O_RDONLY), ENOTDIR));
    CHECK(FAILS(open("file/", O_RDONLY), ENOTDIR));
    CHECK(FAILS(open("file", O_RDONLY | O_DIRECTORY), ENOTDIR));
    CHECK(FAILS(open("missing/below", O_RDWR | O_CREAT, 0600), ENOENT));
    CHECK(FAILS(open("", O_RDONLY), ENOENT));
    CHECK(FAILS(open(NOWHERE, O_RDONLY), EFAULT));
    CHECK(FAILS(open(KERNEL_MEMORY, O_RDONLY), EFAULT));
    CHECK(symlink("file", "link") == 0);
    CHECK(FAILS(open("link", O_RDONLY | O_NOFOLLOW), ELOOP));
    CHECK(FAILS(open("link", O_RDWR | O_CREAT | O_EXCL, 0600), EEXIST));
    memset(name, 'n', sizeof(name));
    name[256] = 0;
    CHECK(FAILS(open(name, O_RDWR | O_CREAT, 0600), ENAMETOOLONG));
    name[255] = 0;
    CHECK(open(name, O_RDWR | O_CREAT, 0600) >= 0 && unlink(name) == 0);
    for (size_t i = 0; i < sizeof(name); i++)
        name[i] = i % 2 ? '/' : '.';
    name[4999] = 0;
    CHECK(FAILS(open(name, O_RDONLY), ENAMETOOLONG));
    CHECK(unlink("link") == 0);
    finish();
}

TEST(lowest, "open and dup give the lowest free descriptor; close of a closed one is EBADF")
{
    CHECK(open("/dev/null", O_RDONLY) == 3);
    CHECK(open("/dev/null", O_RDONLY) == 4);
    CHECK(dup(3) == 5);
    CHECK(close(3) == 0 && FAILS(close(3), EBADF));
    CHECK(open("/dev/null", O_RDONLY) == 3);
    CHECK(FAILS(close(-1), EBADF) && FAILS(close(1000000), EBADF));
    CHECK(FAILS(dup(77), EBADF) && FAILS(dup(-1), EBADF));
}

TEST(access_modes, "a descriptor allows only what it was opened for: EBADF")
{
    char byte = 0;
    enter_directory(directory);
    make_file("text");
    int reader = open("file", O_RDONLY), writer = open("file", O_WRONLY);
    CHECK(FAILS(write(reader, &byte, 1), EBADF) && FAILS(read(writer, &byte, 1), EBADF));
    CHECK(FAILS(ftruncate(reader, 0), EINVAL));
    CHECK(FAILS(read(99, &byte, 1), EBADF) && FAILS(write(-1, &byte, 1), EBADF));
    int here = open(".", O_RDONLY);
    CHECK(FAILS(read(here, &byte, 1), EISDIR));
    finish();
}

TEST(offsets,
     "read and write move the offset; lseek sets it from start, here and end, beyond it too")
{
    char text[8] = "";
    enter_directory(directory);
    int fd = make_file("0123456789");
    CHECK(read(fd, text, 4) == 4 && lseek(fd, 0, SEEK_CUR) == 4);
    CHECK(lseek(fd, -2, SEEK_CUR) == 2 && read(fd, text, 2) == 2 && !memcmp(text, "23", 2));
    CHECK(lseek(fd, -3, SEEK_END) == 7 && read(fd, text, 8) == 3 && !memcmp(text, "789", 3));
    CHECK(read(fd, text, 8) == 0);
    CHECK(lseek(fd, 100, SEEK_SET) == 100 && read(fd, text, 8) == 0);
    CHECK(FAILS(lseek(fd, -1, SEEK_SET), EINVAL) && FAILS(lseek(fd, -101, SEEK_CUR), EINVAL));
    CHECK(FAILS(lseek(fd, 0, 99), EINVAL) && FAILS(lseek(99, 0, SEEK_SET), EBADF));
    CHECK(FAILS(lseek(fd, INT64_MAX, SEEK_END), EINVAL));
    CHECK(lseek(fd, 0, SEEK_CUR) == 100);
    finish();
}

TEST(holes, "writing beyond the end leaves a hole of zeros; blocks tell that it is not stored")
{
    static char block[PAGE];
    struct stat status;
    enter_directory(directory);
    int fd = make_file("start");
    CHECK(pwrite(fd, "end", 3, 1 << 20) == 3);
    CHECK(size_of(fd) == (1 << 20) + 3);
    CHECK(pread(fd, block, PAGE, 500000) == (ssize_t)PAGE);
    for (size_t i = 0; i < PAGE; i++)
        CHECK(block[i] == 0);
    CHECK(fstat(fd, &status) == 0 && status.st_blocks * 512 < 1 << 19);
    CHECK(pread(fd, block, PAGE, 0) == (ssize_t)PAGE && !memcmp(block, "start\0\0", 7));
    CHECK(pread(fd, block, 10, 1 << 20) == 3 && !memcmp(block, "end", 3));
    finish();
}

TEST(positioned, "pread and pwrite leave the offset where it is; a negative place is EINVAL")
{
    char text[4];
    enter_directory(directory);
    int fd = make_file("0123456789");
    CHECK(pread(fd, text, 3, 5) == 3 && !memcmp(text, "567", 3));
    CHECK(pwrite(fd, "ab", 2, 8) == 2 && lseek(fd, 0, SEEK_CUR) == 0);
    CHECK(pread(fd, text, 4, 8) == 2 && !memcmp(text, "ab", 2));
    CHECK(FAILS(pread(fd, text, 1, -1), EINVAL) && FAILS(pwrite(fd, text, 1, -1), EINVAL));
    CHECK(pread(fd, text, 4, 10) == 0);
    finish();
}

TEST(append, "O_APPEND writes at the end wherever the offset is, two descriptors in turn too")
{
    char text[16];
    enter_directory(directory);
    make_file("one ");
    int a = open("file", O_WRONLY | O_APPEND), b = open("file", O_WRONLY | O_APPEND);
    CHECK(write(a, "two ", 4) == 4 && write(b, "three ", 6) == 6);
    CHECK(lseek(a, 0, SEEK_SET) == 0 && write(a, "4", 1) == 1 && lseek(a, 0, SEEK_CUR) == 15);
    int fd = open("file", O_RDONLY);
    CHECK(read(fd, text, 16) == 15 && !memcmp(text, "one two three 4", 15));
    CHECK(fcntl(a, F_GETFL) & O_APPEND);
    CHECK(fcntl(a, F_SETFL, 0) == 0 && lseek(a, 0, SEEK_SET) == 0 && write(a, "O", 1) == 1);
    CHECK(pread(fd, text, 3, 0) == 3 && !memcmp(text, "One", 3));
    finish();
}

TEST(append_together, "ten processes append a hundred records each: none is lost, none mixed")
{
    static char text[1000 * 10];
    int counts[10] = {0};
    pid_t pids[10];
    enter_directory(directory);
    int fd = make_file("");
    for (int i = 0; i < 10; i++) {
        pids[i] = fork();
        if (pids[i] == 0) {
            char record[10];
            int own = open("file", O_WRONLY | O_APPEND);
            memset(record, '0' + i, sizeof(record));
            for (int n = 0; n < 100; n++)
                CHECK(write(own, record, sizeof(record)) == sizeof(record));
            _exit(0);
        }
    }
    for (int i = 0; i < 10; i++)
        CHECK(child_end(pids[i]) == 0);
    CHECK(size_of(fd) == sizeof(text) && read(fd, text, sizeof(text)) == sizeof(text));
    for (size_t at = 0; at < sizeof(text); at += 10) {
        for (size_t i = 1; i < 10; i++)
            CHECK(text[at + i] == text[at]);
        counts[text[at] - '0']++;
    }
    for (int i = 0; i < 10; i++)
        CHECK(counts[i] == 100);
    finish();
}

TEST(truncate_open, "O_TRUNC empties the file, for those who have it open too")
{
    char byte;
    enter_directory(directory);
    int fd = make_file("contents");
    CHECK(read(fd, &byte, 1) == 1);
    CHECK(open("file", O_WRONLY | O_TRUNC) >= 0);
    CHECK(size_of(fd) == 0 && read(fd, &byte, 1) == 0);
    finish();
}

TEST(truncate,
     "ftruncate cuts and extends with zeros; what was cut does not come back; errors EINVAL")
{
    char text[8];
    enter_directory(directory);
    int fd = make_file("0123456789");
    CHECK(ftruncate(fd, 4) == 0 && size_of(fd) == 4);
    CHECK(ftruncate(fd, 10) == 0 && size_of(fd) == 10);
    CHECK(pread(fd, text, 8, 2) == 8 && !memcmp(text, "23\0\0\0\0\0\0", 8));
    CHECK(FAILS(ftruncate(fd, -1), EINVAL));
    CHECK(truncate("file", 1) == 0 && size_of(fd) == 1);
    CHECK(FAILS(truncate(".", 0), EISDIR) && FAILS(truncate("missing", 0), ENOENT));
    CHECK(ftruncate(fd, 3 * PAGE + 7) == 0 && size_of(fd) == 3 * PAGE + 7);
    CHECK(ftruncate(fd, PAGE) == 0 && size_of(fd) == PAGE);
    finish();
}

TEST(duplicates, "duplicates share the offset and the status flags, but not close-on-exec")
{
    char byte;
    enter_directory(directory);
    int fd = make_file("abcdef"), copy = dup(fd);
    CHECK(read(fd, &byte, 1) == 1 && read(copy, &byte, 1) == 1 && byte == 'b');
    CHECK(fcntl(fd, F_SETFD, FD_CLOEXEC) == 0 && fcntl(copy, F_GETFD) == 0);
    CHECK(dup2(fd, 50) == 50 && fcntl(50, F_GETFD) == 0 && dup2(50, 50) == 50);
    CHECK(dup3(fd, 51, O_CLOEXEC) == 51 && fcntl(51, F_GETFD) == FD_CLOEXEC);
    CHECK(FAILS(dup3(fd, fd, 0), EINVAL) && FAILS(dup3(fd, 52, 0x1000), EINVAL));
    CHECK(FAILS(dup2(99, 53), EBADF) && FAILS(dup2(fd, -1), EBADF) && FAILS(dup2(99, 99), EBADF));
    CHECK(fcntl(fd, F_DUPFD, 60) == 60 && fcntl(fd, F_DUPFD_CLOEXEC, 60) == 61);
    CHECK(fcntl(61, F_GETFD) == FD_CLOEXEC);
    CHECK(FAILS(fcntl(fd, F_DUPFD, -1), EINVAL) && FAILS(fcntl(fd, F_DUPFD, 10000000), EINVAL));
    CHECK(FAILS(fcntl(fd, 9999), EINVAL) && FAILS(fcntl(99, F_GETFD), EBADF));
    finish();
}

TEST(offset_after_fork, "after fork both processes move one offset; a second open has its own")
{
    char byte;
    enter_directory(directory);
    int fd = make_file("0123456789"), other = open("file", O_RDONLY);
    pid_t pid = fork();
    if (pid == 0) {
        CHECK(read(fd, &byte, 1) == 1 && read(fd, &byte, 1) == 1);
        _exit(0);
    }
    CHECK(child_end(pid) == 0);
    CHECK(read(fd, &byte, 1) == 1 && byte == '2');
    CHECK(read(other, &byte, 1) == 1 && byte == '0');
    finish();
}

TEST(vectors, "readv and writev move through several buffers as one")
{
    char a[4], b[4];
    enter_directory(directory);
    int fd = make_file("");
    struct iovec out[] = {{"abc", 3}, {"defg", 4}}, in[] = {{a, 4}, {b, 4}};
    CHECK(writev(fd, out, 2) == 7 && lseek(fd, 0, SEEK_SET) == 0);
    CHECK(readv(fd, in, 2) == 7 && !memcmp(a, "abcd", 4) && !memcmp(b, "efg", 3));
    finish();
}

TEST(bad_buffers,
     "EFAULT for bad buffers; a buffer half good gives the good half or EFAULT, never a crash")
{
    unsigned char *memory = private_memory(2 * PAGE);
    enter_directory(directory);
    int fd = make_file("");
    CHECK(munmap(memory + PAGE, PAGE) == 0);
    memset(memory, 'm', PAGE);
    CHECK(FAILS(write(fd, NOWHERE, 10), EFAULT) && FAILS(write(fd, KERNEL_MEMORY, 10), EFAULT));
    CHECK(size_of(fd) == 0);
    ssize_t count = write(fd, memory + PAGE - 10, 20);
    CHECK(count == 10 || (count == -1 && errno == EFAULT));
    CHECK(size_of(fd) == (count > 0 ? count : 0));
    CHECK(pwrite(fd, "0123456789abcdefghij", 20, 0) == 20);
    CHECK(FAILS(pread(fd, NOWHERE, 10, 0), EFAULT));
    count = pread(fd, memory + PAGE - 10, 20, 0);
    CHECK(count == 10 || (count == -1 && errno == EFAULT));
    CHECK(pread(fd, NOWHERE, 0, 0) == 0);
    CHECK(FAILS(syscall(SYS_pread64, fd, memory, -1l, 0), EFAULT));
    finish();
}

TEST(unlinked_open, "a file without a name lives on while it is open, and its link count is 0")
{
    char text[4];
    struct stat status;
    enter_directory(directory);
    int fd = make_file("kept");
    CHECK(unlink("file") == 0 && FAILS(stat("file", &status), ENOENT));
    CHECK(fstat(fd, &status) == 0 && status.st_nlink == 0 && status.st_size == 4);
    CHECK(read(fd, text, 4) == 4 && !memcmp(text, "kept", 4));
    CHECK(write(fd, "more", 4) == 4 && size_of(fd) == 8);
    int other = open("file", O_RDWR | O_CREAT | O_EXCL, 0600);
    CHECK(other >= 0 && size_of(other) == 0);
    finish();
}

TEST(too_many, "EMFILE beyond RLIMIT_NOFILE, for open, dup, pipe and dup2; closing one makes room")
{
    struct rlimit limit = {32, 32};
    int fd, ends[2];
    CHECK(setrlimit(RLIMIT_NOFILE, &limit) == 0);
    while ((fd = open("/dev/null", O_RDONLY)) >= 0)
        CHECK(fd < 32);
    CHECK(errno == EMFILE);
    CHECK(FAILS(dup(0), EMFILE) && FAILS(pipe(ends), EMFILE) && FAILS(dup2(0, 32), EBADF));
    CHECK(FAILS(fcntl(0, F_DUPFD, 32), EINVAL) && FAILS(fcntl(0, F_DUPFD, 31), EMFILE));
    CHECK(close(20) == 0 && FAILS(pipe(ends), EMFILE) && open("/dev/null", O_RDONLY) == 20);
}

TEST(big_file, "16 MiB written and read back in pieces of odd sizes; then the space is given back")
{
    enum { total = 16 << 20 };
    static unsigned char block[77777];
    enter_directory(directory);
    int fd = make_file("");
    for (size_t at = 0; at < total; at += sizeof(block)) {
        size_t size = total - at < sizeof(block) ? total - at : sizeof(block);
        for (size_t i = 0; i < size; i++)
            block[i] = (unsigned char)((at + i) * 2654435761u >> 24);
        CHECK(write(fd, block, size) == (ssize_t)size);
    }
    CHECK(size_of(fd) == total && lseek(fd, 0, SEEK_SET) == 0);
    size_t at = 0;
    ssize_t count;
    while ((count = read(fd, block, 50001)) > 0)
        for (ssize_t i = 0; i < count; i++, at++)
            CHECK(block[i] == (unsigned char)(at * 2654435761u >> 24));
    CHECK(count == 0 && at == total);
    finish();
}

TEST(file_size_limit,
     "writing beyond RLIMIT_FSIZE is EFBIG with SIGXFSZ; up to it a part is written")
{
    enter_directory(directory);
    int fd = make_file("");
    pid_t pid = fork();
    if (pid == 0) {
        struct rlimit limit = {100, 100};
        char text[80] = "";
        CHECK(setrlimit(RLIMIT_FSIZE, &limit) == 0);
        signal(SIGXFSZ, SIG_IGN);
        CHECK(write(fd, text, 80) == 80 && write(fd, text, 80) == 20);
        CHECK(FAILS(write(fd, text, 80), EFBIG));
        signal(SIGXFSZ, SIG_DFL);
        _exit(write(fd, text, 1) == 1);
    }
    CHECK(child_end(pid) == 128 + SIGXFSZ);
    CHECK(size_of(fd) == 100);
    finish();
}
