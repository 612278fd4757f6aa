// SPDX-License-Identifier: ISC
//
// How ls shows a list: one a line, in columns, or the long form. Widths and dates as GNU's.

#include <grp.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/sysmacros.h>
#include <termios.h>
#include <time.h>

#include "ls.h"

#define HALF_YEAR (31556952 / 2)

// ---- one name

static const char *colour_of(const struct entry *entry)
{
    mode_t mode = entry->status.st_mode;
    switch (mode & S_IFMT) {
    case S_IFDIR:
        return "01;34";
    case S_IFLNK:
        return entry->broken ? "01;31" : "01;36";
    case S_IFIFO:
        return "33";
    case S_IFSOCK:
        return "01;35";
    case S_IFCHR:
    case S_IFBLK:
        return "01;33";
    default:
        return mode & 0111 ? "01;32" : NULL;
    }
}

static const char *class_of(mode_t mode)
{
    switch (mode & S_IFMT) {
    case S_IFDIR:
        return "/";
    case S_IFLNK:
        return "@";
    case S_IFIFO:
        return "|";
    case S_IFSOCK:
        return "=";
    default:
        return S_ISREG(mode) && (mode & 0111) ? "*" : "";
    }
}

static void print_name(const struct entry *entry)
{
    const char *colour = options.colour ? colour_of(entry) : NULL;
    if (colour)
        printf("\033[%sm%s\033[0m", colour, entry->name);
    else
        fputs(entry->name, stdout);
    if (options.classify && !(options.long_form && entry->target))
        fputs(class_of(entry->status.st_mode), stdout);
}

// How many columns a name takes: UTF-8 characters, not bytes.
static int width_of(const struct entry *entry)
{
    int width = 0;
    for (const char *p = entry->name; *p; p++)
        width += (*p & 0xc0) != 0x80;
    return width + (options.classify ? (int)strlen(class_of(entry->status.st_mode)) : 0);
}

// ---- short forms

static int digits(unsigned long value)
{
    int count = 1;
    for (; value >= 10; value /= 10)
        count++;
    return count;
}

static int inode_width(const struct list *list)
{
    int width = 0;
    for (size_t i = 0; options.inodes && i < list->count; i++) {
        int own = digits(list->entries[i].status.st_ino);
        width = own > width ? own : width;
    }
    return width;
}

static void print_inode(const struct entry *entry, int width)
{
    if (options.inodes)
        printf("%*lu ", width, (unsigned long)entry->status.st_ino);
}

static void print_lines(const struct list *list)
{
    int inodes = inode_width(list);
    for (size_t i = 0; i < list->count; i++) {
        print_inode(&list->entries[i], inodes);
        print_name(&list->entries[i]);
        putchar('\n');
    }
}

static int terminal_width(void)
{
    struct winsize size;
    if (ioctl(1, TIOCGWINSZ, &size) == 0 && size.ws_col)
        return size.ws_col;
    const char *columns = getenv("COLUMNS");
    return columns && atoi(columns) > 0 ? atoi(columns) : 80;
}

// The width that `rows` rows need; each column is as wide as its widest name.
static int columns_width(const int *widths, size_t count, size_t rows, int *columns)
{
    int total = 0, used = 0;
    for (size_t i = 0; i < count; i += rows) {
        int widest = 0;
        for (size_t j = i; j < i + rows && j < count; j++)
            widest = widths[j] > widest ? widths[j] : widest;
        columns[used++] = widest + 2;
        total += widest + 2;
    }
    return total - 2;
}

static void print_columns(const struct list *list)
{
    int limit = terminal_width(), inodes = inode_width(list);
    int *widths = malloc(2 * list->count * sizeof *widths), *columns = widths + list->count;
    if (!widths) {
        print_lines(list);
        return;
    }
    for (size_t i = 0; i < list->count; i++)
        widths[i] = width_of(&list->entries[i]) + (inodes ? inodes + 1 : 0);
    size_t rows = 1;
    while (rows < list->count && columns_width(widths, list->count, rows, columns) >= limit)
        rows++;
    columns_width(widths, list->count, rows, columns);
    for (size_t row = 0; row < rows; row++) {
        for (size_t i = row; i < list->count; i += rows) {
            print_inode(&list->entries[i], inodes);
            print_name(&list->entries[i]);
            if (i + rows < list->count)
                printf("%*s", columns[i / rows] - widths[i], "");
        }
        putchar('\n');
    }
    free(widths);
}

// ---- the long form

static void format_mode(mode_t mode, char *text)
{
    static const char kinds[] = "?pc?d?b?-?l?s???";
    text[0] = kinds[(mode >> 12) & 15];
    for (int i = 0; i < 9; i++)
        text[1 + i] = mode & (0400 >> i) ? "rwx"[i % 3] : '-';
    if (mode & S_ISUID)
        text[3] = mode & 0100 ? 's' : 'S';
    if (mode & S_ISGID)
        text[6] = mode & 0010 ? 's' : 'S';
    if (mode & S_ISVTX)
        text[9] = mode & 0001 ? 't' : 'T';
    text[10] = '\0';
}

