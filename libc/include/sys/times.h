// SPDX-License-Identifier: ISC
#pragma once

#include <abi/time.h>

clock_t times(struct tms *times);
