// SPDX-License-Identifier: ISC
//
// Built-ins on the state of the process: cd pwd umask ulimit times.

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/times.h>
#include <unistd.h>

#include "builtin.h"
#include "sh.h"
#include "vars.h"

// ---- cd and pwd

// `path` seen from the logical directory `base`, with . and .. taken out by their text.
static char *logical_path(const char *base, const char *path)
{
    struct buf result;
    buf_init(&result, &temp);
    const char *sources[2] = {*path == '/' ? "" : base, path};
    for (int i = 0; i < 2; i++) {
        for (const char *p = sources[i]; *p;) {
            p += strspn(p, "/");
            size_t length = strcspn(p, "/");
            if (length == 2 && p[0] == '.' && p[1] == '.') {
                while (result.length && result.text[--result.length] != '/')
                    continue;
                result.text[result.length] = '\0';
            } else if (length && !(length == 1 && *p == '.')) {
                buf_add(&result, '/');
                buf_add_bytes(&result, p, length);
            }
            p += length;
        }
    }
    if (!result.length)
        buf_add(&result, '/');
    return result.text;
}

static char *physical_path(void)
{
    char *path = arena_alloc(&temp, 4096);
    return getcwd(path, 4096);
}

static bool change(const char *path, bool physical)
{
    const char *pwd = var_get("PWD");
    char *target = physical || !pwd || *pwd != '/' ? NULL : logical_path(pwd, path);
    if (chdir(target ? target : path) < 0) {
        // The logical path may lead elsewhere than the directory we are in.
        if (!target || chdir(path) < 0)
            return false;
        target = NULL;
    }
    if (!target)
        target = physical_path();
    if (pwd)
        var_set("OLDPWD", pwd);
    if (target)
        var_set("PWD", target);
    return true;
}

// Tries the directories of CDPATH. *shown is set where the result is not obvious from the name.
static bool change_by_cdpath(const char *name, bool physical, bool *shown)
{
    const char *path = var_get("CDPATH");
    bool relative = *name == '/' || strncmp(name, "./", 2) == 0 || strncmp(name, "../", 3) == 0 ||
                    strcmp(name, ".") == 0 || strcmp(name, "..") == 0;
    for (const char *end; path && *path && !relative; path = *end ? end + 1 : NULL) {
        end = path + strcspn(path, ":");
        struct buf target;
        buf_init(&target, &temp);
        buf_add_bytes(&target, path, (size_t)(end - path));
        if (target.length)
            buf_add(&target, '/');
        buf_add_string(&target, name);
        *shown = end > path;
        if (change(target.text, physical))
            return true;
    }
    *shown = false;
    return change(name, physical);
}

int builtin_cd(int argc, char **argv)
{
    bool physical = false, shown = false;
    int i = 1;
    for (; i < argc && argv[i][0] == '-' && argv[i][1]; i++) {
        if (strcmp(argv[i], "--") == 0) {
            i++;
            break;
        }
        if (strcmp(argv[i], "-P") != 0 && strcmp(argv[i], "-L") != 0)
            return builtin_error("cd: Illegal option %s", argv[i]);
        physical = argv[i][1] == 'P';
    }
    const char *target = i < argc ? argv[i] : var_get("HOME");
    bool back = target && strcmp(target, "-") == 0;
    if (back)
        target = var_get("OLDPWD");
    if (!target || !*target) {
        if (target || !back)
            return target ? 0 : builtin_error("cd: HOME not set");
        return builtin_error("cd: OLDPWD not set");
    }
    if (!change_by_cdpath(target, physical, &shown)) {
        sh_warn("cd: can't cd to %s: %s", target, strerror(errno));
        return 2;
    }
    if (back || shown) {
        out_string(var_get("PWD"));
        out_string("\n");
    }
    return 0;
}

int builtin_pwd(int argc, char **argv)
{
    bool physical = argc > 1 && strcmp(argv[1], "-P") == 0;
    const char *pwd = physical ? NULL : var_get("PWD");
    if (!pwd)
        pwd = physical_path();
    if (!pwd) {
        sh_warn("pwd: %s", strerror(errno));
        return 1;
    }
    out_string(pwd);
    out_string("\n");
    return 0;
}

// ---- umask

static void print_symbolic(mode_t mask)
{
    for (int i = 0; i < 3; i++) {
        mode_t bits = ~mask >> (6 - 3 * i);
        out_format("%s%c=%s%s%s", i ? "," : "", "ugo"[i], bits & 4 ? "r" : "", bits & 2 ? "w" : "",
                   bits & 1 ? "x" : "");
    }
    out_string("\n");
}

// Applies one clause of a symbolic mode to the permissions. NULL where it is malformed.
static const char *apply_clause(const char *p, mode_t *allowed)
{
    mode_t who = 0, bits = 0;
    for (; *p && strchr("ugoa", *p); p++)
        who |= *p == 'u' ? 0700 : *p == 'g' ? 0070 : *p == 'o' ? 0007 : 0777;
    if (!who)
        who = 0777;
    char operator= * p++;
    if (!operator|| !strchr("+-=", operator))
        return NULL;
    for (; *p && strchr("rwx", *p); p++)
        bits |= *p == 'r' ? 0444 : *p == 'w' ? 0222 : 0111;
    bits &= who;
    if (operator== '=')
        *allowed = (*allowed & ~who) | bits;
    else
        *allowed = operator== '+' ? *allowed | bits : * allowed & ~bits;
    return p;
}

