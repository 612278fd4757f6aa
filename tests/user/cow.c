// SPDX-License-Identifier: ISC
//
// Copy on write: fork shares every page, and each write makes one copy that the others do not see.
#include "support.h"

#include <sys/resource.h>

// Marks each page of MEMORY with its number and SEED.
static void mark(unsigned char *memory, size_t pages, unsigned seed)
{
    for (size_t i = 0; i < pages; i++)
        *(volatile uint64_t *)(memory + i * PAGE) = i * 2654435761u + seed;
}

static bool is_marked(const unsigned char *memory, size_t pages, unsigned seed)
{
    for (size_t i = 0; i < pages; i++)
        if (*(volatile const uint64_t *)(memory + i * PAGE) != i * 2654435761u + seed)
            return false;
    return true;
}

static long minor_faults(void)
{
    struct rusage usage;
    CHECK(getrusage(RUSAGE_SELF, &usage) == 0);
    return usage.ru_minflt;
}

TEST(big_parent,
     "64 MiB touched, then fork: the child reads it all, writes half, and the parent's stays")
{
    size_t pages = (64 << 20) / PAGE;
    unsigned char *memory = private_memory(pages * PAGE);
    mark(memory, pages, 1);
    pid_t pid = fork();
    if (pid == 0) {
        CHECK(is_marked(memory, pages, 1));
        mark(memory, pages / 2, 2);
        CHECK(is_marked(memory, pages / 2, 2));
        unsigned char *rest = memory + pages / 2 * PAGE;
        for (size_t i = 0; i < pages / 2; i++)
            CHECK(*(uint64_t *)(rest + i * PAGE) == (pages / 2 + i) * 2654435761u + 1);
        _exit(0);
    }
    CHECK(child_end(pid) == 0);
    CHECK(is_marked(memory, pages, 1));
    CHECK(munmap(memory, pages * PAGE) == 0);
}

TEST(parent_writes, "the child keeps the old values when it is the parent that writes")
{
    size_t pages = 256;
    unsigned char *memory = private_memory(pages * PAGE);
    struct gate written = gate_make();
    mark(memory, pages, 1);
    pid_t pid = fork();
    if (pid == 0) {
        gate_pass(&written);
        _exit(is_marked(memory, pages, 1) ? 0 : 1);
    }
    mark(memory, pages, 2);
    gate_open(&written);
    CHECK(child_end(pid) == 0);
    CHECK(is_marked(memory, pages, 2));
}

TEST(one_fault_a_page,
     "each page written after fork costs the child one fault, each page read none or one")
{
    size_t pages = 100;
    unsigned char *memory = private_memory(pages * PAGE);
    mark(memory, pages, 1);
    pid_t pid = fork();
    if (pid == 0) {
        mark(memory, 1, 1); // its page table, its stack and its data are its own now
        long before = minor_faults();
        mark(memory + PAGE, pages - 1, 2);
        long writing = minor_faults() - before;
        before = minor_faults();
        mark(memory + PAGE, pages - 1, 3);
        long again = minor_faults() - before;
        _exit(writing >= 99 && writing <= 110 && again <= 5 ? 0 : 1);
    }
    CHECK(child_end(pid) == 0);
}

TEST(last_owner,
     "a page whose other owners are gone is still right, and still private to later forks")
{
    unsigned char *memory = private_memory(16 * PAGE);
    mark(memory, 16, 1);
    for (unsigned round = 2; round < 30; round++) {
        pid_t pid = fork();
        if (pid == 0)
            _exit(is_marked(memory, 16, round - 1) ? 0 : 1);
        CHECK(child_end(pid) == 0);
        mark(memory, 16, round);
    }
    CHECK(is_marked(memory, 16, 29));
}

TEST(nested,
     "eight generations each change one page: each sees its ancestors' changes and no other's")
{
    unsigned char *memory = private_memory(8 * PAGE);
    struct gate up = gate_make();
    int depth = 0;
    while (depth < 8) {
        pid_t pid = fork();
        CHECK(pid >= 0);
        if (pid == 0) {
            memory[depth * PAGE] = (unsigned char)(depth + 1);
            depth++;
            continue;
        }
        int end = child_end(pid);
        for (int i = 0; i < 8; i++)
            CHECK(memory[i * PAGE] == (i < depth ? i + 1 : 0));
        if (depth == 0) {
            CHECK(end == 8);
            gate_open(&up);
            gate_pass(&up);
            return;
        }
        _exit(end);
    }
    for (int i = 0; i < 8; i++)
        CHECK(memory[i * PAGE] == i + 1);
    _exit(depth);
}

TEST(siblings, "ten children of one parent write the same pages at once, each its own value")
{
    size_t pages = 64;
    unsigned char *memory = private_memory(pages * PAGE);
    struct gate go = gate_make();
    pid_t pids[10];
    mark(memory, pages, 1000);
    for (unsigned i = 0; i < COUNT_OF(pids); i++) {
        pids[i] = fork();
        if (pids[i] == 0) {
            gate_pass(&go);
            for (int round = 0; round < 20; round++) {
                mark(memory, pages, i);
                sched_yield();
                if (!is_marked(memory, pages, i))
                    _exit(1);
            }
            _exit(0);
        }
    }
    for (size_t i = 0; i < COUNT_OF(pids); i++)
        gate_open(&go);
    for (size_t i = 0; i < COUNT_OF(pids); i++)
        CHECK(child_end(pids[i]) == 0);
    CHECK(is_marked(memory, pages, 1000));
}

