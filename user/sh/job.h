// SPDX-License-Identifier: ISC
#ifndef SH_JOB_H
#define SH_JOB_H

#include <stdbool.h>
#include <sys/types.h>

enum process_state { PROCESS_RUNNING, PROCESS_STOPPED, PROCESS_DONE };

// A job is the processes of one pipeline. It is in the list from job_new until it has been waited
// for; it has an id, and shows in `jobs`, once it is in the background or stopped.
struct job {
    struct job *next;
    int id;
    pid_t group; // 0 without job control
    struct process *processes;
    int count;
    char *text;
    bool changed;       // a change of state not yet reported
    unsigned long used; // when it was last stopped or put in the background
};

enum job_place {
    JOB_FOREGROUND,
    JOB_BACKGROUND,
    JOB_INSIDE, // a command substitution: in the shell's own process group
};

struct job *job_new(const char *text);
// Starts a process of the job: 0 in the child, which is a subshell; -1 after a message.
pid_t job_fork(struct job *job, enum job_place place);
pid_t job_fork_helper(void); // the same for a child that belongs to no job
// After job_fork failed: what runs already goes on in the background. The result is the status.
int job_abandon(struct job *job);
int job_wait(struct job *job);           // in the foreground, to its end or stop: its status
void job_leave_running(struct job *job); // as a background job
void job_continue(struct job *job, bool foreground, int *status);
void job_report(void); // reaps, and says what ended; before a prompt
void job_set_monitor(bool on);
void job_become_subshell(void);
void job_forget_inherited(void); // what `jobs` shows in a subshell are jobs of its parent
void job_give_terminal_back(void); // when the shell ends
void job_free(struct job *job);
bool job_any_stopped(void);

// For the built-ins.
enum process_state job_state(const struct job *job);
int job_status(const struct job *job);  // as in $?
struct job *job_find(const char *spec); // %1 %% %+ %- %text; NULL after a message
struct job *job_find_process(pid_t pid);
struct job *job_next(struct job *job); // NULL gives the first; only those with an id
void job_print(const struct job *job, bool long_form, bool only_pid);
bool job_poll(void); // takes in what happened, without waiting: whether a child changed
pid_t job_last_pid(const struct job *job);

#endif