static void format_user(uid_t id, char *text, size_t size)
{
    const struct passwd *user = options.numeric ? NULL : getpwuid(id);
    if (user)
        snprintf(text, size, "%s", user->pw_name);
    else
        snprintf(text, size, "%u", id);
}

static void format_group(gid_t id, char *text, size_t size)
{
    const struct group *group = options.numeric ? NULL : getgrgid(id);
    if (group)
        snprintf(text, size, "%s", group->gr_name);
    else
        snprintf(text, size, "%u", id);
}

// Sizes of -h are rounded up.
static void format_human(unsigned long bytes, char *text, size_t size)
{
    static const char units[] = "BKMGTP";
    unsigned long whole = bytes, tenths = bytes * 10;
    int unit = 0;
    while (whole >= 1024) {
        whole = (whole + 1023) / 1024;
        tenths = (tenths + 1023) / 1024;
        unit++;
    }
    if (unit == 0)
        snprintf(text, size, "%lu", bytes);
    else if (tenths < 100)
        snprintf(text, size, "%lu.%lu%c", tenths / 10, tenths % 10, units[unit]);
    else
        snprintf(text, size, "%lu%c", whole, units[unit]);
}

static bool is_device(const struct stat *status)
{
    return S_ISCHR(status->st_mode) || S_ISBLK(status->st_mode);
}

// A device has its two numbers where others have a size; the second is `minors` wide.
static void format_size(const struct stat *status, int minors, char *text, size_t size)
{
    if (is_device(status))
        snprintf(text, size, "%u, %*u", major(status->st_rdev), minors, minor(status->st_rdev));
    else if (options.human)
        format_human((unsigned long)status->st_size, text, size);
    else
        snprintf(text, size, "%ld", (long)status->st_size);
}

static void format_date(time_t when, char *text, size_t size)
{
    time_t now = time(NULL);
    bool recent = when <= now && when > now - HALF_YEAR;
    strftime(text, size, recent ? "%b %e %H:%M" : "%b %e  %Y", localtime(&when));
}

struct fields {
    char links[24], user[40], group[40], size[32];
};

static void format_fields(const struct entry *entry, int minors, struct fields *fields)
{
    snprintf(fields->links, sizeof fields->links, "%lu", (unsigned long)entry->status.st_nlink);
    format_user(entry->status.st_uid, fields->user, sizeof fields->user);
    format_group(entry->status.st_gid, fields->group, sizeof fields->group);
    format_size(&entry->status, minors, fields->size, sizeof fields->size);
}

static void widen(int *width, const char *text)
{
    int own = (int)strlen(text);
    *width = own > *width ? own : *width;
}

static void print_long(const struct list *list)
{
    int links = 0, user = 0, group = 0, size = 0, inodes = inode_width(list);
    int minors = 0;
    struct fields fields;
    for (size_t i = 0; i < list->count; i++) {
        const struct stat *status = &list->entries[i].status;
        int own = is_device(status) ? digits(minor(status->st_rdev)) : 0;
        minors = own > minors ? own : minors;
    }
    for (size_t i = 0; i < list->count; i++) {
        format_fields(&list->entries[i], minors, &fields);
        widen(&links, fields.links);
        widen(&user, fields.user);
        widen(&group, fields.group);
        widen(&size, fields.size);
    }
    for (size_t i = 0; i < list->count; i++) {
        const struct entry *entry = &list->entries[i];
        char mode[12], date[32];
        format_fields(entry, minors, &fields);
        format_mode(entry->status.st_mode, mode);
        format_date(entry->status.st_mtim.tv_sec, date, sizeof date);
        print_inode(entry, inodes);
        printf("%s %*s %-*s %-*s %*s %s ", mode, links, fields.links, user, fields.user, group,
               fields.group, size, fields.size, date);
        print_name(entry);
        if (entry->target)
            printf(" -> %s", entry->target);
        putchar('\n');
    }
}

static void print_total(const struct list *list)
{
    unsigned long blocks = 0;
    char text[32];
    for (size_t i = 0; i < list->count; i++)
        blocks += (unsigned long)list->entries[i].status.st_blocks;
    if (options.human)
        format_human(blocks * 512, text, sizeof text);
    else
        snprintf(text, sizeof text, "%lu", blocks / 2);
    printf("total %s\n", text);
}

void print_list(const struct list *list, bool total)
{
    if (options.long_form) {
        if (total)
            print_total(list);
        print_long(list);
    } else if (options.columns && !options.one && list->count) {
        print_columns(list);
    } else {
        print_lines(list);
    }
}
