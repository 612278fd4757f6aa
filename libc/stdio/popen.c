// SPDX-License-Identifier: ISC
// popen: a stream to or from a shell command. tmpfile.
#include <errno.h>
#include <fcntl.h>
#include <spawn.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "stdio/file.h"

FILE *popen(const char *command, const char *mode)
{
    int ends[2];
    if (*mode != 'r' && *mode != 'w') {
        errno = EINVAL;
        return NULL;
    }
    if (pipe2(ends, O_CLOEXEC) != 0)
        return NULL;
    int reading = *mode == 'r', ours = ends[reading ? 0 : 1], theirs = ends[reading ? 1 : 0];
    FILE *file = __file_new(NULL, NULL, ours, reading ? FILE_READ : FILE_WRITE);
    pid_t pid = file != NULL ? fork() : -1;
    if (pid == 0) {
        int to = reading ? 1 : 0;
        if (theirs == to) // the number is right already, but must survive the exec
            fcntl(theirs, F_SETFD, 0);
        else
            dup2(theirs, to);
        execl("/bin/sh", "sh", "-c", command, (char *)NULL);
        _exit(127);
    }
    close(theirs);
    if (pid < 0) {
        if (file != NULL)
            __file_remove(file);
        close(ours);
        return NULL;
    }
    if (strchr(mode, 'e') == NULL)
        fcntl(ours, F_SETFD, 0);
    file->child = pid;
    return file;
}

int pclose(FILE *file)
{
    pid_t pid = file->child;
    int status;
    fclose(file);
    while (waitpid(pid, &status, 0) < 0)
        if (errno != EINTR)
            return -1;
    return status;
}

// The name is gone before anyone can use it.
FILE *tmpfile(void)
{
    char path[] = P_tmpdir "/tmpfile.XXXXXX";
    int fd = mkstemp(path);
    if (fd < 0)
        return NULL;
    unlink(path);
    FILE *file = fdopen(fd, "w+");
    if (file == NULL)
        close(fd);
    return file;
}
