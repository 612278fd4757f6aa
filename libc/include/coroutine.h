// SPDX-License-Identifier: ISC
#include "../coroutine/coroutine.h"
