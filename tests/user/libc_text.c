// SPDX-License-Identifier: ISC
// Tests of regular expressions, shell patterns, options, users and small helpers.
#define _GNU_SOURCE
#include <fcntl.h>
#include <fnmatch.h>
#include <getopt.h>
#include <glob.h>
#include <libgen.h>
#include <pwd.h>
#include <regex.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "harness.h"

// "2,5 3,4" for the match and its groups, "no" for none, "error N" for a bad pattern.
static const char *match(const char *pattern, const char *text, int flags, int run_flags)
{
    static char result[256];
    regex_t regex;
    regmatch_t groups[10];
    int error = regcomp(&regex, pattern, flags), used = 0;
    if (error != 0) {
        snprintf(result, sizeof(result), "error %d", error);
        return result;
    }
    strcpy(result, "no");
    if (regexec(&regex, text, 10, groups, run_flags) == 0)
        for (size_t i = 0; i <= regex.re_nsub; i++)
            used += snprintf(result + used, sizeof(result) - (size_t)used, "%s%d,%d",
                             i > 0 ? " " : "", (int)groups[i].rm_so, (int)groups[i].rm_eo);
    regfree(&regex);
    return result;
}

static void check_all(const char *const cases[][3], size_t count, int flags)
{
    for (size_t i = 0; i < count; i++) {
        const char *got = match(cases[i][0], cases[i][1], flags, 0);
        if (strcmp(got, cases[i][2]) != 0)
            harness_fail(__FILE__, __LINE__, "/%s/ on \"%s\": %s, not %s", cases[i][0], cases[i][1],
                         got, cases[i][2]);
    }
}

#define CHECK_ALL(cases, flags) check_all(cases, sizeof(cases) / sizeof((cases)[0]), flags)

TEST(regex_extended, "extended regular expressions match leftmost and longest")
{
    static const char *const cases[][3] = {
        {"abc", "xabcx", "1,4"},
        {"a|ab|abc", "xabcd", "1,4"},
        {"(a|ab)(c|bcd)", "abcd", "0,4 0,1 1,4"},
        {"a*", "baaa", "0,0"},
        {"a+b?", "xaab", "1,4"},
        {"^a.c$", "abc", "0,3"},
        {"^a.c$", "abcd", "no"},
        {"[[:digit:]]+", "abc 123 x", "4,7"},
        {"[^a-c]+", "abcxyz", "3,6"},
        {"[]a]+", "x]a]", "1,4"},
        {"[a-]+", "b-a-", "1,4"},
        {"(ab){2,3}", "abababab", "0,6 4,6"},
        {"a{0}b", "ab", "1,2"},
        {"a{,2}b", "aaab", "1,4"},
        {"(a)(b)?", "ac", "0,1 0,1 -1,-1"},
        {"()", "a", "0,0 0,0"},
        {"\\(a\\)", "(a)", "0,3"},
        {"\\bfoo\\b", "a foo b", "2,5"},
        {"\\<foo\\>", "foobar foo", "7,10"},
        {"\\w+\\W\\s*", "ab  c", "0,4"},
        {"(a*)(b|abc)", "abc", "0,3 0,0 0,3"},
        {"(a*)\\1", "aaaa", "0,4 0,2"},
        {"(.)(.)\\2\\1", "xabba", "1,5 1,2 2,3"},
        {"a**", "aa", "0,2"},
        {"(a|b)*c|(a|ab)*c", "abc", "0,3 1,2 -1,-1"},
    };
    CHECK_ALL(cases, REG_EXTENDED);
}

TEST(regex_basic, "basic regular expressions, with the additions that scripts use")
{
    static const char *const cases[][3] = {
        {"a\\(b*\\)c", "abbc", "0,4 1,3"},
        {"*a", "*a", "0,2"},
        {"a*", "*a", "0,0"},
        {"\\(*a\\)", "*a", "0,2 0,2"},
        {"a+b", "a+b", "0,3"},
        {"a\\+b", "aab", "0,3"},
        {"a\\|b", "xb", "1,2"},
        {"^*a", "*a", "0,2"},
        {"a^b$c", "a^b$c", "0,5"},
        {"a\\{2\\}", "aaa", "0,2"},
        {"\\(ab\\)\\1", "abab", "0,4 0,2"},
        {"(a)", "(a)", "0,3"},
        {"\\.", "a.", "1,2"},
    };
    CHECK_ALL(cases, 0);
}

