// SPDX-License-Identifier: ISC
// Tests of the printf and scanf families and of the conversions between text and numbers.
#define _GNU_SOURCE
#include <errno.h>
#include <float.h>
#include <limits.h>
#include <math.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "harness.h"

static const char *format(const char *how, ...)
{
    static char text[512];
    va_list args;
    va_start(args, how);
    int length = vsnprintf(text, sizeof(text), how, args);
    va_end(args);
    CHECK_EQ(length, strlen(text));
    return text;
}

#define SAME(expected, ...)                                                                        \
    do {                                                                                           \
        const char *got = format(__VA_ARGS__);                                                     \
        if (strcmp(got, expected) != 0)                                                            \
            harness_fail(__FILE__, __LINE__, "\"%s\" where \"%s\" was expected", got, expected);   \
    } while (0)

TEST(integers, "flags, width and precision of integers")
{
    SAME("42|-42|+42| 42", "%d|%d|%+d|% d", 42, -42, 42, 42);
    SAME("   42|42   |00042|  042", "%5d|%-5d|%05d|%5.3d", 42, 42, 42, 42);
    SAME("[     ][]", "[%5.0d][%.0d]", 0, 0);
    SAME("ff|FF|0xff|0XFF|0", "%x|%X|%#x|%#X|%#x", 255, 255, 255, 255, 0);
    SAME("17|017|0|0", "%o|%#o|%#o|%#.0o", 15, 15, 0, 0);
    SAME("-9223372036854775808 18446744073709551615", "%ld %lu", LONG_MIN, ULONG_MAX);
    SAME("-1 255 -1 65535", "%hhd %hhu %hd %hu", 255, 255, 65535, 65535);
    SAME("1 2 3 4", "%zu %jd %td %lld", (size_t)1, (intmax_t)2, (ptrdiff_t)3, 4LL);
    SAME("   -7|-7   |7", "%*d|%*d|%.*d", 5, -7, -5, -7, -3, 7);
}

TEST(strings, "strings, characters, pointers and percent signs")
{
    SAME("abc|  abc|abc  |ab|   a", "%s|%5s|%-5s|%.2s|%4.1s", "abc", "abc", "abc", "abc", "abc");
    SAME("x|  x|x  |%", "%c|%3c|%-3c|%%", 'x', 'x', 'x');
    SAME("(null)", "%s", (char *)NULL);
    SAME("(nil) 0x10", "%p %p", NULL, (void *)16);
    errno = EACCES;
    SAME("Permission denied", "%m");
}

TEST(floats, "fixed, scientific and general notation, correctly rounded")
{
    SAME("1.000000 0.1000 -2.5 3.", "%f %.4f %.1f %#.0f", 1.0, 0.1, -2.5, 3.0);
    SAME("0 2 2 4 -0", "%.0f %.0f %.0f %.0f %.0f", 0.5, 1.5, 2.5, 3.5, -0.3);
    SAME("1.000000e+00 1.25E-10 1e+100", "%e %.2E %.0e", 1.0, 1.25e-10, 1e100);
    SAME("100000 1e+06 0.0001 1e-05 1.50000", "%g %g %g %g %#g", 1e5, 1e6, 1e-4, 1e-5, 1.5);
    SAME("0.1000000000000000055511151231257827021181583404541015625", "%.55f", 0.1);
    SAME("17976931348623157081452742373170435679807056752584499659891747680315726078002853"
         "87605895586327668781715404589535143824642343213268894641827684675467035375169860"
         "49910576551282076245490090389328944075868508455133942304583236903222948165808559"
         "332123348274797826204144723168738177180919299881250404026184124858368.000000",
         "%f", DBL_MAX);
    SAME("4.9406564584124654e-324", "%.17g", 4.9406564584124654e-324);
    SAME("1.7976931348623157e+308", "%.17g", DBL_MAX);
    SAME("9.995 10.00", "%.3f %.2f", 9.995, 9.9951);
    SAME("inf -INF nan   inf", "%f %F %g %5e", INFINITY, -INFINITY, NAN, INFINITY);
    SAME("  +1.50|01.5|1.5 |", "%+7.2f|%04.1f|%-4.1f|", 1.5, 1.5, 1.5);
}

