// SPDX-License-Identifier: ISC
// Tests of <time.h>: calendar, formats, clocks and sleeping.
#define _GNU_SOURCE
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

#include "harness.h"

TEST(calendar, "gmtime and timegm turn into each other over 4000 years")
{
    static const struct {
        time_t time;
        const char *text;
    } known[] = {
        {0, "1970-01-01 00:00:00 4 1"},
        {951782400, "2000-02-29 00:00:00 2 60"},
        {-1, "1969-12-31 23:59:59 3 365"},
        {4107542400, "2100-03-01 00:00:00 1 60"},
        {1709164800, "2024-02-29 00:00:00 4 60"},
        {-62135596800, "1-01-01 00:00:00 1 1"},
        {253402300799, "9999-12-31 23:59:59 5 365"},
    };
    for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++) {
        struct tm *tm = gmtime(&known[i].time);
        char text[64];
        snprintf(text, sizeof(text), "%d-%02d-%02d %02d:%02d:%02d %d %d", tm->tm_year + 1900,
                 tm->tm_mon + 1, tm->tm_mday, tm->tm_hour, tm->tm_min, tm->tm_sec, tm->tm_wday,
                 tm->tm_yday + 1);
        if (strcmp(text, known[i].text) != 0)
            harness_fail(__FILE__, __LINE__, "%ld is %s, not %s", (long)known[i].time, text,
                         known[i].text);
        CHECK_EQ(timegm(tm), known[i].time);
    }
    int weekday = 3;
    for (time_t time = -62167219200L - 86400L * 365 * 1000; time < 95617584000L; time += 86400) {
        struct tm tm;
        gmtime_r(&time, &tm);
        if (tm.tm_mday == 1)
            CHECK_EQ(timegm(&tm), time);
        if (time > -62167219200L - 86400L * 365 * 1000)
            CHECK_EQ(tm.tm_wday, (weekday + 1) % 7);
        weekday = tm.tm_wday;
    }
}

TEST(normalising, "mktime brings fields into their ranges")
{
    setenv("TZ", "UTC0", 1);
    struct tm tm = {.tm_year = 124, .tm_mon = 13, .tm_mday = 35, .tm_hour = -1, .tm_sec = 3600};
    CHECK_EQ(mktime(&tm), 1741305600);
    CHECK(tm.tm_year == 125 && tm.tm_mon == 2 && tm.tm_mday == 7 && tm.tm_hour == 0);
}

TEST(formats, "strftime writes what its letters mean")
{
    time_t time = 1709251506; // Friday, 1 March 2024
    struct tm tm;
    char text[200];
    gmtime_r(&time, &tm);
    CHECK(strftime(text, sizeof(text), "%a %A %b %B %d %e %j %u %w", &tm) > 0);
    CHECK(strcmp(text, "Fri Friday Mar March 01  1 061 5 5") == 0);
    CHECK(strftime(text, sizeof(text), "%F %T|%D|%R|%I %p|%y %C|%s|%%", &tm) > 0);
    CHECK(strcmp(text, "2024-03-01 00:05:06|03/01/24|00:05|12 AM|24 20|1709251506|%") == 0);
    CHECK(strftime(text, sizeof(text), "%U %W %V %G %g %c", &tm) > 0);
    CHECK(strcmp(text, "08 09 09 2024 24 Fri Mar  1 00:05:06 2024") == 0);
    CHECK_EQ(strftime(text, 5, "%F", &tm), 0);
    CHECK(strcmp(asctime(&tm), "Fri Mar  1 00:05:06 2024\n") == 0);
}

TEST(clocks, "clocks go forward, and agree with each other")
{
    struct timespec a, b;
    struct timeval now;
    CHECK_EQ(clock_gettime(CLOCK_MONOTONIC, &a), 0);
    for (int i = 0; i < 1000; i++) {
        CHECK_EQ(clock_gettime(CLOCK_MONOTONIC, &b), 0);
        CHECK(b.tv_sec > a.tv_sec || (b.tv_sec == a.tv_sec && b.tv_nsec >= a.tv_nsec));
        a = b;
    }
    time_t seconds = time(NULL);
    CHECK_EQ(gettimeofday(&now, NULL), 0);
    CHECK(now.tv_sec - seconds >= 0 && now.tv_sec - seconds <= 5);
    CHECK_ERR(clock_gettime(99, &a), EINVAL);
}

TEST(sleeping, "sleeping lasts as long as asked, and is cut short by a signal")
{
    struct timespec before, after, duration = {0, 20000000}, bad = {0, 1000000000};
    clock_gettime(CLOCK_MONOTONIC, &before);
    CHECK_EQ(nanosleep(&duration, NULL), 0);
    clock_gettime(CLOCK_MONOTONIC, &after);
    long elapsed = (after.tv_sec - before.tv_sec) * 1000000000 + after.tv_nsec - before.tv_nsec;
    CHECK(elapsed >= 20000000);
    CHECK_ERR(nanosleep(&bad, NULL), EINVAL);
    CHECK_EQ(clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &before, NULL), 0);
}
