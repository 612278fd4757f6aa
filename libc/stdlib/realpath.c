// SPDX-License-Identifier: ISC
// realpath: an absolute path without links, "." and "..".
#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct resolve {
    char done[PATH_MAX]; // resolved so far, without a slash at the end
    size_t length;
    char rest[PATH_MAX]; // still to be resolved
    int links;
};

static int fail(int error)
{
    errno = error;
    return -1;
}

// Puts the target of a link before what is left of the path.
static int follow(struct resolve *resolve, const char *rest)
{
    char target[PATH_MAX];
    ssize_t length = readlink(resolve->done, target, sizeof(target));
    if (length < 0)
        return -1;
    size_t rest_length = strlen(rest);
    if (++resolve->links > SYMLOOP_MAX)
        return fail(ELOOP);
    if ((size_t)length + rest_length + 1 > sizeof(target))
        return fail(ENAMETOOLONG);
    memcpy(target + length, rest, rest_length + 1);
    strcpy(resolve->rest, target);
    return 0;
}

static void remove_last(struct resolve *resolve)
{
    while (resolve->length > 0 && resolve->done[--resolve->length] != '/')
        continue;
    resolve->done[resolve->length] = '\0';
}

static int step(struct resolve *resolve)
{
    const char *name = resolve->rest + strspn(resolve->rest, "/");
    size_t length = strcspn(name, "/");
    if (length == 0 || (length == 1 && *name == '.')) {
        memmove(resolve->rest, name + length, strlen(name + length) + 1);
        return 0;
    }
    if (length == 2 && name[0] == '.' && name[1] == '.') {
        remove_last(resolve);
        memmove(resolve->rest, name + 2, strlen(name + 2) + 1);
        return 0;
    }
    if (resolve->length + length + 2 > PATH_MAX)
        return fail(ENAMETOOLONG);
    size_t before = resolve->length;
    resolve->done[resolve->length] = '/';
    memcpy(resolve->done + resolve->length + 1, name, length);
    resolve->length += length + 1;
    resolve->done[resolve->length] = '\0';
    if (follow(resolve, name + length) == 0) {
        resolve->length = resolve->rest[0] == '/' ? 0 : before;
        resolve->done[resolve->length] = '\0';
        return 0;
    }
    if (errno != EINVAL) // EINVAL: not a link
        return -1;
    memmove(resolve->rest, name + length, strlen(name + length) + 1);
    return 0;
}

char *realpath(const char *restrict path, char *restrict resolved)
{
    struct resolve resolve = {.length = 0};
    if (path == NULL || *path == '\0') {
        errno = path == NULL ? EINVAL : ENOENT;
        return NULL;
    }
    if (strlen(path) >= PATH_MAX) {
        errno = ENAMETOOLONG;
        return NULL;
    }
    strcpy(resolve.rest, path);
    if (*path != '/') {
        if (getcwd(resolve.done, sizeof(resolve.done)) == NULL)
            return NULL;
        resolve.length = strlen(resolve.done);
        if (resolve.length == 1)
            resolve.length = 0;
    }
    int saved = errno;
    while (resolve.rest[0] != '\0') {
        // Only a directory may be followed by more; "file/" and "file/." are errors.
        if (resolve.length > 0 && access(resolve.done, F_OK) == 0 && resolve.rest[0] == '/') {
            char probe[PATH_MAX + 3];
            strcpy(stpcpy(probe, resolve.done), "/.");
            if (access(probe, F_OK) != 0 && errno == ENOTDIR)
                return NULL;
        }
        if (step(&resolve) != 0)
            return NULL;
    }
    errno = saved;
    if (resolve.length == 0)
        strcpy(resolve.done, "/");
    return resolved != NULL ? strcpy(resolved, resolve.done) : strdup(resolve.done);
}
