// SPDX-License-Identifier: ISC
//
// Built-ins on jobs and processes: jobs fg bg wait kill.

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "builtin.h"
#include "common/signals.h"
#include "job.h"
#include "sh.h"

int builtin_jobs(int argc, char **argv)
{
    int i = 1;
    bool long_form = false, only_pid = false;
    for (; i < argc && argv[i][0] == '-'; i++) {
        long_form |= !!strchr(argv[i], 'l');
        only_pid |= !!strchr(argv[i], 'p');
    }
    job_poll();
    int status = 0;
    for (int j = i; j < argc; j++) {
        struct job *job = job_find(argv[j]);
        if (job)
            job_print(job, long_form, only_pid);
        else
            status = 2;
    }
    for (struct job *job = job_next(NULL), *next; job && i == argc; job = next) {
        next = job_next(job);
        job_print(job, long_form, only_pid);
        job->changed = false;
        if (job_state(job) == PROCESS_DONE && sh.options[OPT_INTERACTIVE])
            job_free(job);
    }
    return status;
}

int builtin_fg(int argc, char **argv)
{
    struct job *job = job_find(argc > 1 ? argv[1] : "%%");
    if (!job)
        return 2;
    if (!job->group) {
        sh_warn("fg: job not created under job control");
        return 2;
    }
    int status = 0;
    out_string(job->text);
    out_string("\n");
    out_flush();
    job_continue(job, true, &status);
    return status;
}

int builtin_bg(int argc, char **argv)
{
    for (int i = 1; i < argc || i == 1; i++) {
        struct job *job = job_find(argc > 1 ? argv[i] : "%%");
        if (!job)
            return 2;
        if (!job->group) {
            sh_warn("bg: job not created under job control");
            return 2;
        }
        out_format("[%d] ", job->id);
        out_string(job->text);
        out_string("\n");
        job_continue(job, false, NULL);
    }
    return 0;
}

// ---- wait

static void ignore_signal(int signal)
{
    (void)signal;
}

// sigsuspend returns for caught signals only: SIGCHLD must have a handler.
static void catch_children(void)
{
    struct sigaction action;
    if (sigaction(SIGCHLD, NULL, &action) < 0 || action.sa_handler != SIG_DFL)
        return;
    action = (struct sigaction){.sa_handler = ignore_signal, .sa_flags = SA_RESTART};
    sigemptyset(&action.sa_mask);
    sigaction(SIGCHLD, &action, NULL);
}

// Waits until a child changes or a trapped signal comes; false for the signal. All signals are
// blocked from the look at the children to the sleep: one that came between would otherwise be
// slept through.
static bool wait_for_change(void)
{
    sigset_t all, before;
    sigfillset(&all);
    sigprocmask(SIG_BLOCK, &all, &before);
    bool changed = false;
    while (!trap_pending() && !(changed = job_poll()))
        sigsuspend(&before);
    sigprocmask(SIG_SETMASK, &before, NULL);
    return changed;
}

// Waits for a job's end: false where a trapped signal came first, whose number + 128 is *status.
static bool wait_for(struct job *job, int *status)
{
    while (job_state(job) == PROCESS_RUNNING) {
        if (wait_for_change())
            continue;
        if (trap_take_interrupt())
            sh_abort(130);
        *status = 128 + trap_first_pending();
        trap_run_pending();
        return false;
    }
    *status = job_status(job);
    if (job_state(job) == PROCESS_DONE)
        job_free(job);
    return true;
}

static int wait_for_all(void)
{
    int status;
    for (struct job *job = job_next(NULL); job;) {
        struct job here = {.id = job->id};
        if (job_state(job) != PROCESS_STOPPED && !wait_for(job, &status))
            return status;
        job = job_next(&here);
    }
    return 0;
}

static struct job *find_target(const char *text)
{
    long pid;
    if (*text == '%')
        return job_find(text);
    return builtin_number(text, &pid) ? job_find_process((pid_t)pid) : NULL;
}

int builtin_wait(int argc, char **argv)
{
    catch_children();
    job_forget_inherited();
    if (argc == 1)
        return wait_for_all();
    int status = 0;
    for (int i = 1; i < argc; i++) {
        struct job *job = find_target(argv[i]);
        if (!job)
            status = 127;
        else if (!wait_for(job, &status))
            return status;
    }
    return status;
}

// ---- kill

static int list_signals(char **argv)
{
    if (!*argv) {
        for (int i = 1; i < NSIG; i++)
            if (signal_name(i))
                out_format("%s\n", signal_name(i));
        return 0;
    }
    for (; *argv; argv++) {
        long number;
        if (!builtin_number(*argv, &number))
            number = signal_number(*argv);
        const char *name = signal_name((int)(number > 128 ? number - 128 : number));
        if (!name)
            return builtin_error("kill: invalid signal number or exit status: %s", *argv);
        out_format("%s\n", name);
    }
    return 0;
}

static int send_signal(const char *target, int signal)
{
    long pid;
    struct job *job = NULL;
    if (*target == '%') {
        job = job_find(target);
        if (!job)
            return 1;
        pid = job->group ? -job->group : job_last_pid(job);
    } else if (!builtin_number(target, &pid)) {
        sh_warn("kill: Illegal number: %s", target);
        return 2;
    }
    if (kill((pid_t)pid, signal) < 0) {
        sh_warn("kill: %s: %s", target, strerror(errno));
        return 1;
    }
    // A stopped job has to run to be ended.
    if (job && job_state(job) == PROCESS_STOPPED && (signal == SIGTERM || signal == SIGHUP))
        kill((pid_t)pid, SIGCONT);
    return 0;
}

int builtin_kill(int argc, char **argv)
{
    int signal = SIGTERM, i = 1;
    if (argc > 1 && strcmp(argv[1], "-l") == 0)
        return list_signals(argv + 2);
    if (argc > 2 && strcmp(argv[1], "-s") == 0) {
        signal = strcmp(argv[2], "0") == 0 ? 0 : signal_number(argv[2]);
        i = 3;
    } else if (argc > 1 && argv[1][0] == '-' && argv[1][1] && strcmp(argv[1], "--") != 0) {
        signal = signal_number(argv[1] + 1);
        i = 2;
    }
    if (signal < 0)
        return builtin_error("kill: invalid signal number or name: %s", argv[i - 1]);
    if (i < argc && strcmp(argv[i], "--") == 0)
        i++;
    if (i == argc)
        return builtin_error("kill: usage: kill [-s sigspec | -signum | -sigspec] [pid | job]...");
    int status = 0;
    for (; i < argc; i++) {
        int failed = send_signal(argv[i], signal);
        status = failed ? failed : status;
    }
    return status;
}
