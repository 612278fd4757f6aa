// SPDX-License-Identifier: ISC
/* Formatted output into a buffer: %d %u %x %p %s %c %zu %ld %lld with width, 0, - and precision. */
#pragma once

#include "lib/base.h"

/* Both write at most size bytes including the final 0 and return the length that was wanted. */
int vsnprintf(char *buf, size_t size, const char *fmt, va_list ap);
int snprintf(char *buf, size_t size, const char *fmt, ...) printf_like(3, 4);

/* Like snprintf behind what is already in buf; returns the new length, never past size-1. */
size_t sappendf(char *buf, size_t size, size_t len, const char *fmt, ...) printf_like(4, 5);
