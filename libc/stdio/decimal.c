// SPDX-License-Identifier: ISC
// mantissa * 2^exponent as decimal digits, exactly, by long arithmetic in base 10^9.
//
// A limb holds nine digits. Multiplying by 2^n walks from the last limb to the first with a carry;
// dividing by 2^n walks the other way with a remainder, which may add limbs at the end: every power
// of two divides a power of ten, so that ends. 29 bits a step keep all in 64 bits.
#include "stdio/decimal.h"

#define BASE 1000000000U
#define STEP 29

struct limbs {
    uint32_t *limb;
    int first, end; // in use
    int point;      // the limb with this number is the first after the point
};

static void shift_left(struct limbs *x, int bits)
{
    uint64_t carry = 0;
    for (int i = x->end; i-- > x->first;) {
        carry += (uint64_t)x->limb[i] << bits;
        x->limb[i] = (uint32_t)(carry % BASE);
        carry /= BASE;
    }
    for (; carry != 0; carry /= BASE)
        x->limb[--x->first] = (uint32_t)(carry % BASE);
}

static void shift_right(struct limbs *x, int bits)
{
    uint64_t rest = 0, mask = (1UL << bits) - 1;
    for (int i = x->first; i < x->end; i++) {
        rest = rest * BASE + x->limb[i];
        x->limb[i] = (uint32_t)(rest >> bits);
        rest &= mask;
    }
    while (rest != 0) {
        rest *= BASE;
        x->limb[x->end++] = (uint32_t)(rest >> bits);
        rest &= mask;
    }
    while (x->first < x->end && x->limb[x->first] == 0)
        x->first++;
}

static void write_digits(const struct limbs *x, struct decimal *decimal)
{
    char *to = decimal->digits;
    for (int i = x->first; i < x->end; i++) {
        uint32_t limb = x->limb[i];
        for (int place = 8; place >= 0; place--, limb /= 10)
            to[place] = (char)('0' + limb % 10);
        to += 9;
    }
    int zeros = 0, count = (int)(to - decimal->digits);
    while (zeros < count && decimal->digits[zeros] == '0')
        zeros++;
    while (count > zeros && decimal->digits[count - 1] == '0')
        count--;
    decimal->point = (x->point - x->first) * 9 - zeros;
    decimal->digits += zeros;
    decimal->count = count - zeros;
}

void __decimal_expand(struct decimal *decimal, uint64_t mantissa, int exponent, char *digits)
{
    // Whole limbs before the point: 9 * 36 digits for a double, 9 * 550 for a long double.
    int small = exponent >= -1074 && exponent <= 971;
    int whole = small ? 36 : 550, total = (small ? DOUBLE_DIGITS : LONG_DOUBLE_DIGITS) / 9;
    uint32_t limb[total];
    struct limbs x = {limb, whole, whole, whole};

    for (; mantissa != 0; mantissa /= BASE)
        limb[--x.first] = (uint32_t)(mantissa % BASE);
    for (int left = exponent; left > 0; left -= STEP)
        shift_left(&x, left < STEP ? left : STEP);
    for (int left = -exponent; left > 0; left -= STEP)
        shift_right(&x, left < STEP ? left : STEP);
    decimal->digits = digits;
    write_digits(&x, decimal);
}

void __decimal_round(struct decimal *decimal, int keep)
{
    if (keep >= decimal->count)
        return;
    if (keep < 0 || decimal->count == 0) {
        decimal->count = 0;
        return;
    }
    char *digits = decimal->digits;
    int up = digits[keep] > '5';
    if (digits[keep] == '5')
        up = keep + 1 < decimal->count || (keep > 0 && (digits[keep - 1] - '0') % 2 != 0);
    decimal->count = keep;
    if (!up)
        return;
    while (decimal->count > 0 && digits[decimal->count - 1] == '9')
        decimal->count--;
    if (decimal->count > 0) {
        digits[decimal->count - 1]++;
    } else { // all nines: the next power of ten
        digits[0] = '1';
        decimal->count = 1;
        decimal->point++;
    }
}
