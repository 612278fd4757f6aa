// SPDX-License-Identifier: ISC
//
// init: process 1.
//
// Two lives, chosen by whether the machine was given a command through QEMU's fw_cfg:
//
//   command mode   runs `/bin/sh -c COMMAND` once on the raw channel /dev/vmio (or, with the
//                  kernel word vmio=tty, on the terminal /dev/ttyS0), writes `vm: exit N` to the
//                  kernel's log and turns the machine off;
//   interactive    runs /etc/rc, then keeps a login shell alive on every console.
//
// In both it is the parent of all orphans and reaps them. It never exits: a kernel without
// process 1 has nothing left to do.

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/reboot.h>
#include <sys/wait.h>
#include <termios.h>
#include <time.h>
#include <unistd.h>

#define COMMAND_FILE "/sys/firmware/qemu_fw_cfg/by_name/opt/braid/command/raw"
#define SHELL        "/bin/sh"
#define START_MARK   "\020vmio\020" // tests/vm waits for it
#define CONSOLES_MAX 2

struct console {
    const char *path;
    const char *term;
    pid_t pid;
    time_t started;
    bool welcomed;
};

static void set_environment(const char *term)
{
    setenv("PATH", "/usr/sbin:/usr/bin:/sbin:/bin", 1);
    setenv("HOME", "/root", 1);
    setenv("USER", "root", 1);
    setenv("LOGNAME", "root", 1);
    setenv("SHELL", SHELL, 1);
    setenv("TERM", term, 1);
}

// Reads a whole file. NULL where it cannot be read; the result ends with a NUL and is never freed.
static char *read_file(const char *path)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return NULL;
    size_t size = 4096, used = 0;
    char *text = malloc(size);
    while (text) {
        ssize_t got = read(fd, text + used, size - used - 1);
        if (got <= 0)
            break;
        used += (size_t)got;
        if (size - used < 2) {
            char *more = realloc(text, size *= 2);
            if (!more)
                free(text);
            text = more;
        }
    }
    close(fd);
    if (text)
        text[used] = '\0';
    return text;
}

// Whether the kernel command line has exactly this word.
static bool kernel_word(const char *word)
{
    static char *line;
    if (!line && !(line = read_file("/proc/cmdline")))
        return false;
    size_t length = strlen(word);
    for (const char *p = line; (p = strstr(p, word)); p += length) {
        bool starts = p == line || p[-1] == ' ';
        if (starts && (p[length] == '\0' || p[length] == ' ' || p[length] == '\n'))
            return true;
    }
    return false;
}

static void log_line(const char *text)
{
    int fd = open("/dev/kmsg", O_WRONLY | O_CLOEXEC);
    if (fd < 0)
        return;
    if (write(fd, text, strlen(text)) < 0)
        perror("init: /dev/kmsg");
    close(fd);
}

// Makes `path` the standard input, output and error of a new session, and its controlling
// terminal where it is one. For a child that is about to exec.
static bool take_console(const char *path)
{
    setsid();
    int fd = open(path, O_RDWR | O_NOCTTY);
    if (fd < 0)
        return false;
    for (int i = 0; i < 3; i++)
        if (fd != i && dup2(fd, i) < 0)
            return false;
    if (fd > 2)
        close(fd);
    if (isatty(0)) {
        ioctl(0, TIOCSCTTY, 0);
        tcsetpgrp(0, getpid());
    }
    return true;
}

static void set_window(int rows, int columns)
{
    struct winsize size = {.ws_row = (unsigned short)rows, .ws_col = (unsigned short)columns};
    ioctl(0, TIOCSWINSZ, &size);
}

// Lets the last bytes of a terminal reach the wire before the power goes.
static void drain(const char *path)
{
    int fd = open(path, O_WRONLY | O_NOCTTY | O_CLOEXEC);
    if (fd < 0)
        return;
    tcdrain(fd);
    close(fd);
}

static void power_off(void)
{
    sync();
    reboot(RB_POWER_OFF);
    for (;;)
        pause();
}

// Waits for `child` while reaping whatever else ends. Returns the wait status.
static int reap_until(pid_t child)
{
    for (;;) {
        int status;
        pid_t pid = waitpid(-1, &status, 0);
        if (pid == child)
            return status;
        if (pid < 0 && errno != EINTR)
            return 127 << 8;
    }
}

