// SPDX-License-Identifier: ISC
//
// Built-ins on variables and parameters: export readonly local unset set shift getopts.

#include <stdio.h>
#include <string.h>

#include "builtin.h"
#include "sh.h"
#include "vars.h"

// NAME or NAME=VALUE. `before` is called with the name first.
static int declare(const char *command, const char *text, int flags, void (*before)(const char *))
{
    const char *equals = strchr(text, '=');
    size_t length = equals ? (size_t)(equals - text) : strlen(text);
    const char *name = arena_strndup(&temp, text, length);
    if (!var_is_name(name))
        return builtin_error("%s: %s: bad variable name", command, text);
    if (before)
        before(name);
    if (equals)
        var_set(name, equals + 1);
    if (flags)
        var_add_flags(name, flags);
    return 0;
}

static int declare_all(char **argv, int flags)
{
    char **arg = argv + 1;
    if (*arg && strcmp(*arg, "--") == 0)
        arg++;
    if (!*arg || strcmp(*arg, "-p") == 0) {
        struct buf prefix;
        buf_init(&prefix, &temp);
        buf_add_string(&prefix, argv[0]);
        buf_add(&prefix, ' ');
        vars_print(prefix.text, flags);
        return 0;
    }
    for (; *arg; arg++) {
        int status = declare(argv[0], *arg, flags, NULL);
        if (status)
            return status;
    }
    return 0;
}

int builtin_export(int argc, char **argv)
{
    (void)argc;
    return declare_all(argv, VAR_EXPORT);
}

int builtin_readonly(int argc, char **argv)
{
    (void)argc;
    return declare_all(argv, VAR_READONLY);
}

int builtin_local(int argc, char **argv)
{
    if (!sh.functions)
        return builtin_error("local: not in a function");
    for (int i = 1; i < argc; i++) {
        int status = declare(argv[0], argv[i], 0, var_local);
        if (status)
            return status;
    }
    return 0;
}

int builtin_unset(int argc, char **argv)
{
    int i = 1;
    bool function = false;
    for (; i < argc && argv[i][0] == '-' && argv[i][1]; i++) {
        if (strcmp(argv[i], "--") == 0) {
            i++;
            break;
        }
        if (strcmp(argv[i], "-f") != 0 && strcmp(argv[i], "-v") != 0)
            return builtin_error("unset: Illegal option %s", argv[i]);
        function = argv[i][1] == 'f';
    }
    for (; i < argc; i++) {
        if (function)
            function_unset(argv[i]);
        else if (!var_is_name(argv[i]))
            return builtin_error("unset: %s: bad variable name", argv[i]);
        else if (!var_unset(argv[i]))
            return builtin_error("unset: %s: is read only", argv[i]);
    }
    return 0;
}

// ---- set and shift

static int set_named_option(const char *name, bool on)
{
    if (!name) {
        option_print(!on);
        return 0;
    }
    if (!option_set_name(name, on))
        return builtin_error("set: Illegal option %co %s", on ? '-' : '+', name);
    return 0;
}

int builtin_set(int argc, char **argv)
{
    int i = 1;
    if (argc == 1) {
        vars_print("", 0);
        return 0;
    }
    bool given = false; // parameters, even if none
    for (; i < argc && (argv[i][0] == '-' || argv[i][0] == '+') && argv[i][1]; i++) {
        bool on = argv[i][0] == '-';
        if (strcmp(argv[i], "--") == 0) {
            given = true;
            i++;
            break;
        }
        for (const char *p = argv[i] + 1; *p; p++) {
            int status = 0;
            if (*p == 'o')
                status = set_named_option(i + 1 < argc ? argv[++i] : NULL, on);
            else if (!option_set_letter(*p, on))
                status = builtin_error("set: Illegal option %c%c", argv[i][0], *p);
            if (status)
                return status;
            if (*p == 'o')
                break;
        }
        if (i >= argc)
            break;
    }
    if (given || i < argc)
        params_set(argv + i, argc - i);
    return 0;
}

int builtin_shift(int argc, char **argv)
{
    long count = 1;
    if (argc > 1 && (!builtin_number(argv[1], &count) || count < 0))
        return builtin_error("shift: Illegal number: %s", argv[1]);
    if (count > sh.params.count)
        return builtin_error("shift: can't shift that many");
    params_shift((int)count);
    return 0;
}

// ---- getopts

static int offset; // within the argument OPTIND; 0 at its start

void getopts_reset(void)
{
    offset = 0;
}

static void set_index(long index, int new_offset)
{
    char text[24];
    snprintf(text, sizeof text, "%ld", index);
    var_set("OPTIND", text);
    offset = new_offset;
}

// What getopts reports: the letter for NAME, and OPTARG (NULL unsets it).
static int report(const char *name, char letter, const char *argument)
{
    var_set(name, (char[2]){letter, '\0'});
    if (argument)
        var_set("OPTARG", argument);
    else
        var_unset("OPTARG");
    return 0;
}

static int report_error(const char *name, bool silent, char letter, bool missing)
{
    if (silent)
        return report(name, missing ? ':' : '?', (char[2]){letter, '\0'});
    if (missing)
        sh_warn("No arg for -%c option", letter);
    else
        sh_warn("Illegal option -%c", letter);
    return report(name, '?', NULL);
}

static int no_more_options(const char *name, long index)
{
    set_index(index, 0);
    report(name, '?', NULL);
    return 1;
}

int builtin_getopts(int argc, char **argv)
{
    if (argc < 3)
        return builtin_error("getopts: optstring and name expected");
    const char *options = argv[1], *name = argv[2];
    char **args = argc > 3 ? argv + 3 : sh.params.values;
    int count = argc > 3 ? argc - 3 : sh.params.count;
    bool silent = *options == ':';
    long index = 1;
    const char *now = var_get("OPTIND");
    if (!now || !builtin_number(now, &index) || index < 1)
        index = 1;
    const char *arg = index <= count ? args[index - 1] : NULL;
    if (offset == 0 || !arg || offset >= (int)strlen(arg)) {
        if (!arg || arg[0] != '-' || !arg[1])
            return no_more_options(name, index);
        if (strcmp(arg, "--") == 0)
            return no_more_options(name, index + 1);
        offset = 1;
    }
    char letter = arg[offset];
    bool last = !arg[offset + 1];
    const char *known = letter == ':' ? NULL : strchr(options, letter);
    if (!known || known[1] != ':') {
        set_index(last ? index + 1 : index, last ? 0 : offset + 1);
        return known ? report(name, letter, NULL) : report_error(name, silent, letter, false);
    }
    if (!last) {
        const char *argument = arg + offset + 1;
        set_index(index + 1, 0);
        return report(name, letter, argument);
    }
    if (index >= count) {
        set_index(index + 1, 0);
        return report_error(name, silent, letter, true);
    }
    set_index(index + 2, 0);
    return report(name, letter, args[index]);
}
