// SPDX-License-Identifier: ISC
//
// What /proc tells about processes and the machine, as programs parse it.
#include "support.h"

#include <dirent.h>
#include <sys/prctl.h>

static char text[65536];

// Reads a whole file of /proc into `text`.
static const char *contents(const char *name)
{
    size_t length = 0;
    ssize_t count;
    int fd = open(name, O_RDONLY);
    CHECK(fd >= 0);
    while ((count = read(fd, text + length, sizeof(text) - 1 - length)) > 0)
        length += (size_t)count;
    CHECK(count == 0 && close(fd) == 0);
    text[length] = 0;
    return text;
}

// The number behind NAME in `text`, or -1.
static long field(const char *name)
{
    char *line = strstr(text, name);
    return line && (line == text || line[-1] == '\n') ? strtol(line + strlen(name), NULL, 10) : -1;
}

static const char *process_file(pid_t pid, const char *name)
{
    static char path[64];
    snprintf(path, sizeof(path), "/proc/%d/%s", (int)pid, name);
    return path;
}

static pid_t sleeper(void)
{
    pid_t pid = fork();
    if (pid == 0)
        for (;;)
            pause();
    wait_for_state(pid, 'S');
    return pid;
}

static void end(pid_t pid)
{
    CHECK(kill(pid, SIGKILL) == 0 && child_end(pid) == 128 + SIGKILL);
}

TEST(self, "/proc/self is this process, in each process its own")
{
    char target[32];
    ssize_t length = readlink("/proc/self", target, sizeof(target) - 1);
    CHECK(length > 0);
    target[length] = 0;
    CHECK(atoi(target) == getpid());
    pid_t pid = fork();
    if (pid == 0) {
        length = readlink("/proc/self", target, sizeof(target) - 1);
        target[length > 0 ? length : 0] = 0;
        _exit(atoi(target) == getpid() ? 0 : 1);
    }
    CHECK(child_end(pid) == 0);
}

TEST(exe, "exe is a link to the program, and opens it even by another name")
{
    char target[256], magic[4];
    ssize_t length = readlink("/proc/self/exe", target, sizeof(target) - 1);
    CHECK(length > 0 && target[0] == '/');
    target[length] = 0;
    struct stat by_link, by_name;
    CHECK(stat("/proc/self/exe", &by_link) == 0 && stat(target, &by_name) == 0);
    CHECK(by_link.st_ino == by_name.st_ino);
    int fd = open("/proc/self/exe", O_RDONLY);
    CHECK(read(fd, magic, 4) == 4 && !memcmp(magic, "\177ELF", 4));
}

TEST(cwd_and_root, "cwd and root are links that follow the process")
{
    char target[64] = "";
    CHECK(chdir("/usr") == 0 && readlink("/proc/self/cwd", target, 63) == 4);
    CHECK(!strcmp(target, "/usr"));
    memset(target, 0, sizeof(target));
    CHECK(readlink("/proc/self/root", target, 63) == 1 && !strcmp(target, "/"));
}

// Finds ADDRESS in maps and hands out its line's permissions.
static bool mapped(const void *address, char permissions[5])
{
    for (const char *line = text; line && *line; line = strchr(line, '\n') + 1) {
        unsigned long start, end;
        if (sscanf(line, "%lx-%lx %4s", &start, &end, permissions) == 3 &&
            (uintptr_t)address >= start && (uintptr_t)address < end)
            return true;
        if (!strchr(line, '\n'))
            break;
    }
    return false;
}

