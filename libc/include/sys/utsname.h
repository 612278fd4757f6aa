// SPDX-License-Identifier: ISC
#pragma once

#include <abi/utsname.h>

int uname(struct utsname *name);
