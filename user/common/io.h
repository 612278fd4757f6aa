// SPDX-License-Identifier: ISC
#ifndef COMMON_IO_H
#define COMMON_IO_H

#include <stdbool.h>
#include <stddef.h>

// What the small tools share about descriptors and lines. Messages go through err.h.

// Opens a file to read; "-" is standard input. -1 after a message.
int input_open(const char *path);
void input_close(int fd);

bool write_all(int fd, const char *data, size_t size); // false with errno
bool copy_all(int from, int to);                       // up to the end of `from`; false with errno

// Ends a tool: what stdio still holds is written, and an error in that is the tool's failure.
_Noreturn void finish(int status);

#endif
