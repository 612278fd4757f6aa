// SPDX-License-Identifier: ISC
//
// The lines typed before: a ring of the last ones.

#include <stdlib.h>
#include <string.h>

#include "builtin.h"
#include "edit.h"
#include "sh.h"

#define KEPT 500

static char *lines[KEPT];
static int total; // ever added

const char *history_get(int index)
{
    if (index < 0 || index >= total || index >= KEPT)
        return NULL;
    return lines[(total - 1 - index) % KEPT];
}

void history_add(const char *text)
{
    const char *newest = history_get(0);
    if (!*text || (newest && strcmp(newest, text) == 0))
        return;
    free(lines[total % KEPT]);
    lines[total++ % KEPT] = mem_strdup(text);
}

int history_search(const char *text, int from)
{
    for (int i = from; history_get(i); i++)
        if (strstr(history_get(i), text))
            return i;
    return -1;
}

int builtin_history(int argc, char **argv)
{
    (void)argc, (void)argv;
    int count = total < KEPT ? total : KEPT;
    for (int i = count - 1; i >= 0; i--) {
        out_format("%5d  ", total - i);
        out_string(history_get(i));
        out_string("\n");
    }
    return 0;
}