static void run_command(char *command)
{
    bool tty = kernel_word("vmio=tty");
    const char *path = tty ? "/dev/ttyS0" : "/dev/vmio";
    pid_t child = fork();
    if (child == 0) {
        if (!take_console(path)) {
            log_line("init: the channel for the command cannot be opened\n");
            _exit(127);
        }
        // From here on the line is the command's; tests/vm drops what firmware wrote before.
        if (write(1, START_MARK, strlen(START_MARK)) < 0)
            log_line("init: the channel for the command cannot be written\n");
        if (tty)
            set_window(24, 80);
        set_environment(tty ? "vt100" : "dumb");
        execl(SHELL, "sh", "-c", command, (char *)NULL);
        log_line("init: " SHELL " cannot be started\n");
        _exit(127);
    }
    int status = child < 0 ? 127 << 8 : reap_until(child);
    drain(path);
    char line[32];
    snprintf(line, sizeof line, "vm: exit %d\n",
             WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status));
    log_line(line);
    power_off();
}

static void show_motd(void)
{
    const char *text = read_file("/etc/motd");
    if (text && write(1, text, strlen(text)) < 0)
        perror("init: /etc/motd");
}

// Starts the shell of one console. One that died within a second of its start is held back for
// another second (in the child, so that reaping goes on): a broken shell must not eat the CPU.
static void start_console(struct console *console)
{
    time_t now = time(NULL);
    bool hurried = console->pid && now - console->started < 1;
    console->started = now;
    console->pid = fork();
    if (console->pid != 0) {
        console->welcomed = true;
        return;
    }
    if (hurried)
        sleep(1);
    if (!take_console(console->path))
        _exit(127);
    set_environment(console->term);
    if (!console->welcomed)
        show_motd();
    if (chdir(getenv("HOME")) < 0 && chdir("/") < 0)
        perror("init: chdir");
    execl(SHELL, "-sh", (char *)NULL);
    perror("init: " SHELL);
    _exit(127);
}

static bool can_open(const char *path)
{
    int fd = open(path, O_RDWR | O_NOCTTY | O_CLOEXEC);
    if (fd >= 0)
        close(fd);
    return fd >= 0;
}

// The consoles to serve: the one that the kernel word names, else all that exist.
static int find_consoles(struct console *list)
{
    static const struct console known[] = {
        {.path = "/dev/ttyS0", .term = "vt100"},
        {.path = "/dev/tty1", .term = "linux"},
    };
    int count = 0;
    if (!kernel_word("console=screen") && can_open(known[0].path))
        list[count++] = known[0];
    if (!kernel_word("console=serial") && can_open(known[1].path))
        list[count++] = known[1];
    if (count == 0)
        list[count++] = (struct console){.path = "/dev/console", .term = "linux"};
    return count;
}

static void run_rc(void)
{
    if (access("/etc/rc", R_OK) < 0)
        return;
    pid_t child = fork();
    if (child == 0) {
        set_environment("dumb");
        execl(SHELL, "sh", "/etc/rc", (char *)NULL);
        _exit(127);
    }
    if (child > 0)
        reap_until(child);
}

static void run_interactive(void)
{
    struct console consoles[CONSOLES_MAX];
    run_rc();
    int count = find_consoles(consoles);
    for (int i = 0; i < count; i++)
        start_console(&consoles[i]);
    for (;;) {
        pid_t pid = waitpid(-1, NULL, 0);
        for (int i = 0; i < count; i++)
            if (consoles[i].pid == pid || consoles[i].pid < 0)
                start_console(&consoles[i]);
        // No child and none could be made: memory may come back later.
        if (pid < 0 && errno != EINTR)
            sleep(1);
    }
}

int main(void)
{
    if (getpid() != 1) {
        fprintf(stderr, "init: runs as process 1 only\n");
        return 1;
    }
    if (!isatty(0) && can_open("/dev/console")) {
        int fd = open("/dev/console", O_RDWR | O_NOCTTY);
        for (int i = 0; i < 3; i++)
            dup2(fd, i);
        if (fd > 2)
            close(fd);
    }
    if (chdir("/") < 0)
        perror("init: /");
    char *command = read_file(COMMAND_FILE);
    if (command)
        run_command(command);
    run_interactive();
}
