// SPDX-License-Identifier: ISC
// printf of floating-point numbers: always the exact value, correctly rounded (ties to even).
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "stdio/decimal.h"
#include "stdio/format.h"

// value = mantissa * 2^exponent, for finite values.
struct binary {
    uint64_t mantissa;
    int exponent;
};

static struct binary binary_of(long double value, int is_long)
{
    union {
        long double value;
        struct {
            uint64_t mantissa;
            uint16_t exponent;
        };
    } wide = {value};
    union {
        double value;
        uint64_t bits;
    } narrow = {(double)value};
    if (is_long) {
        int exponent = wide.exponent & 0x7fff;
        return (struct binary){wide.mantissa, (exponent != 0 ? exponent : 1) - 16383 - 63};
    }
    int exponent = (int)(narrow.bits >> 52) & 0x7ff;
    uint64_t fraction = narrow.bits & ((1UL << 52) - 1);
    if (exponent == 0)
        return (struct binary){fraction, -1074};
    return (struct binary){fraction | 1UL << 52, exponent - 1075};
}

// Pieces of a number on their way out: digits of the decimal with zeros around them.
static void put_digits(struct sink *sink, const struct decimal *decimal, int from, int count)
{
    if (from < 0) { // zeros between the point and the first digit
        int zeros = -from < count ? -from : count;
        __sink_fill(sink, '0', zeros);
        from += zeros;
        count -= zeros;
    }
    int have = decimal->count - from;
    have = have < 0 ? 0 : have < count ? have : count;
    __sink_put(sink, decimal->digits + from, (size_t)have);
    __sink_fill(sink, '0', count - have);
}

// Puts padding and sign before `size` characters that follow; returns the padding due behind.
static int put_start(struct sink *sink, const struct spec *spec, const char *prefix, int size)
{
    int pad = spec->width - size - (int)strlen(prefix);
    if (!spec->left && !spec->zero)
        __sink_fill(sink, ' ', pad);
    __sink_put(sink, prefix, strlen(prefix));
    if (!spec->left && spec->zero)
        __sink_fill(sink, '0', pad);
    return spec->left ? pad : 0;
}

static void put_fixed(struct sink *sink, const struct spec *spec, const char *sign,
                      const struct decimal *decimal, int places)
{
    int whole = decimal->count > 0 && decimal->point > 0 ? decimal->point : 1;
    int point = places > 0 || spec->alternate;
    int after = put_start(sink, spec, sign, whole + point + places);
    if (decimal->count > 0 && decimal->point > 0)
        put_digits(sink, decimal, 0, whole);
    else
        __sink_fill(sink, '0', 1);
    __sink_put(sink, ".", (size_t)point);
    put_digits(sink, decimal, decimal->count > 0 ? decimal->point : 0, places);
    __sink_fill(sink, ' ', after);
}

static void put_scientific(struct sink *sink, const struct spec *spec, const char *sign,
                           const struct decimal *decimal, int places)
{
    char exponent[12];
    int value = decimal->count > 0 ? decimal->point - 1 : 0;
    int size = snprintf(exponent, sizeof(exponent), "%c%c%02d", spec->conversion & 32 ? 'e' : 'E',
                        value < 0 ? '-' : '+', value < 0 ? -value : value);
    int point = places > 0 || spec->alternate;
    int after = put_start(sink, spec, sign, 1 + point + places + size);
    put_digits(sink, decimal, 0, 1);
    __sink_put(sink, ".", (size_t)point);
    put_digits(sink, decimal, 1, places);
    __sink_put(sink, exponent, (size_t)size);
    __sink_fill(sink, ' ', after);
}

// %g: as %e or %f, whichever is fit for the exponent, without zeros at the end.
static void put_general(struct sink *sink, const struct spec *spec, const char *sign,
                        struct decimal *decimal, int precision)
{
    if (precision == 0)
        precision = 1;
    __decimal_round(decimal, precision);
    int exponent = decimal->count > 0 ? decimal->point - 1 : 0;
    int digits = precision;
    if (!spec->alternate) {
        while (decimal->count > 0 && decimal->digits[decimal->count - 1] == '0')
            decimal->count--;
        digits = decimal->count > 0 ? decimal->count : 1;
    }
    struct spec sub = *spec;
    sub.conversion = spec->conversion & 32 ? 'e' : 'E';
    if (exponent < -4 || exponent >= precision) {
        put_scientific(sink, &sub, sign, decimal, digits - 1);
    } else {
        int places = digits - 1 - exponent;
        put_fixed(sink, &sub, sign, decimal, places > 0 ? places : 0);
    }
}

