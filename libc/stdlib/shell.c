// SPDX-License-Identifier: ISC
// system: a command run by the shell, with SIGINT and SIGQUIT left to it.
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

int system(const char *command)
{
    if (command == NULL)
        return access("/bin/sh", X_OK) == 0;

    struct sigaction ignore = {.sa_handler = SIG_IGN}, old_int, old_quit;
    sigset_t mask, block = KSIGBIT(SIGCHLD);
    int status = -1;
    sigaction(SIGINT, &ignore, &old_int);
    sigaction(SIGQUIT, &ignore, &old_quit);
    sigprocmask(SIG_BLOCK, &block, &mask);

    pid_t pid = fork();
    if (pid == 0) {
        sigaction(SIGINT, &old_int, NULL);
        sigaction(SIGQUIT, &old_quit, NULL);
        sigprocmask(SIG_SETMASK, &mask, NULL);
        execl("/bin/sh", "sh", "-c", command, (char *)NULL);
        _exit(127);
    }
    if (pid > 0)
        while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
            continue;

    sigaction(SIGINT, &old_int, NULL);
    sigaction(SIGQUIT, &old_quit, NULL);
    sigprocmask(SIG_SETMASK, &mask, NULL);
    return status;
}
