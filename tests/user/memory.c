// SPDX-License-Identifier: ISC
//
// Address spaces as a program sees them: mmap, munmap, mprotect, brk, the stack, and what may be
// read, written and executed where. (Copies made by fork are in cow.c.)
#include "support.h"

#include <sys/resource.h>

#define ANON (MAP_PRIVATE | MAP_ANONYMOUS)
#define RW   (PROT_READ | PROT_WRITE)

static uintptr_t argument;

static void read_argument(void)
{
    PEEK(argument);
}

static void write_argument(void)
{
    POKE(argument, 1);
}

static void jump_to_argument(void)
{
    ((void (*)(void))byte_at(argument))();
}

// How a child that reads, writes or executes at ADDRESS ends.
static int touch(void (*how)(void), const void *address)
{
    argument = (uintptr_t)address;
    return run_child(how);
}

#define DIES(how, address)  (touch(how, (const void *)(address)) == 128 + SIGSEGV)
#define LIVES(how, address) (touch(how, (const void *)(address)) == 0)

TEST(demand_zero, "new memory reads as zero, keeps what is written, and is a page's multiple")
{
    unsigned char *memory = private_memory(1 << 20);
    CHECK(((uintptr_t)memory & (PAGE - 1)) == 0);
    for (size_t i = 0; i < 1 << 20; i += 512)
        CHECK(memory[i] == 0);
    for (size_t i = 0; i < 1 << 20; i += 512)
        memory[i] = (unsigned char)(i / 512);
    for (size_t i = 0; i < 1 << 20; i += 512)
        CHECK(memory[i] == (unsigned char)(i / 512) && memory[i + 1] == 0);
    CHECK(munmap(memory, 1 << 20) == 0);
}

TEST(reuse_is_clean, "memory that comes back after munmap is zero again")
{
    for (int round = 0; round < 50; round++) {
        unsigned char *memory = private_memory(16 * PAGE);
        for (size_t i = 0; i < 16 * PAGE; i += 64)
            CHECK(memory[i] == 0);
        memset(memory, 0xaa, 16 * PAGE);
        CHECK(munmap(memory, 16 * PAGE) == 0);
    }
}

TEST(lazy, "a gigabyte is mapped at once, and only touched pages cost memory")
{
    size_t size = 1ul << 30;
    unsigned char *memory = mmap(NULL, size, RW, ANON | MAP_NORESERVE, -1, 0);
    CHECK(memory != MAP_FAILED);
    for (size_t at = 0; at < size; at += size / 16)
        memory[at] = 1;
    CHECK(memory[0] == 1 && memory[PAGE] == 0 && memory[size - 1] == 0);
    CHECK(munmap(memory, size) == 0);
}

TEST(unmapped, "what was unmapped faults, and its neighbours do not")
{
    unsigned char *memory = private_memory(5 * PAGE);
    memset(memory, 7, 5 * PAGE);
    CHECK(munmap(memory + 2 * PAGE, PAGE) == 0);
    CHECK(DIES(read_argument, memory + 2 * PAGE));
    CHECK(DIES(read_argument, memory + 3 * PAGE - 1));
    CHECK(memory[2 * PAGE - 1] == 7 && memory[3 * PAGE] == 7);
    CHECK(munmap(memory, 5 * PAGE) == 0); // with the hole in it
    CHECK(DIES(read_argument, memory));
    CHECK(munmap(memory, 5 * PAGE) == 0); // nothing there: no error
}

