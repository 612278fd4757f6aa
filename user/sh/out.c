// SPDX-License-Identifier: ISC
//
// Output of built-in commands, and text quoted so that the shell reads it back.

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "sh.h"

static char buffer[4096];
static size_t used;
static int failed; // errno of the first write that failed

static void write_all(int fd, const char *text, size_t length)
{
    while (length) {
        ssize_t done = write(fd, text, length);
        if (done < 0 && errno == EINTR)
            continue;
        if (done < 0) {
            if (fd == 1 && !failed)
                failed = errno;
            return;
        }
        text += done;
        length -= (size_t)done;
    }
}

bool out_flush(void)
{
    write_all(1, buffer, used);
    used = 0;
    int error = failed;
    failed = 0;
    errno = error;
    return !error;
}

void out_bytes(const char *text, size_t length)
{
    while (length) {
        if (used == sizeof buffer) {
            write_all(1, buffer, used);
            used = 0;
        }
        size_t room = sizeof buffer - used;
        size_t part = length < room ? length : room;
        memcpy(buffer + used, text, part);
        used += part;
        text += part;
        length -= part;
    }
}

void out_string(const char *text)
{
    out_bytes(text, strlen(text));
}

void out_format(const char *format, ...)
{
    char text[512];
    va_list args;
    va_start(args, format);
    vsnprintf(text, sizeof text, format, args);
    va_end(args);
    out_string(text);
}

void out_quoted(const char *text)
{
    do {
        size_t plain = strcspn(text, "'");
        size_t quotes = strspn(text + plain, "'");
        if (plain || !quotes) {
            out_string("'");
            out_bytes(text, plain);
            out_string("'");
        }
        if (quotes) {
            out_string("\"");
            out_bytes(text + plain, quotes);
            out_string("\"");
        }
        text += plain + quotes;
    } while (*text);
}

void err_string(const char *text)
{
    write_all(2, text, strlen(text));
}
