#pragma once
void procfs_init(void);