TEST(errors,
     "mmap, munmap and mprotect refuse: EINVAL for sizes, flags, alignment; ENOMEM; EBADF; EACCES")
{
    CHECK(FAILS(mmap(NULL, 0, RW, ANON, -1, 0), EINVAL));
    CHECK(FAILS(mmap(NULL, PAGE, RW, MAP_ANONYMOUS, -1, 0), EINVAL));
    CHECK(FAILS(syscall(SYS_mmap, NULL, PAGE, RW, MAP_PRIVATE, 0, 100), EINVAL));
    CHECK(FAILS(mmap((void *)100, PAGE, RW, ANON | MAP_FIXED, -1, 0), EINVAL));
    CHECK(FAILS(mmap(NULL, PAGE, PROT_READ, MAP_PRIVATE, -1, 0), EBADF));
    CHECK(FAILS(mmap(NULL, 1ul << 48, RW, ANON, -1, 0), ENOMEM));
    CHECK(FAILS(mmap(NULL, ~0ul, RW, ANON, -1, 0), ENOMEM));
    CHECK(FAILS(mmap(NULL, ~0ul - PAGE + 2, RW, ANON, -1, 0), ENOMEM));
    CHECK(FAILS(mmap((void *)0x7ffffffff000, PAGE, RW, ANON | MAP_FIXED, -1, 0), ENOMEM));
    CHECK(FAILS(mmap((void *)0xffff800000000000, PAGE, RW, ANON | MAP_FIXED, -1, 0), ENOMEM));
    int directory = open("/", O_RDONLY);
    CHECK(directory >= 0);
    CHECK(FAILS(mmap(NULL, PAGE, PROT_READ, MAP_PRIVATE, directory, 0), ENODEV));

    unsigned char *memory = private_memory(PAGE);
    CHECK(FAILS(munmap(memory + 1, PAGE), EINVAL));
    CHECK(FAILS(munmap(memory, 0), EINVAL));
    CHECK(FAILS(munmap((void *)0xffff800000000000, PAGE), EINVAL));
    CHECK(FAILS(munmap(memory, 1ul << 47), EINVAL));
    CHECK(FAILS(mprotect(memory + 1, PAGE, PROT_READ), EINVAL));
    CHECK(FAILS(mprotect(memory, PAGE, 0x40), EINVAL));
    CHECK(mprotect(memory, 0, PROT_READ) == 0);
    CHECK(munmap(memory, PAGE) == 0);
    CHECK(FAILS(mprotect(memory, PAGE, PROT_READ), ENOMEM));
    CHECK(FAILS(mprotect((void *)0xffff800000000000, PAGE, PROT_READ), ENOMEM));
}

TEST(protect, "mprotect takes effect at once and both ways: none, read, write, execute")
{
    unsigned char *memory = private_memory(PAGE);
    memory[0] = 0xc3; // ret
    CHECK(LIVES(read_argument, memory) && LIVES(write_argument, memory));
    CHECK(DIES(jump_to_argument, memory));
    CHECK(mprotect(memory, PAGE, PROT_READ) == 0);
    CHECK(LIVES(read_argument, memory) && DIES(write_argument, memory));
    CHECK(mprotect(memory, PAGE, PROT_NONE) == 0);
    CHECK(DIES(read_argument, memory) && DIES(write_argument, memory));
    CHECK(mprotect(memory, PAGE, PROT_READ | PROT_EXEC) == 0);
    CHECK(LIVES(jump_to_argument, memory) && DIES(write_argument, memory));
    CHECK(mprotect(memory, PAGE, RW) == 0);
    CHECK(memory[0] == 0xc3);
    memory[0] = 1;
}

TEST(protect_splits,
     "mprotect in the middle of an area splits it, and a hole in the range is ENOMEM")
{
    unsigned char *memory = private_memory(6 * PAGE);
    for (int i = 0; i < 6; i++)
        memory[i * PAGE] = (unsigned char)(i + 1);
    CHECK(mprotect(memory + 2 * PAGE, 2 * PAGE, PROT_READ) == 0);
    CHECK(LIVES(write_argument, memory + 2 * PAGE - 1) && DIES(write_argument, memory + 2 * PAGE));
    CHECK(DIES(write_argument, memory + 4 * PAGE - 1) && LIVES(write_argument, memory + 4 * PAGE));
    for (int i = 0; i < 6; i++)
        CHECK(memory[i * PAGE] == i + 1);
    CHECK(munmap(memory + 5 * PAGE, PAGE) == 0);
    CHECK(FAILS(mprotect(memory + 4 * PAGE, 2 * PAGE, PROT_READ), ENOMEM));
    CHECK(mprotect(memory, 5 * PAGE, RW) == 0);
    CHECK(LIVES(write_argument, memory + 3 * PAGE));
}

