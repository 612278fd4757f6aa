// SPDX-License-Identifier: ISC
// The exec family: all of it ends in execve.
#include <errno.h>
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "internal/syscall.h"

int execve(const char *path, char *const argv[], char *const envp[])
{
    return (int)__syscall_ret(SYS3(SYS_execve, path, argv, envp));
}

int execv(const char *path, char *const argv[])
{
    return execve(path, argv, environ);
}

int execvp(const char *file, char *const argv[])
{
    return execvpe(file, argv, environ);
}

int fexecve(int fd, char *const argv[], char *const envp[])
{
    return (int)__syscall_ret(SYS5(SYS_execveat, fd, "", argv, envp, 0x1000 /* AT_EMPTY_PATH */));
}

// A file that the kernel does not know how to run is a script for the shell.
static void exec_or_script(const char *path, char *const argv[], char *const envp[])
{
    execve(path, argv, envp);
    if (errno != ENOEXEC)
        return;
    size_t count = 0;
    while (argv[count] != NULL)
        count++;
    char *with_shell[count + 3];
    with_shell[0] = "/bin/sh";
    with_shell[1] = (char *)path;
    for (size_t i = 1; i < count; i++)
        with_shell[i + 1] = argv[i];
    with_shell[count > 0 ? count + 1 : 2] = NULL;
    execve(with_shell[0], with_shell, envp);
    errno = ENOEXEC;
}

// Tries each directory of PATH. "Permission denied" on the way is remembered, since it says more
// than the "no such file" of the last directory. Uses no malloc: it runs in vfork's children.
int execvpe(const char *file, char *const argv[], char *const envp[])
{
    if (*file == '\0') {
        errno = ENOENT;
        return -1;
    }
    if (strchr(file, '/') != NULL) {
        exec_or_script(file, argv, envp);
        return -1;
    }
    const char *path = getenv("PATH");
    if (path == NULL)
        path = "/bin:/usr/bin";
    int denied = 0;
    for (;;) {
        char full[PATH_MAX];
        size_t length = strcspn(path, ":");
        if (length + strlen(file) + 2 <= sizeof(full)) {
            memcpy(full, path, length);
            if (length > 0)
                full[length] = '/';
            strcpy(full + length + (length > 0), file);
            exec_or_script(full, argv, envp);
            if (errno == EACCES)
                denied = 1;
            else if (errno != ENOENT && errno != ENOTDIR)
                return -1;
        }
        if (path[length] == '\0')
            break;
        path += length + 1;
    }
    errno = denied ? EACCES : ENOENT;
    return -1;
}

// How many arguments there are from `first` up to the NULL.
static size_t count_args(const char *first, va_list args)
{
    size_t count = 0;
    for (const char *arg = first; arg != NULL; arg = va_arg(args, char *))
        count++;
    return count;
}

// Copies them with the NULL; `args` then stands behind it.
static void collect_args(char **argv, const char *first, va_list *args)
{
    *argv = (char *)first;
    while (*argv++ != NULL)
        *argv = va_arg(*args, char *);
}

int execl(const char *path, const char *arg, ...)
{
    va_list args;
    va_start(args, arg);
    size_t count = count_args(arg, args);
    va_end(args);
    char *argv[count + 1];
    va_start(args, arg);
    collect_args(argv, arg, &args);
    va_end(args);
    return execve(path, argv, environ);
}

int execlp(const char *file, const char *arg, ...)
{
    va_list args;
    va_start(args, arg);
    size_t count = count_args(arg, args);
    va_end(args);
    char *argv[count + 1];
    va_start(args, arg);
    collect_args(argv, arg, &args);
    va_end(args);
    return execvpe(file, argv, environ);
}

int execle(const char *path, const char *arg, ...)
{
    va_list args;
    va_start(args, arg);
    size_t count = count_args(arg, args);
    va_end(args);
    char *argv[count + 1];
    va_start(args, arg);
    collect_args(argv, arg, &args);
    char **envp = va_arg(args, char **);
    va_end(args);
    return execve(path, argv, envp);
}
