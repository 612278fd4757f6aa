// SPDX-License-Identifier: ISC
/* Whole pages, the fastest way that this CPU has. */
#pragma once

#include "lib/base.h"

void page_zero(void *page);
void page_copy(void *to, const void *from);
