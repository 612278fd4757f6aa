// SPDX-License-Identifier: ISC
//
// tour [-l] [NAME...]: runs the exhibits, all or those named, and prints a table of what they
// showed.
//
// The exit status is 1 when one does not hold. What cannot be measured on this kernel is said to be
// so, and counts neither way.
#include "tour.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>
#include <unistd.h>

#define MOST_EXHIBITS 64

static const struct exhibit *const groups[] = {process_exhibits, state_exhibits, thread_exhibits,
                                               coroutine_exhibits, communication_exhibits};

struct row {
    const struct exhibit *exhibit;
    enum verdict verdict;
    char measured[200];
};

static struct row rows[MOST_EXHIBITS];
static size_t row_count;
static char *current_line; // where measured() writes

void print_padded(const char *text, int columns)
{
    int width = 0;
    for (const char *at = text; *at; at++) {
        unsigned char byte = (unsigned char)*at;
        if (byte < 0x80 || byte >= 0xc0) // the first byte of a character
            width += byte >= 0xe3 ? 2 : 1;
    }
    printf("%s%*s", text, width < columns ? columns - width : 1, "");
}

void measured(const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(current_line, sizeof(rows[0].measured), format, arguments);
    va_end(arguments);
}

static const char *verdict_text(enum verdict verdict)
{
    static const char *const texts[] = {"does not hold", "holds", "not measurable"};
    return texts[verdict];
}

static void run(const struct exhibit *exhibit)
{
    struct row *row = &rows[row_count++];
    row->exhibit = exhibit;
    current_line = row->measured;
    printf("--- %s: %s\n", exhibit->id, exhibit->statement);
    fflush(stdout);
    row->verdict = exhibit->run();
    printf("    => %s\n\n", verdict_text(row->verdict));
    fflush(stdout);
}

static int print_table(void)
{
    struct utsname name;
    int counts[3] = {0};
    uname(&name);
    printf("%-15sexhibit: statement, and what was measured (%s %s, CPUs: %d)\n", "", name.sysname,
           name.release, cpu_count());
    for (size_t i = 0; i < row_count; i++) {
        const struct exhibit *exhibit = rows[i].exhibit;
        printf("%-15s%s: %s\n", verdict_text(rows[i].verdict), exhibit->id, exhibit->statement);
        printf("%-15s%s\n", "", rows[i].measured);
        counts[rows[i].verdict]++;
    }
    printf("%d hold, %d do not hold, %d not measurable here\n", counts[HOLDS],
           counts[DOES_NOT_HOLD], counts[NOT_MEASURABLE]);
    return counts[DOES_NOT_HOLD] ? 1 : 0;
}

static const struct exhibit *find(const char *id)
{
    for (size_t g = 0; g < COUNT_OF(groups); g++)
        for (const struct exhibit *exhibit = groups[g]; exhibit->id; exhibit++)
            if (!strcmp(exhibit->id, id))
                return exhibit;
    return NULL;
}

static void for_each(void (*function)(const struct exhibit *))
{
    for (size_t g = 0; g < COUNT_OF(groups); g++)
        for (const struct exhibit *exhibit = groups[g]; exhibit->id; exhibit++)
            function(exhibit);
}

static void list(const struct exhibit *exhibit)
{
    printf("%-16s %s\n", exhibit->id, exhibit->statement);
}

int main(int argc, char **argv)
{
    if (argc > 1 && !strcmp(argv[1], "-l")) {
        for_each(list);
        return 0;
    }
    if (argc > MOST_EXHIBITS) {
        fprintf(stderr, "tour: too many names\n");
        return 2;
    }
    for (int i = 1; i < argc; i++)
        if (!find(argv[i])) {
            fprintf(stderr, "tour: no exhibit %s; `tour -l` lists them\n", argv[i]);
            return 2;
        }
    for (int i = 1; i < argc; i++)
        run(find(argv[i]));
    if (argc == 1)
        for_each(run);
    return print_table();
}
