// SPDX-License-Identifier: ISC
#pragma once

int klogctl(int action, char *data, int size);
