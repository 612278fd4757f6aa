#pragma once
void sysfs_init(void);
