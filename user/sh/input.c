// SPDX-License-Identifier: ISC
//
// Sources of shell text. A script has a descriptor of its own and is read in blocks. Standard
// input is shared with the commands that the script starts, so it is read up to the end of the
// line and no further: in a block that is then given back where it can seek, else byte by byte.

#include "input.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "edit.h"
#include "sh.h"

#define BLOCK 4096

static bool refill_nothing(struct input *input)
{
    (void)input;
    return false;
}

void input_open_string(struct input *input, const char *text)
{
    *input = (struct input){.next = text, .end = text + strlen(text), .line = 1, .fd = -1};
    input->refill = refill_nothing;
}

static ssize_t read_again(int fd, char *buffer, size_t size)
{
    ssize_t got;
    while ((got = read(fd, buffer, size)) < 0 && errno == EINTR)
        trap_run_pending();
    return got;
}

static bool refill_block(struct input *input)
{
    ssize_t got = read_again(input->fd, input->buffer, BLOCK);
    if (got <= 0)
        return false;
    input->next = input->buffer;
    input->end = input->buffer + got;
    return true;
}

void input_open_file(struct input *input, int fd)
{
    *input = (struct input){.fd = fd, .line = 1, .buffer = mem_alloc(BLOCK)};
    input->refill = refill_block;
}

static bool refill_line(struct input *input)
{
    bool seeks = lseek(input->fd, 0, SEEK_CUR) >= 0;
    ssize_t got = read_again(input->fd, input->buffer, seeks ? BLOCK : 1);
    if (got <= 0)
        return false;
    char *newline = memchr(input->buffer, '\n', (size_t)got);
    ssize_t taken = newline ? newline + 1 - input->buffer : got;
    if (taken < got)
        lseek(input->fd, taken - got, SEEK_CUR);
    input->next = input->buffer;
    input->end = input->buffer + taken;
    return true;
}

void input_open_stdin(struct input *input)
{
    input_open_file(input, 0);
    input->refill = refill_line;
}

static bool refill_edited(struct input *input)
{
    free(input->buffer);
    input->buffer = NULL; // ^C does not come back from the editor
    input->next = input->end = NULL;
    input->buffer = edit_read_line(prompt_text(input->continued));
    input->continued = true;
    if (!input->buffer)
        return false;
    input->next = input->buffer;
    input->end = input->buffer + strlen(input->buffer);
    return true;
}

void input_open_terminal(struct input *input)
{
    *input = (struct input){.fd = 0, .line = 1, .refill = refill_edited};
}

void input_close(struct input *input)
{
    free(input->buffer);
    if (input->fd > 2)
        close(input->fd);
    input->buffer = NULL;
}

int input_get(struct input *input)
{
    for (;;) {
        while (input->next == input->end)
            if (!input->refill(input))
                return INPUT_END;
        char c = *input->next++;
        if (c == '\n')
            input->line++;
        if (c)
            return (unsigned char)c;
    }
}

bool input_at_end(struct input *input)
{
    if (input->refill != refill_nothing)
        return false;
    const char *p = input->next;
    while (p < input->end && strchr(" \t\n", *p))
        p++;
    return p == input->end;
}

void input_drop_line(struct input *input)
{
    input->next = input->end;
    input->continued = false;
}
