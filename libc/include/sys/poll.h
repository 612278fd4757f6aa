// SPDX-License-Identifier: ISC
#pragma once

#include <poll.h>
