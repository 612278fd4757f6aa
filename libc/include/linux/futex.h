// SPDX-License-Identifier: ISC
#pragma once

#include <abi/futex.h>
