// SPDX-License-Identifier: ISC
// Text to floating point, correctly rounded (to nearest, ties to even).
//
// Short numbers take one exact multiplication or division of doubles (Clinger's fast path). Others
// go through a long integer: the digits times 10^k when k is positive; when it is negative the
// digits are shifted up far enough and divided by 5^-k in steps that fit a limb, noting whether
// anything was left over (nested floor divisions give the floor of the whole one). The leading
// bits, the bit below them and that note round exactly. Digits beyond the 800th only count as "not
// zero": no double needs more, and a long double's tie that long is not decided by them.
#include <ctype.h>
#include <errno.h>
#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define DIGITS_MAX 800
#define LIMBS      660 // 32 bits each: 10^4932 times 800 digits, or the shift for the smallest

// What a format has: bits of mantissa, and the exponent of the lowest bit at the smallest value.
struct format {
    int bits;
    int lowest;  // 2^lowest is the smallest value
    int highest; // values from 2^highest on overflow
};

static const struct format float_format = {24, -149, 128};
static const struct format double_format = {53, -1074, 1024};
static const struct format long_double_format = {64, -16445, 16384};

struct big {
    uint32_t limb[LIMBS]; // little end first
    int count;
    int sticky; // something not zero lies below
};

static void big_multiply_add(struct big *big, uint32_t factor, uint32_t add)
{
    uint64_t carry = add;
    for (int i = 0; i < big->count; i++) {
        carry += (uint64_t)big->limb[i] * factor;
        big->limb[i] = (uint32_t)carry;
        carry >>= 32;
    }
    if (carry != 0)
        big->limb[big->count++] = (uint32_t)carry;
}

static void big_divide(struct big *big, uint32_t by)
{
    uint64_t rest = 0;
    for (int i = big->count; i-- > 0;) {
        rest = rest << 32 | big->limb[i];
        big->limb[i] = (uint32_t)(rest / by);
        rest %= by;
    }
    big->sticky |= rest != 0;
    while (big->count > 0 && big->limb[big->count - 1] == 0)
        big->count--;
}

static void big_shift_limbs(struct big *big, int limbs)
{
    memmove(big->limb + limbs, big->limb, (size_t)big->count * sizeof(big->limb[0]));
    memset(big->limb, 0, (size_t)limbs * sizeof(big->limb[0]));
    big->count += limbs;
}

static int big_bits(const struct big *big)
{
    return big->count == 0 ? 0 : big->count * 32 - __builtin_clz(big->limb[big->count - 1]);
}

// 64 bits from the given one on.
static uint64_t big_extract(const struct big *big, int from)
{
    uint64_t bits = 0;
    for (int at = from; at < from + 64 && at / 32 < big->count; at += 32 - at % 32)
        bits |= (uint64_t)(big->limb[at / 32] >> at % 32) << (at - from);
    return bits;
}

// Whether any bit below the given one is set.
static int big_any_below(const struct big *big, int bit)
{
    for (int i = 0; i < big->count && i * 32 < bit; i++) {
        uint32_t part = big->limb[i];
        if (bit - i * 32 < 32)
            part &= (1U << (bit - i * 32)) - 1;
        if (part != 0)
            return 1;
    }
    return 0;
}

// big * 2^exponent, rounded into the format. Where bits of it may be missing (sticky), big has
// more bits than the format keeps.
static long double round_to(const struct format *format, const struct big *big, int exponent)
{
    int bits = big_bits(big);
    int lowest = exponent + bits - format->bits; // of the last bit that is kept
    if (lowest < format->lowest)
        lowest = format->lowest;
    int drop = lowest - exponent, inexact = big->sticky;
    uint64_t kept;
    if (drop <= 0) {
        kept = big_extract(big, 0) << -drop;
    } else {
        kept = drop < bits ? big_extract(big, drop) : 0;
        int half = drop <= bits && (big_extract(big, drop - 1) & 1);
        int below = big->sticky || big_any_below(big, drop - 1);
        inexact = half || below;
        if (half && (below || (kept & 1)) && ++kept == 0) { // 2^64
            kept = 1UL << 63;
            lowest++;
        }
    }
    if (inexact && kept < 1UL << (format->bits - 1))
        errno = ERANGE;
    if (kept == 0)
        return 0;
    if (64 - __builtin_clzl(kept) + lowest > format->highest) {
        errno = ERANGE;
        return HUGE_VAL;
    }
    return ldexpl((long double)kept, lowest);
}

// What the text says: digits without leading zeros, and the exponent of the last one.
struct number {
    char digits[DIGITS_MAX];
    int count;
    int exponent; // of 10, or of 2 for hexadecimal
    int sticky;   // digits that are not kept were not all zero
};

// An exponent clipped to a range in which sums do not overflow.
static int parse_exponent(const char **text, char letter)
{
    const char *at = *text;
    if ((*at | 32) != letter)
        return 0;
    at++;
    int negative = *at == '-';
    if (*at == '+' || *at == '-')
        at++;
    if (!isdigit((unsigned char)*at))
        return 0;
    int value = 0;
    for (; isdigit((unsigned char)*at); at++)
        value = value < 100000000 ? value * 10 + (*at - '0') : value;
    *text = at;
    return negative ? -value : value;
}

