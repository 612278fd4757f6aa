// SPDX-License-Identifier: ISC
//
// reboot: starts the machine anew. All file systems are in memory, so there is nothing to be saved.

#include <err.h>
#include <sys/reboot.h>
#include <unistd.h>

int main(void)
{
    sync();
    reboot(RB_AUTOBOOT);
    err(1, NULL);
}
