// SPDX-License-Identifier: ISC
#pragma once

#include <abi/prctl.h>