TEST(maps,
     "maps lists text, data, heap, stack and mappings with their rights, in order, without overlap")
{
    int local;
    char permissions[5];
    unsigned char *memory = private_memory(4 * PAGE), *shared = shared_memory(PAGE);
    static int data = 1;
    CHECK(mprotect(memory + PAGE, PAGE, PROT_READ) == 0);
    contents("/proc/self/maps");
    CHECK(mapped((void *)mapped, permissions) && !strcmp(permissions, "r-xp"));
    CHECK(mapped(&data, permissions) && !strcmp(permissions, "rw-p"));
    CHECK(mapped(&local, permissions) && !strcmp(permissions, "rw-p"));
    CHECK(mapped(memory, permissions) && !strcmp(permissions, "rw-p"));
    CHECK(mapped(memory + PAGE, permissions) && !strcmp(permissions, "r--p"));
    CHECK(mapped(shared, permissions) && !strcmp(permissions, "rw-s"));
    CHECK(!mapped((void *)8, permissions));
    CHECK(strstr(text, "[stack]\n"));
    unsigned long last = 0, start, finish;
    for (const char *line = text; *line; line = strchr(line, '\n') + 1) {
        CHECK(sscanf(line, "%lx-%lx", &start, &finish) == 2 && start >= last && finish > start);
        last = finish;
    }
    CHECK(munmap(memory, 4 * PAGE) == 0);
    contents("/proc/self/maps");
    CHECK(!mapped(memory, permissions));
}

TEST(status, "status has Name, State, Pid, PPid, Uid, VmRSS, Threads and the signal masks")
{
    sigset_t set;
    for (int sig = 1; sig < NSIG; sig++) // a background job, say, starts with SIGINT ignored
        signal(sig, SIG_DFL);
    signal(SIGUSR1, SIG_IGN);
    sigemptyset(&set);
    sigaddset(&set, SIGUSR2);
    CHECK(sigprocmask(SIG_BLOCK, &set, NULL) == 0);
    contents("/proc/self/status");
    CHECK(!strncmp(text, "Name:\tprocfs\n", 13));
    CHECK(field("Pid:") == getpid() && field("PPid:") == getppid() && field("Tgid:") == getpid());
    CHECK(field("Uid:") == getuid() && field("Threads:") == 1);
    CHECK(field("VmRSS:") > 0 && field("VmSize:") >= field("VmRSS:"));
    CHECK(strstr(text, "State:\tR (running)\n"));
    CHECK(strstr(text, "\nSigBlk:\t0000000000000800\n"));
    CHECK(strstr(text, "\nSigIgn:\t0000000000000200\n"));
}

TEST(resident, "VmRSS grows with the pages that are touched, not with those that are mapped")
{
    unsigned char *memory = private_memory(64 << 20);
    contents("/proc/self/status");
    long size = field("VmSize:"), before = field("VmRSS:");
    memset(memory, 1, 8 << 20);
    contents("/proc/self/status");
    long after = field("VmRSS:");
    CHECK(after - before >= 8000 && after - before < 16000 && field("VmSize:") == size);
    CHECK(munmap(memory, 64 << 20) == 0);
    contents("/proc/self/status");
    CHECK(field("VmRSS:") < before + 1000 && field("VmSize:") == size - 65536);
}

TEST(stat_line, "PID/stat has 52 fields: pid, name in brackets, state, parent, group, session")
{
    pid_t pid = sleeper();
    contents(process_file(pid, "stat"));
    int id, parent, group, session, spaces = 0;
    char name[32], state;
    CHECK(sscanf(text, "%d (%31[^)]) %c %d %d %d", &id, name, &state, &parent, &group, &session) ==
          6);
    CHECK(id == pid && !strcmp(name, "procfs") && state == 'S' && parent == getpid());
    CHECK(group == getpgrp() && session == getsid(0));
    for (const char *at = text; *at; at++)
        spaces += *at == ' ';
    CHECK(spaces == 51 && text[strlen(text) - 1] == '\n');
    end(pid);
    CHECK(FAILS(open(process_file(pid, "stat"), O_RDONLY), ENOENT));
}

