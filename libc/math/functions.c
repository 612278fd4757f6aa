// SPDX-License-Identifier: ISC
// Roots, logarithms, powers and angles, on the x87: its 64-bit results rounded to double are within
// one unit in the last place over most of the range. Sines and tangents lose precision for large
// angles, since the processor's pi has 66 bits.
#include <errno.h>
#include <math.h>

static const long double LN2 = 0.693147180559945309417232121458L;
static const long double LG2 = 0.301029995663981195213738894724L;
static const long double LOG2E = 1.442695040888963407359924681002L;

// y * log2(x)
static long double y_log2(long double x, long double y)
{
    long double result;
    __asm__("fyl2x" : "=t"(result) : "0"(x), "u"(y) : "st(1)");
    return result;
}

// 2^x: the whole part goes into the exponent, the rest (within 1/2) through f2xm1.
static long double power_of_two(long double x)
{
    long double whole, power;
    if (x > 20000)
        return HUGE_VAL;
    if (x < -20000)
        return 0;
    __asm__("frndint" : "=t"(whole) : "0"(x));
    __asm__("f2xm1" : "=t"(power) : "0"(x - whole));
    return ldexpl(power + 1, (int)whole);
}

static double checked(long double result, int finite_arguments)
{
    double value = (double)result;
    if (finite_arguments && isinf(value))
        errno = ERANGE;
    return value;
}

// The common errors of logarithms.
static int log_refuses(double x, double *result)
{
    if (x == 0) {
        errno = ERANGE;
        *result = -HUGE_VAL;
        return 1;
    }
    if (x < 0) {
        errno = EDOM;
        *result = NAN;
        return 1;
    }
    *result = x;
    return !isfinite(x);
}

double log(double x)
{
    double special;
    return log_refuses(x, &special) ? special : (double)y_log2(x, LN2);
}

double log2(double x)
{
    double special;
    return log_refuses(x, &special) ? special : (double)y_log2(x, 1);
}

double log10(double x)
{
    double special;
    return log_refuses(x, &special) ? special : (double)y_log2(x, LG2);
}

double log1p(double x)
{
    long double result;
    if (fabs(x) > 0.29)
        return log(1 + x);
    __asm__("fyl2xp1" : "=t"(result) : "0"((long double)x), "u"(LN2) : "st(1)");
    return (double)result;
}

// x * log2(e) in two parts: the product with the high half of log2(e) is exact.
double exp(double x)
{
    if (isnan(x))
        return x;
    if (x > 1000 || x < -1000) {
        errno = isinf(x) ? errno : ERANGE;
        return x > 0 ? HUGE_VAL : 0;
    }
    const long double high = 1.4426950407214462757110595703125L; // 29 bits of LOG2E
    long double whole;
    __asm__("frndint" : "=t"(whole) : "0"(x * LOG2E));
    long double rest = (x * high - whole) + x * (LOG2E - high);
    long double power;
    __asm__("f2xm1" : "=t"(power) : "0"(rest));
    return checked(ldexpl(power + 1, (int)whole), 1);
}

double exp2(double x)
{
    return isnan(x) ? x : checked(power_of_two(x), isfinite(x));
}

// By squaring: exact as long as the result fits 64 bits, and one rounding a step after that.
static long double power_whole(long double x, unsigned n)
{
    long double result = 1;
    for (; n != 0; n >>= 1, x *= x)
        if (n & 1)
            result *= x;
    return result;
}

double pow(double x, double y)
{
    int whole = trunc(y) == y, odd = whole && fabs(y) < 9007199254740992.0 && fmod(y, 2) != 0;
    if (y == 0 || x == 1)
        return 1;
    if (isnan(x) || isnan(y))
        return x + y;
    if (x == 0) {
        if (y < 0)
            errno = ERANGE;
        double size = y < 0 ? HUGE_VAL : 0;
        return odd ? copysign(size, x) : size;
    }
    if (isinf(y))
        return fabs(x) == 1 ? 1 : (fabs(x) > 1) == (y > 0) ? HUGE_VAL : 0;
    if (isinf(x)) {
        double size = y > 0 ? HUGE_VAL : 0;
        return odd ? copysign(size, x) : size;
    }
    if (x < 0 && !whole) {
        errno = EDOM;
        return NAN;
    }
    long double size;
    if (whole && fabs(y) <= 64)
        size = y > 0 ? power_whole(fabs(x), (unsigned)y) : 1 / power_whole(fabs(x), (unsigned)-y);
    else
        size = power_of_two(y_log2(fabs(x), y));
    return checked(x < 0 && odd ? -size : size, 1);
}

