// SPDX-License-Identifier: ISC
// Calendar time. The only zone is UTC; dates are proleptic Gregorian.
//
// Days are counted in years that begin on 1 March, so that the leap day is the last of its year
// and a month's first day is a linear function of its number.
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

char *tzname[2] = {"UTC", "UTC"};
long timezone;
int daylight;

void tzset(void)
{
}

static long floor_divide(long a, long b)
{
    return a / b - (a % b < 0);
}

// Days from 1970-01-01 to the given day; month 0 is January and may be any number.
static long days_of(long year, long month, long day)
{
    year += floor_divide(month, 12);
    month -= floor_divide(month, 12) * 12;
    long from_march = (month + 10) % 12;
    if (from_march >= 10)
        year--;
    long century = floor_divide(year, 100);
    return year * 365 + floor_divide(year, 4) - century + floor_divide(century, 4) +
           (from_march * 153 + 2) / 5 + day - 1 - 719468;
}

time_t timegm(struct tm *tm)
{
    time_t seconds = days_of(tm->tm_year + 1900L, tm->tm_mon, tm->tm_mday) * 86400L +
                     tm->tm_hour * 3600L + tm->tm_min * 60L + tm->tm_sec;
    return gmtime_r(&seconds, tm) != NULL ? seconds : -1;
}

time_t mktime(struct tm *tm)
{
    return timegm(tm);
}

struct tm *gmtime_r(const time_t *restrict time, struct tm *restrict tm)
{
    long days = floor_divide(*time, 86400), seconds = *time - days * 86400;
    // The Gregorian calendar repeats after 400 years, which have 146097 days.
    long era = floor_divide(days, 146097), in_era = days - era * 146097;
    long year = 1970 + in_era / 366;
    while (days_of(year + 1, 0, 1) <= in_era)
        year++;
    long day = in_era - days_of(year, 0, 1), month = day / 31;
    while (month < 11 && days_of(year, month + 1, 1) <= in_era)
        month++;
    long whole_year = year + era * 400 - 1900;
    if (whole_year > INT_MAX || whole_year < INT_MIN) {
        errno = EOVERFLOW;
        return NULL;
    }
    *tm = (struct tm){
        .tm_sec = (int)(seconds % 60),
        .tm_min = (int)(seconds / 60 % 60),
        .tm_hour = (int)(seconds / 3600),
        .tm_mday = (int)(in_era - days_of(year, month, 1) + 1),
        .tm_mon = (int)month,
        .tm_year = (int)whole_year,
        .tm_wday = (int)((in_era + 4) % 7), // 1970 began on a Thursday; 146097 is 7 * 20871
        .tm_yday = (int)day,
        .tm_zone = "UTC",
    };
    return tm;
}

struct tm *localtime_r(const time_t *restrict time, struct tm *restrict tm)
{
    return gmtime_r(time, tm);
}

struct tm *gmtime(const time_t *time)
{
    static struct tm tm;
    return gmtime_r(time, &tm);
}

struct tm *localtime(const time_t *time)
{
    return gmtime(time);
}

static const char *const day_names[] = {"Sunday",   "Monday", "Tuesday", "Wednesday",
                                        "Thursday", "Friday", "Saturday"};
static const char *const month_names[] = {"January",   "February", "March",    "April",
                                          "May",       "June",     "July",     "August",
                                          "September", "October",  "November", "December"};

static const char *name_of(const char *const *names, int count, int index)
{
    return index >= 0 && index < count ? names[index] : "?";
}

char *asctime_r(const struct tm *restrict tm, char *restrict text)
{
    snprintf(text, 26, "%.3s %.3s%3d %.2d:%.2d:%.2d %d\n", name_of(day_names, 7, tm->tm_wday),
             name_of(month_names, 12, tm->tm_mon), tm->tm_mday, tm->tm_hour, tm->tm_min, tm->tm_sec,
             tm->tm_year + 1900);
    return text;
}

char *asctime(const struct tm *tm)
{
    static char text[64];
    return asctime_r(tm, text);
}

char *ctime_r(const time_t *time, char *text)
{
    struct tm tm;
    return gmtime_r(time, &tm) != NULL ? asctime_r(&tm, text) : NULL;
}

char *ctime(const time_t *time)
{
    static char text[64];
    return ctime_r(time, text);
}

// The ISO 8601 week and its year: the week belongs to the year that has its Thursday.
static int iso_week(const struct tm *tm, int *year)
{
    int thursday = tm->tm_yday + 3 - (tm->tm_wday + 6) % 7;
    *year = tm->tm_year + 1900;
    if (thursday < 0) {
        --*year;
        thursday += (int)(days_of(*year + 1, 0, 1) - days_of(*year, 0, 1));
    } else {
        int length = (int)(days_of(*year + 1, 0, 1) - days_of(*year, 0, 1));
        if (thursday >= length) {
            ++*year;
            thursday -= length;
        }
    }
    return thursday / 7 + 1;
}

static int number(char *text, const char *format, long value)
{
    return snprintf(text, 64, format, value);
}

