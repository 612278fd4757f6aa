// SPDX-License-Identifier: ISC
#pragma once

#include <abi/fcntl.h>
#include <abi/types.h>

#define STDIN_FILENO  0
#define STDOUT_FILENO 1
#define STDERR_FILENO 2

#ifndef NULL
#define NULL ((void *)0)
#endif

#define _POSIX_VERSION         200809L
#define _POSIX_THREADS         200809L
#define _POSIX_JOB_CONTROL     1
#define _POSIX_MONOTONIC_CLOCK 200809L

// sysconf: the numbers are glibc's, so that they can be compared
#define _SC_ARG_MAX          0
#define _SC_CHILD_MAX        1
#define _SC_CLK_TCK          2
#define _SC_NGROUPS_MAX      3
#define _SC_OPEN_MAX         4
#define _SC_PAGESIZE         30
#define _SC_PAGE_SIZE        _SC_PAGESIZE
#define _SC_IOV_MAX          60
#define _SC_GETPW_R_SIZE_MAX 70
#define _SC_NPROCESSORS_CONF 83
#define _SC_NPROCESSORS_ONLN 84
#define _SC_PHYS_PAGES       85
#define _SC_AVPHYS_PAGES     86
#define _SC_SYMLOOP_MAX      173
#define _SC_HOST_NAME_MAX    180

#define _PC_NAME_MAX 3
#define _PC_PATH_MAX 4
#define _PC_PIPE_BUF 5

int access(const char *path, int mode);
int faccessat(int dir, const char *path, int mode, int flags);
int euidaccess(const char *path, int mode);
unsigned alarm(unsigned seconds);
int brk(void *end);
void *sbrk(intptr_t change);
int chdir(const char *path);
int fchdir(int fd);
int chroot(const char *path);
int chown(const char *path, uid_t uid, gid_t gid);
int fchown(int fd, uid_t uid, gid_t gid);
int lchown(const char *path, uid_t uid, gid_t gid);
int fchownat(int dir, const char *path, uid_t uid, gid_t gid, int flags);
int close(int fd);
int close_range(unsigned first, unsigned last, int flags);
long confstr(int name, char *text, size_t size);
ssize_t copy_file_range(int in, off_t *in_offset, int out, off_t *out_offset, size_t size,
                        unsigned flags);
int dup(int fd);
int dup2(int fd, int to);
int dup3(int fd, int to, int flags);
_Noreturn void _exit(int status);
int execl(const char *path, const char *arg, ...);
int execle(const char *path, const char *arg, ...);
int execlp(const char *file, const char *arg, ...);
int execv(const char *path, char *const argv[]);
int execve(const char *path, char *const argv[], char *const envp[]);
int execvp(const char *file, char *const argv[]);
int execvpe(const char *file, char *const argv[], char *const envp[]);
int fexecve(int fd, char *const argv[], char *const envp[]);
int fsync(int fd);
int fdatasync(int fd);
void sync(void);
int syncfs(int fd);
int truncate(const char *path, off_t size);
int ftruncate(int fd, off_t size);
pid_t fork(void);
pid_t vfork(void) __attribute__((returns_twice));
char *getcwd(char *path, size_t size);
char *get_current_dir_name(void);
int getdomainname(char *name, size_t size);
int gethostname(char *name, size_t size);
int sethostname(const char *name, size_t size);
char *getlogin(void);
int getpagesize(void);
pid_t getpid(void);
pid_t getppid(void);
pid_t gettid(void);
pid_t getpgid(pid_t pid);
pid_t getpgrp(void);
pid_t getsid(pid_t pid);
int setpgid(pid_t pid, pid_t group);
int setpgrp(void);
pid_t setsid(void);
uid_t getuid(void);
uid_t geteuid(void);
gid_t getgid(void);
gid_t getegid(void);
int getgroups(int size, gid_t list[]);
int setuid(uid_t uid);
int seteuid(uid_t uid);
int setgid(gid_t gid);
int setegid(gid_t gid);
int setreuid(uid_t real, uid_t effective);
int setregid(gid_t real, gid_t effective);
int setresuid(uid_t real, uid_t effective, uid_t saved);
int setresgid(gid_t real, gid_t effective, gid_t saved);
int getresuid(uid_t *real, uid_t *effective, uid_t *saved);
int getresgid(gid_t *real, gid_t *effective, gid_t *saved);
int getentropy(void *data, size_t size);
int isatty(int fd);
char *ttyname(int fd);
int ttyname_r(int fd, char *name, size_t size);
char *ctermid(char *name);
int link(const char *from, const char *to);
int linkat(int from_dir, const char *from, int to_dir, const char *to, int flags);
int symlink(const char *target, const char *path);
int symlinkat(const char *target, int dir, const char *path);
ssize_t readlink(const char *restrict path, char *restrict target, size_t size);
ssize_t readlinkat(int dir, const char *restrict path, char *restrict target, size_t size);
int unlink(const char *path);
int unlinkat(int dir, const char *path, int flags);
int rmdir(const char *path);
int lockf(int fd, int command, off_t size);
off_t lseek(int fd, off_t offset, int whence);
int nice(int change);
long pathconf(const char *path, int name);
long fpathconf(int fd, int name);
int pause(void);
int pipe(int fd[2]);
int pipe2(int fd[2], int flags);
ssize_t pread(int fd, void *data, size_t size, off_t offset);
ssize_t pwrite(int fd, const void *data, size_t size, off_t offset);
ssize_t read(int fd, void *data, size_t size);
ssize_t write(int fd, const void *data, size_t size);
unsigned sleep(unsigned seconds);
int usleep(useconds_t microseconds);
long syscall(long number, ...);
long sysconf(int name);
pid_t tcgetpgrp(int fd);
int tcsetpgrp(int fd, pid_t group);
int acct(const char *path);
int vhangup(void);
int daemon(int keep_directory, int keep_files);

#define F_ULOCK 0
#define F_LOCK  1
#define F_TLOCK 2
#define F_TEST  3

extern char **environ;
extern char *optarg;
extern int optind, opterr, optopt;
int getopt(int argc, char *const argv[], const char *options);
