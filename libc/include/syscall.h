// SPDX-License-Identifier: ISC
#pragma once

#include <sys/syscall.h>
