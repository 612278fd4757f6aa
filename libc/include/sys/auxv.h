// SPDX-License-Identifier: ISC
#pragma once

#include <abi/auxv.h>

unsigned long getauxval(unsigned long type);
