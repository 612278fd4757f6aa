// SPDX-License-Identifier: ISC
// posix_spawn: vfork, the requested changes in the child, exec.
//
// The child shares all memory with its parent until it execs, so an error comes back in a plain
// variable. All signals are blocked meanwhile, so that no handler of the parent's runs in the
// child.
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

struct spawn_action {
    enum { ACTION_OPEN, ACTION_DUP2, ACTION_CLOSE } kind;
    int fd, to;
    int flags;
    mode_t mode;
    struct spawn_action *next;
    char path[];
};

static int act(const struct spawn_action *action)
{
    if (action->kind == ACTION_CLOSE) {
        close(action->fd);
        return 0;
    }
    if (action->kind == ACTION_OPEN) {
        int fd = open(action->path, action->flags, action->mode);
        if (fd < 0 || fd == action->fd)
            return fd;
        int result = dup2(fd, action->fd);
        close(fd);
        return result;
    }
    if (action->fd == action->to) // must survive the exec
        return fcntl(action->fd, F_SETFD, 0);
    return dup2(action->fd, action->to);
}

// In the child. Returns only where something failed, with errno set.
static void child(const char *file, int search, const posix_spawn_file_actions_t *actions,
                  const posix_spawnattr_t *attr, char *const argv[], char *const envp[],
                  const sigset_t *mask)
{
    int flags = attr != NULL ? attr->flags : 0;
    struct sigaction now, defaults = {.sa_handler = SIG_DFL};
    for (int sig = 1; sig < _NSIG; sig++) {
        int wanted = (flags & POSIX_SPAWN_SETSIGDEF) && sigismember(&attr->defaults, sig) == 1;
        // A handler must not run in the shared memory once the mask is opened.
        if (wanted || (sigaction(sig, NULL, &now) == 0 && now.sa_handler != SIG_IGN &&
                       now.sa_handler != SIG_DFL))
            sigaction(sig, &defaults, NULL);
    }
    if ((flags & POSIX_SPAWN_SETSID) && setsid() < 0)
        return;
    if ((flags & POSIX_SPAWN_SETPGROUP) && setpgid(0, attr->group) != 0)
        return;
    if ((flags & POSIX_SPAWN_RESETIDS) && (setegid(getgid()) != 0 || seteuid(getuid()) != 0))
        return;
    for (const struct spawn_action *action = actions != NULL ? actions->first : NULL;
         action != NULL; action = action->next)
        if (act(action) < 0)
            return;
    sigprocmask(SIG_SETMASK, flags & POSIX_SPAWN_SETSIGMASK ? &attr->mask : mask, NULL);
    if (search)
        execvpe(file, argv, envp);
    else
        execve(file, argv, envp);
}

static int spawn(pid_t *pid, const char *file, int search,
                 const posix_spawn_file_actions_t *actions, const posix_spawnattr_t *attr,
                 char *const argv[], char *const envp[])
{
    sigset_t all = ~0UL, mask;
    volatile int error = 0;
    int saved = errno;
    sigprocmask(SIG_BLOCK, &all, &mask);
    pid_t result = vfork();
    if (result == 0) {
        child(file, search, actions, attr, argv, envp, &mask);
        error = errno;
        _exit(127);
    }
    if (result < 0)
        error = errno;
    else if (error != 0)
        while (waitpid(result, NULL, 0) < 0 && errno == EINTR)
            continue;
    sigprocmask(SIG_SETMASK, &mask, NULL);
    errno = saved;
    if (error == 0 && pid != NULL)
        *pid = result;
    return error;
}

int posix_spawn(pid_t *restrict pid, const char *restrict path,
                const posix_spawn_file_actions_t *actions, const posix_spawnattr_t *restrict attr,
                char *const argv[restrict], char *const envp[restrict])
{
    return spawn(pid, path, 0, actions, attr, argv, envp);
}

int posix_spawnp(pid_t *restrict pid, const char *restrict file,
                 const posix_spawn_file_actions_t *actions, const posix_spawnattr_t *restrict attr,
                 char *const argv[restrict], char *const envp[restrict])
{
    return spawn(pid, file, 1, actions, attr, argv, envp);
}

int posix_spawnattr_init(posix_spawnattr_t *attr)
{
    *attr = (posix_spawnattr_t){0};
    return 0;
}

int posix_spawnattr_destroy(posix_spawnattr_t *attr)
{
    (void)attr;
    return 0;
}

int posix_spawnattr_setflags(posix_spawnattr_t *attr, short flags)
{
    attr->flags = flags;
    return 0;
}

int posix_spawnattr_setpgroup(posix_spawnattr_t *attr, pid_t group)
{
    attr->group = group;
    return 0;
}

int posix_spawnattr_setsigmask(posix_spawnattr_t *restrict attr, const sigset_t *restrict mask)
{
    attr->mask = *mask;
    return 0;
}

int posix_spawnattr_setsigdefault(posix_spawnattr_t *restrict attr, const sigset_t *restrict set)
{
    attr->defaults = *set;
    return 0;
}

int posix_spawn_file_actions_init(posix_spawn_file_actions_t *actions)
{
    actions->first = NULL;
    return 0;
}

int posix_spawn_file_actions_destroy(posix_spawn_file_actions_t *actions)
{
    while (actions->first != NULL) {
        struct spawn_action *action = actions->first;
        actions->first = action->next;
        free(action);
    }
    return 0;
}

// Appends a copy: actions run in the order in which they were added.
static int add(posix_spawn_file_actions_t *actions, const struct spawn_action *model,
               const char *path)
{
    struct spawn_action *action = malloc(sizeof(*action) + strlen(path) + 1);
    if (action == NULL)
        return ENOMEM;
    *action = *model;
    strcpy(action->path, path);
    struct spawn_action **end = &actions->first;
    while (*end != NULL)
        end = &(*end)->next;
    *end = action;
    return 0;
}

int posix_spawn_file_actions_addopen(posix_spawn_file_actions_t *restrict actions, int fd,
                                     const char *restrict path, int flags, mode_t mode)
{
    struct spawn_action action = {.kind = ACTION_OPEN, .fd = fd, .flags = flags, .mode = mode};
    return fd < 0 ? EBADF : add(actions, &action, path);
}

int posix_spawn_file_actions_adddup2(posix_spawn_file_actions_t *actions, int fd, int to)
{
    struct spawn_action action = {.kind = ACTION_DUP2, .fd = fd, .to = to};
    return fd < 0 || to < 0 ? EBADF : add(actions, &action, "");
}

int posix_spawn_file_actions_addclose(posix_spawn_file_actions_t *actions, int fd)
{
    struct spawn_action action = {.kind = ACTION_CLOSE, .fd = fd};
    return fd < 0 ? EBADF : add(actions, &action, "");
}
