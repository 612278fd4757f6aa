// SPDX-License-Identifier: ISC
// Tests of what libc adds to processes: exec by path, spawn, directories, semaphores by name.
#define _GNU_SOURCE
#include <dirent.h>
#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <semaphore.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "harness.h"

extern char **environ;

static int wait_status(pid_t pid)
{
    int status;
    CHECK_EQ(waitpid(pid, &status, 0), pid);
    return status;
}

TEST(exec_path, "execvp looks along PATH, and tells what was wrong")
{
    pid_t pid = fork();
    if (pid == 0) {
        execlp("sh", "sh", "-c", "exit 9", (char *)NULL);
        _exit(1);
    }
    CHECK_EQ(WEXITSTATUS(wait_status(pid)), 9);
    CHECK_ERR(execlp("no-such-program", "x", (char *)NULL), ENOENT);
    CHECK_ERR(execlp("", "x", (char *)NULL), ENOENT);
    CHECK_ERR(execl("/tmp", "x", (char *)NULL), EACCES);
    pid = fork();
    if (pid == 0) {
        char *envp[] = {"GREETING=hello", NULL};
        execle("/bin/sh", "sh", "-c", "test \"$GREETING\" = hello", (char *)NULL, envp);
        _exit(1);
    }
    CHECK_EQ(wait_status(pid), 0);
}

TEST(exec_script, "execvp gives a file without a magic number to the shell")
{
    char path[] = "/tmp/libc_XXXXXX";
    int fd = mkstemp(path);
    CHECK_EQ(write(fd, "exit $1\n", 8), 8);
    CHECK(fchmod(fd, 0700) == 0 && close(fd) == 0);
    pid_t pid = fork();
    if (pid == 0) {
        execlp(path, path, "6", (char *)NULL);
        _exit(1);
    }
    CHECK_EQ(WEXITSTATUS(wait_status(pid)), 6);
    unlink(path);
}

TEST(spawning, "posix_spawn runs a program with its file actions, or tells the error")
{
    posix_spawn_file_actions_t actions;
    posix_spawnattr_t attr;
    char *argv[] = {"sh", "-c", "echo spawned; test $(ulimit -c) || :", NULL}, text[32] = "";
    int fd[2];
    pid_t pid;
    CHECK_EQ(pipe(fd), 0);
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_adddup2(&actions, fd[1], 1);
    posix_spawn_file_actions_addclose(&actions, fd[0]);
    posix_spawnattr_init(&attr);
    posix_spawnattr_setflags(&attr, POSIX_SPAWN_SETPGROUP);
    argv[2] = "echo spawned";
    CHECK_EQ(posix_spawnp(&pid, "sh", &actions, &attr, argv, environ), 0);
    close(fd[1]);
    CHECK_EQ(read(fd[0], text, sizeof(text)), 8);
    CHECK(strcmp(text, "spawned\n") == 0);
    CHECK_EQ(wait_status(pid), 0);
    CHECK_EQ(posix_spawn(&pid, "/no/such/program", NULL, NULL, argv, environ), ENOENT);
    CHECK_ERR(waitpid(-1, NULL, 0), ECHILD);
    posix_spawn_file_actions_destroy(&actions);
}

static int not_dots(const struct dirent *entry)
{
    return strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0;
}

TEST(directories, "readdir gives every name once; rewinding starts again; scandir sorts")
{
    char dir[] = "/tmp/libc_XXXXXX", name[16];
    int seen[300] = {0}, count = 0, number;
    CHECK(mkdtemp(dir) != NULL && chdir(dir) == 0);
    for (int i = 0; i < 300; i++) {
        snprintf(name, sizeof(name), "f%03d", i);
        CHECK_EQ(close(open(name, O_CREAT | O_WRONLY, 0600)), 0);
    }
    DIR *open_dir = opendir(".");
    CHECK(open_dir != NULL);
    for (int round = 0; round < 2; round++) {
        for (struct dirent *entry; (entry = readdir(open_dir)) != NULL;)
            if (sscanf(entry->d_name, "f%d", &number) == 1)
                seen[number]++;
        rewinddir(open_dir);
    }
    CHECK_EQ(closedir(open_dir), 0);
    for (int i = 0; i < 300; i++)
        CHECK_EQ(seen[i], 2);
    struct dirent **list;
    count = scandir(".", &list, not_dots, alphasort);
    CHECK_EQ(count, 300);
    for (int i = 0; i < count; i++) {
        snprintf(name, sizeof(name), "f%03d", i);
        CHECK(strcmp(list[i]->d_name, name) == 0);
        CHECK_EQ(unlink(name), 0);
        free(list[i]);
    }
    free(list);
    CHECK(opendir("no-such-directory") == NULL && errno == ENOENT);
    CHECK_EQ(chdir("/"), 0);
    rmdir(dir);
}

TEST(named_semaphores, "two processes meet at a semaphore by its name")
{
    char name[32];
    snprintf(name, sizeof(name), "/libc-test-%d", (int)getpid());
    sem_t *sem = sem_open(name, O_CREAT | O_EXCL, 0600, 0);
    CHECK(sem != SEM_FAILED);
    CHECK(sem_open(name, O_CREAT | O_EXCL, 0600, 0) == SEM_FAILED && errno == EEXIST);
    CHECK(sem_open(name, 0) == sem);
    pid_t pid = fork();
    if (pid == 0) {
        sem_t *again = sem_open(name, 0);
        _exit(again == SEM_FAILED || sem_post(again) != 0);
    }
    CHECK_EQ(sem_wait(sem), 0);
    CHECK_EQ(wait_status(pid), 0);
    CHECK(sem_close(sem) == 0 && sem_close(sem) == 0 && sem_unlink(name) == 0);
    CHECK(sem_open(name, 0) == SEM_FAILED && errno == ENOENT);
    CHECK_ERR(sem_unlink(name), ENOENT);
}

TEST(shared_semaphores, "an unnamed semaphore in shared memory works between processes")
{
    sem_t *sems =
        mmap(NULL, 2 * sizeof(sem_t), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    CHECK(sems != MAP_FAILED && sem_init(&sems[0], 1, 0) == 0 && sem_init(&sems[1], 1, 0) == 0);
    pid_t pid = fork();
    if (pid == 0) {
        for (int i = 0; i < 500; i++)
            if (sem_wait(&sems[0]) != 0 || sem_post(&sems[1]) != 0)
                _exit(1);
        _exit(0);
    }
    for (int i = 0; i < 500; i++)
        CHECK(sem_post(&sems[0]) == 0 && sem_wait(&sems[1]) == 0);
    CHECK_EQ(wait_status(pid), 0);
}

TEST(start_up, "auxiliary vector, constructors and program name are there")
{
    CHECK_EQ(getauxval(AT_PAGESZ), 4096);
    CHECK(getauxval(AT_PHDR) != 0 && getauxval(AT_RANDOM) != 0);
    CHECK(strcmp(program_invocation_short_name, "libc_process") == 0);
}

static int constructed;

__attribute__((constructor)) static void construct(void)
{
    constructed = 1;
}

TEST(constructors, "functions marked so run before main")
{
    CHECK_EQ(constructed, 1);
}
