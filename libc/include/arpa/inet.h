// SPDX-License-Identifier: ISC
#pragma once

#include <netinet/in.h>
