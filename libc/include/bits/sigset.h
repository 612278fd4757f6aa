// SPDX-License-Identifier: ISC
#pragma once

#include <abi/types.h>

typedef ksigset_t sigset_t;
