// SPDX-License-Identifier: ISC
#pragma once

#include <abi/time.h>
#include <abi/types.h>
#include <bits/sigset.h>

#define CLOCKS_PER_SEC 1000000L
#define TIME_UTC       1

struct tm {
    int tm_sec;
    int tm_min;
    int tm_hour;
    int tm_mday;
    int tm_mon;
    int tm_year;
    int tm_wday;
    int tm_yday;
    int tm_isdst;
    long tm_gmtoff;
    const char *tm_zone;
};

extern char *tzname[2];
extern long timezone;
extern int daylight;

clock_t clock(void);
time_t time(time_t *now);
int timespec_get(struct timespec *now, int base);
double difftime(time_t later, time_t earlier);
time_t mktime(struct tm *tm);
time_t timegm(struct tm *tm);
struct tm *gmtime(const time_t *time);
struct tm *gmtime_r(const time_t *restrict time, struct tm *restrict tm);
struct tm *localtime(const time_t *time);
struct tm *localtime_r(const time_t *restrict time, struct tm *restrict tm);
void tzset(void);
char *asctime(const struct tm *tm);
char *asctime_r(const struct tm *restrict tm, char *restrict text);
char *ctime(const time_t *time);
char *ctime_r(const time_t *time, char *text);
size_t strftime(char *restrict text, size_t size, const char *restrict format,
                const struct tm *restrict tm);

int clock_gettime(clockid_t clock, struct timespec *now);
int clock_settime(clockid_t clock, const struct timespec *now);
int clock_getres(clockid_t clock, struct timespec *resolution);
int clock_nanosleep(clockid_t clock, int flags, const struct timespec *until,
                    struct timespec *left);
int nanosleep(const struct timespec *duration, struct timespec *left);
