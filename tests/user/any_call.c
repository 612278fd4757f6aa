// SPDX-License-Identifier: ISC
//
// Every system call by number, with every kind of hostile argument in every place. Nothing is
// expected of the results but that they are results; what must hold is that the machine lives on.
//
// A child makes the calls for one number; where it dies another goes on behind the deadly call.
// The children are an ordinary user's, so that on Linux nothing of the machine's is changed.
#include "support.h"

#include <sys/resource.h>
#include <sys/time.h>

#define LAST_NUMBER 462

// Calls whose very purpose would end or stop this test, or make processes or objects that outlive
// it.
static const short left_out[] = {SYS_exit,         SYS_exit_group,
                                 SYS_kill,         SYS_tkill,
                                 SYS_tgkill,       SYS_fork,
                                 SYS_vfork,        SYS_clone,
                                 435 /* clone3 */, SYS_ptrace,
                                 SYS_reboot,       SYS_rt_sigqueueinfo,
                                 SYS_sync,         SYS_setsid,
                                 SYS_setpgid,      SYS_rt_tgsigqueueinfo,
                                 SYS_rt_sigreturn, 424 /* pidfd_send_signal */,
                                 SYS_semget,       SYS_shmget,
                                 SYS_msgget,       SYS_mq_open,
                                 SYS_pause};

enum { kinds = 8, places = 6, backgrounds = 3 };
enum { combinations = kinds * (1 + places * backgrounds) };

static unsigned char *page; // a page of bytes without a zero; none is mapped behind it
static volatile int *next;  // shared with the children: the combination that is being tried

static long hostile(int kind)
{
    switch (kind) {
    case 0:
        return 0;
    case 1:
        return 8;
    case 2:
        return -1;
    case 3:
        return (long)0xffffffff80000000;
    case 4:
        return (long)0xffff888000000123;
    case 5:
        return (long)0x8000000000000000;
    case 6:
        return (long)page + (long)PAGE - 2;
    default:
        return 0x7fffffffeffd;
    }
}

// What the other places hold: zeros, small numbers, or good memory.
static long background(int which, int place)
{
    return which == 0 ? 0 : which == 1 ? place + 1 : (long)page;
}

static void make_arguments(int combination, long arguments[places])
{
    int kind = combination % kinds, rest = combination / kinds;
    for (int i = 0; i < places; i++)
        arguments[i] = hostile(kind);
    if (rest == 0)
        return;
    int hostile_place = (rest - 1) % places, behind = (rest - 1) / places;
    for (int i = 0; i < places; i++)
        if (i != hostile_place)
            arguments[i] = background(behind, i);
}

static void nothing(int signal)
{
    (void)signal;
}

// Makes the process one that can do no harm: no privilege, little memory, and /dev/zero wherever a
// small number names a descriptor. A timer interrupts calls that wait.
static void become_harmless(void)
{
    struct rlimit memory = {256 << 20, 256 << 20};
    struct itimerval timer = {{0, 20000}, {0, 20000}};
    struct sigaction action = {.sa_handler = nothing};
    int zero = open("/dev/zero", O_RDWR);
    CHECK(zero >= 0);
    for (int fd = 0; fd < 10; fd++)
        CHECK(fd == zero || dup2(zero, fd) == fd);
    CHECK(setrlimit(RLIMIT_AS, &memory) == 0);
    CHECK(setgid(65534) == 0 && setuid(65534) == 0);
    CHECK(sigaction(SIGALRM, &action, NULL) == 0 && setitimer(ITIMER_REAL, &timer, NULL) == 0);
}

static void try_number(int number)
{
    become_harmless();
    while (*next < combinations) {
        long a[places];
        make_arguments((*next)++, a);
        long result = raw_call(number, a[0], a[1], a[2], a[3], a[4], a[5]);
        if (result < 0 && result < -4095 && result > -(1l << 40))
            _exit(2); // neither an errno nor an address
    }
    _exit(0);
}

static bool is_left_out(int number)
{
    for (size_t i = 0; i < COUNT_OF(left_out); i++)
        if (left_out[i] == number)
            return true;
    return false;
}

static void try_range(int first, int last)
{
    page = private_memory(2 * PAGE);
    next = shared_memory(PAGE);
    CHECK(munmap(page + PAGE, PAGE) == 0);
    for (int number = first; number <= last; number++) {
        memset(page, 'A', PAGE); // as a signal mask this leaves SIGALRM free
        if (is_left_out(number))
            continue;
        for (*next = 0; *next < combinations;) {
            pid_t pid = fork();
            CHECK(pid >= 0);
            if (pid == 0)
                try_number(number);
            CHECK_EQ(child_end(pid) == 2 ? number : -1, -1);
        }
    }
    // All is as it was: memory, children, files.
    for (size_t i = 0; i < PAGE; i++)
        CHECK(page[i] == 'A');
    CHECK(FAILS(wait(NULL), ECHILD));
    CHECK(access("/proc/self/exe", R_OK) == 0);
}

TEST(calls_0_to_99, "calls 0 to 99 survive every hostile argument")
{
    try_range(0, 99);
}

TEST(calls_100_to_199, "calls 100 to 199 do")
{
    try_range(100, 199);
}

TEST(calls_200_to_299, "calls 200 to 299 do")
{
    try_range(200, 299);
}

TEST(calls_300_to_462, "calls 300 to 462 do")
{
    try_range(300, LAST_NUMBER);
}

TEST(beyond, "numbers beyond the table do")
{
    try_range(LAST_NUMBER + 38, LAST_NUMBER + 60);
    try_range(1000, 1010);
}
