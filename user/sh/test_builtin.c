// SPDX-License-Identifier: ISC
//
// test and [. With up to four arguments POSIX says which reading wins; beyond that a recursive
// descent with ! ( ) -a -o.
// Source: POSIX.1-2017, utility test.

#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "builtin.h"
#include "sh.h"

struct test {
    char **next;
    int left;
    bool failed;
};

static bool parse_or(struct test *test);

static bool is_unary(const char *text)
{
    return text[0] == '-' && text[1] && !text[2] && strchr("bcdefghknprstuwxzLSOG", text[1]);
}

static bool is_binary(const char *text)
{
    static const char *const names[] = {"=",   "==",  "!=",  "<",   ">",   "-eq", "-ne",
                                        "-gt", "-ge", "-lt", "-le", "-nt", "-ot", "-ef"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (strcmp(names[i], text) == 0)
            return true;
    return false;
}

static bool fail(struct test *test, const char *format, const char *what)
{
    if (!test->failed)
        sh_warn(format, what);
    test->failed = true;
    return false;
}

static long number(struct test *test, const char *text)
{
    long value = 0;
    const char *start = text + strspn(text, " \t\n");
    size_t length = strlen(start);
    while (length && strchr(" \t\n", start[length - 1]))
        length--;
    if (!builtin_number(arena_strndup(&temp, start, length), &value))
        fail(test, "test: Illegal number: %s", text);
    return value;
}

static bool test_mode(char operator, const struct stat * status)
{
    switch (operator) {
    case 'b':
        return S_ISBLK(status->st_mode);
    case 'c':
        return S_ISCHR(status->st_mode);
    case 'd':
        return S_ISDIR(status->st_mode);
    case 'f':
        return S_ISREG(status->st_mode);
    case 'p':
        return S_ISFIFO(status->st_mode);
    case 'S':
        return S_ISSOCK(status->st_mode);
    case 'L':
    case 'h':
        return S_ISLNK(status->st_mode);
    case 'g':
        return status->st_mode & S_ISGID;
    case 'u':
        return status->st_mode & S_ISUID;
    case 'k':
        return status->st_mode & S_ISVTX;
    case 'O':
        return status->st_uid == geteuid();
    case 'G':
        return status->st_gid == getegid();
    case 's':
        return status->st_size > 0;
    default:
        return true;
    }
}

static bool test_unary(struct test *test, char operator, const char * text)
{
    struct stat status;
    switch (operator) {
    case 'n':
        return *text;
    case 'z':
        return !*text;
    case 't':
        return isatty((int)number(test, text));
    case 'r':
        return access(text, R_OK) == 0;
    case 'w':
        return access(text, W_OK) == 0;
    case 'x':
        return access(text, X_OK) == 0;
    case 'h':
    case 'L':
        return lstat(text, &status) == 0 && test_mode(operator, & status);
    default:
        return stat(text, &status) == 0 && test_mode(operator, & status);
    }
}

static bool newer(const struct stat *a, const struct stat *b)
{
    return a->st_mtim.tv_sec != b->st_mtim.tv_sec ? a->st_mtim.tv_sec > b->st_mtim.tv_sec
                                                  : a->st_mtim.tv_nsec > b->st_mtim.tv_nsec;
}

static bool test_files(const char *left, char operator, const char * right)
{
    struct stat a, b;
    if (stat(left, &a) < 0 || stat(right, &b) < 0)
        return false;
    if (operator== 'e')
        return a.st_dev == b.st_dev && a.st_ino == b.st_ino;
    return operator== 'n' ? newer(&a, &b) : newer(&b, &a);
}

static bool test_binary(struct test *test, const char *left, const char *operator,
                        const char * right)
{
    if (*operator!= '-') {
        int order = strcmp(left, right);
        return *operator== '<'    ? order < 0
               : * operator== '>' ? order > 0
               : * operator== '!' ? order != 0
                                  : order == 0;
    }
    if (strcmp(operator, "-nt") == 0 || strcmp(operator, "-ot") == 0 ||
        strcmp(operator, "-ef") == 0)
        return test_files(left, operator[1], right);
    long a = number(test, left), b = number(test, right);
    if (operator[1] == 'e')
        return a == b;
    if (operator[1] == 'n')
        return a != b;
    bool equal = operator[2] == 'e' && a == b;
    return equal || (operator[1] == 'g' ? a > b : a<b);
}

// ---- the grammar for five arguments and more

static bool next_is(struct test *test, const char *text)
{
    if (!test->left || strcmp(*test->next, text) != 0)
        return false;
    test->next++;
    test->left--;
    return true;
}

static bool parse_primary(struct test *test)
{
    if (!test->left)
        return fail(test, "test: %s", "argument expected");
    char **arg = test->next;
    if (test->left >= 3 && is_binary(arg[1])) {
        test->next += 3;
        test->left -= 3;
        return test_binary(test, arg[0], arg[1], arg[2]);
    }
    if (next_is(test, "!"))
        return !parse_primary(test);
    if (next_is(test, "(")) {
        bool value = parse_or(test);
        return next_is(test, ")") ? value : fail(test, "test: %s", "closing paren expected");
    }
    if (is_unary(*arg) && test->left >= 2) {
        test->next += 2;
        test->left -= 2;
        return test_unary(test, arg[0][1], arg[1]);
    }
    test->next++;
    test->left--;
    return **arg;
}

static bool parse_and(struct test *test)
{
    bool value = parse_primary(test);
    while (next_is(test, "-a")) {
        bool right = parse_primary(test);
        value = value && right;
    }
    return value;
}

static bool parse_or(struct test *test)
{
    bool value = parse_and(test);
    while (next_is(test, "-o")) {
        bool right = parse_and(test);
        value = value || right;
    }
    return value;
}

// ---- by the number of arguments

static bool evaluate(struct test *test, char **arg, int count)
{
    switch (count) {
    case 0:
        return false;
    case 1:
        return **arg;
    case 2:
        if (strcmp(arg[0], "!") == 0)
            return !*arg[1];
        return is_unary(arg[0]) ? test_unary(test, arg[0][1], arg[1])
                                : fail(test, "test: %s: unexpected operator", arg[0]);
    case 3:
        if (is_binary(arg[1]))
            return test_binary(test, arg[0], arg[1], arg[2]);
        if (strcmp(arg[0], "!") == 0)
            return !evaluate(test, arg + 1, 2);
        if (strcmp(arg[0], "(") == 0 && strcmp(arg[2], ")") == 0)
            return *arg[1];
        break;
    case 4:
        if (strcmp(arg[0], "!") == 0)
            return !evaluate(test, arg + 1, 3);
        if (strcmp(arg[0], "(") == 0 && strcmp(arg[3], ")") == 0)
            return evaluate(test, arg + 1, 2);
        break;
    }
    *test = (struct test){.next = arg, .left = count};
    bool value = parse_or(test);
    return test->left ? fail(test, "test: %s: unexpected operator", *test->next) : value;
}

int builtin_test(int argc, char **argv)
{
    int count = argc - 1;
    if (strcmp(argv[0], "[") == 0) {
        if (strcmp(argv[argc - 1], "]") != 0 || argc < 2)
            return builtin_error("[: missing ]");
        count--;
    }
    struct test test = {0};
    bool value = evaluate(&test, argv + 1, count);
    return test.failed ? 2 : !value;
}
