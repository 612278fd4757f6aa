// SPDX-License-Identifier: ISC
#pragma once

#include <abi/stat.h>

#define major(dev)                    ABI_MAJOR(dev)
#define minor(dev)                    ABI_MINOR(dev)
#define makedev(dev_major, dev_minor) ABI_MAKEDEV(dev_major, dev_minor)