TEST(hexadecimal_floats, "%a shows the bits")
{
    SAME("0x1p+0 0x1.8p+1 -0x1p-1 0x0p+0", "%a %a %a %a", 1.0, 3.0, -0.5, 0.0);
    SAME("0x1.999999999999ap-4 0x1.ap-4 0X2P+0", "%a %.1a %.0A", 0.1, 0.1, 1.75);
    SAME("0x1.fffffffffffffp+1023", "%a", DBL_MAX);
}

TEST(long_doubles, "long doubles keep their 64 bits")
{
    SAME("1.000000 0.1000000000000000000014", "%Lf %.22Lf", 1.0L, 0.1L);
    SAME("1.18973149535723176502e+4932", "%.20Le", LDBL_MAX);
    SAME("3.64519953188247460253e-4951", "%.20Le", 3.6451995318824746025e-4951L);
}

TEST(truncation, "snprintf never writes past its size and tells the whole length")
{
    char text[8] = "xxxxxxx";
    const char *volatile seven = "1234567"; // the compiler would warn of what is wanted here
    CHECK_EQ(snprintf(text, 5, "%s", seven), 7);
    CHECK(strcmp(text, "1234") == 0 && text[5] == 'x');
    CHECK_EQ(snprintf(NULL, 0, "%d", 12345), 5);
    char *made;
    CHECK_EQ(asprintf(&made, "%s-%d", "made", 7), 6);
    CHECK(strcmp(made, "made-7") == 0);
    free(made);
}

TEST(strtod_exact, "texts become the nearest double, ties to even")
{
    CHECK(strtod("0.1", NULL) == 0.1 && strtod("1e23", NULL) == 1e23);
    CHECK(strtod("9007199254740993", NULL) == 9007199254740992.0);
    CHECK(strtod("9007199254740993.00000000000000000000000001", NULL) == 9007199254740994.0);
    CHECK(strtod("2.2250738585072012e-308", NULL) == DBL_MIN);
    CHECK(strtod("2.4703282292062327e-324", NULL) == 0.0);
    CHECK(strtod("2.4703282292062329e-324", NULL) == 4.9406564584124654e-324);
    CHECK(strtod("1.7976931348623158e308", NULL) == DBL_MAX);
    CHECK(strtod("0x1.8p1", NULL) == 3.0 && strtod("-0x.8", NULL) == -0.5);
    CHECK(isinf(strtod("infinity", NULL)) && isnan(strtod("nan", NULL)));
    errno = 0;
    CHECK(isinf(strtod("1e999", NULL)) && errno == ERANGE);
    errno = 0;
    CHECK(strtod("1e-999", NULL) == 0 && errno == ERANGE);
    CHECK(strtof("16777217", NULL) == 16777216.0f && strtof("1e39", NULL) == INFINITY);
}

TEST(strtod_ends, "strtod stops where the number stops")
{
    static const struct {
        const char *text;
        double value;
        int length;
    } cases[] = {
        {" +1.5x", 1.5, 5}, {"1e", 1, 1},
        {"1e+", 1, 1},      {".5.", 0.5, 2},
        {".", 0, 0},        {"-", 0, 0},
        {"0x", 0, 1},       {"0xg", 0, 1},
        {"1e5", 1e5, 3},    {"infinit", INFINITY, 3},
        {"nan(1)x", 0, 6},  {"nan(", 0, 3},
        {"", 0, 0},         {"5.e1", 50, 4},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        char *end;
        double value = strtod(cases[i].text, &end);
        if (end - cases[i].text != cases[i].length || (value != cases[i].value && !isnan(value)))
            harness_fail(__FILE__, __LINE__, "\"%s\": %g, %d characters", cases[i].text, value,
                         (int)(end - cases[i].text));
    }
}

