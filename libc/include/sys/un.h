// SPDX-License-Identifier: ISC
#pragma once

#include <abi/socket.h>
