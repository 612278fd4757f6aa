// SPDX-License-Identifier: ISC
#pragma once

#include <signal.h>