int builtin_umask(int argc, char **argv)
{
    mode_t mask = umask(0);
    umask(mask);
    bool symbolic = argc > 1 && strcmp(argv[1], "-S") == 0;
    const char *text = argv[1 + symbolic];
    if (!text) {
        if (symbolic)
            print_symbolic(mask);
        else
            out_format("%04o\n", (unsigned)mask);
        return 0;
    }
    if (isdigit((unsigned char)*text)) {
        char *end;
        unsigned long value = strtoul(text, &end, 8);
        if (*end || value > 0777)
            return builtin_error("umask: Illegal number: %s", text);
        umask((mode_t)value);
        return 0;
    }
    mode_t allowed = ~mask & 0777;
    for (const char *p = text; p; p = *p == ',' ? p + 1 : NULL)
        if (!(p = apply_clause(p, &allowed)) || (*p && *p != ','))
            return builtin_error("umask: Illegal mode: %s", text);
    umask(~allowed & 0777);
    return 0;
}

// ---- ulimit

static const struct limit {
    char letter;
    const char *name;
    int resource;
    unsigned long unit;
} limits[] = {
    {'t', "time(seconds)", RLIMIT_CPU, 1},
    {'f', "file(blocks)", RLIMIT_FSIZE, 512},
    {'d', "data(kbytes)", RLIMIT_DATA, 1024},
    {'s', "stack(kbytes)", RLIMIT_STACK, 1024},
    {'c', "coredump(blocks)", RLIMIT_CORE, 512},
    {'m', "memory(kbytes)", RLIMIT_RSS, 1024},
    {'l', "locked memory(kbytes)", RLIMIT_MEMLOCK, 1024},
    {'p', "process", RLIMIT_NPROC, 1},
    {'n', "nofiles", RLIMIT_NOFILE, 1},
    {'v', "vmemory(kbytes)", RLIMIT_AS, 1024},
};

#define LIMITS (sizeof limits / sizeof *limits)

static void print_limit(const struct limit *limit, bool hard)
{
    struct rlimit value;
    if (getrlimit(limit->resource, &value) < 0) {
        out_string("unknown\n");
        return;
    }
    rlim_t number = hard ? value.rlim_max : value.rlim_cur;
    if (number == RLIM_INFINITY)
        out_string("unlimited\n");
    else
        out_format("%lu\n", (unsigned long)number / limit->unit);
}

static int set_limit(const struct limit *limit, const char *text, bool soft, bool hard)
{
    long number = 0;
    bool unlimited = strcmp(text, "unlimited") == 0;
    if (!unlimited && (!builtin_number(text, &number) || number < 0))
        return builtin_error("ulimit: Illegal number: %s", text);
    rlim_t wanted = unlimited ? RLIM_INFINITY : (rlim_t)number * limit->unit;
    struct rlimit value;
    if (getrlimit(limit->resource, &value) < 0)
        return builtin_error("ulimit: %s", strerror(errno));
    if (hard)
        value.rlim_max = wanted;
    if (soft)
        value.rlim_cur = wanted;
    if (setrlimit(limit->resource, &value) < 0)
        return builtin_error("ulimit: error setting limit: %s", strerror(errno));
    return 0;
}

int builtin_ulimit(int argc, char **argv)
{
    char letter = 'f';
    bool all = false, soft = false, hard = false;
    int i = 1;
    for (; i < argc && argv[i][0] == '-'; i++) {
        for (const char *p = argv[i] + 1; *p; p++) {
            if (*p == 'a')
                all = true;
            else if (*p == 'S')
                soft = true;
            else if (*p == 'H')
                hard = true;
            else
                letter = *p == 'u' ? 'p' : *p; // both names are in use
        }
    }
    for (size_t j = 0; j < LIMITS; j++) {
        if (all) {
            out_format("%-24s ", limits[j].name);
            print_limit(&limits[j], hard);
        } else if (limits[j].letter == letter) {
            if (i < argc)
                return set_limit(&limits[j], argv[i], soft || !hard, hard || !soft);
            print_limit(&limits[j], hard);
            return 0;
        }
    }
    return all ? 0 : builtin_error("ulimit: Illegal option -%c", letter);
}

// ---- times

int builtin_times(int argc, char **argv)
{
    (void)argc, (void)argv;
    struct tms t;
    times(&t);
    clock_t values[4] = {t.tms_utime, t.tms_stime, t.tms_cutime, t.tms_cstime};
    long ticks = sysconf(_SC_CLK_TCK);
    for (int i = 0; i < 4; i++) {
        long seconds = values[i] / ticks, fraction = values[i] % ticks * 1000000 / ticks;
        out_format("%ldm%ld.%06lds%c", seconds / 60, seconds % 60, fraction, i % 2 ? '\n' : ' ');
    }
    return 0;
}
