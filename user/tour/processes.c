// SPDX-License-Identifier: ISC
//
// Exhibits on processes: isolation, copy on write, separate counters, isolation of crashes.
#include "tour.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/sysinfo.h>
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

// --- isolation -----------------------------------------------------------------------------------

static volatile int isolated = 111;

static void print_place(const char *name, const void *address, pid_t child)
{
    uint64_t mine = frame_of(getpid(), address), childs = frame_of(child, address);
    if (mine && childs)
        printf("    %-6s %14p  parent's frame %#7lx, child's %#7lx: %s\n", name, (void *)address,
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

// --- cow -----------------------------------------------------------------------------------------

#define COW_WRITES 1000ul
#define COW_FORKS  100

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

// 256 MiB, or less where that is more than two thirds of what is free.
static size_t pages_to_touch(void)
{
    struct sysinfo info;
    size_t pages = (256ul << 20) / PAGE;
    if (sysinfo(&info) == 0)
        while (pages > (8ul << 20) / PAGE && pages * PAGE > info.freeram * info.mem_unit / 3 * 2)
            pages /= 2;
    return pages;
}

struct counts {
    long frames, tables; // free frames and page tables in use; -1 where that is not told
    size_t shared;       // pages with one frame for parent and child
};

static struct counts count(pid_t child, const unsigned char *memory, size_t pages)
{
    return (struct counts){kernel_count("frames_free"), kernel_count("page_tables"),
                           child ? frames_shared(getpid(), child, memory, pages) : 0};
}

// Forks and ends COW_FORKS children one after the other: the frames that did not come back.
static long frames_leaked(void)
{
    long before = kernel_count("frames_free");
    for (int i = 0; i < COW_FORKS; i++) {
        pid_t pid = fork_or_die();
        if (pid == 0)
            _exit(0);
        end_of(pid);
    }
    return before - kernel_count("frames_free");
}

static enum verdict judge_cow(size_t pages, struct counts before, struct counts forked,
                              struct counts written, long leaked)
{
    long fork_frames = before.frames - forked.frames, tables = forked.tables - before.tables;
    long write_frames = forked.frames - written.frames, more = written.tables - forked.tables;
    printf("    after fork %zu pages had one frame for both, %zu after %lu writes\n", forked.shared,
           written.shared, COW_WRITES);
    bool shares = forked.shared == pages && written.shared == pages - COW_WRITES;
    if (before.frames < 0) {
        printf("    frames taken: not measurable here\n");
        measured("of %zu pages %zu shared after fork, %zu after %lu writes", pages, forked.shared,
                 written.shared, COW_WRITES);
        return forked.shared == 0 ? NOT_MEASURABLE : holds_if(shares);
    }
    printf("    fork took %ld frames: %ld page tables, and the rest for the child's kernel\n"
           "    stack and the pages written since; a full copy would be %zu\n",
           fork_frames, tables, pages);
    printf("    the child's %lu writes took %ld frames: %ld page tables, and a page each\n",
           COW_WRITES, write_frames, more);
    printf("    %d forks one after the other: %ld frames did not come back\n", COW_FORKS, leaked);
    measured("fork of %zu pages: %ld frames (%ld page tables); %lu writes: %ld; %d forks leak %ld",
             pages, fork_frames, tables, COW_WRITES, write_frames, COW_FORKS, leaked);
    long rest = fork_frames - tables, copies = write_frames - more - (long)COW_WRITES;
    return holds_if(shares && rest >= 0 && rest <= 32 && copies >= 0 && copies <= 16 &&
                    leaked <= 0);
}

// Forks with much memory touched: what fork costs, what each page costs that the child writes.
static enum verdict show_cow(void)
{
    int told[2], go[2];
    size_t pages = pages_to_touch();
    unsigned char *memory =
        mmap(NULL, pages * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (memory == MAP_FAILED)
        die("tour: mmap");
    pipe_or_die(told);
    pipe_or_die(go);
    touch(memory, pages, 7);
    printf("    the parent has touched %zu pages (%zu MiB), then forks\n", pages,
           pages * PAGE >> 20);
    struct counts before = count(0, memory, pages);
    pid_t pid = fork_or_die();
    if (pid == 0) {
        signal_through(told[1]); // forked: nothing of the memory written yet
        wait_on(go[0]);
        touch(memory, COW_WRITES, 8);
        signal_through(told[1]);
        wait_on(go[0]);
        _exit(pages_with(memory, pages, 8) == COW_WRITES ? 0 : 1);
    }
    wait_on(told[0]);
    struct counts forked = count(pid, memory, pages);
    signal_through(go[1]);
    wait_on(told[0]);
    struct counts written = count(pid, memory, pages);
    size_t kept = pages_with(memory, pages, 7);
    signal_through(go[1]);
    int end = end_of(pid);
    printf("    the parent still reads its own value in %zu of %zu pages\n", kept, pages);
    enum verdict verdict = judge_cow(pages, before, forked, written, frames_leaked());
    munmap(memory, pages * PAGE);
    return end != 0 || kept != pages ? DOES_NOT_HOLD : verdict;
}

// --- count-processes -----------------------------------------------------------------------------

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

// --- crash-isolation -----------------------------------------------------------------------------

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
    printf("    process %d (number 1) was killed by signal %d, %s\n", (int)pids[1], ends[1] - 128,
           ends[1] > 128 ? strsignal(ends[1] - 128) : "not at all");
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
     show_isolation,
     "A process forks; parent and child each write a value of their own to one address, and both "
     "look at the same time."},
    {"cow", "a forked child is a copy made on write [写时拷贝]", show_cow,
     "A process with much memory forks. The child writes some of the pages, and the kernel's free "
     "frames are counted before and after."},
    {"count-processes",
     "five processes [进程] each add 0..99999 to n: each ends with 4999950000, the parent's n is 0",
     show_count_processes, "Five children are forked; each adds to the same global variable."},
    {"crash-isolation", "a process [进程] that crashes leaves the others running",
     show_crash_isolation,
     "Three processes compute; half-way one of them writes through a null pointer."},
    {0},
};
