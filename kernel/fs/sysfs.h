// SPDX-License-Identifier: ISC
/* /sys: the little of it that programs look for, and QEMU's fw_cfg files. */
#pragma once

void sysfs_init(void);