// Digits with a point among them, each digit worth `step` of the exponent. Returns the end, or
// NULL where there is no digit.
static const char *parse_digits(struct number *number, const char *text, int hexadecimal)
{
    int any = 0, point = 0, step = hexadecimal ? 4 : 1;
    number->count = number->exponent = number->sticky = 0;
    for (;; text++) {
        if (*text == '.' && !point) {
            point = 1;
            continue;
        }
        if (hexadecimal ? !isxdigit((unsigned char)*text) : !isdigit((unsigned char)*text))
            break;
        any = 1;
        if (number->count == 0 && *text == '0') {
            number->exponent -= point ? step : 0;
        } else if (number->count < DIGITS_MAX) {
            number->digits[number->count++] = *text;
            number->exponent -= point ? step : 0;
        } else {
            number->sticky |= *text != '0';
            number->exponent += point ? 0 : step;
        }
    }
    return any ? text : NULL;
}

static long double convert_hexadecimal(const struct format *format, const struct number *number)
{
    struct big big = {.count = 0, .sticky = number->sticky};
    for (int i = 0; i < number->count; i++) {
        char c = number->digits[i];
        big_multiply_add(&big, 16, (uint32_t)(c <= '9' ? c - '0' : (c | 32) - 'a' + 10));
    }
    if (big.count == 0)
        return 0;
    return round_to(format, &big, number->exponent);
}

static long double convert_decimal(const struct format *format, const struct number *number)
{
    struct big big = {.count = 0, .sticky = number->sticky};
    int exponent = number->exponent, count = number->count;
    while (count > 0 && number->digits[count - 1] == '0' && !number->sticky) {
        count--;
        exponent++;
    }
    if (count == 0)
        return 0;
    int magnitude = exponent + count; // the value is below 10^magnitude
    if (magnitude > format->highest * 0.30103 + 2 || magnitude < format->lowest * 0.30103 - 2) {
        errno = ERANGE;
        return magnitude > 0 ? HUGE_VAL : 0;
    }
    for (int i = 0; i < count; i++)
        big_multiply_add(&big, 10, (uint32_t)(number->digits[i] - '0'));
    int left = exponent;
    for (; left > 0; left -= 9) {
        static const uint32_t powers[] = {1,      10,      100,      1000,      10000,
                                          100000, 1000000, 10000000, 100000000, 1000000000};
        big_multiply_add(&big, powers[left < 9 ? left : 9], 0);
    }
    if (exponent >= 0)
        return round_to(format, &big, 0);

    // Divide by 5^n, n = -exponent, after making the quotient at least 66 bits long.
    int missing = 66 + (int)(-exponent * 2.33) + 1 - big_bits(&big);
    int limbs = missing > 0 ? (missing + 31) / 32 : 0;
    big_shift_limbs(&big, limbs);
    int n = -exponent;
    for (; n >= 13; n -= 13)
        big_divide(&big, 1220703125); // 5^13
    for (; n > 0; n--)
        big_divide(&big, 5);
    return round_to(format, &big, exponent - 32 * limbs);
}

// Up to 15 digits and a power of ten up to 22 are exact as doubles, so one operation rounds once.
static int convert_short(const struct number *number, double *value)
{
    static const double powers[] = {1e0,  1e1,  1e2,  1e3,  1e4,  1e5,  1e6,  1e7,
                                    1e8,  1e9,  1e10, 1e11, 1e12, 1e13, 1e14, 1e15,
                                    1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22};
    if (number->count > 15 || number->exponent > 22 || number->exponent < -22)
        return 0;
    uint64_t digits = 0;
    for (int i = 0; i < number->count; i++)
        digits = digits * 10 + (uint64_t)(number->digits[i] - '0');
    *value = number->exponent < 0 ? (double)digits / powers[-number->exponent]
                                  : (double)digits * powers[number->exponent];
    return 1;
}

// "inf", "infinity", "nan", "nan(letters)". Returns the end or NULL.
static const char *parse_word(const char *text, long double *value)
{
    if (strncasecmp(text, "inf", 3) == 0) {
        *value = HUGE_VAL;
        return text + (strncasecmp(text, "infinity", 8) == 0 ? 8 : 3);
    }
    if (strncasecmp(text, "nan", 3) != 0)
        return NULL;
    *value = NAN;
    text += 3;
    if (*text == '(') {
        const char *end = text + 1;
        while (isalnum((unsigned char)*end) || *end == '_')
            end++;
        if (*end == ')')
            return end + 1;
    }
    return text;
}

static long double parse(const char *text, char **end, const struct format *format)
{
    struct number number;
    const char *at = text, *stop;
    long double value = 0;
    while (isspace((unsigned char)*at))
        at++;
    int negative = *at == '-';
    if (*at == '+' || *at == '-')
        at++;

    int hexadecimal = at[0] == '0' && (at[1] | 32) == 'x';
    if ((stop = parse_word(at, &value)) != NULL) {
        // done
    } else if (hexadecimal && (stop = parse_digits(&number, at + 2, 1)) != NULL) {
        number.exponent += parse_exponent(&stop, 'p');
        value = convert_hexadecimal(format, &number);
    } else if ((stop = parse_digits(&number, at, 0)) != NULL) {
        double quick;
        number.exponent += parse_exponent(&stop, 'e');
        if (format == &double_format && convert_short(&number, &quick))
            value = quick;
        else
            value = convert_decimal(format, &number);
    } else {
        stop = text; // no number: also no sign
        negative = 0;
    }
    if (end != NULL)
        *end = (char *)stop;
    return negative ? -value : value;
}

float strtof(const char *restrict text, char **restrict end)
{
    return (float)parse(text, end, &float_format);
}

double strtod(const char *restrict text, char **restrict end)
{
    return (double)parse(text, end, &double_format);
}

long double strtold(const char *restrict text, char **restrict end)
{
    return parse(text, end, &long_double_format);
}

double atof(const char *text)
{
    return strtod(text, NULL);
}
