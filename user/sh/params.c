// SPDX-License-Identifier: ISC
//
// The positional parameters.

#include <stdlib.h>
#include <string.h>

#include "sh.h"

void params_free(struct params *params)
{
    free(params->base);
    *params = (struct params){0};
}

// Copies the values: one block holds the pointers and the strings.
void params_set(char *const *values, int count)
{
    size_t pointers = ((size_t)count + 1) * sizeof(char *), size = pointers;
    for (int i = 0; i < count; i++)
        size += strlen(values[i]) + 1;
    char **base = mem_alloc(size);
    char *text = (char *)base + pointers;
    for (int i = 0; i < count; i++) {
        base[i] = strcpy(text, values[i]);
        text += strlen(text) + 1;
    }
    base[count] = NULL;
    params_free(&sh.params);
    sh.params = (struct params){.values = base, .count = count, .base = base};
}

void params_shift(int count)
{
    sh.params.values += count;
    sh.params.count -= count;
}