TEST(many_splits, "every second page of 512 protected, then unmapped: the rest stays whole")
{
    unsigned char *memory = private_memory(512 * PAGE);
    for (size_t i = 0; i < 512; i++)
        memory[i * PAGE] = (unsigned char)i;
    for (size_t i = 0; i < 512; i += 2)
        CHECK(mprotect(memory + i * PAGE, PAGE, PROT_READ) == 0);
    for (size_t i = 0; i < 512; i += 2)
        CHECK(munmap(memory + i * PAGE, PAGE) == 0);
    for (size_t i = 1; i < 512; i += 2)
        CHECK(memory[i * PAGE] == (unsigned char)i);
    CHECK(DIES(read_argument, memory + 100 * PAGE));
    CHECK(munmap(memory, 512 * PAGE) == 0);
}

TEST(fixed, "MAP_FIXED replaces what was there; FIXED_NOREPLACE refuses with EEXIST; a hint is "
            "followed if free")
{
    unsigned char *memory = private_memory(4 * PAGE);
    memset(memory, 9, 4 * PAGE);
    CHECK(mmap(memory + PAGE, PAGE, RW, ANON | MAP_FIXED, -1, 0) == memory + PAGE);
    CHECK(memory[PAGE - 1] == 9 && memory[PAGE] == 0 && memory[2 * PAGE] == 9);
    CHECK(FAILS(mmap(memory, PAGE, RW, ANON | MAP_FIXED_NOREPLACE, -1, 0), EEXIST));
    CHECK(munmap(memory + PAGE, PAGE) == 0);
    CHECK(mmap(memory + PAGE, PAGE, RW, ANON, -1, 0) == memory + PAGE);
    unsigned char *other = mmap(memory, PAGE, RW, ANON, -1, 0);
    CHECK(other != MAP_FAILED && other != memory);
    CHECK(memory[0] == 9);
}

TEST(null_page, "the first page stays free: a null pointer faults, read or written")
{
    CHECK(DIES(read_argument, NULL) && DIES(write_argument, NULL) && DIES(jump_to_argument, NULL));
    CHECK(DIES(read_argument, 0xfff));
}

TEST(kernel_addresses, "kernel addresses can be neither read, written nor executed")
{
    static const uintptr_t addresses[] = {
        0x0000800000000000, 0x00007ffffffff000, 0xffff800000000000, 0xffff888000000000,
        0xffffffff80000000, 0xffffffff80100000, 0xfffffffffffff000, 0xffffffffffffffff,
        0x8000000000000000, 0xdeadbeefdeadbeef};
    for (size_t i = 0; i < COUNT_OF(addresses); i++) {
        CHECK(DIES(read_argument, addresses[i]));
        CHECK(DIES(write_argument, addresses[i]));
        CHECK(DIES(jump_to_argument, addresses[i]));
    }
}

static const char constant[] = "read only";
static unsigned char data_code[] = {0xc3};

TEST(segments, "text and constants cannot be written; data, heap and stack cannot be executed")
{
    unsigned char on_stack[16] = {0xc3};
    unsigned char *on_heap = malloc(16);
    CHECK(on_heap);
    on_heap[0] = 0xc3;
    CHECK(DIES(write_argument, read_argument) && DIES(write_argument, constant));
    CHECK(DIES(jump_to_argument, data_code));
    CHECK(DIES(jump_to_argument, on_heap));
    CHECK(DIES(jump_to_argument, on_stack));
}

TEST(private_file, "a private mapping shows the file, and writes to it stay here")
{
    char directory[64], byte;
    static unsigned char text[3 * PAGE];
    enter_directory(directory);
    for (size_t i = 0; i < sizeof(text); i++)
        text[i] = (unsigned char)(i / PAGE + 1);
    write_file("file", text, 2 * PAGE + 100, 0644);
    int fd = open("file", O_RDWR);
    unsigned char *memory = mmap(NULL, 3 * PAGE, RW, MAP_PRIVATE, fd, 0);
    CHECK(memory != MAP_FAILED);
    CHECK(memory[0] == 1 && memory[PAGE] == 2 && memory[2 * PAGE + 99] == 3);
    CHECK(memory[2 * PAGE + 100] == 0 && memory[3 * PAGE - 1] == 0); // the rest of the last page
    memory[0] = 200;
    CHECK(pread(fd, &byte, 1, 0) == 1 && byte == 1);
    unsigned char *second = mmap(NULL, PAGE, PROT_READ, MAP_PRIVATE, fd, PAGE);
    CHECK(second != MAP_FAILED && second[0] == 2);
    CHECK(close(fd) == 0);
    CHECK(unlink("file") == 0);
    CHECK(memory[PAGE + 5] == 2 && second[PAGE - 1] == 2); // the mapping keeps the file
    CHECK(DIES(write_argument, second));
    leave_directory(directory);
}

