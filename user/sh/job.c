// SPDX-License-Identifier: ISC
//
// Jobs. With job control (set -m) every job is a process group; the foreground one owns the
// terminal. The shell itself ignores SIGTTOU, so it can take the terminal back.
//
// setpgid and tcsetpgrp are called by the child and by the shell, whichever comes first: neither
// may go on before they have happened.

#include "job.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>

#include "exec.h"
#include "sh.h"

#define DONE_KEPT 256 // finished background jobs that `wait` can still ask about

struct process {
    pid_t pid;
    int status;
    enum process_state state;
};

static struct job *jobs;
// In a subshell the list is at first that of the shell it came from, for $(jobs -p): not our
// children, so nothing to wait for, and gone with the first job of our own.
static bool inherited;
static unsigned long clock_of_use;
static int terminal = -1;
static pid_t shell_group, first_group;
static struct termios modes; // of the terminal, as the shell left it to the last job

// ---- the list

struct job *job_new(const char *text)
{
    job_forget_inherited();
    struct job *job = mem_alloc(sizeof *job);
    *job = (struct job){.next = jobs, .text = mem_strdup(text ? text : "")};
    jobs = job;
    return job;
}

void job_free(struct job *job)
{
    struct job **link = &jobs;
    while (*link != job)
        link = &(*link)->next;
    *link = job->next;
    free(job->processes);
    free(job->text);
    free(job);
}

struct job *job_next(struct job *job)
{
    // By id, whatever the order of the list.
    struct job *best = NULL;
    int after = job ? job->id : 0;
    for (struct job *other = jobs; other; other = other->next)
        if (other->id > after && (!best || other->id < best->id))
            best = other;
    return best;
}

static void give_id(struct job *job)
{
    job->used = ++clock_of_use;
    if (job->id)
        return;
    int last = 0;
    for (struct job *other = jobs; other; other = other->next)
        last = other->id > last ? other->id : last;
    job->id = last + 1;
}

struct job *job_find_process(pid_t pid)
{
    for (struct job *job = jobs; job; job = job->next)
        for (int i = 0; i < job->count; i++)
            if (job->processes[i].pid == pid)
                return job;
    return NULL;
}

pid_t job_last_pid(const struct job *job)
{
    return job->count ? job->processes[job->count - 1].pid : 0;
}

enum process_state job_state(const struct job *job)
{
    enum process_state state = PROCESS_DONE;
    for (int i = 0; i < job->count; i++) {
        if (job->processes[i].state == PROCESS_RUNNING)
            return PROCESS_RUNNING;
        if (job->processes[i].state == PROCESS_STOPPED)
            state = PROCESS_STOPPED;
    }
    return state;
}

static int last_wait_status(const struct job *job)
{
    int status = job->count ? job->processes[job->count - 1].status : 0;
    for (int i = 0; i < job->count && job_state(job) == PROCESS_STOPPED; i++)
        if (job->processes[i].state == PROCESS_STOPPED)
            status = job->processes[i].status;
    return status;
}

int job_status(const struct job *job)
{
    int status = last_wait_status(job);
    if (WIFSTOPPED(status))
        return 128 + WSTOPSIG(status);
    return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}

bool job_any_stopped(void)
{
    for (struct job *job = jobs; job; job = job->next)
        if (job_state(job) == PROCESS_STOPPED)
            return true;
    return false;
}

// The most recent job (rank 0) or the one before it (rank 1); a stopped one comes first.
static struct job *recent_job(int rank)
{
    struct job *best[2] = {NULL, NULL};
    for (struct job *job = job_next(NULL); job; job = job_next(job)) {
        for (int i = 0; i < 2; i++) {
            struct job *other = best[i];
            bool stopped = job_state(job) == PROCESS_STOPPED;
            bool other_stopped = other && job_state(other) == PROCESS_STOPPED;
            bool better = !other || (stopped && !other_stopped) ||
                          (stopped == other_stopped && job->used > other->used);
            if (!better)
                continue;
            if (i == 0)
                best[1] = best[0];
            best[i] = job;
            break;
        }
    }
    return best[rank];
}

struct job *job_find(const char *spec)
{
    struct job *found = NULL;
    const char *name = *spec == '%' ? spec + 1 : spec;
    if (!*name || strcmp(name, "%") == 0 || strcmp(name, "+") == 0)
        found = recent_job(0);
    else if (strcmp(name, "-") == 0)
        found = recent_job(1);
    else if (!name[strspn(name, "0123456789")])
        for (found = job_next(NULL); found && found->id != atoi(name); found = job_next(found))
            continue;
    else
        for (found = job_next(NULL); found; found = job_next(found))
            if (*name == '?' ? !!strstr(found->text, name + 1)
                             : strncmp(found->text, name, strlen(name)) == 0)
                break;
    if (!found)
        sh_warn("%s: no such job", spec);
    return found;
}

// ---- what a job is said to be doing