TEST(states, "a process is R while it runs, S asleep, T stopped, Z ended")
{
    volatile int *go_on = shared_memory(PAGE);
    pid_t pid = fork();
    if (pid == 0) {
        while (!*go_on)
            ;
        _exit(0);
    }
    CHECK(process_state(pid) == 'R');
    CHECK(kill(pid, SIGSTOP) == 0 && waitpid(pid, NULL, WUNTRACED) == pid);
    CHECK(process_state(pid) == 'T');
    *go_on = 1;
    CHECK(kill(pid, SIGCONT) == 0);
    wait_for_state(pid, 'Z');
    CHECK(child_end(pid) == 0 && process_state(pid) == 0);
}

TEST(command_line,
     "cmdline has the arguments with their zero bytes, nothing for a zombie, and comm the name")
{
    pid_t pid = fork();
    if (pid == 0) {
        char *argv[] = {"a name", "-c", "kill -STOP $$", "", NULL};
        execv("/bin/sh", argv);
        _exit(1);
    }
    CHECK(waitpid(pid, NULL, WUNTRACED) == pid);
    int fd = open(process_file(pid, "cmdline"), O_RDONLY);
    ssize_t count = read(fd, text, sizeof(text));
    CHECK(count == 25 && !memcmp(text, "a name\0-c\0kill -STOP $$\0", 25));
    end(pid);
    pid = fork();
    if (pid == 0)
        _exit(0);
    wait_for_state(pid, 'Z');
    CHECK(!strcmp(contents(process_file(pid, "cmdline")), ""));
    CHECK(!strcmp(contents(process_file(pid, "comm")), "procfs\n"));
    CHECK(child_end(pid) == 0);
}

TEST(names, "prctl sets the name that comm and stat show, cut to 15 bytes")
{
    CHECK(prctl(PR_SET_NAME, "a longer name than fits") == 0);
    CHECK(!strcmp(contents("/proc/self/comm"), "a longer name t\n"));
    char name[16];
    CHECK(prctl(PR_GET_NAME, name) == 0 && !strcmp(name, "a longer name t"));
    CHECK(prctl(PR_SET_NAME, "a) b (c") == 0);
    CHECK(strstr(contents("/proc/self/stat"), " (a) b (c) R "));
}

TEST(memory_info,
     "meminfo has MemTotal, MemFree, MemAvailable in kB, and they agree with each other")
{
    contents("/proc/meminfo");
    long total = field("MemTotal:"), free = field("MemFree:"), available = field("MemAvailable:");
    CHECK(total > 8192 && free > 0 && free < total && available > 0 && available <= total);
    CHECK(strstr(text, " kB\n") && field("Buffers:") >= 0 && field("Cached:") >= 0);
    CHECK(field("SwapTotal:") >= 0);
}

TEST(uptime, "uptime has two numbers with two digits behind the point, and does not go back")
{
    unsigned long seconds, hundredths, idle, idle_hundredths;
    contents("/proc/uptime");
    CHECK(sscanf(text, "%lu.%2lu %lu.%2lu\n", &seconds, &hundredths, &idle, &idle_hundredths) == 4);
    unsigned long before = seconds * 100 + hundredths;
    contents("/proc/uptime");
    CHECK(sscanf(text, "%lu.%2lu", &seconds, &hundredths) == 2);
    CHECK(seconds * 100 + hundredths >= before);
}

TEST(mounts, "mounts has lines of six fields, with / and /proc among them")
{
    char name[64], place[64], type[64], options[512];
    int root = 0, proc = 0, a, b;
    contents("/proc/mounts");
    for (char *line = strtok(text, "\n"); line; line = strtok(NULL, "\n")) {
        CHECK(sscanf(line, "%63s %63s %63s %511s %d %d", name, place, type, options, &a, &b) == 6);
        root += !strcmp(place, "/");
        proc += !strcmp(place, "/proc") && !strcmp(type, "proc");
    }
    CHECK(root >= 1 && proc == 1);
}

