// SPDX-License-Identifier: ISC
#pragma once

#include <abi/syscall.h>

long syscall(long number, ...);