// One conversion into 64 bytes; its length, or -1 for an unknown letter. Those that are made of
// others are given by their format.
static int convert(char *text, char letter, const struct tm *tm, const char **expands_to)
{
    int year;
    int hour12 = tm->tm_hour % 12 == 0 ? 12 : tm->tm_hour % 12;
    switch (letter) {
    case 'a':
        return snprintf(text, 64, "%.3s", name_of(day_names, 7, tm->tm_wday));
    case 'A':
        return snprintf(text, 64, "%s", name_of(day_names, 7, tm->tm_wday));
    case 'b':
    case 'h':
        return snprintf(text, 64, "%.3s", name_of(month_names, 12, tm->tm_mon));
    case 'B':
        return snprintf(text, 64, "%s", name_of(month_names, 12, tm->tm_mon));
    case 'C':
        return number(text, "%02ld", floor_divide(tm->tm_year + 1900L, 100));
    case 'd':
        return number(text, "%02ld", tm->tm_mday);
    case 'e':
        return number(text, "%2ld", tm->tm_mday);
    case 'g':
        iso_week(tm, &year);
        return number(text, "%02ld", (year % 100 + 100) % 100);
    case 'G':
        iso_week(tm, &year);
        return number(text, "%ld", year);
    case 'H':
        return number(text, "%02ld", tm->tm_hour);
    case 'I':
        return number(text, "%02ld", hour12);
    case 'j':
        return number(text, "%03ld", tm->tm_yday + 1);
    case 'k':
        return number(text, "%2ld", tm->tm_hour);
    case 'l':
        return number(text, "%2ld", hour12);
    case 'm':
        return number(text, "%02ld", tm->tm_mon + 1);
    case 'M':
        return number(text, "%02ld", tm->tm_min);
    case 'n':
        return snprintf(text, 64, "\n");
    case 'p':
        return snprintf(text, 64, "%s", tm->tm_hour >= 12 ? "PM" : "AM");
    case 'P':
        return snprintf(text, 64, "%s", tm->tm_hour >= 12 ? "pm" : "am");
    case 's': {
        struct tm copy = *tm;
        return number(text, "%ld", mktime(&copy));
    }
    case 'S':
        return number(text, "%02ld", tm->tm_sec);
    case 't':
        return snprintf(text, 64, "\t");
    case 'u':
        return number(text, "%ld", tm->tm_wday == 0 ? 7 : tm->tm_wday);
    case 'U':
        return number(text, "%02ld", (tm->tm_yday + 7 - tm->tm_wday) / 7);
    case 'V':
        return number(text, "%02ld", iso_week(tm, &year));
    case 'w':
        return number(text, "%ld", tm->tm_wday);
    case 'W':
        return number(text, "%02ld", (tm->tm_yday + 7 - (tm->tm_wday + 6) % 7) / 7);
    case 'y':
        return number(text, "%02ld", (tm->tm_year % 100 + 100) % 100);
    case 'Y':
        return number(text, "%ld", tm->tm_year + 1900L);
    case 'z':
        return snprintf(text, 64, "+0000");
    case 'Z':
        return snprintf(text, 64, "%s", tm->tm_zone != NULL ? tm->tm_zone : "UTC");
    case '%':
        return snprintf(text, 64, "%%");
    case 'c':
        *expands_to = "%a %b %e %H:%M:%S %Y";
        return 0;
    case 'D':
    case 'x':
        *expands_to = "%m/%d/%y";
        return 0;
    case 'F':
        *expands_to = "%Y-%m-%d";
        return 0;
    case 'r':
        *expands_to = "%I:%M:%S %p";
        return 0;
    case 'R':
        *expands_to = "%H:%M";
        return 0;
    case 'T':
    case 'X':
        *expands_to = "%H:%M:%S";
        return 0;
    }
    return -1;
}

size_t strftime(char *restrict text, size_t size, const char *restrict format,
                const struct tm *restrict tm)
{
    size_t used = 0;
    for (; *format != '\0'; format++) {
        char part[64] = {*format};
        const char *expands_to = NULL;
        int length = 1;
        if (*format == '%') {
            format++;
            int plain = *format == '-'; // without padding, as everybody's strftime has it
            if (*format == 'E' || *format == 'O' || plain)
                format++;
            length = *format != '\0' ? convert(part, *format, tm, &expands_to) : -1;
            if (length < 0) { // unknown: it stands for itself
                part[0] = '%';
                part[1] = *format;
                length = *format != '\0' ? 2 : 1;
                format -= *format == '\0';
            }
            while (plain && length > 1 && (part[0] == '0' || part[0] == ' '))
                memmove(part, part + 1, (size_t)length--);
        }
        if (expands_to != NULL) {
            size_t inner = strftime(text + used, size - used, expands_to, tm);
            if (inner == 0)
                return 0;
            used += inner;
            continue;
        }
        if (used + (size_t)length >= size)
            return 0;
        memcpy(text + used, part, (size_t)length);
        used += (size_t)length;
    }
    if (used >= size)
        return 0;
    text[used] = '\0';
    return used;
}