static void describe(const struct job *job, char *text, size_t size)
{
    int status = last_wait_status(job);
    switch (job_state(job)) {
    case PROCESS_RUNNING:
        snprintf(text, size, "Running");
        return;
    case PROCESS_STOPPED:
        snprintf(text, size, "Stopped");
        return;
    case PROCESS_DONE:
        break;
    }
    if (WIFSIGNALED(status))
        snprintf(text, size, "%s%s", strsignal(WTERMSIG(status)),
                 WCOREDUMP(status) ? " (core dumped)" : "");
    else if (WEXITSTATUS(status))
        snprintf(text, size, "Done(%d)", WEXITSTATUS(status));
    else
        snprintf(text, size, "Done");
}

static char mark_of(const struct job *job)
{
    return job == recent_job(0) ? '+' : job == recent_job(1) ? '-' : ' ';
}

void job_print(const struct job *job, bool long_form, bool only_pid)
{
    if (only_pid) {
        out_format("%d\n", (int)job->processes[0].pid);
        return;
    }
    char state[64];
    describe(job, state, sizeof state);
    out_format("[%d] %c ", job->id, mark_of(job));
    if (long_form)
        out_format("%d ", (int)job->processes[0].pid);
    out_format("%-22s ", state);
    out_string(job->text);
    out_string("\n");
}

// ---- the terminal

static void give_terminal(pid_t group)
{
    if (terminal >= 0 && group)
        tcsetpgrp(terminal, group);
}

static int open_terminal(void)
{
    int fd = open("/dev/tty", O_RDWR);
    for (int i = 2; fd < 0 && i >= 0; i--)
        if (isatty(i))
            fd = dup(i);
    return fd < 0 ? -1 : redir_move_up(fd);
}

// Stops until the shell is in the foreground, then makes it the leader of a group of its own.
static void take_terminal(void)
{
    pid_t owner;
    first_group = getpgrp();
    while ((owner = tcgetpgrp(terminal)) >= 0 && owner != getpgrp())
        kill(0, SIGTTIN);
    shell_group = getpid();
    if (getpgrp() != shell_group)
        setpgid(0, shell_group);
    trap_interactive();
    give_terminal(shell_group);
    tcgetattr(terminal, &modes);
}

void job_set_monitor(bool on)
{
    if (sh.subshell)
        return;
    if (on && terminal < 0 && (terminal = open_terminal()) >= 0)
        take_terminal();
    else
        trap_interactive();
}

void job_give_terminal_back(void)
{
    if (!sh.subshell && sh.options[OPT_MONITOR] && first_group && first_group != shell_group)
        give_terminal(first_group);
}

void job_become_subshell(void)
{
    inherited = true;
    sh.options[OPT_MONITOR] = false;
}

void job_forget_inherited(void)
{
    while (inherited && jobs)
        job_free(jobs);
    inherited = false;
}

// ---- starting

static void enter_group(struct job *job, pid_t pid, enum job_place place)
{
    if (!job->group)
        job->group = pid;
    setpgid(pid, job->group);
    if (place == JOB_FOREGROUND)
        give_terminal(job->group);
}

static void add_process(struct job *job, pid_t pid)
{
    size_t size = ((size_t)job->count + 1) * sizeof *job->processes;
    job->processes = mem_resize(job->processes, size);
    job->processes[job->count++] = (struct process){.pid = pid};
}

// A background job without job control must not take the terminal's signals and input.
static void detach_input(void)
{
    trap_ignore_interrupts();
    int fd = open("/dev/null", O_RDONLY);
    if (fd > 0) {
        dup2(fd, 0);
        close(fd);
    }
}

// Forks with all signals blocked, `before` tells which were not: the child is still deaf to those
// that an interactive shell ignores, and one that came before it has taken its own dispositions
// (kill %1 right behind the &) would be lost. A blocked signal is kept.
static pid_t fork_quietly(sigset_t *before)
{
    sigset_t all;
    out_flush();
    sigfillset(&all);
    sigprocmask(SIG_BLOCK, &all, before);
    pid_t pid = fork();
    if (pid < 0) {
        sigprocmask(SIG_SETMASK, before, NULL);
        sh_warn("cannot fork: %s", strerror(errno));
    }
    return pid;
}

pid_t job_fork_helper(void)
{
    sigset_t before;
    pid_t pid = fork_quietly(&before);
    if (pid == 0)
        sh_become_subshell();
    if (pid >= 0)
        sigprocmask(SIG_SETMASK, &before, NULL);
    return pid;
}

pid_t job_fork(struct job *job, enum job_place place)
{
    bool grouped = sh.options[OPT_MONITOR] && place != JOB_INSIDE;
    sigset_t before;
    pid_t pid = fork_quietly(&before);
    if (pid < 0)
        return pid;
    if (grouped)
        enter_group(job, pid ? pid : getpid(), place);
    if (pid > 0) {
        add_process(job, pid);
    } else {
        if (!grouped && place == JOB_BACKGROUND && job->count == 0)
            detach_input();
        sh_become_subshell();
    }
    sigprocmask(SIG_SETMASK, &before, NULL);
    return pid;
}

