// SPDX-License-Identifier: ISC
// getopt and getopt_long. Operands are moved behind the options (as on Linux) unless the option
// string starts with '+' or POSIXLY_CORRECT is set; with '-' an operand is the argument of
// option 1.
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

char *optarg;
int optind = 1, opterr = 1, optopt = '?';

static const char *next; // rest of a group like -abc
static int option_at;    // the argument that is being looked at
static int operands;     // how many operands were passed over right before it

// Moves argv[option_at..optind), an option with its argument, before the operands.
static void move_forward(char **argv)
{
    for (int at = option_at; operands > 0 && at < optind; at++) {
        char *moved = argv[at];
        memmove(&argv[at - operands + 1], &argv[at - operands], (size_t)operands * sizeof(*argv));
        argv[at - operands] = moved;
    }
    optind -= operands;
    operands = 0;
}

static int is_operand(const char *arg)
{
    return arg[0] != '-' || arg[1] == '\0';
}

static void complain(char *const argv[], const char *options, const char *format, const char *name)
{
    if (!opterr || *options == ':')
        return;
    fprintf(stderr, "%s: ", argv[0]);
    fprintf(stderr, format, name);
}

static int missing(const char *options)
{
    return *options == ':' ? ':' : '?';
}

static int short_option(int argc, char *const argv[], const char *options)
{
    char c = *next++, name[2] = {c};
    const char *found = c == ':' || c == ';' ? NULL : strchr(options, c);
    if (*next == '\0') {
        next = NULL;
        optind++;
    }
    if (found == NULL) {
        optopt = (unsigned char)c;
        complain(argv, options, "invalid option -- '%s'\n", name);
        return '?';
    }
    if (found[1] != ':')
        return (unsigned char)c;
    optarg = NULL;
    if (next != NULL) {
        optarg = (char *)next;
        optind++;
    } else if (found[2] != ':') {
        if (optind >= argc) {
            optopt = (unsigned char)c;
            complain(argv, options, "option requires an argument -- '%s'\n", name);
            return missing(options);
        }
        optarg = argv[optind++];
    }
    next = NULL;
    return (unsigned char)c;
}

// The option that `name` (up to =) names, in full or as an abbreviation that fits one only.
static const struct option *find_long(const struct option *longs, const char *name, int *ambiguous)
{
    size_t length = strcspn(name, "=");
    const struct option *found = NULL;
    *ambiguous = 0;
    for (; longs->name != NULL; longs++) {
        if (strncmp(longs->name, name, length) != 0)
            continue;
        if (longs->name[length] == '\0') {
            *ambiguous = 0;
            return longs;
        }
        if (found != NULL && (found->has_arg != longs->has_arg || found->flag != longs->flag ||
                              found->val != longs->val))
            *ambiguous = 1;
        found = longs;
    }
    return found;
}

static int long_option(int argc, char *const argv[], const char *options,
                       const struct option *longs, int *index, const char *name)
{
    int ambiguous;
    const struct option *found = find_long(longs, name, &ambiguous);
    const char *equals = strchr(name, '=');
    optind++;
    optopt = 0;
    if (found == NULL || ambiguous) {
        complain(argv, options,
                 ambiguous ? "option '%s' is ambiguous\n" : "unrecognized option '%s'\n",
                 argv[optind - 1]);
        return '?';
    }
    optopt = found->val;
    optarg = NULL;
    if (equals != NULL) {
        if (found->has_arg == no_argument) {
            complain(argv, options, "option '--%s' doesn't allow an argument\n", found->name);
            return '?';
        }
        optarg = (char *)equals + 1;
    } else if (found->has_arg == required_argument) {
        if (optind >= argc) {
            complain(argv, options, "option '--%s' requires an argument\n", found->name);
            return missing(options);
        }
        optarg = argv[optind++];
    }
    if (index != NULL)
        *index = (int)(found - longs);
    if (found->flag == NULL)
        return found->val;
    *found->flag = found->val;
    return 0;
}

// Whether -name is meant as a long option (getopt_long_only).
static int is_long_only(const char *options, const struct option *longs, const char *name)
{
    int ambiguous;
    if (name[1] == '\0' && strchr(options, name[0]) != NULL)
        return 0;
    return find_long(longs, name, &ambiguous) != NULL;
}

static int get_option(int argc, char *const argv[], const char *options, const struct option *longs,
                      int *index, int only)
{
    int in_order = *options == '+' || getenv("POSIXLY_CORRECT") != NULL;
    int as_option_1 = *options == '-', result;
    if (*options == '+' || *options == '-')
        options++;
    if (optind == 0) { // a program that starts anew
        optind = 1;
        next = NULL;
    }
    optarg = NULL;
    if (next == NULL) {
        operands = 0;
        while (!in_order && !as_option_1 && optind < argc && is_operand(argv[optind])) {
            optind++;
            operands++;
        }
        option_at = optind;
        if (optind >= argc || (in_order && is_operand(argv[optind]))) {
            optind -= operands;
            return -1;
        }
        if (is_operand(argv[optind])) {
            optarg = argv[optind++];
            return 1;
        }
        if (strcmp(argv[optind], "--") == 0) {
            optind++;
            move_forward((char **)argv);
            return -1;
        }
        next = argv[optind] + 1;
        if (longs != NULL && (*next == '-' || (only && is_long_only(options, longs, next)))) {
            const char *name = next + (*next == '-');
            next = NULL;
            result = long_option(argc, argv, options, longs, index, name);
            move_forward((char **)argv);
            return result;
        }
    }
    result = short_option(argc, argv, options);
    if (next == NULL)
        move_forward((char **)argv);
    return result;
}

int getopt(int argc, char *const argv[], const char *options)
{
    return get_option(argc, argv, options, NULL, NULL, 0);
}

int getopt_long(int argc, char *const argv[], const char *options, const struct option *longs,
                int *index)
{
    return get_option(argc, argv, options, longs, index, 0);
}

int getopt_long_only(int argc, char *const argv[], const char *options, const struct option *longs,
                     int *index)
{
    return get_option(argc, argv, options, longs, index, 1);
}
