// SPDX-License-Identifier: ISC
#pragma once

#include <stdlib.h>
