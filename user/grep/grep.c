// SPDX-License-Identifier: ISC
//
// grep [-EFchilLnoqrsvwxH] [-m COUNT] [-e PATTERN | -f FILE]... [PATTERN] [FILE]...
//
// Prints the lines that match. Exit status 0: something matched; 1: nothing; 2: an error.

#include "grep.h"

#include <dirent.h>
#include <err.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/files.h"
#include "common/io.h"

static struct matching how;
static bool invert, count_only, names_only, names_without, numbers, only_matching, quiet, silent;
static bool recursive;
static int with_names = -1; // -1: where there are several files
static long limit = -1;
static bool any_match, any_error;

static void print_prefix(const char *name, long number)
{
    if (with_names)
        printf("%s:", name);
    if (numbers)
        printf("%ld:", number);
}

static void print_matches(const char *name, long number, const char *line, size_t length)
{
    size_t from = 0, start, end;
    while (from <= length && match_find(line, length, from, &how, &start, &end)) {
        if (end > start) {
            print_prefix(name, number);
            fwrite(line + start, 1, end - start, stdout);
            putchar('\n');
        }
        from = end > start ? end : end + 1;
    }
}

static void print_line(const char *name, long number, const char *line, size_t length)
{
    if (only_matching) {
        if (!invert)
            print_matches(name, number, line, length);
        return;
    }
    print_prefix(name, number);
    fwrite(line, 1, length, stdout);
    putchar('\n');
}

// Searches one open file; `name` is for the output.
static void search(FILE *file, const char *name)
{
    char *line = NULL;
    size_t size = 0;
    ssize_t length;
    long number = 0, matched = 0;
    while ((limit < 0 || matched < limit) && (length = getline(&line, &size, file)) > 0) {
        size_t start, end;
        number++;
        if (line[length - 1] == '\n')
            line[--length] = '\0';
        if (match_find(line, (size_t)length, 0, &how, &start, &end) == invert)
            continue;
        matched++;
        if (quiet)
            finish(0);
        if (names_only || names_without)
            break;
        if (!count_only)
            print_line(name, number, line, (size_t)length);
    }
    if (ferror(file)) {
        any_error = true;
        if (!silent)
            warn("%s", name);
    }
    free(line);
    any_match |= names_without ? !matched : matched > 0;
    if (count_only) {
        if (with_names)
            printf("%s:", name);
        printf("%ld\n", matched);
    } else if ((names_only && matched) || (names_without && !matched)) {
        puts(name);
    }
}

static void search_path(const char *path);

static void search_directory(const char *path)
{
    DIR *directory = opendir(path);
    if (!directory) {
        any_error = true;
        if (!silent)
            warn("%s", path);
        return;
    }
    const struct dirent *entry;
    while ((entry = readdir(directory))) {
        if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0)
            continue;
        char *full = path_join(path, entry->d_name);
        search_path(full);
        free(full);
    }
    closedir(directory);
}

static void search_path(const char *path)
{
    if (strcmp(path, "-") == 0) {
        search(stdin, "(standard input)");
        return;
    }
    if (path_is_directory(path)) {
        if (recursive)
            search_directory(path);
        else if (!silent)
            warnx("%s: Is a directory", path);
        return;
    }
    FILE *file = fopen(path, "re");
    if (!file) {
        any_error = true;
        if (!silent)
            warn("%s", path);
        return;
    }
    search(file, path);
    fclose(file);
}

// -f: the patterns are the lines of a file.
static void add_pattern_file(const char *path)
{
    FILE *file = strcmp(path, "-") == 0 ? stdin : fopen(path, "re");
    if (!file)
        err(2, "%s", path);
    char *line = NULL;
    size_t size = 0;
    ssize_t length;
    while ((length = getline(&line, &size, file)) > 0) {
        if (line[length - 1] == '\n')
            line[length - 1] = '\0';
        match_add(line, &how);
    }
    free(line);
    if (file != stdin)
        fclose(file);
}

// Patterns can only be compiled when all options are known: they are kept meanwhile.
struct source {
    char kind;
    const char *text;
};

static void set_flag(int option)
{
    switch (option) {
    case 'E':
        how.extended = true, how.fixed = false;
        break;
    case 'F':
        how.fixed = true, how.extended = false;
        break;
    case 'G':
        how.fixed = how.extended = false;
        break;
    case 'i':
    case 'y':
        how.ignore_case = true;
        break;
    case 'w':
        how.word = true;
        break;
    case 'x':
        how.line = true;
        break;
    case 'v':
        invert = true;
        break;
    case 'c':
        count_only = true;
        break;
    case 'l':
        names_only = true;
        break;
    case 'L':
        names_without = true;
        break;
    case 'n':
        numbers = true;
        break;
    case 'o':
        only_matching = true;
        break;
    case 'q':
        quiet = true;
        break;
    case 's':
        silent = true;
        break;
    case 'h':
        with_names = 0;
        break;
    case 'H':
        with_names = 1;
        break;
    case 'r':
    case 'R':
        recursive = true;
        break;
    case 'a':
        break;
    default:
        exit(2);
    }
}

int main(int argc, char **argv)
{
    struct source *sources = malloc((size_t)argc * sizeof *sources);
    int option, source_count = 0;
    if (!sources)
        err(2, NULL);
    const char *own_name = strrchr(argv[0], '/') ? strrchr(argv[0], '/') + 1 : argv[0];
    how.extended = strcmp(own_name, "egrep") == 0;
    how.fixed = strcmp(own_name, "fgrep") == 0;
    while ((option = getopt(argc, argv, "EFGiywxvclLnoqshHrRae:f:m:")) != -1) {
        if (option == 'e' || option == 'f')
            sources[source_count++] = (struct source){(char)option, optarg};
        else if (option == 'm')
            limit = atol(optarg);
        else
            set_flag(option);
    }
    if (source_count == 0) {
        if (optind == argc)
            errx(2, "usage: grep [-EFchilLnoqrsvwxH] [-m COUNT] [-e PATTERN] [PATTERN] [FILE]...");
        sources[source_count++] = (struct source){'e', argv[optind++]};
    }
    for (int i = 0; i < source_count; i++) {
        if (sources[i].kind == 'e')
            match_add(sources[i].text, &how);
        else
            add_pattern_file(sources[i].text);
    }
    free(sources);
    if (with_names < 0)
        with_names = argc - optind > 1 || recursive;
    if (optind == argc)
        search_path(recursive ? "." : "-");
    for (int i = optind; i < argc; i++)
        search_path(argv[i]);
    finish(any_error ? 2 : !any_match);
}
