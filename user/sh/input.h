// SPDX-License-Identifier: ISC
#ifndef SH_INPUT_H
#define SH_INPUT_H

#include <stdbool.h>

// Where the shell's text comes from: a string, a file, standard input, or the line editor.
struct input {
    const char *next, *end;              // what is read and not yet handed out
    bool (*refill)(struct input *input); // false at the end
    char *buffer;
    int fd;
    int line;       // of the next character
    bool continued; // the next prompt is PS2
    bool shared;    // fd is standard input, read by our children too
};

#define INPUT_END (-1)

void input_open_string(struct input *input, const char *text);
void input_open_file(struct input *input, int fd);
void input_open_stdin(struct input *input);    // reads no further than the line it needs
void input_open_terminal(struct input *input); // through the line editor
void input_close(struct input *input);
int input_get(struct input *input);        // a byte, or INPUT_END
bool input_at_end(struct input *input);    // only blanks and newlines are left (strings only)
void input_drop_line(struct input *input); // forgets the rest of what was read

#endif