TEST(round_trip, "17 digits bring every double back, over the whole range")
{
    uint64_t bits = 1;
    char text[64];
    for (int i = 0; i < 20000; i++) {
        double value, back;
        bits = bits * 6364136223846793005UL + 1442695040888963407UL;
        memcpy(&value, &bits, sizeof(value));
        if (!isfinite(value))
            continue;
        snprintf(text, sizeof(text), "%.17g", value);
        back = strtod(text, NULL);
        if (memcmp(&value, &back, sizeof(value)) != 0)
            harness_fail(__FILE__, __LINE__, "%s does not come back", text);
    }
}

TEST(strtol_family, "bases, signs, limits and ends of integers")
{
    char *end;
    CHECK_EQ(strtol(" -42x", &end, 10), -42);
    CHECK(*end == 'x');
    CHECK_EQ(strtol("0x1F", NULL, 0), 31);
    CHECK_EQ(strtol("017", NULL, 0), 15);
    CHECK_EQ(strtol("zz", NULL, 36), 35 * 36 + 35);
    CHECK_EQ(strtol("0x", &end, 16), 0);
    CHECK(*end == 'x');
    errno = 0;
    CHECK(strtol("9223372036854775808", NULL, 10) == LONG_MAX && errno == ERANGE);
    errno = 0;
    CHECK(strtol("-9223372036854775808", NULL, 10) == LONG_MIN && errno == 0);
    CHECK(strtoul("18446744073709551615", NULL, 10) == ULONG_MAX);
    CHECK(strtoul("-1", NULL, 10) == ULONG_MAX);
    errno = 0;
    CHECK(strtol("1", NULL, 1) == 0 && errno == EINVAL);
}

TEST(scanf_numbers, "sscanf reads numbers of all kinds")
{
    int a, b, c, count;
    long d;
    short e;
    double f;
    float g;
    CHECK_EQ(sscanf("12 -7 0x1f 99 5", "%d %i %i %ld %hd", &a, &b, &c, &d, &e), 5);
    CHECK(a == 12 && b == -7 && c == 31 && d == 99 && e == 5);
    CHECK_EQ(sscanf("1.5e3 -0.25", "%lf %f", &f, &g), 2);
    CHECK(f == 1500 && g == -0.25f);
    CHECK_EQ(sscanf("123456", "%3d%n%d", &a, &count, &b), 2);
    CHECK(a == 123 && count == 3 && b == 456);
    CHECK_EQ(sscanf("ff:10", "%x:%o", &a, &b), 2);
    CHECK(a == 255 && b == 8);
    CHECK_EQ(sscanf("x", "%d", &a), 0);
    CHECK_EQ(sscanf("", "%d", &a), EOF);
    CHECK_EQ(sscanf("  ", "%d", &a), EOF);
    CHECK_EQ(sscanf("5 x", "%d %d", &a, &b), 1);
}

TEST(scanf_texts, "sscanf reads words, sets and characters")
{
    char word[32], set[32], chars[4] = "zzz", *made;
    int n;
    CHECK_EQ(sscanf("  hello [abc]xyz", "%5s [%[a-c]]%2c", word, set, chars), 3);
    CHECK(strcmp(word, "hello") == 0 && strcmp(set, "abc") == 0 && memcmp(chars, "xyz", 2) == 0);
    CHECK_EQ(sscanf("key = value", "%[^ =] = %s", word, set), 2);
    CHECK(strcmp(word, "key") == 0 && strcmp(set, "value") == 0);
    CHECK_EQ(sscanf("a]b", "%[]a]%*c%n", word, &n), 1);
    CHECK(strcmp(word, "a]") == 0 && n == 3);
    CHECK_EQ(sscanf("100%", "%d%%", &n), 1);
    CHECK_EQ(sscanf("allocated here", "%ms", &made), 1);
    CHECK(strcmp(made, "allocated") == 0);
    free(made);
}
