// SPDX-License-Identifier: ISC
#pragma once

#include <fcntl.h>
