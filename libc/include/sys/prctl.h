// SPDX-License-Identifier: ISC
#pragma once

#include <abi/prctl.h>

int prctl(int option, ...);
int arch_prctl(int option, unsigned long address);
