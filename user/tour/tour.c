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
#define LINE          80 // columns of a usual terminal
#define MARGIN        15 // of the table: the verdicts

static const struct exhibit *const groups[] = {
    process_exhibits,   state_exhibits, thread_exhibits,       together_exhibits,
    coroutine_exhibits, cost_exhibits,  communication_exhibits};

struct row {
    const struct exhibit *exhibit;
    enum verdict verdict;
    char measured[200];
};

static struct row rows[MOST_EXHIBITS];
static size_t row_count;
static char *current_line; // where measured() writes

// How many columns the first LENGTH bytes take.
static int columns_of(const char *text, int length)
{
    int width = 0;
    for (int i = 0; i < length; i++) {
        unsigned char byte = (unsigned char)text[i];
        if (byte < 0x80 || byte >= 0xc0) // the first byte of a character
            width += byte >= 0xe3 ? 2 : 1;
    }
    return width;
}

void print_padded(const char *text, int columns)
{
    int width = columns_of(text, (int)strlen(text));
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

// Prints a text in lines of at most LINE columns, the second and later ones behind INDENT blanks;
// the first begins in column AT.
static void print_wrapped(int indent, int at, const char *text)
{
    for (const char *word = text; *word; word += strspn(word, " ")) {
        int length = (int)strcspn(word, " "), width = columns_of(word, length);
        if (word != text) {
            bool fits = at + 1 + width <= LINE;
            printf(fits ? " " : "\n%*s", fits ? 0 : indent, "");
            at = fits ? at + 1 : indent;
        }
        printf("%.*s", length, word);
        at += width;
        word += length;
    }
    printf("\n");
}

static void print_title(const struct exhibit *exhibit)
{
    bool bold = isatty(STDOUT_FILENO);
    printf(bold ? "\033[1m--- %s: " : "--- %s: ", exhibit->id);
    print_wrapped(4, (int)strlen(exhibit->id) + 6, exhibit->statement);
    printf("%s", bold ? "\033[0m" : "");
    if (exhibit->experiment) {
        printf("    ");
        print_wrapped(4, 4, exhibit->experiment);
    }
    printf("\n");
}

static void run(const struct exhibit *exhibit)
{
    struct row *row = &rows[row_count++];
    row->exhibit = exhibit;
    current_line = row->measured;
    print_title(exhibit);
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
    printf("%*sexhibit: statement, and what was measured (%s %s, CPUs: %d)\n", MARGIN, "",
           name.sysname, name.release, cpu_count());
    for (size_t i = 0; i < row_count; i++) {
        const struct exhibit *exhibit = rows[i].exhibit;
        printf("%-*s%s: ", MARGIN, verdict_text(rows[i].verdict), exhibit->id);
        print_wrapped(MARGIN, MARGIN + (int)strlen(exhibit->id) + 2, exhibit->statement);
        printf("%*s- ", MARGIN, "");
        print_wrapped(MARGIN + 2, MARGIN + 2, rows[i].measured);
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