double sqrt(double x)
{
    double result;
    if (x < 0)
        errno = EDOM;
    __asm__("sqrtsd %1, %0" : "=x"(result) : "x"(x));
    return result;
}

float sqrtf(float x)
{
    return (float)sqrt(x);
}

long double sqrtl(long double x)
{
    long double result;
    __asm__("fsqrt" : "=t"(result) : "0"(x));
    return result;
}

double cbrt(double x)
{
    if (x == 0 || !isfinite(x))
        return x;
    long double size = fabs(x), root = power_of_two(y_log2(size, 1.0L / 3));
    root -= (root - size / (root * root)) / 3; // one step of Newton's
    return copysign((double)root, x);
}

double hypot(double x, double y)
{
    if (isinf(x) || isinf(y))
        return HUGE_VAL;
    return checked(sqrtl((long double)x * x + (long double)y * y), isfinite(x) && isfinite(y));
}

// The x87 takes angles up to 2^63; larger ones are reduced by its own 2 pi first.
static long double reduce(double x)
{
    long double two_pi, result = x;
    unsigned short status;
    if (fabs(x) < 9e18)
        return x;
    __asm__("fldpi; fadd %%st(0), %%st(0)" : "=t"(two_pi));
    do
        __asm__("fprem; fnstsw %1" : "+t"(result), "=a"(status) : "u"(two_pi));
    while (status & 0x400);
    return result;
}

static int angle_refused(double x)
{
    if (isinf(x))
        errno = EDOM;
    return !isfinite(x);
}

double sin(double x)
{
    long double result;
    if (angle_refused(x))
        return NAN;
    __asm__("fsin" : "=t"(result) : "0"(reduce(x)));
    return (double)result;
}

double cos(double x)
{
    long double result;
    if (angle_refused(x))
        return NAN;
    __asm__("fcos" : "=t"(result) : "0"(reduce(x)));
    return (double)result;
}

double tan(double x)
{
    return sin(x) / cos(x);
}

static long double arctangent(long double y, long double x)
{
    long double result;
    __asm__("fpatan" : "=t"(result) : "0"(x), "u"(y) : "st(1)");
    return result;
}

double atan2(double y, double x)
{
    return (double)arctangent(y, x);
}

double atan(double x)
{
    return (double)arctangent(x, 1);
}

double asin(double x)
{
    if (fabs(x) > 1) {
        errno = EDOM;
        return NAN;
    }
    return (double)arctangent(x, sqrtl((1 - (long double)x) * (1 + (long double)x)));
}

double acos(double x)
{
    if (fabs(x) > 1) {
        errno = EDOM;
        return NAN;
    }
    return (double)arctangent(sqrtl((1 - (long double)x) * (1 + (long double)x)), x);
}

static long double exp_long(long double x)
{
    return power_of_two(x * LOG2E);
}

// e^x - e^-x cancels near zero, where the first terms of the series are exact enough.
double sinh(double x)
{
    long double square = (long double)x * x;
    if (fabs(x) < 0.03)
        return (double)(x * (1 + square / 6 * (1 + square / 20 * (1 + square / 42))));
    return checked((exp_long(x) - exp_long(-x)) / 2, isfinite(x));
}

double cosh(double x)
{
    return checked((exp_long(x) + exp_long(-x)) / 2, isfinite(x));
}

double tanh(double x)
{
    if (fabs(x) > 25)
        return copysign(1, x);
    return (double)((long double)sinh(x) / cosh(x));
}

float sinf(float x)
{
    return (float)sin(x);
}

float cosf(float x)
{
    return (float)cos(x);
}

float expf(float x)
{
    return (float)exp(x);
}

float logf(float x)
{
    return (float)log(x);
}

float powf(float x, float y)
{
    return (float)pow(x, y);
}