TEST(listing,
     "/proc lists this process and its children, and no longer a child that was waited for")
{
    pid_t pid = sleeper();
    for (int round = 0; round < 2; round++) {
        int found_self = 0, found_child = 0;
        DIR *dir = opendir("/proc");
        CHECK(dir);
        for (struct dirent *entry; (entry = readdir(dir)) != NULL;) {
            found_self += atoi(entry->d_name) == getpid();
            found_child += atoi(entry->d_name) == pid;
        }
        CHECK(closedir(dir) == 0 && found_self == 1 && found_child == (round == 0));
        if (round == 0)
            end(pid);
    }
    CHECK(FAILS(open("/proc/999999999/stat", O_RDONLY), ENOENT));
}

TEST(descriptors, "self/fd lists the open descriptors; its links lead to files, pipes and devices")
{
    int ends[2], count = 0, null = open("/dev/null", O_RDONLY);
    char name[64], target[64] = "";
    CHECK(pipe(ends) == 0);
    DIR *dir = opendir("/proc/self/fd");
    CHECK(dir);
    for (struct dirent *entry; (entry = readdir(dir)) != NULL;) {
        int fd = atoi(entry->d_name);
        count += entry->d_name[0] != '.' && (fd == null || fd == ends[0] || fd == ends[1]);
    }
    CHECK(closedir(dir) == 0 && count == 3);
    snprintf(name, sizeof(name), "/proc/self/fd/%d", null);
    CHECK(readlink(name, target, 63) == 9 && !strcmp(target, "/dev/null"));
    snprintf(name, sizeof(name), "/proc/self/fd/%d", ends[0]);
    CHECK(readlink(name, target, 63) > 6 && !strncmp(target, "pipe:[", 6));
}

TEST(read_only, "nothing in /proc can be made, removed or renamed")
{
    CHECK(FAILS(unlink("/proc/meminfo"), EPERM) || errno == EACCES);
    CHECK(FAILS(mkdir("/proc/x", 0755), ENOENT) || errno == EACCES || errno == EPERM);
    CHECK(FAILS(open("/proc/x", O_RDWR | O_CREAT, 0600), ENOENT) || errno == EACCES);
    CHECK(FAILS(rmdir("/proc/self"), ENOTDIR) || errno == EPERM);
}

TEST(pagemap,
     "pagemap has eight bytes a page: present for touched ones, the same frame for shared ones")
{
    uint64_t entry, untouched, other;
    unsigned char *memory = private_memory(4 * PAGE), *shared = shared_memory(PAGE);
    int fd = open("/proc/self/pagemap", O_RDONLY);
    CHECK(fd >= 0);
    memory[0] = 1;
    shared[0] = 1;
    CHECK(pread(fd, &entry, 8, (off_t)((uintptr_t)memory / PAGE * 8)) == 8);
    CHECK(pread(fd, &untouched, 8, (off_t)((uintptr_t)memory / PAGE * 8 + 16)) == 8);
    CHECK((entry >> 63) && (entry << 9 >> 9) != 0 && !(untouched >> 63));
    CHECK(pread(fd, &entry, 8, (off_t)((uintptr_t)shared / PAGE * 8)) == 8);
    struct gate ready = gate_make(), done = gate_make();
    pid_t pid = fork();
    if (pid == 0) {
        shared[1] = 2;
        memory[0] = 2;
        gate_open(&ready);
        gate_pass(&done);
        _exit(0);
    }
    gate_pass(&ready);
    int child = open(process_file(pid, "pagemap"), O_RDONLY);
    CHECK(pread(child, &other, 8, (off_t)((uintptr_t)shared / PAGE * 8)) == 8);
    CHECK((other << 9 >> 9) == (entry << 9 >> 9));
    CHECK(pread(fd, &entry, 8, (off_t)((uintptr_t)memory / PAGE * 8)) == 8);
    CHECK(pread(child, &other, 8, (off_t)((uintptr_t)memory / PAGE * 8)) == 8);
    CHECK((other << 9 >> 9) != (entry << 9 >> 9));
    gate_open(&done);
    CHECK(child_end(pid) == 0);
    CHECK(FAILS(pread(fd, &entry, 7, 0), EINVAL));
}