static void put_decimal(struct sink *sink, const struct spec *spec, const char *sign,
                        struct binary binary, char *digits)
{
    struct decimal decimal;
    int precision = spec->precision < 0 ? 6 : spec->precision;
    __decimal_expand(&decimal, binary.mantissa, binary.exponent, digits);
    switch (spec->conversion | 32) {
    case 'f':
        // In 0.00ddd, digits start -point places behind the point.
        if (precision < 100000)
            __decimal_round(&decimal, decimal.point + precision);
        put_fixed(sink, spec, sign, &decimal, precision);
        break;
    case 'e':
        if (precision < 100000)
            __decimal_round(&decimal, precision + 1);
        put_scientific(sink, spec, sign, &decimal, precision);
        break;
    default:
        put_general(sink, spec, sign, &decimal, precision);
    }
}

// Out of line, so that only long doubles pay for the stack that their digits need.
static __attribute__((noinline)) void put_decimal_long(struct sink *sink, const struct spec *spec,
                                                       const char *sign, struct binary binary)
{
    char digits[LONG_DOUBLE_DIGITS];
    put_decimal(sink, spec, sign, binary, digits);
}

static __attribute__((noinline)) void put_decimal_double(struct sink *sink, const struct spec *spec,
                                                         const char *sign, struct binary binary)
{
    char digits[DOUBLE_DIGITS];
    put_decimal(sink, spec, sign, binary, digits);
}

// %a: one hexadecimal digit, a point, the rest; a double is normalised to a leading 1 (53 bits), a
// long double shows its leading four bits, both as people know it from Linux.
static void put_hexadecimal(struct sink *sink, const struct spec *spec, const char *sign,
                            struct binary binary, int is_long)
{
    const char *alphabet = spec->conversion == 'a' ? "0123456789abcdef" : "0123456789ABCDEF";
    int fraction_bits = is_long ? 60 : 52, nibbles = fraction_bits / 4;
    uint64_t mantissa = binary.mantissa;
    int exponent = mantissa != 0 ? binary.exponent + fraction_bits : 0;
    int precision = spec->precision;

    if (precision >= 0 && precision < nibbles) { // round, ties to even
        int drop = fraction_bits - precision * 4;
        uint64_t half = 1UL << (drop - 1), rest = mantissa & ((half << 1) - 1);
        mantissa >>= drop;
        if (rest > half || (rest == half && (mantissa & 1)))
            mantissa++;
        if (mantissa >> precision * 4 >= 16) {
            mantissa >>= 1;
            exponent++;
        }
        fraction_bits = precision * 4;
        nibbles = precision;
    }
    char text[24];
    int count = 0;
    for (int shift = fraction_bits; shift >= 0; shift -= 4)
        text[count++] = alphabet[mantissa >> shift & 15];
    if (precision < 0) {
        while (count > 1 && text[count - 1] == '0')
            count--;
        precision = count - 1;
    }
    char prefix[4], tail[12];
    snprintf(prefix, sizeof(prefix), "%s%s", sign, spec->conversion == 'a' ? "0x" : "0X");
    int size = snprintf(tail, sizeof(tail), "%c%+d", spec->conversion == 'a' ? 'p' : 'P', exponent);
    int point = precision > 0 || spec->alternate;
    int after = put_start(sink, spec, prefix, 1 + point + precision + size);
    __sink_put(sink, text, 1);
    __sink_put(sink, ".", (size_t)point);
    int have = count - 1 < precision ? count - 1 : precision;
    __sink_put(sink, text + 1, (size_t)have);
    __sink_fill(sink, '0', precision - have);
    __sink_put(sink, tail, (size_t)size);
    __sink_fill(sink, ' ', after);
}

void __format_float(struct sink *sink, const struct spec *spec, long double value, int is_long)
{
    const char *sign = signbit(value) ? "-" : spec->plus ? "+" : spec->space ? " " : "";
    if (!isfinite(value)) {
        struct spec plain = *spec;
        plain.zero = 0;
        const char *text = isnan(value) ? "nanNAN" : "infINF";
        __format_padded(sink, &plain, sign, spec->conversion & 32 ? text : text + 3, 3);
        return;
    }
    struct binary binary = binary_of(value, is_long);
    if ((spec->conversion | 32) == 'a')
        put_hexadecimal(sink, spec, sign, binary, is_long);
    else if (is_long)
        put_decimal_long(sink, spec, sign, binary);
    else
        put_decimal_double(sink, spec, sign, binary);
}
