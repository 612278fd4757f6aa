// SPDX-License-Identifier: ISC
//
// poweroff: turns the machine off. All file systems are in memory, so there is nothing to be saved.

#include <err.h>
#include <sys/reboot.h>
#include <unistd.h>

int main(void)
{
    sync();
    reboot(RB_POWER_OFF);
    err(1, NULL);
}
