// SPDX-License-Identifier: ISC
//
// The options that `set` and the command line change.

#include <string.h>

#include "job.h"
#include "sh.h"

static const struct {
    char letter;
    const char *name;
} known[OPT_COUNT] = {
    [OPT_ALLEXPORT] = {'a', "allexport"}, [OPT_NOTIFY] = {'b', "notify"},
    [OPT_NOCLOBBER] = {'C', "noclobber"}, [OPT_ERREXIT] = {'e', "errexit"},
    [OPT_NOGLOB] = {'f', "noglob"},       [OPT_INTERACTIVE] = {'i', "interactive"},
    [OPT_MONITOR] = {'m', "monitor"},     [OPT_NOEXEC] = {'n', "noexec"},
    [OPT_STDIN] = {'s', "stdin"},         [OPT_NOUNSET] = {'u', "nounset"},
    [OPT_VERBOSE] = {'v', "verbose"},     [OPT_XTRACE] = {'x', "xtrace"},
    [OPT_IGNOREEOF] = {'I', "ignoreeof"},
};

static void change(enum option option, bool on)
{
    sh.options[option] = on;
    if (option == OPT_MONITOR)
        job_set_monitor(on);
}

bool option_set_letter(char letter, bool on)
{
    for (int i = 0; i < OPT_COUNT; i++) {
        if (known[i].letter == letter) {
            change((enum option)i, on);
            return true;
        }
    }
    return false;
}

bool option_set_name(const char *name, bool on)
{
    for (int i = 0; i < OPT_COUNT; i++) {
        if (strcmp(known[i].name, name) == 0) {
            change((enum option)i, on);
            return true;
        }
    }
    return false;
}

const char *option_letters(void)
{
    static char letters[OPT_COUNT + 1];
    int used = 0;
    for (int i = 0; i < OPT_COUNT; i++)
        if (sh.options[i])
            letters[used++] = known[i].letter;
    letters[used] = '\0';
    return letters;
}

void option_print(bool as_commands)
{
    if (!as_commands)
        out_string("Current option settings\n");
    for (int i = 0; i < OPT_COUNT; i++) {
        if (as_commands)
            out_format("set %co %s\n", sh.options[i] ? '-' : '+', known[i].name);
        else
            out_format("%-15s %s\n", known[i].name, sh.options[i] ? "on" : "off");
    }
}
