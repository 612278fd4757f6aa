// SPDX-License-Identifier: ISC
// Small things: assert, err.h, libgen.h, locale.h.
#include <assert.h>
#include <err.h>
#include <errno.h>
#include <libgen.h>
#include <limits.h>
#include <locale.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void __assert_fail(const char *cond, const char *file, unsigned line, const char *func)
{
    fprintf(stderr, "%s: %s:%u: %s: Assertion `%s' failed.\n", program_invocation_short_name, file,
            line, func, cond);
    abort();
}

static void message(const char *format, va_list args, const char *reason)
{
    flockfile(stderr);
    fprintf(stderr, "%s: ", program_invocation_short_name);
    if (format != NULL) {
        vfprintf(stderr, format, args);
        if (reason != NULL)
            fprintf(stderr, ": ");
    }
    fprintf(stderr, "%s\n", reason != NULL ? reason : "");
    funlockfile(stderr);
}

void vwarn(const char *format, va_list args)
{
    message(format, args, strerror(errno));
}

void vwarnx(const char *format, va_list args)
{
    message(format, args, NULL);
}

void verr(int status, const char *format, va_list args)
{
    vwarn(format, args);
    exit(status);
}

void verrx(int status, const char *format, va_list args)
{
    vwarnx(format, args);
    exit(status);
}

void warn(const char *format, ...)
{
    va_list args;
    va_start(args, format);
    vwarn(format, args);
    va_end(args);
}

void warnx(const char *format, ...)
{
    va_list args;
    va_start(args, format);
    vwarnx(format, args);
    va_end(args);
}

void err(int status, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    verr(status, format, args);
}

void errx(int status, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    verrx(status, format, args);
}

// Cuts slashes at the end, but leaves one that is all there is.
static void trim_slashes(char *path, char *end)
{
    while (end > path + 1 && end[-1] == '/')
        end--;
    *end = '\0';
}

char *basename(char *path)
{
    if (path == NULL || *path == '\0')
        return ".";
    trim_slashes(path, path + strlen(path));
    char *slash = strrchr(path, '/');
    return slash != NULL && slash[1] != '\0' ? slash + 1 : path;
}

char *dirname(char *path)
{
    if (path == NULL || *path == '\0')
        return ".";
    trim_slashes(path, path + strlen(path));
    char *slash = strrchr(path, '/');
    if (slash == NULL)
        return ".";
    trim_slashes(path, slash + (slash == path));
    return path;
}

char *setlocale(int category, const char *name)
{
    if (category < LC_CTYPE || category > LC_ALL)
        return NULL;
    if (name != NULL && *name != '\0' && strcmp(name, "C") != 0 && strcmp(name, "POSIX") != 0 &&
        strcmp(name, "C.UTF-8") != 0)
        return NULL;
    return "C";
}

struct lconv *localeconv(void)
{
    static struct lconv conventions = {".", "", ""};
    return &conventions;
}