static unsigned char *expected_address;

static void on_bus_error(int signal, siginfo_t *info, void *context)
{
    (void)signal;
    (void)context;
    _exit(info->si_addr == expected_address && info->si_code == BUS_ADRERR ? 46 : 1);
}

TEST(beyond_file, "a page wholly beyond the end of the file is SIGBUS, with the address")
{
    char directory[64];
    enter_directory(directory);
    write_file("file", "short", 5, 0644);
    int fd = open("file", O_RDONLY);
    unsigned char *memory = mmap(NULL, 2 * PAGE, PROT_READ, MAP_PRIVATE, fd, 0);
    CHECK(memory != MAP_FAILED && memory[4] == 't' && memory[5] == 0);
    CHECK(touch(read_argument, memory + PAGE) == 128 + SIGBUS);
    pid_t pid = fork();
    if (pid == 0) {
        struct sigaction action = {.sa_sigaction = on_bus_error, .sa_flags = SA_SIGINFO};
        expected_address = memory + PAGE + 3;
        CHECK(sigaction(SIGBUS, &action, NULL) == 0);
        PEEK(expected_address);
        _exit(2);
    }
    CHECK(child_end(pid) == 46);
    unlink("file");
    leave_directory(directory);
}

TEST(file_permissions, "mapping needs a readable descriptor: EACCES for a write-only one")
{
    char directory[64];
    enter_directory(directory);
    write_file("file", "text", 4, 0644);
    int fd = open("file", O_WRONLY);
    CHECK(FAILS(mmap(NULL, PAGE, PROT_READ, MAP_PRIVATE, fd, 0), EACCES));
    CHECK(FAILS(mmap(NULL, PAGE, PROT_WRITE, MAP_PRIVATE, fd, 0), EACCES));
    close(fd);
    fd = open("file", O_RDONLY);
    CHECK(mmap(NULL, PAGE, RW, MAP_PRIVATE, fd, 0) != MAP_FAILED);
    CHECK(FAILS(mmap(NULL, PAGE, RW, MAP_SHARED, fd, 0), EACCES));
    unlink("file");
    leave_directory(directory);
}

TEST(system_break, "brk grows zeroed memory, shrinks, and returns the old break where it cannot")
{
    unsigned char *start = (unsigned char *)syscall(SYS_brk, 0);
    CHECK(start != NULL);
    CHECK(syscall(SYS_brk, start + 10 * PAGE) == (long)(start + 10 * PAGE));
    for (size_t i = 0; i < 10 * PAGE; i += 100)
        CHECK(start[i] == 0);
    memset(start, 1, 10 * PAGE);
    CHECK(syscall(SYS_brk, start + 2 * PAGE) == (long)(start + 2 * PAGE));
    CHECK(DIES(read_argument, (((uintptr_t)start + 2 * PAGE + PAGE - 1) & ~(PAGE - 1)) + PAGE));
    CHECK(syscall(SYS_brk, start + 10 * PAGE) == (long)(start + 10 * PAGE));
    CHECK(start[PAGE] == 1 && start[5 * PAGE] == 0);
    long now = syscall(SYS_brk, 0);
    CHECK(syscall(SYS_brk, 4096) == now);
    CHECK(syscall(SYS_brk, 0x7fffffff0000) == now);
    CHECK(syscall(SYS_brk, 0xffff800000000000) == now);
    CHECK(syscall(SYS_brk, start) == (long)start);
}

// Uses at least BYTES of stack, a page at a time.
static int use_stack(size_t bytes)
{
    volatile char frame[2048];
    frame[0] = 1;
    frame[sizeof(frame) - 1] = 1;
    return bytes > sizeof(frame) ? use_stack(bytes - sizeof(frame)) + frame[0] : frame[0];
}

static void use_seven_megabytes(void)
{
    _exit(use_stack(7 << 20) > 0 ? 47 : 1);
}

