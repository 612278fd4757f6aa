// SPDX-License-Identifier: ISC
/* The console of last resort: what is said when a panic comes before any other console exists. */
#pragma once

#include "lib/base.h"

void early_write(const char *text, size_t len);
