// SPDX-License-Identifier: ISC
#pragma once

#include <abi/auxv.h>
#include <abi/elf.h>