TEST(kernel_writes, "a system call that writes into a shared page makes the copy too")
{
    unsigned char *memory = private_memory(2 * PAGE);
    memset(memory, 'p', 2 * PAGE);
    int zero = open("/dev/zero", O_RDONLY);
    CHECK(zero >= 0);
    pid_t pid = fork();
    if (pid == 0) {
        CHECK(read(zero, memory + 100, PAGE) == (ssize_t)PAGE);
        CHECK(memory[99] == 'p' && memory[100] == 0 && memory[PAGE + 99] == 0);
        _exit(memory[PAGE + 100] == 'p' ? 0 : 1);
    }
    CHECK(child_end(pid) == 0);
    for (size_t i = 0; i < 2 * PAGE; i++)
        CHECK(memory[i] == 'p');
}

TEST(untouched, "memory that nobody had touched is zero for both, and separate")
{
    unsigned char *memory = private_memory(8 * PAGE);
    CHECK(memory[PAGE] == 0); // read only: the shared zero page
    struct gate ready = gate_make(), done = gate_make();
    pid_t pid = fork();
    if (pid == 0) {
        memory[PAGE] = 1;
        memory[2 * PAGE] = 2;
        gate_open(&ready);
        gate_pass(&done);
        _exit(memory[PAGE] == 1 && memory[3 * PAGE] == 0 ? 0 : 1);
    }
    gate_pass(&ready);
    CHECK(memory[PAGE] == 0 && memory[2 * PAGE] == 0);
    memory[3 * PAGE] = 3;
    gate_open(&done);
    CHECK(child_end(pid) == 0);
}

TEST(private_file,
     "a private file mapping is copied on write too: the file and the other process keep theirs")
{
    char directory[64];
    static unsigned char text[2 * PAGE];
    enter_directory(directory);
    memset(text, 'f', sizeof(text));
    write_file("file", text, sizeof(text), 0644);
    int fd = open("file", O_RDWR);
    unsigned char *memory = mmap(NULL, 2 * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE, fd, 0);
    CHECK(memory != MAP_FAILED);
    memory[0] = 'p';
    pid_t pid = fork();
    if (pid == 0) {
        CHECK(memory[0] == 'p' && memory[PAGE] == 'f');
        memory[0] = 'c';
        memory[PAGE] = 'c';
        _exit(0);
    }
    CHECK(child_end(pid) == 0);
    CHECK(memory[0] == 'p' && memory[PAGE] == 'f');
    CHECK(read(fd, text, sizeof(text)) == sizeof(text) && text[0] == 'f' && text[PAGE] == 'f');
    unlink("file");
    leave_directory(directory);
}

TEST(shared_is_not_copied,
     "MAP_SHARED memory is not copied: both see each other's writes, protection aside")
{
    volatile unsigned char *memory = shared_memory(4 * PAGE);
    struct gate child = gate_make(), parent = gate_make();
    memory[0] = 1;
    pid_t pid = fork();
    if (pid == 0) {
        CHECK(memory[0] == 1);
        memory[0] = 2;
        memory[3 * PAGE] = 3; // touched by nobody before
        gate_open(&child);
        gate_pass(&parent);
        _exit(memory[PAGE] == 4 ? 0 : 1);
    }
    gate_pass(&child);
    CHECK(memory[0] == 2 && memory[3 * PAGE] == 3);
    memory[PAGE] = 4;
    gate_open(&parent);
    CHECK(child_end(pid) == 0);
}

TEST(unmap_in_child, "unmapping and protecting in the child leave the parent's memory as it was")
{
    unsigned char *memory = private_memory(4 * PAGE);
    memset(memory, 8, 4 * PAGE);
    pid_t pid = fork();
    if (pid == 0) {
        CHECK(munmap(memory, PAGE) == 0);
        CHECK(mprotect(memory + PAGE, PAGE, PROT_NONE) == 0);
        CHECK(mprotect(memory + 2 * PAGE, PAGE, PROT_READ) == 0);
        memory[3 * PAGE] = 9;
        _exit(0);
    }
    CHECK(child_end(pid) == 0);
    for (size_t i = 0; i < 4 * PAGE; i++)
        CHECK(memory[i] == 8);
    memset(memory, 7, 4 * PAGE);
}

TEST(protected_before_fork,
     "a page made read-only before fork stays so; made writable after, it is copied")
{
    unsigned char *memory = private_memory(PAGE);
    memory[0] = 1;
    CHECK(mprotect(memory, PAGE, PROT_READ) == 0);
    pid_t pid = fork();
    if (pid == 0) {
        CHECK(mprotect(memory, PAGE, PROT_READ | PROT_WRITE) == 0);
        memory[0] = 2;
        _exit(memory[0]);
    }
    CHECK(child_end(pid) == 2);
    CHECK(memory[0] == 1);
    pid = fork();
    if (pid == 0) {
        POKE(memory, 3);
        _exit(0);
    }
    CHECK(child_end(pid) == 128 + SIGSEGV);
}

TEST(hundred_forks, "a hundred forks of a process of 32 MiB, all of them gone again")
{
    size_t pages = (32 << 20) / PAGE;
    unsigned char *memory = private_memory(pages * PAGE);
    mark(memory, pages, 5);
    for (int i = 0; i < 100; i++) {
        pid_t pid = fork();
        if (pid == 0) {
            memory[i * PAGE] = 1;
            _exit(0);
        }
        CHECK(child_end(pid) == 0);
    }
    CHECK(is_marked(memory, pages, 5));
}
