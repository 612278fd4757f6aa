// SPDX-License-Identifier: ISC
//
// Trees of files: copying and removing them.

#include "common/files.h"

#include <dirent.h>
#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/io.h"

char *path_join(const char *directory, const char *name)
{
    size_t length = strlen(directory);
    while (length > 1 && directory[length - 1] == '/')
        length--;
    size_t size = length + strlen(name) + 2;
    char *path = malloc(size);
    if (!path)
        err(1, NULL);
    bool root = length == 1 && directory[0] == '/';
    snprintf(path, size, "%.*s/%s", root ? 0 : (int)length, directory, name);
    return path;
}

char *path_base(const char *path)
{
    size_t end = strlen(path);
    while (end > 1 && path[end - 1] == '/')
        end--;
    size_t start = end;
    while (start > 0 && path[start - 1] != '/')
        start--;
    char *base = strndup(path + start, end - start);
    if (!base)
        err(1, NULL);
    return base;
}

bool path_is_directory(const char *path)
{
    struct stat status;
    return stat(path, &status) == 0 && S_ISDIR(status.st_mode);
}

bool ask(const char *question, const char *path)
{
    char answer[64];
    fprintf(stderr, "%s '%s'? ", question, path);
    return fgets(answer, sizeof answer, stdin) && (answer[0] == 'y' || answer[0] == 'Y');
}

int for_each_target(char **operands, int count,
                    bool (*act)(const char *, const char *, const void *), const void *how)
{
    const char *target = operands[count - 1];
    bool into = path_is_directory(target);
    if (count > 2 && !into) {
        errno = ENOTDIR;
        err(1, "target '%s'", target);
    }
    int status = 0;
    for (int i = 0; i < count - 1; i++) {
        char *base = into ? path_base(operands[i]) : NULL;
        char *path = into ? path_join(target, base) : NULL;
        if (!act(operands[i], into ? path : target, how))
            status = 1;
        free(base);
        free(path);
    }
    return status;
}

// Calls `act` for each entry of a directory. The names are read first: `act` may remove entries,
// or add some below.
static bool for_each_entry(const char *path, bool (*act)(const char *, const void *),
                           const void *argument)
{
    DIR *directory = opendir(path);
    if (!directory) {
        warn("cannot open directory '%s'", path);
        return false;
    }
    char **names = NULL;
    size_t count = 0;
    const struct dirent *entry;
    while ((entry = readdir(directory))) {
        if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0)
            continue;
        if (count % 64 == 0 && !(names = realloc(names, (count + 64) * sizeof *names)))
            err(1, NULL);
        if (!(names[count++] = strdup(entry->d_name)))
            err(1, NULL);
    }
    closedir(directory);
    bool ok = true;
    for (size_t i = 0; i < count; i++) {
        ok &= act(names[i], argument);
        free(names[i]);
    }
    free(names);
    return ok;
}

// ---- removing

struct removing {
    const char *directory;
    bool force, verbose;
};

static bool remove_entry(const char *name, const void *argument)
{
    const struct removing *removing = argument;
    char *path = path_join(removing->directory, name);
    bool ok = remove_tree(path, removing->force, removing->verbose);
    free(path);
    return ok;
}

bool remove_tree(const char *path, bool force, bool verbose)
{
    struct stat status;
    if (lstat(path, &status) < 0) {
        if (force && errno == ENOENT)
            return true;
        warn("cannot remove '%s'", path);
        return false;
    }
    bool directory = S_ISDIR(status.st_mode);
    struct removing removing = {path, force, verbose};
    if (directory && !for_each_entry(path, remove_entry, &removing))
        return false;
    if ((directory ? rmdir(path) : unlink(path)) < 0) {
        warn("cannot remove '%s'", path);
        return false;
    }
    if (verbose)
        printf("removed %s'%s'\n", directory ? "directory " : "", path);
    return true;
}

// ---- copying

struct copying_entry {
    const char *from, *to;
    const struct copying *how;
};

static bool copy_entry(const char *name, const void *argument)
{
    const struct copying_entry *entry = argument;
    char *from = path_join(entry->from, name), *to = path_join(entry->to, name);
    bool ok = copy_tree(from, to, entry->how);
    free(from);
    free(to);
    return ok;
}

