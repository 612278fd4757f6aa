// SPDX-License-Identifier: ISC
#pragma once

#include <abi/reboot.h>
