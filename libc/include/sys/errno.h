// SPDX-License-Identifier: ISC
#pragma once

#include <errno.h>
