// SPDX-License-Identifier: ISC
//
// Prompts: PS1 and PS2 with their parameters expanded.

#include "expand.h"
#include "sh.h"
#include "vars.h"
#include "word.h"

const char *prompt_text(bool continued)
{
    const char *text = var_get(continued ? "PS2" : "PS1");
    if (!text)
        return "";
    int status = sh.status;
    const char *prompt = expand_string(word_parse_string(&temp, text));
    sh.status = status;
    return prompt;
}