int job_abandon(struct job *job)
{
    if (job->count)
        give_id(job);
    else
        job_free(job);
    return 2;
}

// Forgets the oldest finished jobs of a script that never waits.
static void forget_finished(void)
{
    int kept = 0;
    for (struct job *job = jobs, *next; job; job = next) {
        next = job->next;
        if (job->count && job_state(job) == PROCESS_DONE && ++kept > DONE_KEPT)
            job_free(job);
    }
}

void job_leave_running(struct job *job)
{
    job_poll();
    if (!sh.options[OPT_INTERACTIVE])
        forget_finished();
    give_id(job);
    sh.last_background = job_last_pid(job);
    if (sh.options[OPT_INTERACTIVE] && !sh.subshell) {
        char text[32];
        snprintf(text, sizeof text, "[%d] %d\n", job->id, (int)sh.last_background);
        err_string(text);
    }
}

// ---- waiting

static void note_change(pid_t pid, int status)
{
    struct job *job = job_find_process(pid);
    for (int i = 0; job && i < job->count; i++) {
        struct process *process = &job->processes[i];
        if (process->pid != pid || process->state == PROCESS_DONE)
            continue;
        process->status = status;
        process->state = WIFSTOPPED(status)     ? PROCESS_STOPPED
                         : WIFCONTINUED(status) ? PROCESS_RUNNING
                                                : PROCESS_DONE;
        job->changed = true;
    }
}

// There are no children, so none of ours is left: somebody else took their status.
static void note_all_gone(void)
{
    for (struct job *job = jobs; job; job = job->next)
        for (int i = 0; i < job->count; i++)
            if (job->processes[i].state != PROCESS_DONE)
                job->processes[i] = (struct process){job->processes[i].pid, 127 << 8, PROCESS_DONE};
}

static bool reap(int flags)
{
    if (sh.options[OPT_MONITOR])
        flags |= WUNTRACED | WCONTINUED;
    int status;
    pid_t pid = waitpid(-1, &status, flags);
    if (pid > 0)
        note_change(pid, status);
    else if (pid < 0 && errno == ECHILD)
        note_all_gone();
    return pid > 0;
}

bool job_poll(void)
{
    bool any = false;
    while (!inherited && reap(WNOHANG))
        any = true;
    return any;
}

// After a foreground job: takes the terminal back, with the modes it had where the job did not
// end by itself.
static void take_terminal_back(bool orderly)
{
    if (terminal < 0 || !sh.options[OPT_MONITOR])
        return;
    give_terminal(shell_group);
    if (orderly)
        tcgetattr(terminal, &modes);
    else
        tcsetattr(terminal, TCSADRAIN, &modes);
}

// Says what ended a foreground job, where it was a signal that nobody asked for.
static void report_signal(const struct job *job)
{
    int status = last_wait_status(job);
    if (!WIFSIGNALED(status))
        return;
    int signal = WTERMSIG(status);
    if (signal == SIGPIPE || (signal == SIGINT && !sh.prompt))
        return;
    char text[80] = "\n";
    if (signal != SIGINT) {
        describe(job, text, sizeof text - 1);
        strcat(text, "\n");
    }
    err_string(text);
}

int job_wait(struct job *job)
{
    while (job_state(job) == PROCESS_RUNNING)
        reap(0);
    int status = job_status(job), wait_status = last_wait_status(job);
    if (job->group)
        take_terminal_back(WIFEXITED(wait_status));
    if (job_state(job) == PROCESS_STOPPED) {
        give_id(job);
        job->changed = false;
        err_string("\n");
        job_print(job, false, false);
        out_flush();
        return status;
    }
    report_signal(job);
    bool interrupted = job->group && WIFSIGNALED(wait_status) && WTERMSIG(wait_status) == SIGINT;
    job_free(job);
    if (interrupted && sh.prompt)
        sh_abort(status);
    return status;
}

void job_continue(struct job *job, bool foreground, int *status)
{
    if (foreground)
        give_terminal(job->group);
    for (int i = 0; i < job->count; i++)
        if (job->processes[i].state == PROCESS_STOPPED)
            job->processes[i].state = PROCESS_RUNNING;
    give_id(job);
    kill(job->group ? -job->group : job_last_pid(job), SIGCONT);
    if (foreground)
        *status = job_wait(job);
}

void job_report(void)
{
    job_poll();
    for (struct job *job = job_next(NULL), *next; job; job = next) {
        next = job_next(job);
        if (job->changed && job_state(job) != PROCESS_RUNNING) {
            job_print(job, false, false);
            out_flush();
        }
        job->changed = false;
        if (job_state(job) == PROCESS_DONE)
            job_free(job);
    }
}
