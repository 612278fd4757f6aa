// SPDX-License-Identifier: ISC
// The less common calls on files: unnamed files, copies inside the kernel, storage, statx, O_PATH.
#include "support.h"

#include <sys/ioctl.h>
#include <sys/sendfile.h>
#include <sys/statfs.h>
#include <sys/uio.h>

static char directory[64];

static void set_up(void)
{
    enter_directory(directory);
}

static int make(const char *name, const char *text)
{
    int fd = open(name, O_RDWR | O_CREAT | O_EXCL, 0644);
    CHECK(fd >= 0 && write(fd, text, strlen(text)) == (ssize_t)strlen(text));
    return fd;
}

static bool holds(int fd, const char *text)
{
    char buf[256];
    ssize_t n = pread(fd, buf, sizeof(buf), 0);
    return n == (ssize_t)strlen(text) && memcmp(buf, text, (size_t)n) == 0;
}

TEST(unnamed, "O_TMPFILE gives a file without a name, which linkat can give it later")
{
    set_up();
    char path[64];
    struct stat st;
    int fd = open(".", O_TMPFILE | O_RDWR, 0600);
    CHECK(fd >= 0 && write(fd, "abc", 3) == 3 && fstat(fd, &st) == 0 && st.st_nlink == 0);
    snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
    CHECK(linkat(AT_FDCWD, path, AT_FDCWD, "named", AT_SYMLINK_FOLLOW) == 0);
    CHECK(fstat(fd, &st) == 0 && st.st_nlink == 1 && unlink("named") == 0);
    CHECK(FAILS(linkat(AT_FDCWD, path, AT_FDCWD, "named", AT_SYMLINK_FOLLOW), ENOENT));
    CHECK(FAILS(open(".", O_TMPFILE | O_RDONLY, 0600), EINVAL));
    leave_directory(directory);
}

