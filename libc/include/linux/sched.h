// SPDX-License-Identifier: ISC
#pragma once

#include <abi/sched.h>