static void use_nine_megabytes(void)
{
    _exit(use_stack(9 << 20) > 0 ? 47 : 1);
}

static void limit_stack(void)
{
    struct rlimit limit = {1 << 20, 1 << 20};
    CHECK(setrlimit(RLIMIT_STACK, &limit) == 0);
    _exit(use_stack(2 << 20) > 0 ? 47 : 1);
}

TEST(stack_growth, "the stack grows to its limit of 8 MiB by itself, and beyond is SIGSEGV")
{
    struct rlimit limit;
    CHECK(getrlimit(RLIMIT_STACK, &limit) == 0 && limit.rlim_cur == 8 << 20);
    CHECK(run_child(use_seven_megabytes) == 47);
    CHECK(run_child(use_nine_megabytes) == 128 + SIGSEGV);
    CHECK(run_child(limit_stack) == 128 + SIGSEGV);
}

TEST(big_jump_down, "the stack also grows when a function steps far below what was touched so far")
{
    int local;
    uintptr_t here = (uintptr_t)&local;
    CHECK(LIVES(write_argument, here - (1 << 20)));
    CHECK(DIES(write_argument, here - (64 << 20)));
}

TEST(full_address_space, "mappings at the lowest and the highest place of user space work")
{
    unsigned char *low = mmap((void *)0x10000, PAGE, RW, ANON | MAP_FIXED_NOREPLACE, -1, 0);
    CHECK(low == (void *)0x10000);
    low[0] = 5;
    // The last page of all, unless it is the stack's; that is read then.
    unsigned char *top = (unsigned char *)0x7fffffffe000;
    unsigned char *high = mmap(top, PAGE, RW, ANON | MAP_FIXED_NOREPLACE, -1, 0);
    CHECK(high == top || (high == MAP_FAILED && errno == EEXIST));
    CHECK(LIVES(read_argument, top) && LIVES(write_argument, top + PAGE - 1));
    CHECK(DIES(read_argument, top + PAGE) && low[0] == 5);
}

TEST(spread_out, "a page in each of 64 far places: page tables of their own, all given back")
{
    unsigned char *pages[64];
    for (size_t i = 0; i < COUNT_OF(pages); i++) {
        void *where = (void *)(0x100000000000 + i * (1ul << 39) / 8);
        pages[i] = mmap(where, PAGE, RW, ANON | MAP_FIXED_NOREPLACE, -1, 0);
        CHECK(pages[i] == where);
        pages[i][0] = (unsigned char)i;
    }
    for (size_t i = 0; i < COUNT_OF(pages); i++) {
        CHECK(pages[i][0] == i);
        CHECK(munmap(pages[i], PAGE) == 0);
    }
}

TEST(calls_and_protection,
     "the kernel obeys the protection too: read() into read-only memory is EFAULT")
{
    unsigned char *memory = private_memory(2 * PAGE);
    int zero = open("/dev/zero", O_RDONLY);
    CHECK(zero >= 0);
    CHECK(mprotect(memory, PAGE, PROT_READ) == 0);
    CHECK(FAILS(read(zero, memory, 10), EFAULT));
    CHECK(mprotect(memory, PAGE, PROT_NONE) == 0);
    int ends[2];
    CHECK(pipe(ends) == 0);
    CHECK(FAILS(write(ends[1], memory, 10), EFAULT));
    CHECK(munmap(memory, PAGE) == 0);
    CHECK(FAILS(write(ends[1], memory, 10), EFAULT));
    CHECK(read(zero, memory + PAGE, PAGE) == (ssize_t)PAGE); // untouched memory is filled in
}

TEST(dont_need, "madvise(DONTNEED) makes private memory zero again")
{
    unsigned char *memory = private_memory(4 * PAGE);
    memset(memory, 3, 4 * PAGE);
    CHECK(madvise(memory + PAGE, PAGE, MADV_DONTNEED) == 0);
    CHECK(memory[0] == 3 && memory[PAGE] == 0 && memory[2 * PAGE] == 3);
    CHECK(FAILS(madvise(memory + 1, PAGE, MADV_DONTNEED), EINVAL));
    CHECK(FAILS(madvise(memory, PAGE, 9999), EINVAL));
}
