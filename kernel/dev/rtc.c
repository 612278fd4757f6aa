// SPDX-License-Identifier: ISC
/*
 * The CMOS clock (Motorola MC146818A data sheet), which keeps the date while the machine is off. It
 * is taken as UTC. A reading counts when two in a row, neither during an update, are the same.
 */
#include "dev/devices.h"

#include "lib/string.h"
#include "x86/cpu.h"
#include "x86/io.h"

#define CMOS_INDEX 0x70
#define CMOS_DATA  0x71

#define REG_SECONDS 0x00
#define REG_MINUTES 0x02
#define REG_HOURS   0x04
#define REG_DAY     0x07
#define REG_MONTH   0x08
#define REG_YEAR    0x09
#define REG_A       0x0a
#define REG_B       0x0b

#define A_UPDATING 0x80
#define B_24_HOURS 0x02
#define B_BINARY   0x04
#define HOURS_PM   0x80

struct reading {
    uint8_t seconds, minutes, hours, day, month, year, century;
};

static uint8_t cmos_read(uint8_t index)
{
    outb(CMOS_INDEX, index);
    return inb(CMOS_DATA);
}

static struct reading read_once(void)
{
    // An update takes 2 ms; where the bit never clears there is no clock.
    for (int i = 0; i < 20000 && (cmos_read(REG_A) & A_UPDATING); i++)
        cpu_relax();
    uint8_t century = acpi_century_register();
    return (struct reading){cmos_read(REG_SECONDS),
                            cmos_read(REG_MINUTES),
                            cmos_read(REG_HOURS),
                            cmos_read(REG_DAY),
                            cmos_read(REG_MONTH),
                            cmos_read(REG_YEAR),
                            century ? cmos_read(century) : 0};
}

static uint8_t from_bcd(uint8_t v)
{
    return (v >> 4) * 10 + (v & 15);
}

/* Days from 1970-01-01 to the given day of the Gregorian calendar. */
static int64_t days_since_1970(int64_t year, unsigned month, unsigned day)
{
    static const uint16_t before[] = {0, 31, 59, 90, 120, 151, 181, 212, 243, 273, 304, 334};
    int64_t past = year - 1;
    bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;

    return past * 365 + past / 4 - past / 100 + past / 400 - 719162 + before[month - 1] +
           (leap && month > 2) + day - 1;
}

uint64_t rtc_read_seconds(void)
{
    struct reading r = read_once(), again = read_once();

    for (int i = 0; i < 5 && memcmp(&r, &again, sizeof(r)) != 0; i++) {
        r = again;
        again = read_once();
    }
    uint8_t mode = cmos_read(REG_B);
    bool pm = !(mode & B_24_HOURS) && (r.hours & HOURS_PM);
    if (!(mode & B_24_HOURS))
        r.hours &= ~HOURS_PM;
    if (!(mode & B_BINARY)) {
        uint8_t *field = (uint8_t *)&r;
        for (size_t i = 0; i < sizeof(r); i++)
            field[i] = from_bcd(field[i]);
    }
    if (!(mode & B_24_HOURS))
        r.hours = r.hours % 12 + (pm ? 12 : 0);
    if (r.month < 1 || r.month > 12 || r.day < 1 || r.day > 31 || r.hours > 23 || r.minutes > 59)
        return 0;
    int64_t year = r.year + (r.century >= 19 && r.century <= 29 ? r.century * 100
                             : r.year < 70                      ? 2000
                                                                : 1900);
    return days_since_1970(year, r.month, r.day) * 86400 + r.hours * 3600 + r.minutes * 60 +
           r.seconds;
}
