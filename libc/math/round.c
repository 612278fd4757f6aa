// SPDX-License-Identifier: ISC
// Rounding, splitting and composing of floating-point numbers: exact operations on their bits.
#include <limits.h>
#include <math.h>
#include <stdint.h>

// Adding and taking away 2^52 leaves a whole number, rounded as the processor is set to.
double rint(double x)
{
    const double large = 4503599627370496.0;
    if (!(fabs(x) < large))
        return x;
    volatile double shifted = signbit(x) ? x - large : x + large;
    return copysign(signbit(x) ? shifted + large : shifted - large, x);
}

double nearbyint(double x)
{
    return rint(x);
}

double trunc(double x)
{
    if (!(fabs(x) < 4503599627370496.0))
        return x;
    return copysign((double)(long)x, x);
}

double floor(double x)
{
    double whole = trunc(x);
    return whole > x ? whole - 1 : whole;
}

double ceil(double x)
{
    double whole = trunc(x);
    return whole < x ? copysign(whole + 1, x) : whole;
}

// Halves go away from zero.
double round(double x)
{
    double whole = trunc(x);
    return fabs(x - whole) >= 0.5 ? whole + copysign(1, x) : whole;
}

long lrint(double x)
{
    return (long)rint(x);
}

long lround(double x)
{
    return (long)round(x);
}

double modf(double x, double *whole)
{
    *whole = trunc(x);
    return copysign(isinf(x) ? 0 : x - *whole, x);
}

double fabs(double x)
{
    return __builtin_fabs(x);
}

double copysign(double x, double y)
{
    return __builtin_copysign(x, y);
}

double fmax(double x, double y)
{
    return isnan(x) ? y : isnan(y) || x > y ? x : y;
}

double fmin(double x, double y)
{
    return isnan(x) ? y : isnan(y) || x < y ? x : y;
}

double fdim(double x, double y)
{
    return isnan(x) || isnan(y) ? x + y : x > y ? x - y : 0;
}

// The remainder is exact; the x87 takes up to 63 bits of the quotient at a time.
double fmod(double x, double y)
{
    long double result = x;
    uint16_t status;
    do
        __asm__("fprem; fnstsw %1" : "+t"(result), "=a"(status) : "u"((long double)y));
    while (status & 0x400);
    return (double)result;
}

long double ldexpl(long double x, int exponent)
{
    long double result;
    __asm__("fscale" : "=t"(result) : "0"(x), "u"((long double)exponent));
    return result;
}

// In two steps where one would round twice: only the last may leave the normal range.
double ldexp(double x, int exponent)
{
    return (double)ldexpl(x, exponent);
}

double scalbn(double x, int exponent)
{
    return ldexp(x, exponent);
}

long double frexpl(long double x, int *exponent)
{
    long double power, fraction;
    if (x == 0 || !isfinite(x)) {
        *exponent = 0;
        return x;
    }
    __asm__("fxtract" : "=t"(fraction), "=u"(power) : "0"(x));
    *exponent = (int)power + 1;
    return fraction / 2;
}

double frexp(double x, int *exponent)
{
    return (double)frexpl(x, exponent);
}

// x * y is exact in 106 bits; the long double holds 64, so the last bit may differ from hardware.
double fma(double x, double y, double z)
{
    return (double)((long double)x * y + z);
}

long double fabsl(long double x)
{
    return __builtin_fabsl(x);
}

long double truncl(long double x)
{
    if (!(fabsl(x) < 9223372036854775808.0L))
        return x;
    return __builtin_copysignl((long double)(long)x, x);
}

long double floorl(long double x)
{
    long double whole = truncl(x);
    return whole > x ? whole - 1 : whole;
}

long double ceill(long double x)
{
    long double whole = truncl(x);
    return whole < x ? whole + 1 : whole;
}

float fabsf(float x)
{
    return __builtin_fabsf(x);
}

float floorf(float x)
{
    return (float)floor(x);
}

float ceilf(float x)
{
    return (float)ceil(x);
}

float roundf(float x)
{
    return (float)round(x);
}

float truncf(float x)
{
    return (float)trunc(x);
}

float fmodf(float x, float y)
{
    return (float)fmod(x, y);
}
