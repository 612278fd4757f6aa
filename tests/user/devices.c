// SPDX-License-Identifier: ISC
//
// The character devices every program relies on: null, zero, full, random and urandom.
#include "support.h"

#include <sys/ioctl.h>
#include <sys/random.h>
#include <sys/sysmacros.h>
#include <termios.h>

static int open_device(const char *name, unsigned major_number, unsigned minor_number)
{
    struct stat status;
    int fd = open(name, O_RDWR);
    CHECK(fd >= 0 && fstat(fd, &status) == 0 && S_ISCHR(status.st_mode));
    CHECK(major(status.st_rdev) == major_number && minor(status.st_rdev) == minor_number);
    return fd;
}

TEST(null, "/dev/null takes everything and gives end of file")
{
    char text[10];
    int fd = open_device("/dev/null", 1, 3);
    CHECK(write(fd, "text", 4) == 4 && read(fd, text, 10) == 0);
    CHECK(lseek(fd, 1000, SEEK_SET) == 0 || lseek(fd, 0, SEEK_CUR) == 0);
    CHECK(write(fd, NOWHERE, 10) == 10); // nothing looks at the bytes
    CHECK(open("/dev/null", O_WRONLY | O_CREAT | O_TRUNC, 0600) >= 0);
}

TEST(zero, "/dev/zero gives zeros, takes everything, and refuses bad memory")
{
    unsigned char *memory = private_memory(20 * PAGE);
    int fd = open_device("/dev/zero", 1, 5);
    memset(memory, 1, 20 * PAGE);
    CHECK(read(fd, memory + 1, 10 * PAGE) == (ssize_t)(10 * PAGE));
    CHECK(memory[0] == 1 && memory[10 * PAGE + 1] == 1);
    for (size_t i = 1; i <= 10 * PAGE; i++)
        CHECK(memory[i] == 0);
    CHECK(write(fd, memory, 100) == 100);
    CHECK(FAILS(read(fd, NOWHERE, 10), EFAULT) && FAILS(read(fd, KERNEL_MEMORY, 10), EFAULT));
}

TEST(zero_mapped, "a private mapping of /dev/zero is zeroed memory")
{
    int fd = open("/dev/zero", O_RDWR);
    unsigned char *memory = mmap(NULL, 4 * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE, fd, 0);
    CHECK(memory != MAP_FAILED && memory[0] == 0 && memory[3 * PAGE] == 0);
    memory[0] = 1;
    CHECK(close(fd) == 0 && memory[0] == 1 && memory[PAGE] == 0);
}

TEST(full, "/dev/full gives zeros and refuses what is written with ENOSPC")
{
    char text[4] = "abc";
    int fd = open_device("/dev/full", 1, 7);
    CHECK(FAILS(write(fd, text, 4), ENOSPC));
    CHECK(read(fd, text, 4) == 4 && !memcmp(text, "\0\0\0\0", 4));
}

static void check_random(int fd)
{
    static unsigned char bytes[8192];
    int counts[256] = {0};
    CHECK(read(fd, bytes, sizeof(bytes)) == sizeof(bytes));
    for (size_t i = 0; i < sizeof(bytes); i++)
        counts[bytes[i]]++;
    // 32 expected of each; the chance that good bytes go outside is below one in a billion.
    for (int i = 0; i < 256; i++)
        CHECK(counts[i] >= 2 && counts[i] <= 90);
}

TEST(random, "/dev/random and /dev/urandom give bytes of all values, and others the next time")
{
    unsigned char first[32], second[32];
    int random = open_device("/dev/random", 1, 8), urandom = open_device("/dev/urandom", 1, 9);
    check_random(random);
    check_random(urandom);
    CHECK(read(urandom, first, 32) == 32 && read(urandom, second, 32) == 32);
    CHECK(memcmp(first, second, 32) != 0);
    CHECK(FAILS(read(urandom, NOWHERE, 16), EFAULT));
    CHECK(write(urandom, first, 32) == 32);
}

TEST(getrandom,
     "getrandom fills, differs between processes, and refuses unknown flags and bad addresses")
{
    unsigned char mine[32], *childs = shared_memory(PAGE);
    CHECK(getrandom(mine, 32, 0) == 32 && getrandom(mine, 32, GRND_NONBLOCK) == 32);
    CHECK(FAILS(getrandom(mine, 32, 0x100), EINVAL));
    CHECK(FAILS(syscall(SYS_getrandom, NOWHERE, 32, 0), EFAULT));
    CHECK(getrandom(mine, 0, 0) == 0);
    pid_t pid = fork();
    if (pid == 0)
        _exit(getrandom(childs, 32, 0) == 32 ? 0 : 1);
    CHECK(child_end(pid) == 0 && getrandom(mine, 32, 0) == 32 && memcmp(mine, childs, 32) != 0);
}

TEST(not_terminals,
     "none of them is a terminal: TCGETS is ENOTTY, and EINVAL for the random devices, as on Linux")
{
    static const struct {
        const char *name;
        int error;
    } devices[] = {{"/dev/null", ENOTTY},
                   {"/dev/zero", ENOTTY},
                   {"/dev/full", ENOTTY},
                   {"/dev/random", EINVAL},
                   {"/dev/urandom", EINVAL}};
    struct termios settings;
    for (size_t i = 0; i < COUNT_OF(devices); i++) {
        int fd = open(devices[i].name, O_RDONLY);
        CHECK(FAILS(tcgetattr(fd, &settings), devices[i].error) && !isatty(fd));
        CHECK(FAILS(ioctl(fd, 0xdead, 0), devices[i].error));
    }
}

TEST(no_such_device, "/dev/tty without a controlling terminal is ENXIO")
{
    pid_t pid = fork();
    if (pid == 0) {
        setsid();
        _exit(FAILS(open("/dev/tty", O_RDWR), ENXIO) ? 0 : 1);
    }
    CHECK(child_end(pid) == 0);
}

TEST(links, "/dev/fd, stdin, stdout and stderr lead to this process's descriptors")
{
    int ends[2];
    char name[32], byte;
    CHECK(pipe(ends) == 0);
    snprintf(name, sizeof(name), "/dev/fd/%d", ends[0]);
    int fd = open(name, O_RDONLY);
    CHECK(fd >= 0 && write(ends[1], "x", 1) == 1 && read(fd, &byte, 1) == 1 && byte == 'x');
    CHECK(FAILS(open("/dev/fd/99", O_RDONLY), ENOENT));
    CHECK(access("/dev/stdin", F_OK) == 0 && access("/dev/stdout", F_OK) == 0);
}
