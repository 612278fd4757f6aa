// SPDX-License-Identifier: ISC
// The exact decimal digits of a binary floating-point number.
#pragma once

#include <stddef.h>
#include <stdint.h>

// Room for every double and every long double: the smallest long double has 16445 places.
#define DOUBLE_DIGITS      1400
#define LONG_DOUBLE_DIGITS 21600

// value = 0.d0 d1 d2 ... times 10^point; d0 is not 0 unless count is 0 (the value zero).
struct decimal {
    char *digits; // '0' to '9', not terminated
    int count;
    int point;
};

// mantissa * 2^exponent, exactly. `digits` has room for DOUBLE_DIGITS when the exponent is that of
// a double (-1074 to 971), else for LONG_DOUBLE_DIGITS.
void __decimal_expand(struct decimal *decimal, uint64_t mantissa, int exponent, char *digits);

// Keeps the first `keep` digits (0 and less: none), rounding to nearest, ties to even.
void __decimal_round(struct decimal *decimal, int keep);
