// SPDX-License-Identifier: ISC
#pragma once

#include <sys/statfs.h>