TEST(memfd, "memfd_create gives a file in no directory that can be written, mapped and sized")
{
    int fd = (int)syscall(SYS_memfd_create, "name", 1);
    char text[64], path[64];
    CHECK(fd >= 0 && fcntl(fd, F_GETFD) == FD_CLOEXEC && ftruncate(fd, 8192) == 0);
    char *map = mmap(NULL, 8192, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    CHECK(map != MAP_FAILED);
    memcpy(map + 5000, "shared", 6);
    CHECK(pread(fd, text, 6, 5000) == 6 && memcmp(text, "shared", 6) == 0);
    snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
    ssize_t len = readlink(path, text, sizeof(text));
    CHECK(len == 21 && memcmp(text, "/memfd:name (deleted)", 21) == 0);
    CHECK(FAILS(syscall(SYS_memfd_create, "x", 0x8000), EINVAL));
    CHECK(FAILS(syscall(SYS_memfd_create, NOWHERE, 0), EFAULT));
}

TEST(copies, "copy_file_range and sendfile copy between files, at given offsets or the files' own")
{
    set_up();
    int a = make("a", "0123456789"), b = make("b", "");
    loff_t from = 2, to = 1;
    CHECK(syscall(SYS_copy_file_range, a, &from, b, &to, 4ul, 0) == 4 && from == 6 && to == 5);
    CHECK(lseek(a, 8, SEEK_SET) == 8 && lseek(b, 0, SEEK_SET) == 0);
    CHECK_EQ(syscall(SYS_copy_file_range, a, NULL, b, NULL, 100ul, 0), 2);
    CHECK(lseek(a, 0, SEEK_CUR) == 10 && lseek(b, 0, SEEK_CUR) == 2 && holds(b, "89345"));
    off_t at = 0;
    CHECK(sendfile(b, a, &at, 3) == 3 && at == 3 && holds(b, "89012"));
    CHECK_EQ(sendfile(b, a, NULL, 3), 0);
    int append = open("b", O_WRONLY | O_APPEND), in = open("a", O_RDONLY);
    CHECK(FAILS(syscall(SYS_copy_file_range, a, NULL, append, NULL, 1ul, 0), EBADF));
    CHECK(FAILS(syscall(SYS_copy_file_range, a, NULL, in, NULL, 1ul, 0), EBADF));
    CHECK(FAILS(syscall(SYS_copy_file_range, a, NULL, b, NULL, 1ul, 1), EINVAL));
    CHECK(FAILS(sendfile(append, a, NULL, 1), EINVAL));
    CHECK(unlink("a") == 0 && unlink("b") == 0);
    leave_directory(directory);
}

TEST(storage,
     "fallocate extends a file and gives it memory; SEEK_DATA and SEEK_HOLE find what is there")
{
    enter_directory(directory);
    int fd = open("/dev/shm/braid-test-storage", O_RDWR | O_CREAT | O_TRUNC, 0600);
    struct stat st;
    CHECK(fd >= 0 && ftruncate(fd, 100 * 4096) == 0 && pwrite(fd, "x", 1, 50 * 4096 + 7) == 1);
    CHECK_EQ(lseek(fd, 0, SEEK_DATA), 50 * 4096);
    CHECK_EQ(lseek(fd, 0, SEEK_HOLE), 0);
    CHECK_EQ(lseek(fd, 50 * 4096 + 9, SEEK_DATA), 50 * 4096 + 9);
    CHECK_EQ(lseek(fd, 50 * 4096 + 9, SEEK_HOLE), 51 * 4096);
    CHECK(FAILS(lseek(fd, 51 * 4096, SEEK_DATA), ENXIO) &&
          FAILS(lseek(fd, 100 * 4096, SEEK_HOLE), ENXIO));
    CHECK(fstat(fd, &st) == 0 && st.st_blocks == 8);
    CHECK(syscall(SYS_fallocate, fd, 0, 99l * 4096, 4096l * 3) == 0);
    CHECK(fstat(fd, &st) == 0 && st.st_size == 102 * 4096 && st.st_blocks == 8 * 4);
    CHECK(FAILS(syscall(SYS_fallocate, fd, 0, 0l, 0l), EINVAL));
    CHECK(FAILS(syscall(SYS_fallocate, fd, 0, -1l, 1l), EINVAL));
    CHECK(unlink("/dev/shm/braid-test-storage") == 0);
    leave_directory(directory);
}

TEST(vectors_at, "preadv and pwritev work at an offset and leave the file's own alone")
{
    set_up();
    int fd = make("f", "0123456789");
    char a[3], b[4];
    struct iovec in[2] = {{a, 3}, {b, 4}}, out[2] = {{"AB", 2}, {"CD", 2}};
    CHECK(preadv(fd, in, 2, 2) == 7 && memcmp(a, "234", 3) == 0 && memcmp(b, "5678", 4) == 0);
    CHECK(pwritev(fd, out, 2, 8) == 4 && holds(fd, "01234567ABCD"));
    CHECK_EQ(lseek(fd, 0, SEEK_CUR), 10);
    CHECK(FAILS(preadv(fd, in, 2, -1), EINVAL));
    int ends[2];
    CHECK(pipe(ends) == 0 && FAILS(preadv(ends[0], in, 2, 0), ESPIPE));
    CHECK(unlink("f") == 0);
    leave_directory(directory);
}

struct statx_head { // as far as it is looked at
    unsigned mask, blksize;
    unsigned long attributes;
    unsigned nlink, uid, gid;
    unsigned short mode, pad;
    unsigned long ino, size, blocks, attributes_mask;
    char rest[256];
};

TEST(extended_stat, "statx tells what stat tells; flags and masks it does not know are EINVAL")
{
    set_up();
    struct statx_head x;
    struct stat st;
    int fd = make("f", "12345");
    CHECK(fstat(fd, &st) == 0 && syscall(SYS_statx, AT_FDCWD, "f", 0, 0x7ff, &x) == 0);
    CHECK((x.mask & 0x7ff) == 0x7ff && x.mode == st.st_mode && x.size == 5 && x.ino == st.st_ino);
    CHECK(syscall(SYS_statx, fd, "", 0x1000, 0x7ff, &x) == 0 && x.size == 5);
    CHECK(FAILS(syscall(SYS_statx, fd, "", 0, 0x7ff, &x), ENOENT));
    CHECK(FAILS(syscall(SYS_statx, AT_FDCWD, "f", 0x6000, 0x7ff, &x), EINVAL));
    CHECK(FAILS(syscall(SYS_statx, AT_FDCWD, "f", 0, 0x80000000, &x), EINVAL));
    CHECK(FAILS(syscall(SYS_statx, AT_FDCWD, "f", 0, 0x7ff, NOWHERE), EFAULT));
    CHECK(unlink("f") == 0);
    leave_directory(directory);
}

TEST(path_only, "O_PATH opens anything, even a link, and the descriptor only names it")
{
    set_up();
    struct stat st;
    char text[8];
    close(make("f", "text"));
    CHECK(symlink("f", "link") == 0 && chmod("f", 0) == 0);
    int fd = open("link", O_PATH | O_NOFOLLOW);
    CHECK(fd >= 0 && fstat(fd, &st) == 0 && S_ISLNK(st.st_mode));
    CHECK(readlinkat(fd, "", text, sizeof(text)) == 1 && text[0] == 'f');
    int file = open("f", O_PATH), dir = open(".", O_PATH | O_DIRECTORY);
    CHECK(file >= 0 && FAILS(read(file, text, 1), EBADF) && FAILS(lseek(file, 0, SEEK_SET), EBADF));
    CHECK(FAILS(fchmod(file, 0644), EBADF) && FAILS(ioctl(file, FIONREAD, text), EBADF));
    CHECK((fcntl(file, F_GETFL) & O_PATH) == O_PATH && fcntl(file, F_GETFD) == 0);
    CHECK(fstatat(dir, "f", &st, 0) == 0 && fchdir(dir) == 0);
    CHECK(FAILS(open("f", O_PATH | O_DIRECTORY), ENOTDIR));
    CHECK(unlink("f") == 0 && unlink("link") == 0);
    leave_directory(directory);
}

TEST(closing_ranges, "close_range closes, or marks, what lies in its range")
{
    int fd[4];
    for (int i = 0; i < 4; i++)
        fd[i] = open("/", O_RDONLY);
    CHECK(syscall(SYS_close_range, fd[1], fd[2], 0) == 0);
    CHECK(fcntl(fd[0], F_GETFD) == 0 && FAILS(fcntl(fd[1], F_GETFD), EBADF));
    CHECK(FAILS(fcntl(fd[2], F_GETFD), EBADF) && fcntl(fd[3], F_GETFD) == 0);
    CHECK(syscall(SYS_close_range, fd[3], ~0u, 4) == 0 && fcntl(fd[3], F_GETFD) == FD_CLOEXEC);
    CHECK(FAILS(syscall(SYS_close_range, 5, 4, 0), EINVAL));
    CHECK(FAILS(syscall(SYS_close_range, 3, 4, 1), EINVAL));
}

TEST(pipe_capacity,
     "F_SETPIPE_SZ rounds up to pages and powers of two, and keeps what is in the pipe")
{
    int ends[2];
    char text[16];
    CHECK(pipe(ends) == 0 && fcntl(ends[0], F_GETPIPE_SZ) == 65536);
    CHECK(write(ends[1], "kept", 4) == 4);
    CHECK(fcntl(ends[1], F_SETPIPE_SZ, 5000) == 8192 && fcntl(ends[0], F_GETPIPE_SZ) == 8192);
    CHECK(fcntl(ends[1], F_SETPIPE_SZ, 1 << 20) == 1 << 20);
    CHECK(read(ends[0], text, 16) == 4 && memcmp(text, "kept", 4) == 0);
    CHECK(FAILS(fcntl(0 + open("/", O_RDONLY), F_SETPIPE_SZ, 4096), EBADF));
    static char big[8192];
    CHECK(write(ends[1], big, 8192) == 8192 && FAILS(fcntl(ends[1], F_SETPIPE_SZ, 4096), EBUSY));
}

TEST(general_ioctls, "FIONBIO, FIOCLEX and FIONREAD work on any file; an unknown request is ENOTTY")
{
    set_up();
    int fd = make("f", "0123456789"), on = 1, off = 0, left;
    CHECK(ioctl(fd, FIONBIO, &on) == 0 && (fcntl(fd, F_GETFL) & O_NONBLOCK));
    CHECK(ioctl(fd, FIONBIO, &off) == 0 && !(fcntl(fd, F_GETFL) & O_NONBLOCK));
    CHECK(ioctl(fd, FIOCLEX) == 0 && fcntl(fd, F_GETFD) == FD_CLOEXEC);
    CHECK(ioctl(fd, FIONCLEX) == 0 && fcntl(fd, F_GETFD) == 0);
    CHECK(lseek(fd, 4, SEEK_SET) == 4 && ioctl(fd, FIONREAD, &left) == 0 && left == 6);
    CHECK(FAILS(ioctl(fd, 0xdead, 0), ENOTTY));
    CHECK(unlink("f") == 0);
    leave_directory(directory);
}

TEST(file_systems, "statfs tells the kind of /dev/shm and /proc; a name that is none is ENOENT")
{
    struct statfs s;
    CHECK(statfs("/dev/shm", &s) == 0 && s.f_type == 0x01021994 && s.f_namelen == 255);
    CHECK(s.f_bsize == 4096 && s.f_blocks > 0 && s.f_bfree <= s.f_blocks);
    CHECK(statfs("/proc", &s) == 0 && s.f_type == 0x9fa0);
    CHECK(FAILS(statfs("/nowhere", &s), ENOENT) && FAILS(statfs("/proc", NOWHERE), EFAULT));
}

TEST(attributes, "no attribute is there: listxattr is empty, getxattr refuses")
{
    set_up();
    close(make("f", "x"));
    CHECK(FAILS(syscall(SYS_getxattr, "none", "user.x", NULL, 0), ENOENT));
    long got = syscall(SYS_getxattr, "f", "user.x", NULL, 0);
    CHECK(got == -1 && (errno == EOPNOTSUPP || errno == ENODATA));
    CHECK(syscall(SYS_listxattr, "f", NULL, 0) == 0);
    CHECK(unlink("f") == 0);
    leave_directory(directory);
}
