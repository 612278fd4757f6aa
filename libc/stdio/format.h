// SPDX-License-Identifier: ISC
// What the parts of printf share: where the output goes, and what one conversion asks for.
#pragma once

#include <stddef.h>

struct sink {
    void (*put)(struct sink *sink, const char *data, size_t size);
    size_t total; // bytes put so far
};

struct spec {
    int left, plus, space, alternate, zero; // the flags - + space # 0
    int width;
    int precision; // -1: none given
    char conversion;
};

void __sink_put(struct sink *sink, const char *data, size_t size);
void __sink_fill(struct sink *sink, char c, int count);

// Puts prefix (sign, 0x) and body, padded to the width; zeros go between the two.
void __format_padded(struct sink *sink, const struct spec *spec, const char *prefix,
                     const char *body, size_t size);

// %a %e %f %g and their capitals. `is_long`: the value came as a long double.
void __format_float(struct sink *sink, const struct spec *spec, long double value, int is_long);
