// SPDX-License-Identifier: ISC
/* A table of words; an unknown word, or a value that does not fit, is reported and ignored. */
#include "lib/params.h"
#include "lib/log.h"
#include "lib/string.h"

struct kernel_params params = {.init = "/sbin/init", .log_level = LOG_INFO};

/* Index of `value` in a list of names that ends with NULL, or -1. */
static int choice(const char *value, const char *const names[])
{
    for (int i = 0; names[i]; i++)
        if (!strcmp(value, names[i]))
            return i;
    return -1;
}

static bool set_number(const char *value, unsigned *out)
{
    const char *end;
    uint64_t n = parse_number(value, &end);
    if (end == value || *end || n > UINT32_MAX)
        return false;
    *out = n;
    return true;
}

static bool set_init(const char *v)
{
    return strlcpy(params.init, v, sizeof(params.init)) < sizeof(params.init);
}

static bool set_sched(const char *v)
{
    return strlcpy(params.sched, v, sizeof(params.sched)) < sizeof(params.sched);
}

static bool set_clock(const char *v)
{
    if (choice(v, (const char *const[]){"tsc", "hpet", "acpi", "pit", NULL}) < 0)
        return false;
    strlcpy(params.clock, v, sizeof(params.clock));
    return true;
}

static bool set_console(const char *v)
{
    int i = choice(v, (const char *const[]){"both", "serial", "screen", NULL});
    if (i >= 0)
        params.console = i;
    return i >= 0;
}

static bool set_log(const char *v)
{
    int i = choice(v, (const char *const[]){"error", "warn", "info", "debug", NULL});
    if (i >= 0)
        params.log_level = i;
    return i >= 0;
}

static bool set_cpus(const char *v)
{
    return set_number(v, &params.cpus);
}

static bool set_fail_alloc(const char *v)
{
    return set_number(v, &params.fail_alloc);
}

static bool set_strace(const char *v)
{
    params.strace = !strcmp(v, "1");
    return params.strace || !strcmp(v, "0");
}

static bool set_vmio(const char *v)
{
    params.vmio_tty = !strcmp(v, "tty");
    return params.vmio_tty;
}

static bool set_selftest(const char *v)
{
    params.selftest = true;
    return !*v;
}

static const struct {
    const char *name;
    bool (*set)(const char *value);
} words[] = {
    {"clock", set_clock},   {"init", set_init},     {"sched", set_sched},   {"console", set_console},
    {"log", set_log},       {"cpus", set_cpus},     {"failalloc", set_fail_alloc},
    {"strace", set_strace}, {"vmio", set_vmio},     {"selftest", set_selftest},
};

static void parse_word(char *word)
{
    char *value = strchr(word, '=');
    size_t len = value ? (size_t)(value - word) : strlen(word);
    for (unsigned i = 0; i < ARRAY_SIZE(words); i++) {
        if (strlen(words[i].name) != len || strncmp(words[i].name, word, len))
            continue;
        if (!words[i].set(value ? value + 1 : ""))
            log_warn("kernel word %s: value not understood, ignored", word);
        return;
    }
    log_warn("kernel word %s: unknown, ignored", word);
}

void params_parse(const char *text)
{
    size_t used = strlen(params.line);
    if (used && used + 1 < sizeof(params.line))
        params.line[used++] = ' ';
    strlcpy(params.line + used, text, sizeof(params.line) - used);
    while (*text) {
        char word[160];
        size_t len = 0;
        while (*text == ' ' || *text == '\n' || *text == '\t')
            text++;
        while (*text && *text != ' ' && *text != '\n' && *text != '\t') {
            if (len < sizeof(word) - 1)
                word[len++] = *text;
            text++;
        }
        word[len] = 0;
        if (len)
            parse_word(word);
    }
}
