// SPDX-License-Identifier: ISC
#ifndef SH_EDIT_H
#define SH_EDIT_H

#include <stdbool.h>
#include <stddef.h>

// Reads a line, with its newline, from the terminal; of malloc. NULL at the end of input. ^C does
// not return (sh_abort).
char *edit_read_line(const char *prompt);

// A line being edited. Positions are bytes and never inside a UTF-8 character.
struct line {
    const char *prompt;
    char *text;
    size_t length, size, cursor;
    int columns; // of the terminal
    int row;     // of the cursor on the screen, below the first row of the prompt
};

void line_insert(struct line *line, const char *text, size_t length); // at the cursor
void line_erase(struct line *line, size_t from, size_t to);
void line_replace(struct line *line, const char *text);

// screen.c
void screen_size(struct line *line);
void screen_draw(struct line *line);                    // everything, over what was drawn before
void screen_inserted(struct line *line, size_t length); // before the cursor
void screen_moved(struct line *line);                   // the cursor
void screen_leave(struct line *line);                   // to the row below the line

// complete.c: the Tab key. True where the screen is to be drawn anew.
bool complete(struct line *line);

// history.c; index 0 is the newest.
void history_add(const char *text);
const char *history_get(int index);             // NULL past the oldest
int history_search(const char *text, int from); // the index of a line that has `text`, or -1

#endif
