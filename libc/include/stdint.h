// SPDX-License-Identifier: ISC
#pragma once

#include <stdint-gcc.h>