static bool preserve(const char *to, const struct stat *status, bool link)
{
    struct timespec times[2] = {status->st_atim, status->st_mtim};
    int flags = link ? AT_SYMLINK_NOFOLLOW : 0;
    bool ok = utimensat(AT_FDCWD, to, times, flags) == 0;
    ok &= fchownat(AT_FDCWD, to, status->st_uid, status->st_gid, flags) == 0 || errno == EPERM;
    if (!link)
        ok &= chmod(to, status->st_mode & 07777) == 0;
    if (!ok)
        warn("cannot preserve the attributes of '%s'", to);
    return ok;
}

static bool copy_directory(const char *from, const char *to, const struct stat *status,
                           const struct copying *how)
{
    if (!how->recursive) {
        warnx("-r not specified; omitting directory '%s'", from);
        return false;
    }
    // Writable for us while it is being filled.
    if (mkdir(to, (status->st_mode & 0777) | 0700) < 0 &&
        (errno != EEXIST || !path_is_directory(to))) {
        warn("cannot create directory '%s'", to);
        return false;
    }
    struct copying_entry entry = {from, to, how};
    return for_each_entry(from, copy_entry, &entry);
}

static bool copy_link(const char *from, const char *to)
{
    char target[4096];
    ssize_t length = readlink(from, target, sizeof target - 1);
    if (length >= 0) {
        target[length] = '\0';
        unlink(to);
        if (symlink(target, to) == 0)
            return true;
    }
    warn("cannot copy the link '%s'", from);
    return false;
}

static bool copy_special(const char *from, const char *to, const struct stat *status)
{
    if (mknod(to, status->st_mode, status->st_rdev) == 0)
        return true;
    warn("cannot create special file '%s' as '%s'", to, from);
    return false;
}

static int create(const char *to, mode_t mode, bool force)
{
    int fd = open(to, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, mode);
    if (fd < 0 && force && unlink(to) == 0)
        fd = open(to, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, mode);
    return fd;
}

static bool copy_regular(const char *from, const char *to, const struct stat *status,
                         const struct copying *how)
{
    int in = input_open(from);
    if (in < 0)
        return false;
    int out = create(to, status->st_mode & 0777, how->force);
    bool ok = out >= 0 && copy_all(in, out);
    if (out < 0)
        warn("cannot create '%s'", to);
    else if (!ok)
        warn("error copying '%s' to '%s'", from, to);
    if (out >= 0 && close(out) < 0) {
        warn("%s", to);
        ok = false;
    }
    input_close(in);
    return ok;
}

// Whether to go on where the target exists.
static bool may_replace(const char *from, const char *to, const struct stat *status,
                        const struct copying *how, bool *failed)
{
    struct stat old;
    if (stat(to, &old) < 0 || S_ISDIR(status->st_mode))
        return true;
    if (old.st_dev == status->st_dev && old.st_ino == status->st_ino) {
        warnx("'%s' and '%s' are the same file", from, to);
        *failed = true;
        return false;
    }
    if (S_ISDIR(old.st_mode)) {
        warnx("cannot overwrite directory '%s' with non-directory", to);
        *failed = true;
        return false;
    }
    if (how->update && old.st_mtim.tv_sec >= status->st_mtim.tv_sec)
        return false;
    return !how->interactive || ask("cp: overwrite", to);
}

bool copy_tree(const char *from, const char *to, const struct copying *how)
{
    struct stat status;
    if ((how->follow ? stat : lstat)(from, &status) < 0) {
        warn("cannot stat '%s'", from);
        return false;
    }
    bool failed = false, ok;
    if (!may_replace(from, to, &status, how, &failed))
        return !failed;
    if (how->verbose)
        printf("'%s' -> '%s'\n", from, to);
    if (S_ISDIR(status.st_mode))
        ok = copy_directory(from, to, &status, how);
    else if (S_ISLNK(status.st_mode))
        ok = copy_link(from, to);
    else if (S_ISREG(status.st_mode) || !how->recursive)
        ok = copy_regular(from, to, &status, how);
    else
        ok = copy_special(from, to, &status);
    if (ok && how->preserve)
        ok = preserve(to, &status, S_ISLNK(status.st_mode));
    return ok;
}