TEST(regex_errors, "wrong patterns are refused with the right code")
{
    static const char *const cases[][3] = {
        {"(a", "", "error 8"},      {"a)", "a)", "0,2"},          {"[a", "", "error 7"},
        {"a{2,1}", "", "error 10"}, {"[[:foo:]]", "", "error 4"}, {"a\\", "", "error 5"},
        {"[b-a]", "", "error 11"},  {"(a)\\2", "", "error 6"},
    };
    CHECK_ALL(cases, REG_EXTENDED);
    char text[64];
    CHECK(regerror(REG_EPAREN, NULL, text, sizeof(text)) > 0);
    CHECK(strcmp(text, "Unmatched ( or \\(") == 0);
}

TEST(regex_flags, "case, newlines, and the edges of the text")
{
    CHECK(strcmp(match("HeLLo[x-z]", "hEllOY", REG_EXTENDED | REG_ICASE, 0), "0,6") == 0);
    CHECK(strcmp(match("^b", "a\nb", REG_NEWLINE, 0), "2,3") == 0);
    CHECK(strcmp(match("^b", "a\nb", 0, 0), "no") == 0);
    CHECK(strcmp(match("a.b", "a\nb", REG_NEWLINE, 0), "no") == 0);
    CHECK(strcmp(match("a[^x]b", "a\nb", REG_NEWLINE, 0), "no") == 0);
    CHECK(strcmp(match("a.b", "a\nb", 0, 0), "0,3") == 0);
    CHECK(strcmp(match("a$", "a\nb", REG_NEWLINE, 0), "0,1") == 0);
    CHECK(strcmp(match("^a", "a", 0, REG_NOTBOL), "no") == 0);
    CHECK(strcmp(match("a$", "a", 0, REG_NOTEOL), "no") == 0);
}

TEST(regex_speed, "a pattern that drives backtracking matchers mad takes no time")
{
    char pattern[200] = "", text[64];
    for (int i = 0; i < 30; i++)
        strcat(pattern, "a?");
    memset(text, 'a', 30);
    text[30] = '\0';
    strcat(pattern, text);
    CHECK(strcmp(match(pattern, text, REG_EXTENDED, 0), "0,30") == 0);
    CHECK(strcmp(match("(a*)*b", "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", REG_EXTENDED, 0),
                 "no") == 0);
}

TEST(patterns, "fnmatch follows the shell's rules")
{
    static const struct {
        const char *pattern, *text;
        int flags, matches;
    } cases[] = {
        {"*.c", "main.c", 0, 1},
        {"*.c", "main.h", 0, 0},
        {"a?c", "abc", 0, 1},
        {"[a-c]x", "bx", 0, 1},
        {"[!a-c]x", "bx", 0, 0},
        {"[^a-c]x", "dx", 0, 1},
        {"*", "", 0, 1},
        {"a*b*c", "aXbYbZc", 0, 1},
        {"a*b*c", "aXbYbZ", 0, 0},
        {"\\*", "*", 0, 1},
        {"\\*", "x", 0, 0},
        {"[]]", "]", 0, 1},
        {"[", "[", 0, 1},
        {"*", ".x", FNM_PERIOD, 0},
        {".*", ".x", FNM_PERIOD, 1},
        {"*", "a/b", FNM_PATHNAME, 0},
        {"*/b", "a/b", FNM_PATHNAME, 1},
        {"[[:upper:]]*", "Abc", 0, 1},
        {"ABC", "abc", FNM_CASEFOLD, 1},
        {"a[/]b", "a/b", FNM_PATHNAME, 0},
        {"**a", "xxa", 0, 1},
        {"?", "", 0, 0},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        int got = fnmatch(cases[i].pattern, cases[i].text, cases[i].flags) == 0;
        if (got != cases[i].matches)
            harness_fail(__FILE__, __LINE__, "%s and %s: %d", cases[i].pattern, cases[i].text, got);
    }
}

