// SPDX-License-Identifier: ISC
//
// resize: asks the terminal on a serial line how large it is, and tells the kernel. (A serial line
// does not say by itself; until it is told, the kernel takes 24 lines of 80 columns.)
//
// The cursor is sent far beyond the last corner, where it stops, and its place is asked for: CSI 6
// n is answered by CSI row ; column R (ECMA-48, device status report).

#include <err.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>

#include "common/io.h"

#define QUESTION "\0337\033[r\033[999;999H\033[6n\0338" // cursor saved before and restored after

// Reads the answer; a terminal that says nothing for half a second does not know the question.
static bool read_answer(unsigned *rows, unsigned *columns)
{
    char answer[32] = "";
    size_t used = 0;
    while (used < sizeof answer - 1 && read(0, answer + used, 1) == 1 && answer[used] != 'R')
        used++;
    const char *start = strchr(answer, '\033');
    return start && sscanf(start, "\033[%u;%uR", rows, columns) == 2;
}

int main(void)
{
    struct termios before, modes;
    unsigned rows, columns;
    if (tcgetattr(0, &before) < 0)
        err(1, "standard input");
    modes = before;
    modes.c_lflag &= ~(tcflag_t)(ICANON | ECHO);
    modes.c_cc[VMIN] = 0;
    modes.c_cc[VTIME] = 5;
    tcsetattr(0, TCSAFLUSH, &modes);
    bool known = write_all(0, QUESTION, strlen(QUESTION)) && read_answer(&rows, &columns);
    tcsetattr(0, TCSAFLUSH, &before);
    if (!known)
        errx(1, "the terminal does not answer");
    struct winsize size = {.ws_row = (unsigned short)rows, .ws_col = (unsigned short)columns};
    if (ioctl(0, TIOCSWINSZ, &size) < 0)
        err(1, "cannot set the size");
    printf("%u lines, %u columns\n", rows, columns);
    finish(0);
}
