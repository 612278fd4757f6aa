// SPDX-License-Identifier: ISC
//
// Exhibits on processes: isolation, copy on write, separate counters, isolation of crashes.
#include "tour.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

static void die(const char *what)
{
    fflush(stdout);
    perror(what);
    exit(2);
}

pid_t fork_or_die(void)
{
    fflush(stdout); // else what is buffered would be printed twice
    pid_t pid = fork();
    if (pid < 0)
        die("tour: fork");
    return pid;
}

void *shared_memory(size_t size)
{
    void *memory = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (memory == MAP_FAILED)
        die("tour: mmap");
    return memory;
}

void pipe_or_die(int ends[2])
{
    if (pipe(ends) != 0)
        die("tour: pipe");
}

void signal_through(int fd)
{
    if (write(fd, "g", 1) != 1)
        die("tour: write");
}

void wait_on(int fd)
{
    char byte;
    ssize_t count;
    do {
        count = read(fd, &byte, 1);
    } while (count < 0 && errno == EINTR);
    if (count != 1)
        die("tour: read");
}

int end_of(pid_t pid)
{
    int status;
    while (waitpid(pid, &status, 0) < 0)
        if (errno != EINTR)
            die("tour: waitpid");
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

// --- isolation
// ------------------------------------------------------------------------------------

static volatile int isolated = 111;

static void print_place(const char *name, const void *address, pid_t child)
{
    uint64_t mine = frame_of(getpid(), address), childs = frame_of(child, address);
    if (mine && childs)
        printf("    %-6s %14p  parent's frame %#8lx, child's %#8lx: %s\n", name, (void *)address,
               (unsigned long)mine, (unsigned long)childs, mine == childs ? "one, shared" : "two");
    else
        printf("    %-6s %14p  frames not measurable here\n", name, (void *)address);
}

// Two processes hold different values at one address at the same time.
static enum verdict show_isolation(void)
{
    int on_stack = 1, ready[2], done[2], told[2], childs = 0;
    int *on_heap = malloc(sizeof(int));
    pipe_or_die(ready);
    pipe_or_die(done);
    pipe_or_die(told);
    isolated = 111;
    pid_t pid = fork_or_die();
    if (pid == 0) {
        isolated = 222;
        on_stack = *on_heap = 2;
        signal_through(ready[1]);
        wait_on(done[0]); // until the parent has looked
        int seen = isolated;
        _exit(write(told[1], &seen, sizeof(seen)) == sizeof(seen) && on_stack + *on_heap == 4 ? 0
                                                                                              : 1);
    }
    on_stack = *on_heap = 1;
    wait_on(ready[0]);
    print_place("text", (const void *)show_isolation, pid);
    print_place("data", (const void *)&isolated, pid);
    print_place("heap", on_heap, pid);
    print_place("stack", &on_stack, pid);
    uint64_t root = page_root_of(getpid()), childs_root = page_root_of(pid);
    if (root && childs_root)
        printf("    page-table roots: parent's in frame %#lx, child's in frame %#lx\n",
               (unsigned long)root, (unsigned long)childs_root);
    uint64_t frame = frame_of(getpid(), (const void *)&isolated);
    uint64_t childs_frame = frame_of(pid, (const void *)&isolated);
    int mine = isolated;
    signal_through(done[1]);
    if (read(told[0], &childs, sizeof(childs)) != sizeof(childs))
        childs = mine;
    int end = end_of(pid);
    printf("    at %p the parent reads %d, the child %d\n", (const void *)&isolated, mine, childs);
    measured("at %p: %d in the parent, %d in the child, in frames %#lx and %#lx",
             (const void *)&isolated, mine, childs, (unsigned long)frame,
             (unsigned long)childs_frame);
    free(on_heap);
    return holds_if(end == 0 && mine != childs && (frame != childs_frame || frame == 0) &&
                    (root != childs_root || root == 0));
}

// --- cow
// ------------------------------------------------------------------------------------------

#define COW_PAGES  ((64ul << 20) / PAGE)
#define COW_WRITES 1000ul

static void touch(unsigned char *memory, size_t pages, unsigned char value)
{
    for (size_t i = 0; i < pages; i++)
        memory[i * PAGE] = value;
}

static size_t pages_with(const unsigned char *memory, size_t pages, unsigned char value)
{
    size_t count = 0;
    for (size_t i = 0; i < pages; i++)
        count += memory[i * PAGE] == value;
    return count;
}

// Forks with 64 MiB touched: what fork costs, what each page written by the child costs.
static enum verdict show_cow(void)
{
    int written[2], go[2];
    unsigned char *memory =
        mmap(NULL, COW_PAGES * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (memory == MAP_FAILED)
        die("tour: mmap");
    pipe_or_die(written);
    pipe_or_die(go);
    touch(memory, COW_PAGES, 7);

    long free_before = kernel_count("frames_free"), tables_before = kernel_count("page_tables");
    pid_t pid = fork_or_die();
    if (pid == 0) {
        signal_through(written[1]); // forked: nothing written yet
        wait_on(go[0]);
        touch(memory, COW_WRITES, 8);
        signal_through(written[1]);
        wait_on(go[0]);
        _exit(pages_with(memory, COW_PAGES, 8) == COW_WRITES ? 0 : 1);
    }
    wait_on(written[0]);
    size_t shared = frames_shared(getpid(), pid, memory, COW_PAGES);
    long free_forked = kernel_count("frames_free"), tables_forked = kernel_count("page_tables");
    signal_through(go[1]);
    wait_on(written[0]);
    size_t shared_after = frames_shared(getpid(), pid, memory, COW_PAGES);
    long free_written = kernel_count("frames_free"), tables_written = kernel_count("page_tables");
    size_t kept = pages_with(memory, COW_PAGES, 7);
    signal_through(go[1]);
    int end = end_of(pid);
    munmap(memory, COW_PAGES * PAGE);

    long fork_cost = free_before - free_forked, write_cost = free_forked - free_written;
    long tables = tables_forked - tables_before, more_tables = tables_written - tables_forked;
    bool counted = free_before > 0, mapped = shared > 0;
    printf("    the parent has touched %lu pages, then forks\n", COW_PAGES);
    if (counted)
        printf(
            "    fork took %ld frames, of them %ld page tables; for a full copy it would be %lu\n",
            fork_cost, tables, COW_PAGES);
    else
        printf("    frames taken by fork: not measurable here\n");
    if (mapped)
        printf("    of the pages %zu had one frame for both after fork, %zu after the child wrote "
               "%lu\n",
               shared, shared_after, COW_WRITES);
    if (counted)
        printf("    the child's %lu writes took %ld frames, of them %ld page tables\n", COW_WRITES,
               write_cost, more_tables);
    printf("    the parent still reads its own value in %zu of %lu pages\n", kept, COW_PAGES);
    if (!counted && !mapped) {
        measured("neither frame counts nor frame numbers are told");
        return NOT_MEASURABLE;
    }
    if (counted)
        measured("fork of %lu pages took %ld frames (%ld page tables), %lu writes took %ld",
                 COW_PAGES, fork_cost, tables, COW_WRITES, write_cost);
    else
        measured("of %lu pages %zu shared after fork, %zu after %lu writes", COW_PAGES, shared,
                 shared_after, COW_WRITES);
    bool frames_right = !counted || (fork_cost < (long)COW_PAGES / 100 &&
                                     write_cost - more_tables >= (long)COW_WRITES &&
                                     write_cost - more_tables <= (long)COW_WRITES + 16);
    bool maps_right = !mapped || (shared == COW_PAGES && shared_after == COW_PAGES - COW_WRITES);
    return holds_if(end == 0 && kept == COW_PAGES && frames_right && maps_right);
}

// --- count-processes
// ------------------------------------------------------------------------------

static volatile long n;

struct line {
    pid_t pid;
    long n;
    const void *where;
};

// Five processes each add 0 to 99999 to a global n.
static enum verdict show_count_processes(void)
{
    int results[2], exact = 0;
    long expected = 99999l * 100000 / 2, last = 0;
    pipe_or_die(results);
    n = 0;
    for (int i = 0; i < 5; i++) {
        pid_t pid = fork_or_die();
        if (pid == 0) {
            for (long number = 0; number < 100000; number++)
                n += number;
            struct line line = {getpid(), n, (const void *)&n};
            _exit(write(results[1], &line, sizeof(line)) == sizeof(line) ? 0 : 1);
        }
    }
    for (int i = 0; i < 5; i++) {
        struct line line;
        if (read(results[0], &line, sizeof(line)) != sizeof(line))
            break;
        printf("    process %-6d n = %ld at %p\n", (int)line.pid, line.n, line.where);
        exact += line.n == expected && line.where == (const void *)&n;
        last = line.n;
    }
    for (int i = 0; i < 5; i++)
        wait(NULL);
    printf("    parent  %-6d n = %ld at %p\n", (int)getpid(), n, (const void *)&n);
    measured("%d of 5 ended with n = %ld, the last with %ld; the parent's n is %ld", exact,
             expected, last, n);
    return holds_if(exact == 5 && n == 0);
}

// --- crash-isolation
// ------------------------------------------------------------------------------

// One sibling's work: half of it before the crash of another, half after it.
static void sibling(int number, int half_done, int go, volatile long *sums)
{
    for (int half = 0; half < 2; half++) {
        for (long i = 0; i < 100000; i++)
            sums[number] += i;
        if (half == 0) {
            signal_through(half_done);
            if (number == 1) {
                volatile int *volatile nothing = NULL;
                *nothing = 1;
            }
            wait_on(go);
        }
    }
    _exit(0);
}

// Three siblings, one of which dies of a fault half-way.
static enum verdict show_crash_isolation(void)
{
    int half_done[2], go[2];
    pid_t pids[3];
    int ends[3];
    long expected = 2 * (99999l * 100000 / 2);
    volatile long *sums = shared_memory(PAGE);
    pipe_or_die(half_done);
    pipe_or_die(go);
    for (int i = 0; i < 3; i++) {
        pids[i] = fork_or_die();
        if (pids[i] == 0)
            sibling(i, half_done[1], go[0], sums);
    }
    for (int i = 0; i < 3; i++)
        wait_on(half_done[0]);
    ends[1] = end_of(pids[1]); // it is dead; only now the others may go on
    printf("    process %d (number 1) wrote through a null pointer: killed by signal %d, %s\n",
           (int)pids[1], ends[1] - 128, ends[1] > 128 ? strsignal(ends[1] - 128) : "not at all");
    signal_through(go[1]);
    signal_through(go[1]);
    ends[0] = end_of(pids[0]);
    ends[2] = end_of(pids[2]);
    for (int i = 0; i < 3; i += 2)
        printf("    process %d (number %d) went on: exit status %d, sum %ld\n", (int)pids[i], i,
               ends[i], sums[i]);
    measured("number 1 ended by signal %d, the others with %d and %d and sums %ld and %ld",
             ends[1] - 128, ends[0], ends[2], sums[0], sums[2]);
    bool finished = ends[0] == 0 && ends[2] == 0 && sums[0] == expected && sums[2] == expected;
    bool crashed = ends[1] == 128 + SIGSEGV;
    munmap((void *)sums, PAGE);
    return holds_if(finished && crashed);
}

const struct exhibit process_exhibits[] = {
    {"isolation", "every process [进程] has its own address space: text, data, heap, stack",
     show_isolation},
    {"cow", "a forked child is a copy made on write [写时拷贝]", show_cow},
    {"count-processes",
     "five processes [进程] each add 0..99999 to n: each ends with 4999950000, the parent's n is 0",
     show_count_processes},
    {"crash-isolation", "a process [进程] that crashes leaves the others running",
     show_crash_isolation},
    {0},
};