TEST(globbing, "glob finds and sorts paths")
{
    char dir[] = "/tmp/libc_XXXXXX";
    glob_t found;
    CHECK(mkdtemp(dir) != NULL && chdir(dir) == 0);
    static const char *const names[] = {"b.c", "a.c", ".hidden.c", "x.h"};
    for (int i = 0; i < 4; i++)
        close(open(names[i], O_CREAT | O_WRONLY, 0600));
    CHECK(mkdir("d", 0700) == 0);
    close(open("d/e.c", O_CREAT | O_WRONLY, 0600));
    CHECK_EQ(glob("*.c", 0, NULL, &found), 0);
    CHECK(found.gl_pathc == 2 && strcmp(found.gl_pathv[0], "a.c") == 0);
    CHECK(strcmp(found.gl_pathv[1], "b.c") == 0 && found.gl_pathv[2] == NULL);
    globfree(&found);
    CHECK(glob("*/*.c", 0, NULL, &found) == 0 && strcmp(found.gl_pathv[0], "d/e.c") == 0);
    globfree(&found);
    CHECK(glob("d*", GLOB_MARK, NULL, &found) == 0 && strcmp(found.gl_pathv[0], "d/") == 0);
    globfree(&found);
    CHECK_EQ(glob("none*", 0, NULL, &found), GLOB_NOMATCH);
    CHECK(glob("no[ne", GLOB_NOCHECK, NULL, &found) == 0 && found.gl_pathc == 1);
    globfree(&found);
    for (int i = 0; i < 4; i++)
        unlink(names[i]);
    unlink("d/e.c");
    rmdir("d");
    CHECK_EQ(chdir("/"), 0);
    rmdir(dir);
}

// The options that getopt gives, as letters with arguments, then the operands.
static const char *options(int argc, char **argv, const char *spec, const struct option *longs)
{
    static char result[256];
    int c;
    result[0] = '\0';
    optind = 0;
    opterr = 0;
    while ((c = getopt_long(argc, argv, spec, longs, NULL)) != -1)
        sprintf(result + strlen(result), "%c%s ", c, optarg != NULL ? optarg : "");
    for (; optind < argc; optind++)
        sprintf(result + strlen(result), "[%s]", argv[optind]);
    return result;
}

TEST(option_parsing, "getopt groups letters, takes arguments, moves operands, stops at --")
{
    static const struct option longs[] = {
        {"all", no_argument, NULL, 'a'},
        {"file", required_argument, NULL, 'f'},
        {"color", optional_argument, NULL, 'c'},
        {"almost", no_argument, NULL, 'A'},
        {NULL, 0, NULL, 0},
    };
    char *one[] = {"p", "-ab", "x", "-f", "file", "y", "--", "-z", NULL};
    CHECK(strcmp(options(8, one, "abf:", longs), "a b ffile [x][y][-z]") == 0);
    char *two[] = {"p", "-ffile", "--file=x", "--file", "y", "--color", "--color=z", NULL};
    CHECK(strcmp(options(7, two, "f:", longs), "ffile fx fy c cz ") == 0);
    char *three[] = {"p", "--al", "--fi", "x", "--none", "-q", NULL};
    CHECK(strcmp(options(6, three, "a", longs), "? fx ? ? ") == 0);
    char *four[] = {"p", "-a", "x", "-a", NULL};
    CHECK(strcmp(options(4, four, "+a", longs), "a [x][-a]") == 0);
    char *five[] = {"p", "-f", NULL};
    CHECK(strcmp(options(2, five, ":f:", longs), ": ") == 0);
    char *six[] = {"p", "a", "-", "-a", "b", NULL};
    CHECK(strcmp(options(5, six, "a", longs), "a [a][-][b]") == 0);
}

TEST(path_parts, "basename and dirname")
{
    static const char *const cases[][3] = {
        {"/usr/lib", "lib", "/usr"},
        {"/usr/", "usr", "/"},
        {"usr", "usr", "."},
        {"/", "/", "/"},
        {".", ".", "."},
        {"a//b//", "b", "a"},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        char a[32], b[32];
        strcpy(a, cases[i][0]);
        strcpy(b, cases[i][0]);
        CHECK(strcmp(basename(a), cases[i][1]) == 0 && strcmp(dirname(b), cases[i][2]) == 0);
    }
}

TEST(users, "root is in /etc/passwd")
{
    struct passwd *user = getpwuid(0);
    CHECK(user != NULL && strcmp(user->pw_name, "root") == 0);
    user = getpwnam("root");
    CHECK(user != NULL && user->pw_uid == 0);
    CHECK(getpwnam("nobody-of-that-name") == NULL);
}
